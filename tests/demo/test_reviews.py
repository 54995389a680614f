"""The simulated reviews: varied, in both languages, saying what their scores say."""

from collections import defaultdict

import numpy as np

from yuantou.demo.generate import demo_records

REVIEWS = demo_records("reviews")


def test_scores_use_the_scale():
    scores = [score for review in REVIEWS for score in review["scores"].values()]
    assert set(scores) == {1, 2, 3, 4, 5}
    assert 2.8 < np.mean(scores) < 3.8


def test_reviewers_differ_in_strictness_and_proposals_in_merit():
    by_proposal = defaultdict(list)
    for review in REVIEWS:
        by_proposal[review["proposal_id"]].append(np.mean(list(review["scores"].values())))
    means = {proposal: np.mean(scores) for proposal, scores in by_proposal.items()}
    within = np.mean([np.var(scores, ddof=1) for scores in by_proposal.values()])
    assert np.var(list(means.values()), ddof=1) > within / 4, "merit shows above chance"
    assert within > 0.1, "reviewers do not simply agree"


def test_comments_are_whole_in_both_languages():
    for review in REVIEWS:
        assert review["comment_zh"].count("。") >= 3
        assert review["comment_en"].count(".") >= 3
        assert "{" not in review["comment_zh"] + review["comment_en"]


def test_no_comment_is_written_twice_for_one_proposal():
    texts = [(review["proposal_id"], review["comment_zh"]) for review in REVIEWS]
    assert len(set(texts)) == len(texts)
