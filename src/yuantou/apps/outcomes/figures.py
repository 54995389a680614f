"""Figures for dashboards: computed by the engine, withheld where they would tell who, refused with a reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from yuantou.apps.outcomes.observe import Subject, observations
from yuantou.apps.outcomes.packs import national, platform
from yuantou.apps.workflow.facade import FEWEST
from yuantou.engines.indicators import Figure, Indicator, Kind, Level, Observation, RefusedError, compute
from yuantou.kernel.local_text import LocalText

COUNTED = {"proposal", "project"}


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator of a subject over the years: figures by year, and why there is none in the others."""

    indicator: Indicator
    figures: tuple[Figure, ...]
    withheld: tuple[int, ...] = ()
    refused: LocalText | None = None

    @property
    def latest(self) -> Figure | None:
        """The figure of the last year there is one for."""
        return self.figures[-1] if self.figures else None


def lines_of(subject: Subject) -> list[Line]:
    """Return every indicator permitted for a subject, in the order of the pack."""
    table = observations(subject)
    years = sorted({row.period for row in table})
    permitted = [row for row in platform().registry.indicators.values() if subject.level in row.permitted]
    return [_line(indicator, table, subject, years) for indicator in permitted]


def _line(indicator: Indicator, table: list[Observation], subject: Subject, years: list[int]) -> Line:
    figures, withheld = [], []
    for year in years:
        try:
            figure = compute(
                platform().registry, indicator.id, table, subject=subject.key, level=subject.level, period=year
            )
        except (RefusedError, ArithmeticError):
            continue
        if too_few(figure):
            withheld.append(year)
        else:
            figures.append(figure)
    return Line(indicator, tuple(figures), tuple(withheld))


def too_few(figure: Figure) -> bool:
    """Tell whether a share rests on so few proposals or projects that it would tell who is who."""
    units = platform().registry.series
    whole = figure.parts[-1]
    counted = units[whole.series].unit in COUNTED if whole.series in units else False
    return figure.indicator.kind is Kind.SHARE and counted and whole.value < FEWEST


NATIONAL = (
    ("basic_share", None),
    ("basic_rd", None),
    ("basic_growth", 1),
    ("basic_multiple", 2012),
    ("basic_annual_growth", 2012),
    ("rd_intensity_printed", None),
    ("basic_per_fte", None),
    ("rd_per_fte", None),
    ("basic_fte_share", None),
    ("hcr_share", None),
    ("nature_index_rank", None),
)
"""What the national dashboard shows: the indicator, and the earlier year (1 = the year before)."""


def national_lines() -> list[Line]:
    """Return the figures of the nation from the data pack; where a year has only one of two parts, none is made up."""
    table = national().observations
    found = []
    for key, since in NATIONAL:
        indicator = national().registry.indicators[key]
        years = sorted({row.period for row in table if row.subject == "CN" and row.series == indicator.numerator})
        found.append(Line(indicator, tuple(_national(key, years, since, table)), refused=_gap(key, years, table)))
    return found


def _national(key: str, years: list[int], since: int | None, table: Iterable[Observation]) -> list[Figure]:
    figures = []
    for year in years:
        start = year - 1 if since == 1 else since
        if start is not None and start >= year:
            continue
        try:
            figures.append(
                compute(national().registry, key, table, subject="CN", level=Level.NATION, period=year, since=start)
            )
        except RefusedError:
            continue
    return figures


def _gap(key: str, years: list[int], table: Iterable[Observation]) -> LocalText | None:
    """Say why the last year has no figure, where it has none."""
    indicator = national().registry.indicators[key]
    if not years or indicator.kind not in {Kind.SHARE, Kind.RATIO}:
        return None
    try:
        compute(national().registry, key, table, subject="CN", level=Level.NATION, period=years[-1])
    except RefusedError as error:
        return error.message
    return None


def newest(series: str, *, period: int) -> Decimal:
    """Return a national observation as last released."""
    rows = [row for row in national().observations if row.series == series and row.period == period]
    return rows[-1].value
