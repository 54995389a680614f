"""What arrives later is found as if it had been there, and changes nobody else's affinity."""

import numpy as np
import pytest

from tests.engines.matching.builders import experts, made, pairs, proposals, works
from yuantou.engines.matching import Candidates, ExpertiseConfig, add_arrivals, explain_pair, score_candidates
from yuantou.kernel.errors import InputError

RNG = np.random.default_rng(4)
WORDS = [f"word{n:02}" for n in range(40)]


def text() -> str:
    return " ".join(RNG.choice(WORDS, 12))


ASKED = proposals(*((f"p{n}", text(), "") for n in range(8)))
PEOPLE = experts(*(f"e{n}" for n in range(9)))
WRITTEN = works(*((f"e{n % 9}", f"{text()} {n}", "") for n in range(36)))
CONFIG = ExpertiseConfig(candidates=4)
LATE_P, LATE_E = ["p2", "p7"], ["e0", "e4"]


def lists(candidates: Candidates) -> dict[tuple[str, str], float]:
    return {(p, e): round(a, 5) for p, e, a, _ in candidates.to_frame().iter_rows()}


def early(config: ExpertiseConfig = CONFIG) -> Candidates:
    first = ASKED.filter(~ASKED["proposal_id"].is_in(LATE_P)), PEOPLE.filter(~PEOPLE["expert_id"].is_in(LATE_E))
    return score_candidates(*first, WRITTEN, config=config)


def test_both_may_arrive_and_be_explained() -> None:
    before = early()
    barred = pairs(("p2", "e0"), ("p1", "e4"))
    late = ASKED.filter(ASKED["proposal_id"].is_in(LATE_P)), PEOPLE.filter(PEOPLE["expert_id"].is_in(LATE_E))
    after = add_arrivals(before, proposals=late[0], experts=late[1], works=WRITTEN, exclude=barred, config=CONFIG)
    assert after.proposal_ids == tuple(sorted(ASKED["proposal_id"]))
    assert after.expert_ids == tuple(sorted(PEOPLE["expert_id"]))
    wide = add_arrivals(early(ExpertiseConfig(candidates=9)), proposals=late[0], experts=late[1], works=WRITTEN)
    every = lists(wide)
    assert not {("p2", "e0"), ("p1", "e4")} & lists(after).keys()
    for proposal in after.proposal_ids:
        allowed = {e: a for (p, e), a in every.items() if p == proposal and (p, e) not in set(barred.rows())}
        best = sorted(allowed.values(), reverse=True)[:4]
        assert sorted((a for (p, _), a in lists(after).items() if p == proposal), reverse=True) == best
    for pair, affinity in lists(before).items():
        assert every[pair] == affinity
    for (proposal, expert), affinity in lists(after).items():
        assert explain_pair(after, proposal, expert).affinity == pytest.approx(affinity, abs=1e-4)


def test_nothing_arriving_changes_nothing() -> None:
    before = early()
    after = add_arrivals(before, proposals=ASKED.head(0), experts=PEOPLE.head(0), works=WRITTEN, config=CONFIG)
    assert lists(after) == lists(before)


def test_who_is_there_already_is_named() -> None:
    with pytest.raises(InputError, match="p1"):
        add_arrivals(early(), proposals=ASKED.filter(proposal_id="p1"), experts=PEOPLE.head(0), works=WRITTEN)
    with pytest.raises(InputError, match="anew"):
        add_arrivals(made(np.ones((1, 1))), proposals=ASKED, experts=PEOPLE, works=WRITTEN)
