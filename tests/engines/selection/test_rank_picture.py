"""The picture of a rank agrees with counting ranks in draws."""

import numpy as np
import pytest

from yuantou.engines.selection import rank_distribution


def test_it_agrees_with_draws_of_independent_posteriors() -> None:
    rng = np.random.default_rng(3)
    mean, sd = rng.normal(0, 1, 30), rng.uniform(0.2, 0.5, 30)
    at = 11
    drawn = rng.normal(mean, sd, (40_000, 30))
    ranks = (drawn > drawn[:, [at]]).sum(axis=1) + 1
    counted = np.bincount(ranks, minlength=31)[1:] / len(ranks)
    ends, chances = rank_distribution(mean, sd, at)
    assert ends.tolist() == list(range(1, 31))
    assert chances.sum() == pytest.approx(1)
    assert np.abs(np.cumsum(chances) - np.cumsum(counted)).max() < 0.01


def test_many_proposals_share_cells_and_still_sum_to_one() -> None:
    mean = np.linspace(3, -3, 1000)
    ends, chances = rank_distribution(mean, np.full(1000, 0.3), 400, cells=50)
    assert len(ends) == 50
    assert ends[-1] == 1000
    assert chances.sum() == pytest.approx(1)
    assert abs(float(ends[np.argmax(chances)]) - 401) < 40


def test_a_sure_rank_has_all_the_chance() -> None:
    ends, chances = rank_distribution(np.array([3.0, 2.0, 1.0]), np.zeros(3), 1)
    assert ends[np.argmax(chances)] == 2
    assert chances.max() == pytest.approx(1)
