"""The agenda: one picture of the whole, the grey zone by discipline, where one more review would help."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from tests.apps.decisions.test_what_if import ranked  # noqa: F401 a fixture
from yuantou.apps.accounts.models import User
from yuantou.apps.decisions import pictures
from yuantou.apps.decisions.models import Ranking


def page(user: User, world: World, **query: str) -> tuple[int, str]:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    answer = client.get(reverse("decisions:agenda", args=[world.call.pk]), query)
    return answer.status_code, answer.content.decode()


def test_the_open_decisions_come_first(ranked: World) -> None:  # noqa: F811
    Ranking.objects.update(summary={"variance_proposal": 1.0, "variance_residual": 0.5})
    status, text = page(ranked.officer, ranked)
    assert status == 200
    advice = pictures.advice_of(Ranking.objects.get(), 3)
    assert {row["ranked"].position for row in advice[:2]} == {3, 4}  # on either side of the line
    assert "Condensed matter physics" in text
    assert text.count('class="dot"') == 6
    assert "Funding line" in text


def test_a_dot_opens_to_its_range_and_the_queries_do_not_grow(
    ranked: World,  # noqa: F811
    django_assert_max_num_queries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pictures, "BINS", 2)
    rows = Ranking.objects.get().rows.all()
    with django_assert_max_num_queries(2):
        found = pictures.overview_of(rows, 3)
    assert found is not None
    assert [(one.first, one.last) for one in found.bins] == [(1, 3), (4, 6)]
    assert page(ranked.officer, ranked, **{"from": "2", "to": "4"})[1].count('class="dot"') == 2
    assert page(ranked.officer, ranked, **{"from": "x", "to": "99999999999"})[0] == 200
    assert page(ranked.officer, ranked, **{"from": "99"})[0] == 200


@pytest.mark.parametrize("role", ["applicant", "reviewer", "stranger"])
def test_nobody_else_sees_it(ranked: World, role: str) -> None:  # noqa: F811
    assert page(getattr(ranked, role), ranked)[0] in {403, 404}
