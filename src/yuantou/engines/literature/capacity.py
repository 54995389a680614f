"""Weak and cold fields: capacity, renewal, dependence on few people, each with an interval.

A field here is any grouping of works: a topic of the map, a discipline, a field of the lake. Figures describe a
field, never a person. Intervals are 90 % bootstrap intervals over works (Efron, 1979, doi:10.1214/aos/1176344552),
except those of shares, which are Wilson's, and of changes, which take works as Poisson counts.
"""

from typing import Final

import numpy as np
import polars as pl

WINDOW: Final = 5
DRAWS: Final = 200
FEW: Final = 5
"""Fewer active groups than this make a field weak."""


def capacity(works: pl.DataFrame, *, year: int, seed: int, draws: int = DRAWS) -> pl.DataFrame:
    """Return figures of each field over the last five years up to ``year``.

    Parameters
    ----------
    works:
        ``field`` str, ``year`` int, ``authors`` list[str]; ``institutions`` list[str] where known.

    Returns
    -------
    One row for each field: ``field``, ``works``, ``share`` (of all works of the window), ``people`` (active, with at
    least two works or one in the last two years), ``new_share`` (of them, first seen in the window) with ``_low`` and
    ``_high``, ``dependence`` (share of works with at least one of the three busiest people) with interval, ``change``
    (log ratio of the share to that of the five years before) with interval, ``groups`` (institutions, or groups of
    co-authors where none are known), ``signs`` (list of what is weak: ``shrinking``, ``few_groups``, ``few_people``,
    ``no_renewal``; a sign is given only if the whole interval says so).
    """
    recent = works.filter((pl.col("year") > year - WINDOW) & (pl.col("year") <= year))
    before = works.filter((pl.col("year") > year - 2 * WINDOW) & (pl.col("year") <= year - WINDOW))
    first = works.explode("authors").group_by("field", "authors").agg(pl.col("year").min().alias("first"))
    generator = np.random.default_rng(seed)
    totals = (recent.height, before.height)
    rows = [
        _field(
            str(key[0]), part, before.filter(pl.col("field") == key[0]).height, first, totals, year, generator, draws
        )
        for key, part in sorted(recent.group_by("field"), key=lambda pair: str(pair[0][0]))
    ]
    return pl.DataFrame(rows).sort("change") if rows else pl.DataFrame()


def _field(
    name: str,
    part: pl.DataFrame,
    before: int,
    first: pl.DataFrame,
    totals: tuple[int, int],
    year: int,
    generator: np.random.Generator,
    draws: int,
) -> dict[str, object]:
    teams: list[list[str]] = [list(team or ()) for team in part["authors"].to_list()]
    people = {person for team in teams for person in team}
    seen = first.filter((pl.col("field") == name) & pl.col("authors").is_in(list(people)))
    fresh = int((seen["first"] > year - WINDOW).sum())
    low, high = wilson(fresh, len(people))
    dependence = _dependence(teams)
    drawn = [_dependence([teams[i] for i in generator.integers(0, len(teams), len(teams))]) for _ in range(draws)]
    log_change, spread = _change(part.height, before, totals)
    change = (log_change - 1.645 * spread, log_change + 1.645 * spread)
    groups = _groups(part, teams)
    dep_low, dep_high = (float(value) for value in np.quantile(drawn, [0.05, 0.95]))
    signs = [
        *(["shrinking"] if change[1] < 0 else []),
        *(["few_groups"] if groups < FEW else []),
        *(["few_people"] if dep_low > 0.4 else []),
        *(["no_renewal"] if high < 0.4 else []),
    ]
    return {
        "field": name,
        "works": part.height,
        "share": part.height / max(totals[0], 1),
        "people": len(people),
        "new_share": fresh / max(len(people), 1),
        "new_share_low": low,
        "new_share_high": high,
        "dependence": dependence,
        "dependence_low": dep_low,
        "dependence_high": dep_high,
        "change": log_change,
        "change_low": change[0],
        "change_high": change[1],
        "groups": groups,
        "signs": signs,
    }


def _change(now: int, before: int, totals: tuple[int, int]) -> tuple[float, float]:
    """Return the log ratio of two shares, half a work added, and its standard error."""
    ratio = np.log((now + 0.5) / max(totals[0], 1)) - np.log((before + 0.5) / max(totals[1], 1))
    return float(ratio), float(np.sqrt(1 / (now + 0.5) + 1 / (before + 0.5)))


def _dependence(teams: list[list[str]], busiest: int = 3) -> float:
    counts: dict[str, int] = {}
    for team in teams:
        for person in team:
            counts[person] = counts.get(person, 0) + 1
    top = set(sorted(counts, key=lambda person: (-counts[person], person))[:busiest])
    return sum(bool(top & set(team)) for team in teams) / max(len(teams), 1)


def wilson(hits: int, count: int, z: float = 1.645) -> tuple[float, float]:
    """Return Wilson's 90 % interval of a share (1927, doi:10.1080/01621459.1927.10502953).

    >>> wilson(0, 0)
    (0.0, 1.0)
    """
    if not count:
        return 0.0, 1.0
    share, square = hits / count, z * z
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = z * np.sqrt(share * (1 - share) / count + square / (4 * count * count)) / (1 + square / count)
    return float(max(middle - half, 0)), float(min(middle + half, 1))


def _groups(part: pl.DataFrame, teams: list[list[str]]) -> int:
    if "institutions" in part.columns:
        known = part.explode("institutions")["institutions"].drop_nulls()
        if known.len():
            return int(known.n_unique())
    parent: dict[str, str] = {}

    def root(person: str) -> str:
        while parent.setdefault(person, person) != person:
            parent[person] = parent[parent[person]]
            person = parent[person]
        return person

    for team in teams:
        for person in team[1:]:
            parent[root(person)] = root(team[0])
    return len({root(person) for team in teams for person in team})
