"""What is to be scheduled: a facility year as tables, checked row by row before anything is solved."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from yuantou.kernel.errors import InputError, Place, Problem
from yuantou.kernel.local_text import LocalText

Schema = dict[str, pl.DataType | type[pl.DataType]]

INTERVALS: Final[Schema] = {"instrument": pl.String, "start": pl.Int32, "stop": pl.Int32}
ALTERNATIVES: Final[Schema] = {
    "request": pl.String,
    "instrument": pl.String,
    "duration": pl.Int32,
    "value": pl.Float64,
    "configuration": pl.String,
    "release": pl.Int32,
    "deadline": pl.Int32,
    "resources": pl.List(pl.String),
    "partner": pl.String,
    "required": pl.Boolean,
}
SETUPS: Final[Schema] = {"instrument": pl.String, "before": pl.String, "after": pl.String, "slots": pl.Int32}
RESOURCES: Final[Schema] = {"resource": pl.String, "capacity": pl.Int32}
SHARES: Final[Schema] = {"partner": pl.String, "low": pl.Float64, "high": pl.Float64}
_FILLED: Final[dict[str, Any]] = {"configuration": None, "resources": [], "partner": None, "required": False}


@dataclass(frozen=True)
class FacilityYear:
    """Open intervals, requests and what they need; times are slots (e.g. shifts of eight hours), ends exclusive.

    Parameters
    ----------
    slots:
        Length of the year.
    intervals:
        ``instrument``, ``start``, ``stop``: when an instrument is open to users; nothing runs across a gap.
    alternatives:
        One row for each way to serve a request: ``request``, ``instrument``, ``duration``, ``value`` (earned once for
        the request), ``release``, ``deadline``; and where it matters ``configuration`` (null: any), ``resources``
        (shared equipment, members of the team, local contact: all held while it runs), ``partner``, ``required``
        (flexible maintenance: must be placed).
    setups:
        ``instrument``, ``before``, ``after``, ``slots`` to change configuration between two experiments of one
        interval; 0 where not given. Each change also costs ``switch_cost`` in value.
    resources:
        ``resource``, ``capacity``: how many experiments may hold it at once; 1 where not given.
    shares:
        ``partner``, ``low``, ``high``: bounds on the partner's share of all placed slots.
    """

    slots: int
    intervals: pl.DataFrame
    alternatives: pl.DataFrame
    setups: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SETUPS))
    resources: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=RESOURCES))
    shares: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SHARES))
    switch_cost: float = 0.0


def check_year(year: FacilityYear) -> tuple[FacilityYear, list[Problem]]:
    """Return the year with complete columns and without its unusable alternatives, and every finding.

    Raises
    ------
    InputError
        If a column is missing or intervals cannot be used at all; ``problems`` names the rows.
    """
    whole = FacilityYear(
        year.slots,
        _typed(year.intervals, INTERVALS, "intervals"),
        _typed(year.alternatives, ALTERNATIVES, "alternatives"),
        _typed(year.setups, SETUPS, "setups"),
        _typed(year.resources, RESOURCES, "resources"),
        _typed(year.shares, SHARES, "shares"),
        year.switch_cost,
    )
    broken = list(_interval_problems(whole))
    if broken:
        raise InputError(
            LocalText("开放时段表有误。", "The table of open intervals has errors."), problems=tuple(broken)
        )
    found = dict(_alternative_problems(whole))
    kept = whole.alternatives.filter(~pl.int_range(pl.len()).is_in(list(found)))
    problems = list(found.values()) + list(_unserved(whole, kept))
    used = FacilityYear(
        whole.slots, whole.intervals, kept, whole.setups, whole.resources, whole.shares, whole.switch_cost
    )
    return used, problems


def _typed(table: pl.DataFrame, schema: Schema, name: str) -> pl.DataFrame:
    missing = [column for column in schema if column not in table.columns and column not in _FILLED]
    if missing:
        columns = ", ".join(missing)
        raise InputError(
            LocalText(f"缺少列：{columns}。", f"Columns are missing: {columns}."),
            LocalText("请补上后重试。", "Add them and try again."),
            place=Place(name),
        )
    filled = [pl.lit(_FILLED[column]).alias(column) for column in schema if column not in table.columns]
    return table.with_columns(filled).select(pl.col(column).cast(kind) for column, kind in schema.items())


def _interval_problems(year: FacilityYear) -> Iterator[Problem]:
    rows = year.intervals.with_row_index("row").sort("instrument", "start").iter_rows(named=True)
    last: dict[str, int] = {}
    for row in rows:
        place = Place("intervals", row["row"] + 1)
        if not 0 <= row["start"] < row["stop"] <= year.slots:
            yield _finding(
                "interval.order", place, "时段的结束须晚于开始，且在年度之内。",
                "An interval must end after it starts, and lie within the year.",
                "请更正开始或结束。", "Correct its start or stop.",
            )  # fmt: skip
        elif row["start"] < last.get(row["instrument"], 0):
            yield _finding(
                "interval.overlap", place, f"{row['instrument']} 的两个开放时段重叠。",
                f"Two open intervals of {row['instrument']} overlap.",
                "请合并或缩短其一。", "Merge them or shorten one.",
            )  # fmt: skip
        last[row["instrument"]] = max(last.get(row["instrument"], 0), row["stop"])


def _alternative_problems(year: FacilityYear) -> Iterator[tuple[int, Problem]]:
    known = set(year.resources["resource"]) if year.resources.height else None
    for index, row in enumerate(year.alternatives.with_columns(room=_room(year)).iter_rows(named=True)):
        problem = _alternative_problem(row, Place("alternatives", index + 1), known)
        if problem:
            yield index, problem


def _room(year: FacilityYear) -> pl.Series:
    """Return for each alternative the longest open time within its window; null if its instrument never opens."""
    return (
        year.alternatives.with_row_index("row")
        .join(year.intervals, on="instrument", how="left")
        .with_columns(room=pl.min_horizontal("stop", "deadline") - pl.max_horizontal("start", "release"))
        .group_by("row", maintain_order=True)
        .agg(pl.col("room").max(), opens=pl.col("start").is_not_null().any())
        .sort("row")
        .select(pl.when("opens").then("room"))
        .to_series()
    )


def _alternative_problem(row: dict[str, Any], place: Place, known: set[str] | None) -> Problem | None:
    request, instrument, duration = row["request"], row["instrument"], row["duration"]
    unknown = [name for name in row["resources"] or [] if known is not None and name not in known]
    if duration < 1:
        return _finding(
            "duration.positive", place, f"申请 {request} 的时长须至少为一个班次。",
            f"Request {request} must last at least one slot.", "请填写时长。", "Give its duration.",
        )  # fmt: skip
    if row["deadline"] <= row["release"]:
        return _finding(
            "window.order", place, f"申请 {request} 的时间窗在开始之前就结束了。",
            f"The window of request {request} ends before it starts.", "请更正时间窗。", "Correct the window.",
        )  # fmt: skip
    if row["room"] is None:
        return _finding(
            "instrument.closed", place, f"申请 {request} 所需的 {instrument} 全年没有开放时段。",
            f"{instrument}, which request {request} asks for, has no open interval in the year.",
            "请另选仪器或开放时段。", "Choose another instrument or open it.",
        )  # fmt: skip
    if duration > row["room"]:
        return _finding(
            "duration.fits", place,
            f"申请 {request} 要 {duration} 个班次，时间窗内 {instrument} 最长只连续开放 {max(row['room'], 0)} 个。",
            f"Request {request} asks for {duration} slots; in its window {instrument} is open for at most "
            f"{max(row['room'], 0)} on end.",
            "请缩短时长、放宽时间窗，或分成几次。", "Shorten it, widen its window, or split it into visits.",
        )  # fmt: skip
    if unknown:
        names = ", ".join(unknown)
        return _finding(
            "resource.unknown", place, f"申请 {request} 需要 {names}，登记表中没有。",
            f"Request {request} needs {names}, which the register does not hold.",
            "请登记该设备或改正名称。", "Register it or correct its name.",
        )  # fmt: skip
    return None


def _unserved(year: FacilityYear, kept: pl.DataFrame) -> Iterator[Problem]:
    left = set(kept["request"])
    for request in year.alternatives["request"].unique(maintain_order=True):
        if request not in left:
            yield _finding(
                "request.unserved", Place("alternatives"), f"没有任何仪器和时段能满足申请 {request}。",
                f"Nothing can serve request {request}.",
                "请按上述各行更正后再排期。", "Mend the rows named above before scheduling.",
            )  # fmt: skip


def _finding(code: str, place: Place, zh: str, en: str, remedy_zh: str, remedy_en: str) -> Problem:
    return Problem(code, LocalText(zh, en), LocalText(remedy_zh, remedy_en), place)
