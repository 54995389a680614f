"""Statistical calls: repeatable, of the right size and shape, readable by everything that reads a call."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuantou.connectors.files.call_folder import read_call_folder, read_settings
from yuantou.demo.generate import demo_call, generated_call, write_call_folder
from yuantou.demo.vocabulary import coined, organisation_names, phrases
from yuantou.engines.matching import find_conflicts, score_candidates
from yuantou.kernel.errors import InputError

SIZE = 3000


@pytest.fixture(scope="module")
def call():
    return generated_call(SIZE, seed=7)


def exponent(counts):
    """Slope of log frequency on log rank over the larger half."""
    top = np.sort(counts)[::-1][: max(5, len(counts) // 2)]
    return -np.polyfit(np.log(np.arange(1, len(top) + 1)), np.log(top), 1)[0]


def test_equal_seeds_give_equal_calls_and_others_do_not():
    assert generated_call(200, seed=3).hashes() == generated_call(200, seed=3).hashes()
    assert generated_call(200, seed=3).hashes()["proposals"] != generated_call(200, seed=4).hashes()["proposals"]


@given(st.integers(1, 120), st.integers(0, 2**32))
def test_every_size_gives_a_sound_call(size, seed):
    call = generated_call(size, seed=seed)
    assert call.proposals.height == size
    assert call.canonical().proposals["proposal_id"].is_unique().all()
    assert set(call.works["expert_id"]) == set(call.experts["expert_id"])
    assert set(call.reviews["reviewer_id"]) <= set(call.experts["expert_id"])
    assert call.reviews.select("proposal_id", "reviewer_id").is_unique().all()
    assert (
        call.proposals.select(pl.col("title", "abstract", "applicant", "organisation").is_null().sum()).row(0)
        == (0,) * 4
    )


@pytest.mark.parametrize("size", [0, -1, 1_000_001])
def test_a_size_out_of_range_is_refused(size):
    with pytest.raises(InputError, match="out of range"):
        generated_call(size, seed=1)


def test_shares_are_those_promised(call):
    assert call.experts.height == round(0.6 * SIZE)
    assert call.works.height / call.experts.height == pytest.approx(5, rel=0.05)
    assert (call.proposals["language"] == "zh").mean() == pytest.approx(0.7, abs=0.03)
    assert call.works["title"].str.contains("[\u4e00-\u9fff]").mean() == pytest.approx(0.4, abs=0.03)
    assert call.conflicts.height / SIZE == pytest.approx(0.02, abs=0.01)
    assert call.reviews["score"].mean() == pytest.approx(3.3, abs=0.15)
    assert 50_000 <= call.proposals["requested"].min() <= call.proposals["requested"].max() <= 3_000_000
    assert call.budgets["amount"][0] == pytest.approx(call.proposals["requested"].sum() / 4)


def test_disciplines_and_organisations_are_skewed(call):
    assert 0.3 < exponent(call.proposals["discipline"].value_counts()["count"].to_numpy()) < 1.3
    assert 0.7 < exponent(call.proposals["organisation"].value_counts()["count"].to_numpy()) < 1.3


def test_texts_differ(call):
    assert call.works["abstract"].n_unique() > 0.95 * call.works.height
    assert call.proposals["title"].n_unique() > 0.95 * SIZE


def test_merit_shows_in_the_scores(call):
    by_proposal = call.reviews.group_by("proposal_id").agg(
        pl.col("score").mean().alias("mean"), pl.col("score").var().alias("var")
    )
    assert by_proposal["mean"].var() > by_proposal["var"].mean() / 3 + 0.1


def test_reviewers_share_topics_with_what_they_read(call):
    small = generated_call(300, seed=5)
    candidates = score_candidates(small.proposals, small.experts, small.works).to_frame()
    near = candidates.join(small.reviews, left_on=["proposal_id", "expert_id"], right_on=["proposal_id", "reviewer_id"])
    assert near["affinity"].mean() > 1.5 * candidates["affinity"].mean()


def test_applicants_stand_on_works_of_experts():
    small = generated_call(400, seed=2)
    found = find_conflicts(small.proposals, small.experts, small.works, small.conflicts)
    assert {"coauthor", "organisation", "past_organisation", "declared"} <= set(found["kind"])


def test_names_do_not_run_out():
    assert coined(50_000).n_unique() == 50_000
    names = organisation_names(5000)
    assert names.n_unique() == names.len() == 5000


def test_the_vocabulary_covers_every_theme_in_both_languages():
    words = phrases()
    assert len(words.themes) == 60
    assert min(words.length["zh"]) >= 6
    assert min(words.length["en"]) >= 6


@pytest.mark.parametrize("form", ["jsonl", "csv"])
@pytest.mark.parametrize("make", [demo_call, lambda: generated_call(60, seed=1)], ids=["demonstration", "generated"])
def test_a_written_call_is_read_back_the_same(tmp_path, form, make):
    call = make()
    folder = read_call_folder(write_call_folder(tmp_path / "call", call, form=form))
    assert folder.problems == ()
    assert folder.call.hashes() == call.hashes()
    settings = read_settings(tmp_path / "call")
    assert settings["scale"] == "1:5"
    assert set(settings.get("weights", [])) == set(call.reviews["criterion"].drop_nulls())


def test_settings_may_be_given(tmp_path):
    write_call_folder(tmp_path / "call", generated_call(5, seed=1), settings="seed = 9\n")
    assert read_settings(tmp_path / "call") == {"seed": 9}


def test_a_folder_in_use_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="not overwritten"):
        write_call_folder(tmp_path, demo_call())
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_an_unknown_form_is_refused(tmp_path):
    with pytest.raises(InputError, match="no form xml"):
        write_call_folder(tmp_path / "call", demo_call(), form="xml")
    assert not list(tmp_path.iterdir())
