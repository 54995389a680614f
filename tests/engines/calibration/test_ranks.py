"""Ranks of draws: exact ones, counted ones, and the loops behind them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuantou.engines.calibration.iterative import lanczos
from yuantou.engines.calibration.kernels import rank_draw
from yuantou.engines.calibration.ranks import Ranks, ranks_of


def ranked(values: np.ndarray, cells: int = 32) -> np.ndarray:
    n = len(values)
    room = np.empty(cells + 1, np.int32), np.empty(n, np.int32), np.empty(n, np.float32), np.empty(n, np.int32)
    rank_draw(values.astype(np.float32), *room)
    return room[-1]


@given(st.lists(st.integers(-40, 40) | st.just(10**6), min_size=1, max_size=300))
def test_ranks_are_those_of_a_stable_sort(values: list[int]) -> None:
    array = np.array(values, dtype=float)
    plain = np.empty(len(array), int)
    plain[np.argsort(-array, kind="stable")] = np.arange(1, len(array) + 1)
    assert (ranked(array) == plain).all()


def test_ranks_counted_in_cells_have_the_quantiles_of_those_kept() -> None:
    def found(limit: int) -> Ranks:
        rng = np.random.default_rng(1)
        centre = np.linspace(0, 4, 2000)
        return ranks_of(lambda n: centre + 0.5 * rng.standard_normal((n, 2000)), 2000, 800, 250, print, kept=limit)

    kept, counted = found(1 << 26), found(0)
    assert (counted.expected == kept.expected).all()
    assert (counted.p_top == kept.p_top).all()
    for name in ("low50", "high50", "low90", "high90"):
        assert np.abs(getattr(counted, name) - getattr(kept, name)).mean() < 8  # of a deviation of about 250


def test_a_draw_that_is_not_finite_is_never_ranked() -> None:
    with pytest.raises(ArithmeticError):
        ranks_of(lambda count: np.full((count, 3), np.nan), 3, 10, 1, print)


def test_lanczos_finds_the_ends_of_a_spectrum() -> None:
    spectrum = np.append(0.25, np.linspace(0.8, 1.2, 500))
    values, vector, error = lanczos(lambda x: spectrum * x, np.random.default_rng(0).uniform(0.5, 1.5, 501))
    assert (values[0], values[-1]) == pytest.approx((0.25, 1.2), abs=1e-3)
    assert abs(vector[0]) == pytest.approx(1)
    assert error < 1e-6
