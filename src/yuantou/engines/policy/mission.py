"""The rows of the mission: what a policy text asks for, what would carry it out, and how far that works."""

import datetime as dt
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from yuantou.engines.policy.text import Policy, find_quotation
from yuantou.kernel.errors import InputError, Place, Problem
from yuantou.kernel.local_text import LocalText

State = Literal["working", "partly", "none"]
STATES: Final[tuple[State, ...]] = get_args(State)


@dataclass(frozen=True)
class Quotation:
    """A phrase of the policy text and the articles it stands in."""

    text: str
    articles: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One row: its phrases, the feature (testable), who uses it, the types and tests that carry it, what it lacks.

    ``owner`` is the part of the product that answers for it, ``checked`` the day its state was last judged, ``pages``
    the names of addresses where it is used, ``evidence`` files of the repository that explain or measure it.
    """

    id: str
    section: LocalText
    owner: str
    checked: dt.date
    term: LocalText
    feature: LocalText
    users: tuple[str, ...]
    quotations: tuple[Quotation, ...]
    state: State
    types: tuple[str, ...]
    tests: tuple[str, ...]
    lacks: LocalText | None
    pages: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mission:
    """All rows, and the hash of the folded text they quote."""

    title: LocalText
    sha256: str
    rows: tuple[Row, ...]

    def counts(self) -> dict[State, int]:
        """Return how many rows are in each state."""
        counted = Counter(row.state for row in self.rows)
        return {state: counted[state] for state in STATES}


def load_mission(source: str) -> Mission:
    """Read the rows from TOML.

    Raises
    ------
    InputError
        If a row is "working" without a test or with something lacking, "partly" without saying what lacks, or its
        state is none of ``STATES``; ``problems`` names every row.
    """
    data = tomllib.loads(source)
    rows = tuple(_row(entry) for entry in data["row"])
    problems = tuple(problem for row in rows if (problem := _unsound(row)))
    if problems:
        raise InputError(
            LocalText("任务表有误。", "The table of the mission has errors."),
            LocalText("请更正下列各行。", "Correct the rows named."),
            problems=problems,
        )
    return Mission(LocalText.from_mapping(data["source"]["title"]), data["source"]["sha256"], rows)


def check_sources(mission: Mission, policy: Policy) -> list[Problem]:
    """Return every quotation that the text does not hold, and whether the text is another than the one registered."""
    missing = [
        Problem(
            "policy.quotation",
            LocalText(
                f"{row.id}：文本中没有“{quotation.text}”。", f"{row.id}: the text does not hold “{quotation.text}”."
            ),
            LocalText("请核对原文。", "Compare with the source."),
            Place("mission", column=row.id),
        )
        for row in mission.rows
        for quotation in row.quotations
        if find_quotation(policy, quotation.text) is None
    ]
    if policy.sha256 == mission.sha256:
        return missing
    changed = Problem(
        "policy.changed",
        LocalText("文本与登记时不同。", "The text is not the one that was registered."),
        LocalText("请逐条核对引文后更新登记的哈希。", "Compare each quotation, then register the new hash."),
    )
    return [changed, *missing]


def _row(entry: Mapping[str, Any]) -> Row:
    return Row(
        id=entry["id"],
        section=LocalText.from_mapping(entry["section"]),
        owner=entry["owner"],
        checked=entry["checked"],
        term=LocalText.from_mapping(entry["term"]),
        feature=LocalText.from_mapping(entry["feature"]),
        users=tuple(entry["users"]),
        quotations=tuple(Quotation(each["text"], tuple(each["articles"])) for each in entry["quotations"]),
        state=entry["state"],
        types=tuple(entry.get("types", ())),
        tests=tuple(entry.get("tests", ())),
        lacks=LocalText.from_mapping(entry["lacks"]) if "lacks" in entry else None,
        pages=tuple(entry.get("pages", ())),
        evidence=tuple(entry.get("evidence", ())),
    )


def _unsound(row: Row) -> Problem | None:
    wrong = {
        row.state not in STATES: ("状态未知。", "its state is unknown."),
        row.state == "working" and (not row.tests or row.lacks is not None): (
            "“可用”须有测试，且无所缺。",
            "“working” needs a test and lacks nothing.",
        ),
        row.state == "partly" and row.lacks is None: ("“部分”须写明所缺。", "“partly” must say what it lacks."),
    }
    if True not in wrong:
        return None
    zh, en = wrong[True]
    return Problem(
        "mission.row",
        LocalText(f"{row.id}：{zh}", f"{row.id}: {en}"),
        LocalText("请更正。", "Correct it."),
        Place("rows.toml", column=row.id),
    )
