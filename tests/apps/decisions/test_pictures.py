"""The pictures of a ranking: bounded marks, true numbers, each opening to the reviews behind it."""

import re

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.apps.conftest import World
from tests.apps.decisions.test_record import browser, rank_call, reviewed  # noqa: F401 fixtures
from yuantou.apps.accounts.models import User
from yuantou.apps.decisions import charts
from yuantou.apps.decisions.models import RankedProposal, Ranking
from yuantou.apps.workflow.facade import FEWEST


def page(user: User, name: str, *key: str, **query: str) -> tuple[int, str]:
    answer = browser(user).get(reverse(f"decisions:{name}", args=key), query)
    return answer.status_code, answer.content.decode()


def many(world: World, count: int) -> Ranking:
    """A ranking of many proposals, the plain means of two neighbours of the line exchanged."""
    ranking = rank_call(world)
    rows = []
    for place in range(7, count + 1):
        proposal = world.proposal(number=f"M{place}", requested=1, state="in_review")
        low, high = max(1, place - 9), min(count, place + 9)
        rows.append(
            RankedProposal(
                ranking=ranking, proposal=proposal, position=place, n_reviews=3, raw_mean=1 - place / 1000,
                mean=1 - place / 1000, sd=0.2, expected_rank=place, rank_low50=low, rank_high50=high, rank_low90=low,
                rank_high90=high, p_top=0.0,
            )
        )  # fmt: skip
    RankedProposal.objects.bulk_create(rows)
    return ranking


def test_the_page_shows_every_picture_and_opens_to_the_reviews(reviewed: World) -> None:  # noqa: F811
    ranking = rank_call(reviewed)
    status, text = page(reviewed.officer, "pictures", reviewed.call.pk)
    assert status == 200
    for part in ("slope", "profiles", "density", "disciplines", "strictness", "dissent", "sensitivity"):
        assert f'id="{part}"' in text
    assert text.count('class="slope') == 6
    assert "How far this can be relied on is not known" in text  # three reviews each: no reliability is claimed
    assert FEWEST > 3
    assert "figures would tell who is who" in text
    key = ranking.rows.get(position=1).proposal_id
    assert reverse("decisions:behind", args=[reviewed.call.pk, key]) in text
    status, text = page(reviewed.officer, "behind", reviewed.call.pk, key)
    assert status == 200
    assert len(re.findall(r"/review/\w+/read/", text)) == 3


def test_few_marks_for_any_size_and_as_many_questions(reviewed: World) -> None:  # noqa: F811
    rank_call(reviewed)
    with CaptureQueriesContext(connection) as small:
        page(reviewed.officer, "pictures", reviewed.call.pk)
    Ranking.objects.update(input_hash="")
    many(reviewed, 130)
    with CaptureQueriesContext(connection) as large:
        status, text = page(reviewed.officer, "pictures", reviewed.call.pk)
    assert status == 200
    assert text.count('class="slope') <= charts.LINES
    assert len(large) <= len(small) + 1


def test_the_slope_counts_those_whom_calibration_brought_over_the_line(reviewed: World) -> None:  # noqa: F811
    ranking = rank_call(reviewed)
    order = list(ranking.rows.order_by("position"))
    swapped = {
        order[2].pk: 2.9,
        order[3].pk: 3.1,
        order[0].pk: 5.0,
        order[1].pk: 4.0,
        order[4].pk: 2.0,
        order[5].pk: 1.0,
    }
    for key, value in swapped.items():
        RankedProposal.objects.filter(pk=key).update(raw_mean=value)
    found = charts.slope_of(ranking.rows.all(), 3, reviewed.call.programme.review.scale)
    assert found is not None
    assert found.crossing == 2
    kinds = {line.row.position: (line.raw_rank, line.kind) for line in found.lines}
    assert kinds[3] == (4, "up")
    assert kinds[4] == (3, "down")
    assert kinds[1] == (1, "same")


def test_disciplines_and_density_count_every_proposal(reviewed: World) -> None:  # noqa: F811
    ranking = rank_call(reviewed)
    bars, left_out = charts.disciplines_of(ranking)
    assert bars is not None
    assert left_out == 0
    assert [bar.item["n"] for bar in bars.rows] == [6]
    expected = sum(ranking.rows.values_list("p_top", flat=True))
    assert bars.rows[0].item["expected"] == pytest.approx(expected)
    [ridge] = charts.density_of(ranking)
    assert sum(n for _x, _y, _h, n, _i in ridge.bars) == 6
    counts = np.bincount([min(int(p * 10), 9) for p in ranking.rows.values_list("p_top", flat=True)], minlength=10)
    assert [n for _x, _y, _h, n, _i in ridge.bars] == counts.tolist()


@pytest.mark.parametrize("role", ["applicant", "reviewer", "stranger"])
def test_nobody_else_sees_them(reviewed: World, role: str) -> None:  # noqa: F811
    key = rank_call(reviewed).rows.first().proposal_id
    user = getattr(reviewed, role)
    assert page(user, "pictures", reviewed.call.pk)[0] in {403, 404}
    assert page(user, "behind", reviewed.call.pk, key)[0] in {403, 404}


def test_a_signatory_sees_pictures_but_no_reviews(reviewed: World) -> None:  # noqa: F811
    key = rank_call(reviewed).rows.first().proposal_id
    assert page(reviewed.signatory, "pictures", reviewed.call.pk)[0] == 200
    assert page(reviewed.signatory, "behind", reviewed.call.pk, key)[0] == 404
