"""Computing indicators, and refusing to.

Every published number is taken as an interval of half a unit of its last digit either side; figures carry the
interval on (R. E. Moore, *Interval Analysis*, 1966). Definitions follow the OECD Frascati Manual 2015.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Final

from yuantou.engines.indicators.model import (
    Figure,
    Indicator,
    Kind,
    Level,
    Observation,
    RefusedError,
    Registry,
    Vintage,
)
from yuantou.kernel.local_text import LocalText

_ORDER: Final = list(Vintage)
_HUNDRED: Final = Decimal(100)


def compute(
    registry: Registry,
    indicator_id: str,
    table: Iterable[Observation],
    *,
    subject: str,
    level: Level,
    period: int,
    since: int | None = None,
    vintage: Vintage | None = None,
    denominator: str | None = None,
) -> Figure:
    """Compute an indicator of one subject for one period.

    Parameters
    ----------
    table:
        Observations; those of other subjects and series are passed over.
    since:
        The earlier period, for growth, change and multiples.
    vintage:
        Reproduce the figure as of an older release; without it the latest of each number is taken.
    denominator:
        The series somebody divided by, if it is to be checked against the definition.

    Raises
    ------
    RefusedError
        If the indicator is not permitted for this unit, or an observation is missing, mixes vintages within a period,
        crosses a break of the series, is divided by another series than defined, or gives a share above 100 %.
    """
    indicator = _indicator(registry, indicator_id)
    _permit(indicator, level)
    if denominator is not None and denominator != indicator.denominator:
        raise _refuse(
            "denominator",
            f"“{indicator.name.zh}”的分母是“{indicator.denominator}”，不是“{denominator}”。",
            f"“{indicator.name.en}” is defined over “{indicator.denominator}”, not “{denominator}”.",
            indicator,
        )
    _unbroken(registry, indicator, since, period)
    rows = [row for row in table if row.subject == subject and row.level == level]
    pick = _picker(rows, registry, indicator, vintage)
    return _COMPUTE[indicator.kind](indicator, pick, subject, level, period, since)


def _indicator(registry: Registry, key: str) -> Indicator:
    try:
        return registry.indicators[key]
    except KeyError as error:
        raise RefusedError(
            LocalText(f"没有登记指标“{key}”。", f"No indicator “{key}” is registered."),
            LocalText(
                "请先登记名称、定义、公式和允许的单元。", "Register name, definition, formula and permitted units."
            ),
            code="indicator.unknown",
        ) from error


def _permit(indicator: Indicator, level: Level) -> None:
    if level not in indicator.permitted:
        allowed = "、".join(unit for unit in Level if unit in indicator.permitted)
        raise _refuse(
            "unit",
            f"“{indicator.name.zh}”不得用于“{level}”一级；允许：{allowed}。{indicator.clause.zh}",
            f"“{indicator.name.en}” may not be computed at the level of {level}; permitted: {allowed}."
            f" {indicator.clause.en}",
            indicator,
        )


def _unbroken(registry: Registry, indicator: Indicator, since: int | None, period: int) -> None:
    series = registry.series[indicator.numerator]
    for year in series.breaks:
        if since is not None and since < year <= period:
            raise _refuse(
                "break",
                f"“{series.name.zh}”在 {year} 年改变了统计方法，前后不可比。",
                f"“{series.name.en}” changed its method in {year}; before and after cannot be compared.",
                indicator,
            )


def _refuse(code: str, zh: str, en: str, indicator: Indicator) -> RefusedError:
    remedy = LocalText(f"定义：{indicator.definition.zh}", f"Definition: {indicator.definition.en}")
    return RefusedError(LocalText(zh, en), remedy, code=f"indicator.{code}")


Pick = Callable[[str, int], Observation]


def _picker(rows: Sequence[Observation], registry: Registry, indicator: Indicator, vintage: Vintage | None) -> Pick:
    """Return a function that finds the observation of a series in a period, of the latest or the wanted release."""

    def pick(series: str, period: int) -> Observation:
        found = [row for row in rows if row.series == series and row.period == period]
        if vintage is not None:
            found = [row for row in found if row.vintage == vintage]
        if not found:
            name = registry.series[series].name
            raise _refuse(
                "gap",
                f"“{name.zh}”缺少 {period} 年的数据；不作插补。",
                f"“{name.en}” has no value for {period}; nothing is filled in.",
                indicator,
            )
        latest = max(found, key=lambda row: _ORDER.index(row.vintage))
        rivals = [row for row in found if row.vintage == latest.vintage and row.value != latest.value]
        if rivals:
            raise _refuse(
                "two_values",
                f"{period} 年有两个不同的数：{latest.id} {latest.value}，{rivals[0].id} {rivals[0].value}。",
                f"Two values for {period}: {latest.id} {latest.value} and {rivals[0].id} {rivals[0].value}.",
                indicator,
            )
        return latest

    return pick


def _value(indicator: Indicator, pick: Pick, subject: str, level: Level, period: int, since: int | None) -> Figure:
    row = pick(indicator.numerator, period)
    return Figure(indicator, subject, level, period, row.value, row.low, row.high, (row,))


def _divided(indicator: Indicator, pick: Pick, subject: str, level: Level, period: int, since: int | None) -> Figure:
    """Part over whole; both of one release, for the whole is revised with its parts."""
    part, whole = pick(indicator.numerator, period), pick(indicator.denominator, period)
    if part.vintage != whole.vintage:
        raise _refuse(
            "vintage",
            f"{period} 年的分子为{part.vintage}数，分母为{whole.vintage}数，不得混用。",
            f"The parts of {period} are of different releases: {part.vintage} and {whole.vintage}.",
            indicator,
        )
    scale = _HUNDRED if indicator.kind in {Kind.SHARE, Kind.CHANGE} else Decimal(1)
    value, low, high = (
        scale * upper / lower
        for upper, lower in ((part.value, whole.value), (part.low, whole.high), (part.high, whole.low))
    )
    if indicator.kind == Kind.SHARE and low > _HUNDRED:
        raise _refuse(
            "over_whole",
            f"占比超过 100 %（{value:.1f} %）：部分大于整体。",
            f"A share above 100 % ({value:.1f} %): the part is larger than the whole.",
            indicator,
        )
    return Figure(indicator, subject, level, period, value, low, high, (part, whole))


def _change(indicator: Indicator, pick: Pick, subject: str, level: Level, period: int, since: int | None) -> Figure:
    at = _divided if indicator.denominator else _value
    before, now = (at(indicator, pick, subject, level, year, None) for year in (_since(indicator, since), period))
    return Figure(
        indicator,
        subject,
        level,
        period,
        now.value - before.value,
        now.low - before.high,
        now.high - before.low,
        before.parts + now.parts,
    )


def _since(indicator: Indicator, since: int | None) -> int:
    if since is None:
        raise _refuse("since", "请给出比较的起始年份。", "Give the earlier period to compare with.", indicator)
    return since


def _compared(indicator: Indicator, pick: Pick, subject: str, level: Level, period: int, since: int | None) -> Figure:
    """Growth, yearly growth or multiple of a series between two periods."""
    start = _since(indicator, since)
    before, now = pick(indicator.numerator, start), pick(indicator.numerator, period)
    years = period - start

    def of(later: Decimal, earlier: Decimal) -> Decimal:
        times = later / earlier
        if indicator.kind == Kind.MULTIPLE:
            return times
        yearly = times ** (1 / Decimal(years)) if indicator.kind == Kind.ANNUAL_GROWTH else times
        return (yearly - 1) * _HUNDRED

    value, low, high = of(now.value, before.value), of(now.low, before.high), of(now.high, before.low)
    return Figure(indicator, subject, level, period, value, low, high, (before, now))


_COMPUTE: Final = {
    Kind.VALUE: _value,
    Kind.SHARE: _divided,
    Kind.RATIO: _divided,
    Kind.CHANGE: _change,
    Kind.GROWTH: _compared,
    Kind.ANNUAL_GROWTH: _compared,
    Kind.MULTIPLE: _compared,
}


def total(observations: Sequence[Observation]) -> tuple[Decimal, Decimal, Decimal]:
    """Add observations of one series and period: sum, lowest and highest possible.

    Raises
    ------
    RefusedError
        If they are of several series, periods or releases, or the same account stands in two of them (joint funds).
    """
    for name in ("series", "period", "vintage"):
        values = sorted({str(getattr(row, name)) for row in observations})
        if len(values) > 1:
            raise RefusedError(
                LocalText(
                    f"不能相加：{name} 不同（{'、'.join(values)}）。", f"Not to be added: {name} differs: {values}."
                ),
                LocalText("只加同一序列、同一时期、同一版本的数。", "Add one series, period and release only."),
                code="indicator.mixed_sum",
            )
    seen: dict[str, Observation] = {}
    for row in observations:
        if row.account and row.account in seen:
            first = seen[row.account]
            raise RefusedError(
                LocalText(
                    f"重复计算：账目“{row.account}”同时列在“{first.id}”与“{row.id}”中。",
                    f"Counted twice: account “{row.account}” stands in “{first.id}” and in “{row.id}”.",
                ),
                LocalText("联合基金按出资方拆分后再加。", "Split joint funds by who pays before adding."),
                code="indicator.double_count",
            )
        seen[row.account] = row
    low, high = sum((row.low for row in observations), Decimal()), sum((row.high for row in observations), Decimal())
    return sum((row.value for row in observations), Decimal()), low, high


def implied_whole(part: Observation, share: Observation) -> tuple[Decimal, Decimal]:
    """Return the interval in which a whole lies of which a rounded part and its rounded share (%) were published.

    An interval is all that can be had: a total rebuilt from rounded parts is not a number to publish or compute with.
    """
    return _HUNDRED * part.low / share.high, _HUNDRED * part.high / share.low


def needed(part: Decimal, whole: Decimal, *, share: Decimal, years: int, growth: Decimal) -> tuple[Decimal, Decimal]:
    """Return what a part must become, and its yearly growth (%), to be ``share`` % of a whole in ``years`` years.

    ``growth`` is the assumed yearly growth of the whole in per cent; the answer is a what-if, not a target.
    """
    later = whole * (1 + growth / _HUNDRED) ** years * share / _HUNDRED
    return later, ((later / part) ** (1 / Decimal(years)) - 1) * _HUNDRED
