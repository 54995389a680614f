"""The audit of the process: agreement from frozen reviews, a rule tried on past calls, nothing of one's own call."""

import datetime as dt

import polars as pl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.apps.conftest import World
from tests.apps.decisions.test_pictures import page
from tests.apps.decisions.test_record import GRADES, rank_call, reviewed  # noqa: F401 fixtures
from yuantou.apps.decisions import domain, process
from yuantou.apps.decisions.models import DecisionList, RankedProposal
from yuantou.apps.proposals.models import Proposal
from yuantou.engines.calibration import agreement, expected_overlap


@pytest.fixture
def listed(reviewed: World) -> World:  # noqa: F811
    """The call with a draft of its list: three of six are funded."""
    later = reviewed.now + dt.timedelta(minutes=2)
    domain.draft_list(ranking=rank_call(reviewed), user=reviewed.officer, now=later)
    return reviewed


def the_list() -> DecisionList:
    return DecisionList.objects.select_related("call__programme_type", "ranking__call__programme_type").get()


def test_agreement_is_that_of_the_reviews_and_the_overlap_follows_from_it(listed: World) -> None:
    shown = process.call_shown(the_list())
    assert shown is not None
    assert shown.found is not None
    given = [(f"p{i}", f"r{n}", float(grade)) for i, row in enumerate(GRADES) for n, grade in enumerate(row)]
    alone = agreement(pl.DataFrame(given, schema=["proposal_id", "reviewer_id", "score"], orient="row"))
    assert shown.found.single == pytest.approx(alone.single)
    assert shown.found.alpha == pytest.approx(alone.alpha)
    assert (shown.proposals, shown.awards, shown.luck) == (6, 3, 0.5)
    assert shown.overlap == pytest.approx(expected_overlap(alone.mean, 0.5))


def test_another_rule_is_tried_on_what_was_decided(listed: World) -> None:
    row = the_list()
    same = process.effect_of([row], "plain")
    assert same is not None
    assert same.reproduced == 1  # the line by calibrated scores is what was in force
    third, fourth = row.ranking.rows.filter(position__in=(3, 4)).order_by("position")
    RankedProposal.objects.filter(pk=third.pk).update(raw_mean=2.0)
    RankedProposal.objects.filter(pk=fourth.pk).update(raw_mean=4.9)
    moved = process.effect_of([row], "plain")
    assert moved is not None
    after = dict(moved.proposals.select("proposal_id", "chance_after").iter_rows())
    assert after == {third.proposal_id: 0.0, fourth.proposal_id: 1.0}
    drawn = process.effect_of([row], "lottery")
    assert drawn is not None
    assert drawn.calls["awards_after"].sum() == pytest.approx(3)
    assert drawn.proposals["chance_after"].is_between(0, 1, closed="none").any()


def test_the_page_shows_both_and_asks_as_many_questions_for_any_size(listed: World) -> None:
    with CaptureQueriesContext(connection) as asked:
        status, text = page(listed.officer, "process", listed.call.pk, change="lottery")
    assert status == 200
    assert 'id="agreement"' in text
    assert "50 %" in text
    assert "Condensed matter physics" in text
    assert len(asked) <= 30


def test_without_a_list_the_page_says_what_it_needs(reviewed: World) -> None:  # noqa: F811
    status, text = page(reviewed.officer, "process", reviewed.call.pk, change="no such rule")
    assert status == 200
    assert "No decided call yet" in text


@pytest.mark.parametrize("role", ["applicant", "reviewer", "stranger"])
def test_nobody_else_sees_it(listed: World, role: str) -> None:
    assert page(getattr(listed, role), "process", listed.call.pk)[0] in {403, 404}


@pytest.mark.parametrize("name", ["process", "what_if"])
def test_an_officer_who_takes_part_is_kept_out(listed: World, name: str) -> None:
    Proposal.objects.filter(number="N0").update(applicant=listed.officer.person)
    assert page(listed.officer, name, listed.call.pk)[0] == 403
