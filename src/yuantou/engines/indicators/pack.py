"""Packs of series, indicators, observations and checks as TOML: read, and refused where they are not sound."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from yuantou.engines.indicators.model import Indicator, Kind, Level, Observation, Registry, Series, Vintage
from yuantou.kernel.errors import InputError, Place, Problem
from yuantou.kernel.local_text import LocalText

_WHOLE: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class Check:
    """Something a text says, and how it is to be tried against the observations of its pack."""

    id: str
    row: int
    name: LocalText
    source: str
    rule: str
    uses: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pack:
    """A registry with the observations and checks that come with it."""

    registry: Registry
    observations: tuple[Observation, ...]
    checks: tuple[Check, ...]


def load_pack(*texts: str, file: str = "") -> Pack:
    """Read one pack from the TOML texts of its files; later texts may use what earlier ones declare.

    Raises
    ------
    InputError
        With one problem for each entry that is not sound: unknown series or unit, a unit of measure other than that of
        the series (persons for person-years), a share without denominator, a number that is none, an id used twice.
    """
    tables: dict[str, list[dict[str, Any]]] = {"series": [], "indicator": [], "observation": [], "check": []}
    for text in texts:
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise InputError(LocalText(f"不是 TOML：{error}", f"Not TOML: {error}"), place=Place(file)) from error
        for name, rows in tables.items():
            rows.extend(content.get(name, []))
    problems: list[Problem] = []
    series = _each(tables["series"], _series, problems, file)
    indicators = _each(tables["indicator"], lambda row: _indicator(row, series), problems, file)
    observations = _each(tables["observation"], lambda row: _observation(row, series), problems, file)
    checks = _each(tables["check"], _check, problems, file)
    if problems:
        raise InputError(
            LocalText(f"指标包有 {len(problems)} 处错误。", f"{len(problems)} entries of the pack are not sound."),
            place=Place(file),
            problems=tuple(problems),
        )
    return Pack(Registry(series, indicators), tuple(observations.values()), tuple(checks.values()))


def read_observations(
    rows: Iterable[Mapping[str, Any]], registry: Registry, *, file: str = ""
) -> tuple[tuple[Observation, ...], tuple[Problem, ...]]:
    """Read observations as people type them: the good ones, and one problem for each row that is not.

    Parameters
    ----------
    rows:
        ``series``, ``subject``, ``level``, ``period``, ``value`` and ``source``; ``unit`` if it is to be checked,
        ``vintage`` (final), ``step`` (the last digit typed), ``account`` and ``id`` (the row) where they are known.
    """
    good: list[Observation] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows, 1):
        given = {key: value for key, value in row.items() if key and value not in (None, "")}
        try:
            made = _observation({"id": f"{file}:{number}", **given}, registry.series)
            if registry.series[made.series].unit == "percent" and not 0 <= made.value <= _WHOLE:
                raise ValueError(f"{made.value} % is no share / 占比须在 0 到 100 之间")
        except KeyError as error:
            what = LocalText(f"缺少列“{error.args[0]}”。", f"The column “{error.args[0]}” is missing.")
        except InvalidOperation:
            what = LocalText(f"“{row.get('value')}”不是数。", f"“{row.get('value')}” is not a number.")
        except ValueError as error:
            en, _slash, zh = str(error).partition(" / ")
            what = LocalText(f"{zh or en}。", f"{en[:1].upper()}{en[1:]}.")
        else:
            good.append(made)
            continue
        remedy = LocalText("请改正此行；其余各行已读入。", "Correct this row; the others are read.")
        problems.append(Problem("observation.row", what, remedy, Place(file, number)))
    return tuple(good), tuple(problems)


def _each(rows: Sequence[Mapping[str, Any]], read: Any, problems: list[Problem], file: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, row in enumerate(rows, 1):
        try:
            if row.get("id") in found:
                raise ValueError("the id is used twice / 编号重复")
            entry = read(row)
        except (KeyError, ValueError, InvalidOperation) as error:
            what = f"{row.get('id', '?')}: {type(error).__name__} {error}"
            remedy = LocalText("请对照文档改正此条目。", "Correct this entry after the documentation.")
            problems.append(Problem("pack.entry", LocalText(what, what), remedy, Place(file, number)))
        else:
            found[entry.id] = entry
    return found


def _series(row: Mapping[str, Any]) -> Series:
    return Series(row["id"], LocalText.from_mapping(row["name"]), row["unit"], tuple(row.get("breaks", ())))


def _indicator(row: Mapping[str, Any], series: Mapping[str, Series]) -> Indicator:
    kind, numerator, denominator = Kind(row["kind"]), row["numerator"], row.get("denominator", "")
    for name in filter(None, (numerator, denominator)):
        if name not in series:
            raise ValueError(f"no series “{name}” / 没有序列“{name}”")
    if kind in {Kind.SHARE, Kind.RATIO} and not denominator:
        raise ValueError("a share needs a denominator / 占比须有分母")
    if kind in {Kind.SHARE, Kind.CHANGE} and denominator and series[numerator].unit != series[denominator].unit:
        raise ValueError("part and whole have different units / 部分与整体计量单位不同")
    permitted = frozenset(Level(level) for level in row["permitted"])
    return Indicator(
        row["id"],
        LocalText.from_mapping(row["name"]),
        LocalText.from_mapping(row["definition"]),
        kind,
        numerator,
        denominator,
        row["unit"],
        permitted,
        int(row.get("decimals", 1)),
        row["source"],
        LocalText.from_mapping(row.get("clause", {"zh": "见登记。", "en": "See the registry."})),
    )


def _observation(row: Mapping[str, Any], series: Mapping[str, Series]) -> Observation:
    of = series.get(row["series"])
    if of is None:
        raise ValueError(f"no series “{row['series']}” / 没有序列“{row['series']}”")
    if row.get("unit", of.unit) != of.unit:
        raise ValueError(f"the unit is {of.unit}, not {row['unit']} / 计量单位应为 {of.unit}")
    value = Decimal(str(row["value"]))
    step = Decimal(str(row["step"])) if "step" in row else Decimal(1).scaleb(int(value.as_tuple().exponent))
    return Observation(
        row["id"],
        row["series"],
        row.get("subject", "CN"),
        Level(row.get("level", "nation")),
        int(row["period"]),
        value,
        step,
        Vintage(row.get("vintage", "final")),
        row["source"],
        row.get("account", ""),
    )


def _check(row: Mapping[str, Any]) -> Check:
    known = {"id", "row", "name", "source", "rule"}
    uses = {key: value for key, value in row.items() if key not in known}
    return Check(row["id"], int(row["row"]), LocalText.from_mapping(row["name"]), row["source"], row["rule"], uses)
