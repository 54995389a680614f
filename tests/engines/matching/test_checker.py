"""The checker finds what was tampered with."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.engines.matching.builders import made, pairs
from yuantou.engines.matching import Assignment, assign, verify_assignment

CANDIDATES = made(np.array([[0.9, 0.8, 0.7], [0.9, 0.2, 0.1], [0.9, 0.3, 0]]))
FORBIDDEN = pairs(("p2", "e1"))


def _pairs(change: Callable[[pl.DataFrame], pl.DataFrame]) -> Callable[[Assignment], Assignment]:
    return lambda result: replace(result, pairs=change(result.pairs))


def _claim(**claims: object) -> Callable[[Assignment], Assignment]:
    return lambda result: replace(result, certificate={**result.certificate, **claims})


@pytest.mark.parametrize(
    ("tamper", "code"),
    [
        (_pairs(lambda rows: pl.concat([rows, rows.head(1)])), "twice"),
        (_pairs(lambda rows: rows.with_columns(expert_id=pl.lit("e0"))), "load"),
        (_pairs(lambda rows: rows.with_columns(proposal_id=pl.lit("p0"))), "demand"),
        (_pairs(lambda rows: rows.with_columns(proposal_id=pl.lit("p2"), expert_id=pl.lit("e1")).head(1)), "forbidden"),
        (_pairs(lambda rows: rows.with_columns(expert_id=pl.lit("e9"))), "candidate"),
        (_pairs(lambda rows: rows.head(1)), "missing"),
        (_pairs(lambda rows: rows.with_columns(affinity=pl.lit(1.0))), "value"),
        (_claim(value=9.0), "value"),
        (_claim(bound=0.1), "bound"),
        (_claim(prices={}), "bound"),
        (_claim(gap=-1.0), "gap"),
        (_claim(input_hash="0" * 64), "input_hash"),
        (lambda result: replace(result, shortage=None), "missing"),
        (
            lambda result: replace(result, shortage=replace(result.shortage, causes=()) if result.shortage else None),
            "shortage",
        ),
    ],
)
def test_what_was_tampered_with_is_found(tamper: Callable[[Assignment], Assignment], code: str) -> None:
    short = made(np.array([[0.9, 0.8], [0.9, 0.2], [0.9, 0.3]]))
    result = assign(short, demand=1, load=1, forbidden=FORBIDDEN)
    assert verify_assignment(short, result, demand=1, load=1, forbidden=FORBIDDEN) == []
    found = verify_assignment(short, tamper(result), demand=1, load=1, forbidden=FORBIDDEN)
    assert f"matching.check.{code}" in {problem.code for problem in found}


def test_another_input_is_not_what_the_certificate_was_made_for() -> None:
    result = assign(CANDIDATES, demand=1, load=1)
    codes = {problem.code for problem in verify_assignment(CANDIDATES, result, demand=1, load=2)}
    assert "matching.check.input_hash" in codes
