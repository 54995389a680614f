"""Every key that a kind may have, in one table: what is read, what is refused, what the reference says.

``findings`` names each key that is unknown, missing or of a wrong type. What a reference means (a role, a state, a
fact) is judged in ``soundness`` and ``references``, with the whole kind at hand.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from yuantou.engines.workflow.expressions import parse
from yuantou.engines.workflow.finding import Finding
from yuantou.engines.workflow.form import PREFILLS


@dataclass(frozen=True, slots=True)
class Words:
    """Text for people, in both languages: ``{ zh = "…", en = "…" }``."""

    def wrong(self, value: Any) -> str:
        """Say what is wrong with a value, or nothing."""
        whole = isinstance(value, dict) and set(value) == {"zh", "en"}
        good = whole and all(isinstance(text, str) and text.strip() for text in value.values())
        return "" if good else '{ zh = "…", en = "…" }'


@dataclass(frozen=True, slots=True)
class Id:
    """A name that the file gives to something of its own: letters, digits, ``_`` and ``-``."""

    def wrong(self, value: Any) -> str:
        """Say what is wrong with a value, or nothing."""
        return "" if isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9_-]*", value) else "a-z, 0-9, _"


@dataclass(frozen=True, slots=True)
class Ref:
    """The name of something there is: what it means is judged with the whole kind at hand."""

    to: str

    def wrong(self, value: Any) -> str:
        """Say what is wrong with a value, or nothing."""
        return "" if isinstance(value, str) and value.strip() else f'"{self.to}"'


@dataclass(frozen=True, slots=True)
class One:
    """One of a few words."""

    of: tuple[str, ...]

    def wrong(self, value: Any) -> str:
        """Say what is wrong with a value, or nothing."""
        return "" if value in self.of and isinstance(value, str) else " | ".join(self.of)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number of at least ``low``."""

    low: int = 0

    def wrong(self, value: Any) -> str:
        """Say what is wrong with a value, or nothing."""
        good = isinstance(value, int) and not isinstance(value, bool) and value >= self.low
        return "" if good else f"≥ {self.low}"


@dataclass(frozen=True, slots=True)
class Number:
    """A number between two bounds."""

    low: float = 0
    high: float = float("inf")

    def wrong(self, value: Any) -> str:
        """Say what is wrong with a value, or nothing."""
        good = isinstance(value, int | float) and not isinstance(value, bool) and self.low <= value <= self.high
        return "" if good else f"{self.low:g} … {self.high:g}".replace(" … inf", " …")


@dataclass(frozen=True, slots=True)
class Flag:
    """``true`` or ``false``."""

    def wrong(self, value: Any) -> str:
        """Say what is wrong with a value, or nothing."""
        return "" if isinstance(value, bool) else "true | false"


@dataclass(frozen=True, slots=True)
class Expression:
    """A condition; the names it may use are judged with the whole kind at hand."""

    def wrong(self, value: Any) -> str:
        """Say what is wrong with a value, or nothing."""
        try:
            parse(value)
        except (TypeError, ValueError) as error:
            return str(error)
        return ""


@dataclass(frozen=True, slots=True)
class Day:
    """A day, ``"2026-01-01"``."""

    def wrong(self, value: Any) -> str:
        """Say what is wrong with a value, or nothing."""
        return "" if isinstance(value, str) and re.fullmatch(r"\d{4}-[01]\d-[0-3]\d", value) else '"2026-01-01"'


Leaf = Words | Id | Ref | One | Whole | Number | Flag | Expression | Day


@dataclass(frozen=True, slots=True)
class Each:
    """A list."""

    of: "Type"


@dataclass(frozen=True, slots=True)
class Named:
    """A table of things by their names."""

    of: "Type"


@dataclass(frozen=True, slots=True)
class Row:
    """A table with known keys; those in ``needs`` must be there."""

    keys: Mapping[str, "Type"]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """A reference to a list, or the list itself."""

    name: Ref
    rows: Each


Type = Leaf | Each | Named | Row | Either

_ROLES, _STATES = Each(Ref("role")), Each(Ref("state"))
_NAMED_ID: Final[Mapping[str, Type]] = {"id": Id(), "name": Words()}

FACT: Final = Row({"message": Words(), "remedy": Words(), "when": Expression(), "given": Flag()}, ("message",))
LETTER: Final = Row({"on": Ref("event"), "to": _ROLES, "subject": Words(), "body": Words()}, ("to", "subject", "body"))
STATE: Final = Row(
    {**_NAMED_ID, "kind": One(("open", "waiting", "settled", "alarm")), "final": Flag(), "is": Each(Ref("meaning"))},
    ("id", "name", "kind"),
)
TRANSITION: Final = Row(
    {
        **_NAMED_ID,
        "from": _STATES,
        "to": Ref("state"),
        "actors": _ROLES,
        "guards": Each(Ref("fact")),
        "needs_reason": Flag(),
        "letter": Ref("letter"),
        "undo": Whole(),
    },
    ("id", "name", "from", "to", "actors"),
)
MACHINE: Final = Row(
    {"initial": Ref("state"), "state": Each(STATE), "transition": Each(TRANSITION)}, ("initial", "state", "transition")
)
GRANT: Final = Row(
    {"record": Ref("record"), "roles": _ROLES, "states": _STATES, "fields": Each(Ref("field of the record"))},
    ("record", "roles", "states", "fields"),
)
FIELD_TYPES: Final = ("text", "long_text", "keywords", "money", "integer", "choice", "yes", "discipline")
FIELD: Final = Row(
    {
        "id": Id(),
        "type": One(FIELD_TYPES),
        "label": Words(),
        "help": Words(),
        "required": Flag(),
        "bilingual": Flag(),
        "max_length": Whole(1),
        "choices": Each(Row({"id": Id(), "label": Words()}, ("id", "label"))),
        "low": Number(),
        "high": Number(),
        "hidden_from": _ROLES,
        "identifies": Flag(),
        "when": Row({"field": Ref("field"), "is": Each(Ref("answer"))}, ("field", "is")),
        "writer": Ref("role"),
        "prefill": One(tuple(sorted(PREFILLS))),
    },
    ("id", "type", "label"),
)
SECTION: Final = Row(
    {"use": Ref("section of the library"), "id": Id(), "title": Words(), "help": Words(), "field": Each(FIELD)}
)
CRITERION: Final = Row(
    {**_NAMED_ID, "question": Words(), "weight": Number(0, 1), "anchors": Either(Ref("anchors"), Each(Words()))},
    ("id", "name", "question", "weight", "anchors"),
)
MIX: Final = Each(Row({"trait": Ref("trait"), "low": Number(0, 1), "high": Number(0, 1)}, ("trait",)))
BLIND: Final = One(("open", "single", "double"))
PHASE: Final = Row(
    {
        **_NAMED_ID,
        "kind": One(("review", "debate", "response", "panel")),
        "actors": _ROLES,
        "count": Whole(1),
        "blind": BLIND,
        "days": Whole(1),
        "criterion": Each(CRITERION),
        "mix": MIX,
        "shows": Each(Ref("section")),
        "hears": Each(One(("comments", "response", "debate"))),
        "ranks": Flag(),
        "cuts": Flag(),
    },
    ("id", "name", "actors"),
)
REVIEW: Final = Row(
    {
        "count": Whole(1),
        "max_load": Whole(1),
        "days": Whole(1),
        "blind": BLIND,
        "scale": Row(
            {"low": Number(), "high": Number(), "step": Number(), "higher_is_better": Flag()}, ("low", "high")
        ),
        "criterion": Each(CRITERION),
        "conflict_years": Whole(),
        "identity_proofs": Whole(),
        "phase": Each(PHASE),
        "mix": MIX,
    },
    ("count", "max_load", "days", "blind", "scale", "criterion"),
)
RULE: Final = Row(
    {
        "use": Ref("rule of the library"),
        "id": Id(),
        "when": One(("submit",)),
        "expression": Expression(),
        "message": Words(),
        "remedy": Words(),
        "since": Day(),
    }
)
REPORT: Final = Row(
    {**_NAMED_ID, "every_months": Whole(1), "max_pages": Whole(1), "filed": Flag()}, ("id", "name", "max_pages")
)
PROJECT: Final = Row(
    {
        "months": Each(Whole(1)),
        "report": Each(REPORT),
        "final": REPORT,
        "closing_days": Whole(),
        "notice_days": Whole(),
        "gate": Each(
            Row(
                {
                    **_NAMED_ID,
                    "month": Whole(1),
                    "tests": Words(),
                    "outcomes": Each(Ref("transition of a project")),
                    "judges": Whole(1),
                    "registrar": One(("holder", "officer")),
                    "by": _ROLES,
                    "frozen": Each(Ref("term of the call")),
                },
                ("id", "name", "month", "tests", "outcomes"),
            )
        ),
        "instalment": Each(
            Row({**_NAMED_ID, "share": Number(0, 1), "after": Ref("gate, or start")}, ("id", "name", "share"))
        ),
        "change": Each(Row({**_NAMED_ID, "rule": Expression()}, ("id", "name"))),
        "lines": Each(Row(_NAMED_ID, ("id", "name"))),
        "parts": One(("partners", "agencies")),
        "agency": Each(Row({**_NAMED_ID, "field": Ref("field")}, ("id", "name", "field"))),
        "evaluation": Ref("template of evaluation"),
        "diligence": Each(Row(_NAMED_ID, ("id", "name"))),
        "closed_by": _ROLES,
    },
    ("months", "evaluation"),
)
RESEARCH: Final = (
    "free_exploration", "strategic_goal_oriented", "market_application", "non_consensus", "challenge", "horse_race",
    "talent", "young_scientists", "stable_support", "joint_bilateral", "facility_time", "consortium",
)  # fmt: skip
"""The types of research that differ in what comes after them."""
EVALUATION: Final = Row(
    {
        "name": Words(),
        "judges": Whole(1),
        "fits": Each(One(RESEARCH)),
        "question": Each(Row({**_NAMED_ID, "question": Words()}, ("id", "name", "question"))),
    },
    ("name", "judges", "fits", "question"),
)

CALL: Final = Row(
    {
        "extends": Ref("parent"),
        "id": Id(),
        "version": Whole(1),
        "name": Words(),
        "summary": Words(),
        "research_type": One(RESEARCH),
        "clauses": Each(Ref("clause")),
        "roles": Named(Words()),
        "fact": Named(FACT),
        "form": Row({"field_budget": Whole(1), "section": Each(SECTION)}, ("section",)),
        "machine": Named(MACHINE),
        "review": REVIEW,
        "decision": Row({"rule": Ref("decision rule"), "pots": Each(Id()), "parallel": Whole(1)}, ("rule",)),
        "budget": Row(
            {
                "regime": One(("itemised", "lump_sum")),
                "currency": Ref("currency"),
                "asked": Ref("field"),
                "floor": Number(),
                "ceiling": Number(),
                "negative_list": Each(Words()),
                "pledge": Words(),
            },
            ("regime",),
        ),
        "visibility": Each(GRANT),
        "conceal": Each(
            Row({"record": Ref("record"), "roles": _ROLES, "fields": Each(Ref("field"))}, ("record", "roles", "fields"))
        ),
        "letter": Named(LETTER),
        "project": PROJECT,
        "rule": Each(RULE),
        "separation": Each(
            Row({"roles": _ROLES, "scope": One(("person", "organisation")), "message": Words()}, ("roles", "message"))
        ),
        "frozen": Each(FIELD),
        "appointed": _ROLES,
        "library": Row(
            {
                "section": Named(SECTION),
                "rule": Named(RULE),
                "anchors": Named(Each(Words())),
                "evaluation": Named(EVALUATION),
                "lines": Each(Row(_NAMED_ID, ("id", "name"))),
                "grades": Each(Row(_NAMED_ID, ("id", "name"))),
            }
        ),
    },
    (
        *("id", "version", "name", "summary", "research_type", "roles", "form", "machine", "review", "decision"),
        *("budget", "visibility", "letter", "project"),
    ),
)
"""What a kind of call may say."""

REGISTER: Final = Row(
    {
        "id": Id(),
        "roles": Named(Words()),
        "fact": Named(FACT),
        "machine": Named(MACHINE),
        "visibility": Each(GRANT),
        "letter": Named(LETTER),
        "words": Named(Each(Row({**_NAMED_ID, "scheme": Ref("scheme"), "pack": Ref("pack")}, ("id", "name")))),
    },
    ("id", "roles", "machine"),
)
"""What a register may say; ``words`` are the lists from which its forms offer."""


def findings(value: Any, shape: Type, where: str = "") -> Iterator[Finding]:
    """Yield each key that is unknown, missing or of a wrong type, with its place.

    >>> [(code, place) for code, place, _message, _remedy in findings({"message": 3, "wenn": "x"}, FACT, "fact.f")]
    [('unknown_key', 'fact.f.wenn'), ('wrong_type', 'fact.f.message')]
    """
    match shape:
        case Row(keys, needs):
            yield from _row(value, keys, needs, where)
        case Named(inner):
            yield from _named(value, inner, where)
        case Each(inner):
            if not isinstance(value, list):
                yield _wrong(where, "[ … ]")
                return
            for part in value:
                name = part.get("id") or part.get("use") if isinstance(part, dict) else None
                yield from findings(part, inner, f"{where}.{name}" if isinstance(name, str) else where)
        case Either(name, rows):
            yield from findings(value, rows if isinstance(value, list) else name, where)
        case _ if said := shape.wrong(value):
            yield _wrong(where, said)


def _named(value: Any, inner: Type, where: str) -> Iterator[Finding]:
    if not isinstance(value, dict):
        yield _wrong(where, "[…]")
        return
    for name, part in value.items():
        if Id().wrong(name):
            yield _wrong(f"{where}.{name}", Id().wrong(name))
        yield from findings(part, inner, f"{where}.{name}")


def _row(value: Any, keys: Mapping[str, Type], needs: tuple[str, ...], where: str) -> Iterator[Finding]:
    if not isinstance(value, dict):
        yield _wrong(where, "{ … }")
        return
    prefix = f"{where}." if where else ""
    for key in value:
        if key not in keys:
            message = (f"没有名为“{key}”的键。", f"There is no key “{key}” here.")
            known = ", ".join(keys)
            yield "unknown_key", prefix + key, message, (f"可用：{known}。", f"There are: {known}.")
    for key in needs:
        if key not in value:
            message = (f"缺少“{key}”。", f"“{key}” is missing.")
            yield "missing_key", where or key, message, ("请补充。", "Please add it.")
    for key, part in value.items():
        if key in keys:
            yield from findings(part, keys[key], prefix + key)


def _wrong(where: str, expected: str) -> Finding:
    name = where.rpartition(".")[2]
    message = (f"“{name}”的值不成立。", f"The value of “{name}” is of the wrong kind.")
    return "wrong_type", where, message, (f"应为：{expected}。", f"It should be: {expected}.")
