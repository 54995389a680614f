"""Facts: what has to hold before a record may change its state, declared in the kind and worked out anew each time.

A fact has words in both languages and either an expression over the record (``when``) or a function that the platform
provides for its kind of record. A missing or undecided fact never opens an act.

>>> table = {"message": {"zh": "请填写机时。", "en": "Give the hours."}, "when": "given.hours > 0"}
>>> fact = read_fact("hours_split", table)
>>> [fact.needs_given, fact.value({"given": {"hours": 2}}), bool(fact.value({"given": {}}))]
[True, True, False]
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from yuantou.engines.workflow.expressions import names, truth
from yuantou.engines.workflow.vocabulary import Vocabulary
from yuantou.kernel.errors import Problem
from yuantou.kernel.local_text import LocalText

KEYS: Final = frozenset({"message", "remedy", "when", "given"})
ROOTS: Final = ("record", "given", "fact", "answers")
"""What the names of an expression begin with: columns of the record, what is being posted, other facts, the form."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """Why a fact does not hold, said instead of the words of the kind; it counts as false.

    >>> bool(Lacking())
    False
    """

    message: LocalText | None = None
    remedy: LocalText | None = None
    problems: tuple[Problem, ...] = ()
    code: str = ""

    def __bool__(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Fact:
    """A guard as a kind declares it.

    ``message`` is said when it does not hold and ``remedy`` what to do about it; ``when`` is an expression over
    ``record.COLUMN``, ``answers.FIELD``, ``given.KEY`` and ``fact.ID``, and without one the platform provides the
    fact; ``given`` says that it judges what is being posted, so that a page shows the act with its form.
    """

    id: str
    message: LocalText
    remedy: LocalText | None = None
    when: str = ""
    given: bool = False

    @property
    def needs_given(self) -> bool:
        """Whether it can be answered only once something is posted."""
        return self.given or any(name.startswith("given.") for name in self.names)

    @property
    def names(self) -> frozenset[str]:
        """What its expression asks for."""
        return frozenset(names(self.when)) if self.when else frozenset()

    @property
    def asks(self) -> tuple[str, ...]:
        """The other facts that its expression asks for."""
        return tuple(sorted(name.removeprefix("fact.") for name in self.names if name.startswith("fact.")))

    def value(self, values: Mapping[str, Any]) -> bool:
        """Tell whether its expression is true of the values; what cannot be told is not true."""
        return truth(self.when, values) is True


def read_fact(fact_id: str, t: Mapping[str, Any]) -> Fact:
    """Read one fact.

    Raises
    ------
    ValueError
        If a key is unknown, has a wrong type, or the expression is none.
    """
    for key in t:
        if key not in KEYS:
            raise ValueError(f"unknown key “{key}”: a fact has {', '.join(sorted(KEYS))}")
    when, given = t.get("when", ""), t.get("given", False)
    if not isinstance(when, str) or not isinstance(given, bool):
        raise ValueError("“when” is an expression in quotes, “given” is true or false")
    remedy = LocalText.from_mapping(t["remedy"]) if "remedy" in t else None
    fact = Fact(fact_id, LocalText.from_mapping(t["message"]), remedy, when, given)
    for name in fact.names:
        if name.partition(".")[0] not in ROOTS or "." not in name:
            raise ValueError(f"“{name}” in “when”: names begin with {', '.join(ROOTS)} and a full stop")
    return fact


def read_facts(table: Mapping[str, Mapping[str, Any]]) -> tuple[Fact, ...]:
    """Read the facts of a kind by id; raises ValueError naming the one that cannot be read."""
    found = []
    for fact_id, t in table.items():
        try:
            found.append(read_fact(fact_id, t))
        except (KeyError, ValueError, TypeError) as error:
            said = f"missing key {error}" if isinstance(error, KeyError) else error
            raise ValueError(f"fact.{fact_id}: {said}") from error
    return tuple(found)


def unanswered(
    facts: Mapping[str, Fact], asked: Iterable[str], record: str, known: Vocabulary | None, answers: Iterable[str] = ()
) -> Iterator[tuple[str, str]]:
    """Yield each fact that a record's guards ask for and nothing can answer, with what is missing.

    ``answers`` are the keys of the form. Without a vocabulary only what the kind itself says is judged.
    """
    waiting, done = list(asked), set()
    while waiting:
        fact_id = waiting.pop()
        if fact_id in done:
            continue
        done.add(fact_id)
        fact = facts.get(fact_id)
        if fact is None:
            yield fact_id, ""
        elif not fact.when:
            if known is not None and not (known.has(f"fact:{record}", fact_id) or known.has("fact:*", fact_id)):
                yield fact_id, ""
        else:
            waiting += fact.asks
            yield from ((fact_id, name) for name in sorted(fact.names) if not _known(name, record, known, answers))


def _known(name: str, record: str, known: Vocabulary | None, answers: Iterable[str]) -> bool:
    root, _dot, key = name.partition(".")
    if root == "answers":
        return key in set(answers)
    if root == "fact" or known is None:
        return True  # whether another fact is declared is asked of that fact
    return known.has(f"column:{record}" if root == "record" else f"given:{record}", key)


def in_circles(facts: Mapping[str, Fact]) -> Iterator[str]:
    """Yield each fact that asks for itself, directly or through others: nothing could answer it.

    >>> word = LocalText("词", "word")
    >>> list(in_circles({"a": Fact("a", word, when="fact.b"), "b": Fact("b", word, when="not fact.a")}))
    ['a', 'b']
    """
    for start in facts.values():
        waiting, done = list(start.asks), set[str]()
        while waiting:
            fact_id = waiting.pop()
            if fact_id in done:
                continue
            done.add(fact_id)
            waiting += facts[fact_id].asks if fact_id in facts else ()
        if start.id in done:
            yield start.id
