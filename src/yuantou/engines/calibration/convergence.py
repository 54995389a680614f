"""Whether chains have met: split R-hat and effective sample size (Vehtari et al. 2021, doi:10.1214/20-BA1221)."""

from typing import Final

import numpy as np

from yuantou.engines.calibration.design import Array

MET: Final = 1.05  # a ratio above says that chains have not met
_STILL: Final = 1e-20  # of a quantity's square: less is rounding


def split_r_hat(chains: Array) -> Array:
    """Return the ratio of the spread over all half chains to the spread within, one for each quantity.

    ``chains`` is chains × draws × quantities. 1 where they agree; a quantity that never moves counts as settled.
    """
    halves = _halved(chains)
    length = halves.shape[1]
    within = halves.var(axis=1, ddof=1).mean(axis=0)
    between = halves.mean(axis=1).var(axis=0, ddof=1)
    moved = within > _STILL * (halves**2).mean(axis=(0, 1))
    return np.sqrt(np.where(moved, (length - 1) / length + between / np.where(moved, within, 1.0), 1.0))


def effective_size(chains: Array) -> Array:
    """Return how many independent draws the chains are worth, by quantity (Geyer's initial positive sequence)."""
    halves = _halved(chains)
    count, length, _quantities = halves.shape
    centred = halves - halves.mean(axis=1, keepdims=True)
    waves = np.fft.rfft(centred, 2 * length, axis=1)
    lags = np.fft.irfft(waves * np.conj(waves), 2 * length, axis=1)[:, :length].mean(axis=0) / length
    over = lags[0] + halves.mean(axis=1).var(axis=0, ddof=1)
    moved = over > _STILL * (halves**2).mean(axis=(0, 1))
    correlation = 1 - (lags[0] * length / (length - 1) - lags) / np.where(moved, over, 1.0)
    pairs = correlation[: length // 2 * 2].reshape(-1, 2, correlation.shape[1]).sum(axis=1)
    positive = np.cumprod(pairs > 0, axis=0)
    time = 2 * (pairs * positive).sum(axis=0) - 1
    return np.where(moved, count * length / np.maximum(time, 1 / np.log10(count * length + 10)), count * length)


def _halved(chains: Array) -> Array:
    half = chains.shape[1] // 2
    return np.concatenate([chains[:, :half], chains[:, -half:]])
