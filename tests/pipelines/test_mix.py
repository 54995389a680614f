"""Wishes for the reviewers of a proposal together, and the draw by chance, from the tables of a call."""

from typing import Any

import polars as pl
import pytest

from yuantou.kernel.errors import InputError
from yuantou.kernel.progress import silent
from yuantou.pipelines.parameters import CallParameters
from yuantou.pipelines.steps import StepResult, match_with_candidates
from yuantou.pipelines.tables import CallInput, contract_hash, table_hash

TOPIC = "Majorana zero modes in topological superconductors"
OTHER = "beside rice soils arsenic iron plaque microbes and roots"


def call(**changes: list[Any]) -> CallInput:
    """Two proposals and six experts of one field: the first three fit best, of one city, at home, young."""
    names = [f"e{n}" for n in range(6)]
    columns = {
        "expert_id": names,
        "name": [f"Given{n} Family{n}" for n in range(6)],
        "organisation": [f"Institute {n}" for n in range(6)],
        "fields": [["A"], ["A"], ["A"], ["A"], ["B"], ["B"]],
        "seniority": [2, 3, 4, 12, None, 20],
        "region": ["Beijing", "Beijing", "Beijing", "Wuhan", "Wuhan", None],
        "country": ["CN", "CN", "CN", "CN", "DE", None],
    }
    works = [
        {"work_id": f"w{n}{k}", "expert_id": name, "title": f"{TOPIC} part{k} {'' if n < 3 else OTHER}"}
        for n, name in enumerate(names)
        for k in range(3)
    ]
    proposals = {"proposal_id": ["p0", "p1"], "title": [TOPIC, f"{TOPIC} once"], "discipline": ["A", "B"]}
    return CallInput(pl.DataFrame(proposals), pl.DataFrame(columns | changes), pl.DataFrame(works))


def matched(given: CallInput | None = None, **settings: Any) -> tuple[StepResult, dict[str, set[str]]]:
    asked = {"steps": ["match"], "reviews_per_proposal": 3, "max_load": 2, **settings}
    result, _ = match_with_candidates((given or call()).canonical(), CallParameters.from_mapping(asked), silent)
    rows = result.tables["assignments"].group_by("proposal_id").agg("expert_id").iter_rows()
    return result, {proposal: set(experts) for proposal, experts in rows}


def test_without_wishes_the_closest_are_taken() -> None:
    assert matched()[1] == {"p0": {"e0", "e1", "e2"}, "p1": {"e0", "e1", "e2"}}


@pytest.mark.parametrize(
    ("mix", "kept"),
    [
        ({"senior_at_least": 1}, lambda panel: panel & {"e3", "e5"}),
        ({"region_at_most": 2}, lambda panel: len(panel & {"e0", "e1", "e2"}) <= 2),
        ({"abroad_at_least": 1}, lambda panel: "e4" in panel),
        ({"senior_at_least": 1, "abroad_at_most": 0}, lambda panel: "e4" not in panel and panel & {"e3", "e5"}),
    ],
)
def test_each_wish_holds_for_each_proposal(mix: dict[str, int], kept: Any) -> None:
    result, panels = matched(mix=mix)
    assert "unmet" not in result.tables
    assert all(kept(panel) and len(panel) == 3 for panel in panels.values())


def test_a_proposal_gets_somebody_of_its_own_discipline() -> None:
    panels = matched(mix={"discipline_at_least": 1})[1]
    assert panels["p0"] == {"e0", "e1", "e2"}
    assert panels["p1"] & {"e4", "e5"}


def test_people_kept_apart_never_meet_on_a_proposal() -> None:
    panels = matched(apart=[["e0", "e1", "unknown"]])[1]
    assert all(len(panel & {"e0", "e1"}) <= 1 for panel in panels.values())


def test_a_wish_nobody_can_meet_is_named_with_its_proposals() -> None:
    unmet = matched(mix={"abroad_at_least": 2})[0].tables["unmet"]
    assert unmet.select("proposal_id", "rule_zh", "rule_en", "lacking").rows() == [
        ("p0", "境外评审人", "reviewers from abroad", 1),
        ("p1", "境外评审人", "reviewers from abroad", 1),
    ]


def test_a_draw_keeps_the_chance_of_every_pair_and_repeats_itself() -> None:
    first, panels = matched(cap=True, reviews_per_proposal=2)
    chances = first.tables["propensities"]
    assert chances.height == 8
    assert set(chances["probability"]) == {0.5}
    assert all(len(panel) == 2 for panel in panels.values())
    drawn = [matched(cap=True, reviews_per_proposal=2, seed=seed)[1] for seed in (1, 1, *range(2, 12))]
    assert drawn[0] == drawn[1]
    assert any(other != drawn[0] for other in drawn[2:])


def test_what_stands_is_certain_in_a_draw_and_keeps_its_colleagues_away() -> None:
    given = call(organisation=["Institute 0", "Institute 0", *(f"Institute {n}" for n in range(2, 6))]).canonical()
    kept = pl.DataFrame({"proposal_id": ["p0"], "expert_id": ["e0"]})
    settings = {"steps": ["match"], "reviews_per_proposal": 2, "cap": True, "one_per_organisation": True}
    for seed in range(6):
        parameters = CallParameters.from_mapping({**settings, "seed": seed})
        result, _ = match_with_candidates(given, parameters, silent, kept=kept)
        panel = result.tables["assignments"].filter(pl.col("proposal_id") == "p0")
        assert panel.height == 2
        assert "e0" in panel["expert_id"]
        assert "e1" not in panel["expert_id"]


def test_a_draw_and_wishes_exclude_each_other() -> None:
    with pytest.raises(InputError, match="cannot be combined"):
        matched(cap=True, mix={"senior_at_least": 1})


@pytest.mark.parametrize("mix", [{"tall_at_least": 1}, {"senior_at_least": -1}, {"senior_at_least": "1"}, [1]])
def test_a_wish_that_cannot_be_meant_is_refused(mix: Any) -> None:
    with pytest.raises(InputError) as caught:
        CallParameters.from_mapping({"mix": mix})
    assert caught.value.place.column == "mix"


def test_records_made_before_the_new_columns_still_know_their_tables() -> None:
    experts = pl.DataFrame({"expert_id": ["e"], "name": ["A B"], "organisation": ["X"]})
    columns = {"orcid": pl.String, "organisations": pl.List(pl.String), "topics": pl.List(pl.String)}
    before = experts.with_columns(
        *(pl.lit(None, dtype).alias(name) for name, dtype in columns.items()), max_load=pl.lit(None, pl.Int64)
    )
    assert contract_hash("experts", experts) == table_hash(before)
    assert contract_hash("experts", experts.with_columns(region=pl.lit("Wuhan"))) != table_hash(before)
