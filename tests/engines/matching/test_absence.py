"""Every absence has a reason that the certificate bears out."""

import numpy as np
import pytest

from tests.engines.matching.builders import made, pairs
from yuantou.engines.matching import assign, explain_absence

AFFINITY = np.array([[0.9, 0.8, 0.3, 0.0, 0.7], [0.95, 0.2, 0.1, 0.4, 0.1]])
GROUP = {"e1": "north", "e4": "north"}
BARRED = pairs(("p1", "e3"))


@pytest.mark.parametrize(
    ("proposal", "expert", "reason"),
    [
        ("p1", "e0", "assigned"),
        ("p1", "e3", "forbidden"),
        ("p0", "e3", "candidate"),
        ("p0", "e4", "group"),
        ("p0", "e0", "full"),
        ("p1", "e2", "others"),
    ],
)
def test_every_absence_has_its_reason(proposal: str, expert: str, reason: str) -> None:
    candidates, load = made(AFFINITY), {"e0": 1, "e1": 2, "e2": 2, "e3": 2, "e4": 2}
    demand = {"p0": 2, "p1": 2}
    result = assign(candidates, demand=demand, load=load, forbidden=BARRED, group=GROUP)
    why = explain_absence(candidates, result, proposal, expert, forbidden=BARRED, group=GROUP)
    assert why.reason == reason
    assert why.text.zh
    assert why.text.en
    if reason == "full":
        assert why.price > 0
        assert f"{why.price:.3f}" in why.text.en
    assert (why.affinity is None) == (reason == "candidate")


def test_somebody_unknown_is_named() -> None:
    candidates = made(AFFINITY)
    result = assign(candidates, demand=1, load=1)
    for names in (("p9", "e0"), ("p0", "e9")):
        with pytest.raises(KeyError):
            explain_absence(candidates, result, *names)
