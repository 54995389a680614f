"""Officers try rules before one is chosen; nobody else sees the page, and nothing is stored."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from yuantou.apps.accounts.models import User
from yuantou.apps.decisions.models import DecisionList, RankedProposal, Ranking
from yuantou.apps.jobs.models import Job


@pytest.fixture
def ranked(world: World) -> World:
    """Six ranked proposals of two institutions asking for 300,000 each; the budget reaches for three."""
    job = Job.objects.create(kind="ranking", subject=world.call.pk, created_at=world.now)
    ranking = Ranking.objects.create(
        call=world.call, job=job, input_hash="1" * 64, summary={"variance_proposal": 1.0}, created_at=world.now
    )
    for i in range(6):
        home = world.university if i < 3 else world.institute
        proposal = world.proposal(number=f"N{i}", requested=300_000, organisation=home, state="in_review")
        RankedProposal.objects.create(
            ranking=ranking, proposal=proposal, position=i + 1, n_reviews=3, raw_mean=5 - i / 2, mean=5 - i / 2, sd=0.4,
            expected_rank=i + 1, rank_low50=max(1, i), rank_high50=min(6, i + 2), rank_low90=max(1, i - 1),
            rank_high90=min(6, i + 3), p_top=[0.99, 0.9, 0.7, 0.3, 0.1, 0.01][i],
        )  # fmt: skip
    return world


def page(user: User, world: World, **query: str) -> tuple[int, str]:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    answer = client.get(reverse("decisions:what_if", args=[world.call.pk]), query)
    return answer.status_code, answer.content.decode()


def test_the_officer_sees_what_a_cap_costs_and_whom_it_moves(ranked: World) -> None:
    status, text = page(ranked.officer, ranked)
    assert status == 200
    assert "3 / 6" in text
    assert "No rule binds" in text
    assert "Swiss lottery group" in text
    _, capped = page(ranked.officer, ranked, cap="65")
    assert "Yunze University" in capped
    assert ">N2<" in capped
    assert ">N3<" in capped
    assert not DecisionList.objects.exists()


def test_rules_that_contradict_one_another_are_named(ranked: World) -> None:
    _, text = page(ranked.officer, ranked, floor="100", cap="10")
    assert "contradict" in text
    assert "Condensed matter physics" in text


@pytest.mark.parametrize(
    "query", [{"budget": "x"}, {"budget": "NaN"}, {"floor": "-4"}, {"cap": "1e9"}, {"budget": "0"}]
)
def test_odd_numbers_do_no_harm(ranked: World, query: dict[str, str]) -> None:
    assert page(ranked.officer, ranked, **query)[0] == 200


@pytest.mark.parametrize("role", ["applicant", "reviewer", "stranger"])
def test_nobody_else_sees_it(ranked: World, role: str) -> None:
    assert page(getattr(ranked, role), ranked)[0] in {403, 404}
