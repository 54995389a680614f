"""Reads programme types from TOML and refuses unsound ones, naming file, place and remedy."""

import re
import tomllib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, TypeVar

from yuantou.engines.workflow.expressions import parse
from yuantou.engines.workflow.facts import Fact, read_fact
from yuantou.engines.workflow.finding import as_problem
from yuantou.engines.workflow.form import FIELD_BUDGET, Condition
from yuantou.engines.workflow.keys import CALL, Row, findings
from yuantou.engines.workflow.lines import line_of
from yuantou.engines.workflow.model import (
    BudgetPlan,
    BudgetRegime,
    Criterion,
    DecisionPlan,
    Field,
    FieldType,
    Letter,
    Machine,
    PhaseKind,
    ProgrammeType,
    ReviewPhase,
    ReviewPlan,
    Rule,
    Section,
    Separation,
    Share,
    State,
    StateKind,
    Transition,
    VisibilityRule,
)
from yuantou.engines.workflow.project_plan import read_project
from yuantou.engines.workflow.soundness import problems_of
from yuantou.engines.workflow.vocabulary import Vocabulary
from yuantou.kernel.errors import InputError, Place, Problem
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.score import Scale

Table = dict[str, Any]
T = TypeVar("T")


def load_programme_type(
    source: str,
    *,
    name: str = "programme type",
    parents: Mapping[str, str] | None = None,
    judge: bool = True,
    earlier: str = "",
    known: Vocabulary | None = None,
) -> ProgrammeType:
    """Read one programme type.

    Parameters
    ----------
    source:
        The TOML text.
    name:
        File name for messages.
    parents:
        TOML texts that ``extends = "…"`` may name. Tables are merged key by key, lists are replaced.
    judge:
        Whether an unsound type is refused. What was published was judged by the rules of its day, and stays readable.
    earlier:
        TOML text of what stood in code before types declared it: facts, where letters go and what sends them
        (``[letter_to]``, ``[letter_on]``), what states mean (``[state_is.RECORD]``). Given to a type of that day,
        which does not say. Its hash stays that of its own text.
    known:
        What code can answer; with it, a type that asks for more is unsound.

    Raises
    ------
    InputError
        If the text is not TOML, a key is missing or has a wrong type, or the type is unsound
        (see ``soundness.problems_of``); ``problems`` lists every finding.
    """
    return _load(source, name, tuple(sorted((parents or {}).items())), judge, earlier, known)


@lru_cache(maxsize=256)
def _load(
    source: str,
    name: str,
    parent_texts: tuple[tuple[str, str], ...],
    judge: bool,
    earlier: str,
    known: Vocabulary | None,
) -> ProgrammeType:
    """Texts never change and a type cannot be changed: each is read once per process."""
    parents = dict(parent_texts)
    table = _merged(source, name, parents)
    return read_table(table, texts=_texts(source, name, parents), judge=judge, earlier=earlier, known=known)


def read_table(
    table: Table,
    *,
    texts: list[tuple[str, str]],
    judge: bool = True,
    earlier: str = "",
    known: Vocabulary | None = None,
) -> ProgrammeType:
    """Read a type from its tables, merged with those it extends.

    ``texts`` are name and text of each file, nearest first, to tell in which line something stands; all else is as
    for ``load_programme_type``.
    """
    name = texts[0][0]
    if judge:
        wrong = tuple(key_problems(table, CALL, "programme_type", texts)) or _idle_conceals(table, texts)
        if wrong:
            raise _unsound(str(table.get("id", name)), name, wrong)
    try:
        programme = _programme(table, earlier)
    except _BrokenPartError as error:
        raise _unreadable(_place(texts, error.where), error.cause) from error
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(Place(name), error) from error
    found = problems_of(programme, file=name, known=known) if judge else ()
    problems = tuple(replace(problem, place=_place(texts, problem.place.column)) for problem in found)
    if problems:
        raise _unsound(programme.id, name, problems)
    return programme


def _unsound(type_id: str, name: str, problems: tuple[Problem, ...]) -> InputError:
    return InputError(
        LocalText(f"项目类型“{type_id}”有误。", f"The programme type “{type_id}” is unsound."),
        LocalText("请逐条修正。", "Please mend each point."),
        code="programme_type.unsound",
        place=Place(name),
        problems=problems,
    )


def key_problems(table: Table, shape: Row, prefix: str, texts: list[tuple[str, str]]) -> Iterator[Problem]:
    """Yield what is wrong with the keys of a kind, each with the file and line where it stands."""
    for finding in findings(table, shape):
        yield as_problem(prefix, finding, _place(texts, finding[1]))


def _idle_conceals(table: Table, texts: list[tuple[str, str]]) -> tuple[Problem, ...]:
    """Taking away what nobody could see anyhow is a mistake: something else was meant."""
    grants = _each(table["visibility"], read_grant)
    return tuple(
        Problem(
            "programme_type.conceals_nothing",
            LocalText(f"“{name}”本来就不可见。", f"“{name}” is not shown anyhow."),
            LocalText("请核对记录、角色和字段。", "Check record, roles and fields."),
            _place(texts, f"conceal.{name}"),
        )
        for item in table.get("conceal", ())
        for shown in [_shown(grants, item)]
        for name in (*item["roles"], *item["fields"])
        if name not in shown
    )


def _shown(grants: Iterable[VisibilityRule], item: Table) -> set[str]:
    """Return the roles and fields of an item that some grant shows together."""
    found: set[str] = set()
    for rule in grants:
        roles, fields = rule.roles & set(item["roles"]), rule.fields & set(item["fields"])
        if rule.record == item["record"] and roles and fields:
            found |= roles | fields
    return found


class _BrokenPartError(ValueError):
    """A part of a type that cannot be read, and which."""

    def __init__(self, where: str, cause: Exception) -> None:
        super().__init__(where)
        self.where, self.cause = where, cause


@contextmanager
def _reading(where: str) -> Generator[None]:
    """Name the part that was being read when something was missing or wrong."""
    try:
        yield
    except _BrokenPartError as error:
        raise _BrokenPartError(f"{where}.{error.where}", error.cause) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _BrokenPartError(where, error) from error


def _texts(source: str, name: str, parents: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the text of a type and those of all it extends, nearest first, each with the name of its file."""
    parent = str(tomllib.loads(source).get("extends", ""))
    return [(name, source), *(_texts(parents[parent], f"_{parent}.toml", parents) if parent in parents else [])]


def _place(texts: list[tuple[str, str]], where: str) -> Place:
    """Find file and line of a part, in the type itself or in what it extends."""
    found = ((name, line_of(text, where)) for name, text in texts)
    name, line = next(((name, line) for name, line in found if line is not None), (texts[0][0], None))
    return Place(name, line, where)


def _unreadable(place: Place, error: Exception) -> InputError:
    detail = f"missing key {error}" if isinstance(error, KeyError) else str(error)
    return InputError(
        LocalText(f"无法读取项目类型：{detail}", f"The programme type cannot be read: {detail}."),
        LocalText("请对照参考文档修改该键。", "Please compare this key with the reference."),
        code="programme_type.unreadable",
        place=place,
    )


def _merged(source: str, name: str, parents: Mapping[str, str]) -> Table:
    try:
        table = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise _unreadable(Place(name, int(line[1]) if line else None), error) from error
    parent = table.pop("extends", None)
    if parent is None:
        return table
    if parent not in parents:
        raise _unreadable(Place(name, line_of(source, "extends")), ValueError(f"extends unknown “{parent}”"))
    return _merge(_merged(parents[parent], parent, parents), table)


def _merge(base: Table, over: Table) -> Table:
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


def _programme(t: Table, earlier: str) -> ProgrammeType:
    library, lift = t.get("library", {}), tomllib.loads(earlier)
    table, goes, meant = t.get("fact", lift.get("fact", {})), lift.get("letter_to", {}), lift.get("state_is", {})
    facts = tuple(_one(f"fact.{key}", fact, partial(read_fact, key)) for key, fact in table.items())
    return ProgrammeType(
        id=t["id"],
        version=int(t["version"]),
        name=_part("name", lambda: LocalText.from_mapping(t["name"])),
        summary=_part("summary", lambda: LocalText.from_mapping(t["summary"])),
        research_type=t["research_type"],
        clauses=tuple(t.get("clauses", ())),
        roles=_part("roles", lambda: {role: LocalText.from_mapping(name) for role, name in t["roles"].items()}),
        form=_part("form", lambda: _form(library.get("section", {}), t)),
        machines={
            record: _one(
                f"machine.{record}", machine, partial(read_machine, record, facts=facts, meant=meant.get(record))
            )
            for record, machine in t["machine"].items()
        },
        review=_part("review", lambda: _review(t["review"], library.get("anchors", {}))),
        decision=_part("decision", lambda: _decision(t["decision"])),
        budget=_part("budget", lambda: _budget(t["budget"])),
        visibility=_part("visibility", lambda: _without(_each(t["visibility"], read_grant), t.get("conceal", []))),
        letters=_part(
            "letter",
            lambda: {
                key: read_letter(letter, goes.get(key, ()), lift.get("letter_on", {}).get(key, ""))
                for key, letter in t["letter"].items()
            },
        ),
        project=_part("project", lambda: read_project(t["project"], library, itemised=_itemised(t))),
        rules=_named("rule", t.get("rule", ()), lambda rule: _rule(_used(rule, library.get("rule", {})))),
        separations=_part("separation", lambda: _each(t.get("separation", []), _separation)),
        terms=_named("frozen", (term for term in t.get("frozen", ()) if isinstance(term, dict)), _field),
        appointed=tuple(t.get("appointed", ())),
        field_budget=int(t["form"].get("field_budget", FIELD_BUDGET)),
        source_hash=content_hash(t),
    )


def _part(where: str, read: Callable[[], T]) -> T:
    with _reading(where):
        return read()


def _named(kind: str, items: Iterable[Table], read: Callable[[Table], T]) -> tuple[T, ...]:
    """Read the items of a list; an error names the one it stands in by its id."""
    return tuple(_one(f"{kind}.{item.get('id') or item.get('use') or ''}".rstrip("."), item, read) for item in items)


def _one(where: str, item: Table, read: Callable[[Table], T]) -> T:
    with _reading(where):
        return read(item)


def _each(items: list[Table], read: Callable[[Table], T]) -> tuple[T, ...]:
    return tuple(read(item) for item in items)


def _optional(value: "Table | str | None") -> LocalText | None:
    return None if value is None else LocalText.from_mapping(value)


def _used(section: Table, library: Table) -> Table:
    """Return a section or rule itself, or the one of the library that it names with ``use``."""
    return {"id": section["use"], **library[section["use"]]} if "use" in section else section


def _form(library: Table, whole: Table) -> tuple[Section, ...]:
    sections = whole["form"]["section"]
    return _named("section", sections, lambda section: _section(_used(section, library), whole))


def _section(t: Table, whole: Table) -> Section:
    fields = _named("field", t["field"], lambda field: _field(_with_limits(field, whole)))
    return Section(t["id"], LocalText.from_mapping(t["title"]), fields, _optional(t.get("help")))


def _with_limits(field: Table, whole: Table) -> Table:
    """Give the amount and the duration the limits of the budget and the project, so that they are said once."""
    if field["id"] == whole["budget"].get("asked", "requested"):
        return {"low": whole["budget"].get("floor", 0), "high": whole["budget"].get("ceiling"), **field}
    if field["id"] == "months":
        shortest, longest = whole["project"]["months"]
        return {"low": shortest, "high": longest, **field}
    return field


def _field(t: Table) -> Field:
    return Field(
        id=t["id"],
        type=FieldType(t["type"]),
        label=LocalText.from_mapping(t["label"]),
        help=_optional(t.get("help")),
        required=bool(t.get("required", False)),
        bilingual=bool(t.get("bilingual", False)),
        max_length=t.get("max_length"),
        choices=tuple((choice["id"], LocalText.from_mapping(choice["label"])) for choice in t.get("choices", ())),
        low=t.get("low"),
        high=t.get("high"),
        hidden_from=frozenset(t.get("hidden_from", ())),
        identifies=bool(t.get("identifies", False)),
        when=Condition(t["when"]["field"], tuple(t["when"]["is"])) if "when" in t else None,
        writer=t.get("writer", ""),
        # Works came first and were known by their name; types of that day say no more.
        prefill=t.get("prefill", "works" if t["id"] == "representative_works" else ""),
    )


def read_letter(t: Table, to: Iterable[str] = (), on: str = "") -> Letter:
    """Read a letter; ``to`` and ``on`` are where it went and what sent it before letters said so themselves."""
    return Letter(
        tuple(t.get("to", to)), LocalText.from_mapping(t["subject"]), LocalText.from_mapping(t["body"]), t.get("on", on)
    )


def read_machine(
    record: str, t: Table, *, facts: tuple[Fact, ...] = (), meant: Mapping[str, Iterable[str]] | None = None
) -> Machine:
    """Read the machine of one kind of record, with the facts that its kind declares.

    ``meant`` is what states meant before they said so themselves.
    """
    states = tuple(
        State(
            s["id"],
            LocalText.from_mapping(s["name"]),
            StateKind(s["kind"]),
            bool(s.get("final", False)),
            frozenset(s.get("is", (meant or {}).get(s["id"], ()))),
        )
        for s in t["state"]
    )
    return Machine(record, t["initial"], states, _each(t["transition"], _transition), facts)


def _transition(t: Table) -> Transition:
    return Transition(
        id=t["id"],
        sources=tuple(t["from"]),
        target=t["to"],
        actors=tuple(t["actors"]),
        name=LocalText.from_mapping(t["name"]),
        guards=tuple(t.get("guards", ())),
        needs_reason=bool(t.get("needs_reason", False)),
        letter=t.get("letter"),
        undo=int(t.get("undo", 0)),
    )


def _review(t: Table, anchors: Table) -> ReviewPlan:
    return ReviewPlan(
        count=int(t["count"]),
        max_load=int(t["max_load"]),
        days=int(t["days"]),
        blind=t["blind"],
        scale=Scale(**t["scale"]),
        criteria=_named("criterion", t["criterion"], lambda criterion: _criterion(criterion, anchors)),
        conflict_years=int(t.get("conflict_years", 5)),
        identity_proofs=int(t.get("identity_proofs", 0)),
        phases=_named("phase", t.get("phase", ()), lambda phase: _phase(phase, t, anchors)),
        mix=_mix(t),
    )


def _phase(t: Table, review: Table, anchors: Table) -> ReviewPhase:
    """Read a phase; what it does not say itself, it has from the review as a whole."""
    kind = PhaseKind(t.get("kind", PhaseKind.REVIEW))
    judged, own = kind is not PhaseKind.RESPONSE, "criterion" in t
    t = {**{key: review[key] for key in ("blind", "days", "count", "criterion")}, **t}
    criteria: tuple[Table, ...] = tuple(t["criterion"]) if judged else ()
    return ReviewPhase(
        id=t["id"],
        name=LocalText.from_mapping(t["name"]),
        actors=tuple(t["actors"]),
        count=int(t["count"]) if judged else 0,
        blind=t["blind"],
        kind=kind,
        days=int(t["days"]),
        criteria=_named("criterion", criteria, lambda criterion: _criterion(criterion, anchors)),
        mix=_mix(t if "mix" in t else review) if kind is PhaseKind.REVIEW else (),
        shows=tuple(t.get("shows", ())),
        hears=tuple(t.get("hears", ())),
        ranks=bool(t.get("ranks", judged and not own)),
        cuts=bool(t.get("cuts", False)),
    )


def _mix(t: Table) -> tuple[Share, ...]:
    return tuple(Share(**share) for share in t.get("mix", ()))


def _decision(t: Table) -> DecisionPlan:
    return DecisionPlan(t["rule"], tuple(t.get("pots", ("one",))), int(t.get("parallel", 1)))


def _rule(t: Table) -> Rule:
    parse(t["expression"])
    since = t.get("since", "")
    return Rule(
        t["id"], t["when"], t["expression"], LocalText.from_mapping(t["message"]), since, _optional(t.get("remedy"))
    )


def _separation(t: Table) -> Separation:
    first, second = t["roles"]
    return Separation((first, second), t.get("scope", "person"), LocalText.from_mapping(t["message"]))


def _criterion(t: Table, library: Table) -> Criterion:
    named = library[t["anchors"]] if isinstance(t["anchors"], str) else t["anchors"]
    return Criterion(
        t["id"],
        LocalText.from_mapping(t["name"]),
        LocalText.from_mapping(t["question"]),
        float(t["weight"]),
        _each(named, LocalText.from_mapping),
    )


def _budget(t: Table) -> BudgetPlan:
    return BudgetPlan(
        regime=BudgetRegime(t["regime"]),
        currency=t.get("currency", "CNY"),
        asked=t.get("asked", "requested"),
        floor=t.get("floor", 0),
        ceiling=t.get("ceiling"),
        negative_list=_each(t.get("negative_list", []), LocalText.from_mapping),
        pledge=_optional(t.get("pledge")),
    )


def _itemised(t: Table) -> bool:
    return BudgetRegime(t["budget"]["regime"]) is BudgetRegime.ITEMISED


def read_grant(t: Table) -> VisibilityRule:
    """Read one grant."""
    return VisibilityRule(t["record"], frozenset(t["roles"]), frozenset(t["states"]), frozenset(t["fields"]))


def _without(rules: tuple[VisibilityRule, ...], concealed: list[Table]) -> tuple[VisibilityRule, ...]:
    """Take fields away from roles: how a type makes a blind stricter than the standard it extends."""
    for item in concealed:
        rules = tuple(part for rule in rules for part in _conceal(rule, item))
    return rules


def _conceal(rule: VisibilityRule, item: Table) -> list[VisibilityRule]:
    concerned = rule.roles & set(item["roles"])
    if rule.record != item["record"] or not concerned:
        return [rule]
    rest = replace(rule, roles=rule.roles - concerned)
    narrowed = replace(rule, roles=concerned, fields=rule.fields - set(item["fields"]))
    return [part for part in (rest, narrowed) if part.roles and part.fields]
