"""The frontier: terms are read, nothing of the future leaks, planted growth is found, chances mean what they say."""

import numpy as np
import polars as pl
import pytest

from yuantou.engines.literature.frontier import FrontierConfig, area, backtest, forecast, reliability, works_with
from yuantou.engines.literature.frontier_features import snapshot
from yuantou.engines.literature.frontier_pairs import gaps
from yuantou.engines.literature.frontier_terms import TermUse, term_use
from yuantou.engines.literature.frontier_trees import TreeConfig, fit_trees
from yuantou.kernel.errors import InputError

QUICK = FrontierConfig(horizon=3, horizons=(3,), copies=1, trees=TreeConfig(rounds=60, depth=3), earliest=6)


def planted(seed: int = 0, years: int = 26, per_year: int = 160) -> pl.DataFrame:
    """Titles of three words: some rise for years, carried by ever more people; others are fads of one volume."""
    draw = np.random.default_rng(seed)
    size = 120
    rises = draw.integers(0, years, size)
    fad = np.arange(size) % 3 == 0
    rows = []
    for year in range(years):
        age = year - rises
        weight = np.where(
            fad, np.where((age >= 0) & (age < 3), 6.0, 0.3), np.where(age < 0, 0.3, np.minimum(1 + age, 9))
        )
        for number in range(per_year):
            words = draw.choice(size, 3, replace=False, p=weight / weight.sum())
            venue = f"volume {words[0]}" if fad[words[0]] else f"volume {number % 9}"
            people = [f"p{words[0]}" if fad[words[0]] else f"p{draw.integers(4000)}"]
            rows.append(
                (f"{year}-{number}", " of ".join(f"theme{word}x" for word in words), 1990 + year, venue, people)
            )
    return pl.DataFrame(rows, schema=["work_id", "title", "year", "venue", "authors"], orient="row")


@pytest.fixture(scope="module")
def use() -> TermUse:
    return term_use(planted())


def test_terms_are_phrases_without_stop_words_at_their_ends() -> None:
    titles = ["The parsing of word embeddings", "Word embedding: parsing the lexicon"] * 3
    terms = set(term_use(pl.DataFrame({"title": titles, "year": [2000] * 6}), least=3).terms)
    assert {"parsing", "lexicon"} < terms
    assert len({term for term in terms if term.startswith("word embedding")}) == 1
    assert not {term for term in terms if term.startswith(("the ", "of ")) or term.endswith((" of", " the"))}
    assert "embedding parsing" not in terms


def test_chinese_terms_are_whole_words_without_a_dictionary() -> None:
    titles = ["量子纠缠的分发", "论量子纠缠", "量子纠缠与测量", "量子纠缠研究", "关于量子纠缠"]
    terms = term_use(pl.DataFrame({"title": titles, "year": [2001] * 5}), least=5).terms
    assert terms == ("量子纠缠",)


def test_what_comes_later_changes_nothing_that_was_known(use: TermUse) -> None:
    early = term_use(planted().filter(pl.col("year") <= 2008))
    whole, cut = snapshot(use, 2008), snapshot(use.until(2008), 2008)
    assert np.array_equal(whole.values, cut.values)
    assert forecast(use, 2008, seed=1, config=QUICK).terms.equals(
        forecast(use.until(2008), 2008, seed=1, config=QUICK).terms
    )
    assert set(early.terms) <= set(use.terms)


def test_planted_growth_is_found_and_beats_the_baselines(use: TermUse) -> None:
    tested = backtest(use, [2009, 2012], seed=1, config=QUICK)
    mean = tested.years.mean().row(0, named=True)
    assert mean["auc"] > 0.75
    assert mean["auc"] > max(mean["auc_burst"], mean["auc_growth"]) + 0.05
    assert mean["spearman"] > mean["spearman_growth"] + 0.1
    bold, shy = tested.rows.filter(pl.col("chance") > 0.25), tested.rows.filter(pl.col("chance") < 0.05)
    assert bold["grew"].mean() > 0.2
    assert shy["grew"].mean() < 0.06
    assert tested.rows["grew"].mean() == pytest.approx(0.1, abs=0.01)


def test_same_seed_same_forecast(use: TermUse) -> None:
    first, second = (forecast(use, 2010, seed=3, config=QUICK).terms for _ in range(2))
    assert first.equals(second)


def test_a_term_opens_to_the_works_behind_it(use: TermUse) -> None:
    said = forecast(use, 2010, seed=1, config=QUICK)
    row = said.terms.row(0, named=True)
    works = works_with(use, row["column"], last=2010)
    assert len(works) == row["recent"]
    assert all(2008 <= 1990 + int(work.split("-")[0]) <= 2010 for work in works)


def test_a_young_corpus_is_refused_with_a_remedy(use: TermUse) -> None:
    with pytest.raises(InputError, match="too little"):
        forecast(use, 1992, seed=1, config=QUICK)
    with pytest.raises(InputError, match="year"):
        term_use(pl.DataFrame({"title": ["x"]}))
    with pytest.raises(InputError, match="None of these years"):
        backtest(use, [2015], seed=1, config=QUICK)


def test_areas_and_bands() -> None:
    assert area(np.array([True, False, True, False]), np.array([4.0, 1, 3, 2])) == 1.0
    assert area(np.array([True, False]), np.array([1.0, 1.0])) == 0.5
    bands = reliability(np.array([0.02, 0.02, 0.5, 0.5]), np.array([False, False, True, False]))
    assert bands["happened"].to_list() == [0.0, 0.5]
    assert bands["terms"].to_list() == [2, 2]


def test_trees_learn_an_interaction_and_shrink_noise() -> None:
    draw = np.random.default_rng(0)
    rows = draw.random((2000, 4))
    target = ((rows[:, 0] > 0.5) ^ (rows[:, 1] > 0.5)).astype(float)
    trees = fit_trees(rows[:1500], target[:1500], np.ones(1500), odds=True, seed=1)
    assert area(target[1500:] > 0, trees.predict(rows[1500:])) > 0.97
    noise = fit_trees(rows[:1500], draw.random(1500), np.ones(1500), odds=False, seed=1)
    assert noise.predict(rows[1500:]).std() < 0.1


def test_gaps_are_pairs_that_never_met(use: TermUse) -> None:
    found = gaps(use, 2012, horizon=3, count=3000, first=20)
    together = set()
    for title in planted().filter(pl.col("year") <= 2012)["title"]:
        words = title.split(" of ")
        together |= {(a, b) for a in words for b in words}
    assert found.height == 20
    assert not {(row["one"], row["other"]) for row in found.iter_rows(named=True)} & together
