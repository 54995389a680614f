"""Who knows about what, and why: small calls in two languages."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engines.matching.builders import experts, pairs, proposals, works
from yuantou.engines.matching import Candidates, ExpertiseConfig, explain_pair, score_candidates
from yuantou.engines.text import tokens
from yuantou.kernel.errors import CancelledError, InputError

P = proposals(
    ("p1", "拓扑超导中的马约拉纳零能模", "研究拓扑超导体中马约拉纳零能模的输运判据"),
    ("p2", "Arsenic migration in rice paddies", "Iron plaque on rice roots and the microbial control of arsenic"),
)
W = works(
    ("e1", "马约拉纳零能模的量子输运", "拓扑超导纳米线"),
    ("e1", "拓扑超导体的隧穿谱", "马约拉纳零能模判据"),
    ("e2", "Iron plaque and arsenic uptake by rice", "microbial iron oxidation in paddy soil"),
    ("e2", "Arsenic speciation in paddy soils", "rice roots"),
    ("e3", "Bayesian ranking of proposals", "calibration of reviewers"),
)
E = experts("e1", "e2", "e3")


def affinities(candidates: Candidates) -> dict[tuple[str, str], float]:
    rows = candidates.to_frame().select("proposal_id", "expert_id", "affinity").iter_rows()
    return {(p, e): a for p, e, a in rows}


def test_the_expert_of_the_field_comes_first_in_both_languages() -> None:
    frame = score_candidates(P, E, W).to_frame()
    assert dict(frame.filter(rank=1).select("proposal_id", "expert_id").iter_rows()) == {"p1": "e1", "p2": "e2"}
    assert frame["affinity"].is_between(0, 1).all()


def test_an_explanation_names_the_works_and_the_words_as_printed() -> None:
    candidates = score_candidates(P, E, W)
    why = explain_pair(candidates, "p1", "e1")
    assert {work for work, _ in why.works} == {"w0", "w1"}
    assert "马约拉纳零能模" in {term for term, _ in why.terms}
    assert "iron plaque" in {term for term, _ in explain_pair(candidates, "p2", "e2").terms}
    assert sum(share for _, share in why.terms) <= 1 + 1e-3
    assert explain_pair(candidates, "p1", "e3").works == ()
    assert why.affinity == pytest.approx(affinities(candidates)["p1", "e1"], abs=1e-5)
    with pytest.raises(KeyError):
        explain_pair(candidates, "p1", "nobody")


def test_given_affinities_have_no_explanation() -> None:
    given_ = Candidates.from_frame(pl.DataFrame({"proposal_id": ["p"], "expert_id": ["e"], "affinity": [0.5]}))
    with pytest.raises(InputError):
        explain_pair(given_, "p", "e")


def test_scores_do_not_depend_on_the_order_of_rows() -> None:
    first = score_candidates(P, E, W).to_frame()
    assert first.equals(score_candidates(P.reverse(), E.reverse(), W.reverse()).to_frame())


def test_one_planted_work_weighs_less_than_three_honest_ones() -> None:
    text = P["title"][1], P["abstract"][1]
    planted = works(
        ("e2", *text), *((f"e{n}", f"Rice and arsenic {n}", f"iron plaque of rice roots {n}") for n in (1, 1, 1))
    )
    scores = affinities(score_candidates(P, experts("e1", "e2"), planted))
    assert scores["p2", "e2"] <= 1 / 3 + 1e-6
    copies = pl.concat([planted, *(planted.head(1).with_columns(work_id=pl.lit(f"c{n}")) for n in range(3))])
    assert affinities(score_candidates(P, experts("e1", "e2"), copies))["p2", "e2"] == scores["p2", "e2"]


def test_a_bilingual_proposal_finds_experts_of_either_language() -> None:
    both = proposals(
        ("p", "拓扑超导 Topological superconductors", "马约拉纳零能模的输运 Transport of Majorana zero modes")
    )
    written = works(
        ("zh", "拓扑超导的马约拉纳零能模", "输运"), ("en", "Majorana zero modes", "topological superconductors")
    )
    scores = affinities(score_candidates(both, experts("zh", "en"), written))
    assert min(scores.values()) > 0.1
    assert max(scores.values()) / min(scores.values()) < 2


def test_an_expert_without_works_is_thin_and_judged_by_declared_topics_only() -> None:
    lone = experts("e1", "e2", topics=[[], ["arsenic in rice"]])
    candidates = score_candidates(P, lone, W.filter(expert_id="e1"))
    assert set(candidates.thin) == {"e1", "e2"}
    assert ("p2", "e2") in affinities(candidates)
    why = explain_pair(candidates, "p2", "e2")
    assert why.works == ()
    assert why.topics > 0


def test_excluded_pairs_are_no_candidates() -> None:
    scores = affinities(score_candidates(P, E, W, exclude=pairs(("p1", "e1"), ("p9", "e1"))))
    assert ("p1", "e1") not in scores
    assert ("p2", "e2") in scores


def test_two_stages_find_what_the_exhaustive_search_finds() -> None:
    rng = np.random.default_rng(1)
    words = [f"word{n:03}" for n in range(300)]

    def text(field: int) -> str:
        return " ".join(rng.choice(words[30 * field : 30 * field + 30], 20))

    asked = proposals(*((f"p{n:02}", text(n % 10), "") for n in range(20)))
    written = works(*((f"e{n % 80:02}", text(n % 10), text(n % 10)) for n in range(320)))
    people = experts(*(f"e{n:02}" for n in range(80)))
    exact = score_candidates(asked, people, written, config=ExpertiseConfig(candidates=5)).to_frame()
    fast = score_candidates(asked, people, written, config=ExpertiseConfig(candidates=5, pool=20)).to_frame()
    assert exact.join(fast, on=["proposal_id", "expert_id"]).height >= 0.95 * exact.height
    both = exact.join(fast, on=["proposal_id", "expert_id"])
    assert (both["affinity"] == both["affinity_right"]).all()


@given(st.integers(0, 1000))
def test_the_search_agrees_with_plain_arithmetic(seed: int) -> None:
    rng = np.random.default_rng(seed)
    words = ["alpha", "beta", "gamma", "delta", "拓扑", "超导", "量子"]

    def text() -> str:
        return ". ".join(rng.choice(words, 4))

    asked = proposals(("p", text(), ""))
    written = works(*((f"e{n % 3}", f"{text()}. {n}x", "") for n in range(9)))
    candidates = score_candidates(asked, experts("e0", "e1", "e2"), written)
    texts = candidates.texts
    assert texts is not None
    query = texts.proposals.row(0)
    for (_, expert), affinity in affinities(candidates).items():
        own = range(*texts.first[int(expert[1]) :][:2])
        similar = sorted(sum(query.get(t, 0) * w for t, w in texts.works.row(i).items()) for i in own)
        whole = sum(similar[-3:]) - max(similar[-1] - 2 * similar[-2], 0)
        assert affinity == pytest.approx(whole / 3, abs=1e-5)
    assert tokens(asked["title"][0])


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError, match="e1"):
        score_candidates(P, experts("e1", "e1"), W)
    with pytest.raises(InputError, match="top"):
        ExpertiseConfig(top=0)


def test_empty_tables_give_no_candidates() -> None:
    for tables in ((P.head(0), E, W), (P, E.head(0), W), (P, E, W.head(0))):
        assert score_candidates(*tables).to_frame().is_empty()


def test_a_run_can_be_cancelled() -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if stage == "expertise":
            raise CancelledError

    with pytest.raises(CancelledError):
        score_candidates(P, E, W, progress=stop)
