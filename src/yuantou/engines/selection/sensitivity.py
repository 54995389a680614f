"""How far one reviewer's change of one grade moves anyone's chance of an award."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import norm

from yuantou.engines.selection.lottery import chances_of_award

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sensitivity:
    """Largest moves of a chance: of the proposal whose review changed (``own``) and of anyone else (``others``).

    ``moves`` has ``proposal_id``, ``own`` and ``others`` for each proposal tried.
    """

    own: float
    others: float
    moves: pl.DataFrame


def one_grade_change(
    ranking: pl.DataFrame,
    places: int,
    *,
    rule: str,
    step: float,
    proposal_variance: float,
    near: int = 12,
    shift: float | None = None,
) -> Sensitivity:
    """Move one review by one grade up and down, for the ``near`` proposals nearest to the line, and decide again.

    Parameters
    ----------
    ranking:
        Table ``ranking`` of the call contract.
    rule:
        A rule of ``LOTTERIES``.
    step:
        One grade, in points of the calibrated mean.
    proposal_variance:
        Variance between proposals; with it a review of weight 1/n moves the calibrated mean by
        (1 - sd² / variance) / n of a grade.
    shift:
        What the rule ``bounded`` takes as the most that one grade moves a calibrated mean.

    Notes
    -----
    Both sides of each comparison are decided from ranks under independent normal posteriors with the ranking's ``mean``
    and ``sd``, so that only the change differs. O(near · n²), on at most the 400 proposals around the line.
    """
    window, left = _window(ranking, places)
    mean, sd = (window[name].to_numpy().astype(float) for name in ("mean", "sd"))
    n = np.maximum(window["n_reviews"].to_numpy(), 1)
    weight = np.clip(1 - sd**2 / proposal_variance, 0, 1) / n if proposal_variance > 0 else 1 / n
    before = _chances(window, mean, sd, left, rule, shift)
    rows = []
    for i in range(max(0, left - near // 2), min(len(mean), left + near - near // 2)):
        moves = np.array(
            [
                np.abs(
                    _chances(window, mean + sign * step * weight * (np.arange(len(mean)) == i), sd, left, rule, shift)
                    - before
                )
                for sign in (-1, 1)
            ]
        ).max(axis=0)
        rows.append((window["proposal_id"][i], moves[i], np.delete(moves, i).max(initial=0.0)))
    table = pl.DataFrame(rows, schema={"proposal_id": pl.String, "own": pl.Float64, "others": pl.Float64}, orient="row")
    return Sensitivity(_largest(table["own"]), _largest(table["others"]), table)


def ranks_of(mean: Floats, sd: Floats, places: int) -> dict[str, Floats]:
    """Return ``expected_rank``, 50 and 90 % rank intervals and ``p_top`` under independent normal posteriors.

    A rank is one plus the wins of others, independent given one's own quality and so taken as normal there. O(n²).
    """
    spread = np.maximum(np.hypot(sd[:, None], sd[None, :]), 1e-12)
    beats = norm.cdf((mean[None, :] - mean[:, None]) / spread)
    np.fill_diagonal(beats, 0.0)
    # Wins of others depend on one's own quality: integrate over it at seven points (Gauss-Hermite).
    nodes, weights = np.polynomial.hermite_e.hermegauss(7)
    weights /= weights.sum()
    expected, top = 1 + beats.sum(axis=1), np.zeros(len(mean))
    second = np.zeros(len(mean))
    for node, weight in zip(nodes, weights, strict=True):
        p = norm.cdf((mean[None, :] - (mean + node * sd)[:, None]) / np.maximum(sd[None, :], 1e-12))
        np.fill_diagonal(p, 0.0)
        at, variance = 1 + p.sum(axis=1), (p * (1 - p)).sum(axis=1)
        top += weight * norm.cdf((places + 0.5 - at) / np.sqrt(np.maximum(variance, 1e-12)))
        second += weight * (variance + at**2)
    deviation = np.sqrt(np.maximum(second - expected**2, 0))
    ends = {}
    for width in (50, 90):
        reach = norm.ppf(0.5 + width / 200) * deviation
        ends[f"rank_low{width}"] = np.maximum(np.round(expected - reach), 1.0)
        ends[f"rank_high{width}"] = np.minimum(np.round(expected + reach), float(len(mean)))
    return {"expected_rank": expected, "p_top": top, **ends}


def _chances(window: pl.DataFrame, mean: Floats, sd: Floats, places: int, rule: str, shift: float | None) -> Floats:
    moved = window.select("proposal_id", "n_reviews").with_columns(
        mean=pl.Series(mean), **{name: pl.Series(values) for name, values in ranks_of(mean, sd, places).items()}
    )
    return chances_of_award(moved, places, rule=rule, shift=shift)["chance"].to_numpy()


def _window(ranking: pl.DataFrame, places: int) -> tuple[pl.DataFrame, int]:
    ordered = ranking.sort("mean", "proposal_id", descending=[True, False])
    first = max(0, places - 200)
    return ordered[first : places + 200], places - first


def _largest(values: pl.Series) -> float:
    return float(values.to_numpy().max(initial=0.0))
