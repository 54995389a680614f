"""Expertise, conflicts and assignment on small calls whose right answer is known."""

import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuantou.engines.matching import assign, explain_pair, find_conflicts, score_candidates, verify_assignment
from yuantou.engines.matching.expertise import Candidates, Texts
from yuantou.kernel.errors import InfeasibleError


def proposals(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"proposal_id": i, "title": t, "abstract": a, "keywords": [], "applicant": ""}
            | {"participants": [], "organisation": ""}
            for i, t, a in rows
        ]
    )


def experts(*ids: str) -> pl.DataFrame:
    return pl.DataFrame(
        [{"expert_id": i, "name": i, "orcid": "", "organisation": "", "organisations": []} for i in ids]
    )


def works(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"work_id": f"w{n}", "expert_id": e, "title": t, "abstract": a, "year": 2024, "authors": []}
            for n, (e, t, a) in enumerate(rows)
        ]
    )


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


def test_the_expert_of_the_field_comes_first_in_both_languages() -> None:
    frame = score_candidates(P, experts("e1", "e2", "e3"), W).to_frame()
    best = dict(frame.filter(pl.col("rank") == 1).select("proposal_id", "expert_id").iter_rows())
    assert best == {"p1": "e1", "p2": "e2"}
    assert frame["affinity"].is_between(0, 1).all()


def test_an_explanation_names_the_works_and_the_shared_terms() -> None:
    candidates = score_candidates(P, experts("e1", "e2", "e3"), W)
    why = explain_pair(candidates, "p1", "e1")
    assert {work for work, _ in why.works} == {"w0", "w1"}
    assert "拓扑" in {term for term, _ in why.terms}
    assert explain_pair(candidates, "p1", "e3").works == ()


def test_scores_do_not_depend_on_the_order_of_rows() -> None:
    a = score_candidates(P, experts("e1", "e2", "e3"), W).to_frame()
    b = score_candidates(P.reverse(), experts("e3", "e1", "e2"), W.reverse()).to_frame()
    assert a.equals(b)


@pytest.mark.parametrize(
    ("applicant", "expert", "kind"),
    [("王小明", "Wang Xiaoming", "self"), ("Anna Berg", "Berg, Anna", "self"), ("欧阳雪", "Ouyang Xue", "self")],
)
def test_one_person_under_two_names_is_a_conflict(applicant: str, expert: str, kind: str) -> None:
    p = P.with_columns(applicant=pl.lit(applicant))
    found = find_conflicts(p, experts("e1").with_columns(name=pl.lit(expert)), W)
    assert set(found["kind"]) == {kind}


def test_coauthors_organisations_and_declared_conflicts_name_their_evidence() -> None:
    p = P.with_columns(applicant=pl.lit("王小明"), organisation=pl.lit("云泽 大学"))
    e = experts("e1", "e2").with_columns(organisation=pl.Series(["云泽大学", "海川研究所"]))
    written = [["X. Li", "Xiaoming Wang"] if work == "w2" else [] for work in W["work_id"]]
    w = W.with_columns(authors=pl.Series(written, dtype=pl.List(pl.String)))
    declared = pl.DataFrame({"proposal_id": ["p1"], "expert_id": ["e2"], "kind": ["declared"], "evidence": ["导师"]})
    found = find_conflicts(p, e, w, declared)
    assert set(found["kind"]) == {"organisation", "coauthor", "declared"}
    assert found.filter(pl.col("kind") == "coauthor")["evidence"].str.contains("王小明: Iron plaque").all()


def made(affinity: np.ndarray) -> Candidates:
    n, m = affinity.shape
    order = np.argsort(-affinity, axis=1, kind="stable")
    rows = [[e for e in order[p] if affinity[p, e] > 0] for p in range(n)]
    flat = list(itertools.chain.from_iterable(rows))
    start = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    values = np.array([affinity[p, e] for p, row in enumerate(rows) for e in row])
    empty = Texts((), None, None, (), np.zeros(0, np.int64))  # type: ignore[arg-type]
    names = tuple(f"p{i}" for i in range(n)), tuple(f"e{i}" for i in range(m))
    return Candidates(*names, start, np.array(flat, np.int32), values, empty)


def best_by_force(affinity: np.ndarray, demand: int, load: int, groups: list[int]) -> tuple[int, float]:
    n, m = affinity.shape
    options = []
    for p in range(n):
        sets = [s for k in range(demand + 1) for s in itertools.combinations(range(m), k)]
        eligible = [s for s in sets if all(affinity[p, e] > 0 for e in s)]
        options.append([s for s in eligible if len({groups[e] for e in s}) == len(s)])
    best = (0, 0.0)
    for choice in itertools.product(*options):
        counts = np.bincount([e for s in choice for e in s], minlength=m)
        if (counts <= load).all():
            value = sum(round(affinity[p, e], 6) for p, s in enumerate(choice) for e in s)
            best = max(best, (sum(map(len, choice)), round(value, 6)))
    return best


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_the_assignment_is_the_best_there_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    affinity = np.round(rng.random((3, 4)) * (rng.random((3, 4)) > 0.3), 3)
    groups = rng.integers(0, 3, 4).tolist()
    group = {f"e{i}": f"g{g}" for i, g in enumerate(groups)}
    candidates = made(affinity)
    result = assign(candidates, demand=2, load=2, group=group, seed=1)
    filled, value = best_by_force(affinity, 2, 2, groups)
    assert (result.certificate["filled"], round(result.certificate["value"], 6)) == (filled, value)
    assert verify_assignment(candidates, result, demand=2, load=2, group=group) == []
    assert (result.shortage is None) is (filled == 6)


def test_a_shortage_names_the_set_that_proves_it_and_what_would_mend_it() -> None:
    affinity = np.array([[0.9, 0, 0], [0.8, 0, 0], [0.7, 0, 0], [0, 0.5, 0.5]])
    shortage = assign(made(affinity), demand=1, load=2).shortage
    assert shortage is not None
    assert shortage.proposals == ("p0", "p1", "p2")
    assert shortage.experts == ("e0",)
    assert (shortage.wanted, shortage.offered) == (3, 2)
    assert "raise" in shortage.problems()[0].remedy.en.lower()


def test_a_proposal_without_any_expert_is_named() -> None:
    shortage = assign(made(np.array([[0.5, 0.5], [0, 0]])), demand=1, load=2).shortage
    assert shortage is not None
    assert shortage.no_candidates == ("p1",)


def test_fixed_pairs_are_kept_and_contradictions_named() -> None:
    candidates = made(np.array([[0.9, 0.1], [0.8, 0.7]]))
    pair = pl.DataFrame({"proposal_id": ["p0"], "expert_id": ["e1"]})
    kept = assign(candidates, demand=1, load=1, fixed=pair)
    assert ("p0", "e1") in list(kept.pairs.select("proposal_id", "expert_id").iter_rows())
    with pytest.raises(InfeasibleError) as refused:
        assign(candidates, demand=1, load=1, fixed=pair, forbidden=pair)
    assert refused.value.problems[0].code == "matching.fixed.forbidden"
