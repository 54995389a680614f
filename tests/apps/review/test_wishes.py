"""What an officer may wish of the reviewers of a proposal together, in the matching room."""

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.urls import reverse

from tests.apps.conftest import World
from tests.apps.review.conftest import as_
from tests.apps.review.test_room import again, live
from yuantou.apps.registry.models import Affiliation, Career, Organisation
from yuantou.apps.review import forms, runs
from yuantou.apps.review.inputs import call_tables
from yuantou.apps.review.models import Assignment, Expert, MatchRun
from yuantou.apps.review.results import table_of
from yuantou.engines.matching import Rule

pytestmark = pytest.mark.django_db
Run = Callable[..., object]


@pytest.fixture
def known(world: World, panel: list[Expert], accepted) -> World:
    """The last of each three is senior; the second of each works abroad."""
    for expert in panel[2::3]:
        Career.objects.create(person=expert.person, independent_since=dt.date(1999, 1, 1))
    for expert in panel[1::3]:
        Organisation.objects.filter(affiliations__person=expert.person).update(country="DE", city="Jena")
    return world


def test_the_tables_say_who_is_senior_and_from_abroad(known: World) -> None:
    experts = call_tables(known.call, now=known.now).experts
    rows = {row["expert_id"]: row for row in experts.iter_rows(named=True)}
    assert rows["arsenic-2"]["seniority"] == known.now.year - 1999 - (known.now.date() < dt.date(known.now.year, 1, 1))
    assert rows["arsenic-0"]["seniority"] is None
    assert (rows["arsenic-1"]["country"], rows["arsenic-1"]["region"]) == ("DE", "Jena")


def test_wishes_hold_and_stand_in_the_record_and_in_the_form(known: World, accepted, run: Run) -> None:
    found = again(known, run, senior_at_least="1", abroad_at_most="0")
    for proposal in accepted:
        chosen = live(proposal)
        assert len(chosen) == 2
        assert any(key.endswith("-2") for key in chosen)
        assert not any(key.endswith("-1") for key in chosen)
    assert found.parameters["mix"] == {"senior_at_least": 1, "abroad_at_most": 0}
    assert found.summary["unmet"] == []
    page = as_(known.officer).get(reverse("review:room", args=[known.call.pk])).content.decode()
    assert 'name="senior_at_least" value="1"' in page


def test_a_wish_nobody_meets_names_the_proposal(known: World, accepted, run: Run) -> None:
    Career.objects.all().delete()
    again(known, run, senior_at_least="1")
    page = as_(known.officer).get(reverse("review:room", args=[known.call.pk])).content.decode()
    assert "未能满足的要求" in page
    assert page.count(accepted[0].number) == 2  # in the list, and among the wishes that were not met


def test_people_kept_apart_are_named_by_the_officer_and_stay_apart(known: World, accepted, run: Run) -> None:
    names = [str(expert.person) for expert in Expert.objects.filter(pk__in=["arsenic-0", "arsenic-1"])]
    again(known, run, apart="; ".join(names))
    assert len(live(accepted[1]) & {"arsenic-0", "arsenic-1"}) == 1


@pytest.mark.parametrize(
    "wishes",
    [
        {"apart": "Nobody Knows; Expert Arsenic-0"},
        {"apart": "Expert Arsenic-0"},
        {"abroad_at_least": "2", "abroad_at_most": "1"},
        {"cap": "on", "senior_at_least": "1"},
        {"region_at_most": "0"},
    ],
)
def test_what_cannot_be_meant_starts_nothing(known: World, wishes: dict[str, str]) -> None:
    values = {"reviews": "2", "max_load": "3", "seed": "1", **wishes}
    client = as_(known.officer)
    client.post(reverse("review:start", args=[known.call.pk]), values)
    assert not MatchRun.objects.exists()
    assert 'class="notice error' in client.get(reverse("review:room", args=[known.call.pk])).content.decode()


def test_a_draw_keeps_how_likely_each_pair_was(known: World, accepted, run: Run) -> None:
    found = again(known, run, reviews="1", cap="on")
    assert found.candidates_id is not None
    chances = table_of(found.candidates_id)["probability"]
    assert sorted(chances.unique()) in ([0.0, 0.5], [0.5])
    assert chances.sum() == 2.0  # one review for each of two proposals
    assert Assignment.objects.filter(state="proposed").count() == 2


def test_the_mix_of_the_programme_holds_beside_the_wishes(
    known: World, accepted, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = Rule("user", frozenset({"arsenic-0", "topology-0"}), at_least=1, at_most=1)
    monkeypatch.setattr(runs, "mix_rules", lambda _call: (users,))
    found = again(known, run, abroad_at_most="0", reviews="1")
    assert {key[-1] for proposal in accepted for key in live(proposal)} == {"0"}
    monkeypatch.setattr(runs, "mix_rules", lambda _call: (Rule("user", frozenset(), at_least=1),))
    found = again(known, run, reviews="1")
    assert [(row["rule_en"], row["lacking"]) for row in found.summary["unmet"]] == [
        ("reviewers from the side of users", 1)
    ] * len(accepted)


def test_a_phase_with_a_mix_of_its_own_is_not_drawn(known: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "current_phase", lambda _call: SimpleNamespace(mix=("foreign",)))
    values = {"reviews": "2", "max_load": "3", "seed": "1", "cap": "on"}
    as_(known.officer).post(reverse("review:start", args=[known.call.pk]), values)
    assert not MatchRun.objects.exists()


def test_gaps_are_filled_under_the_same_wishes(known: World, accepted, run: Run) -> None:
    again(known, run, senior_at_least="1", abroad_at_most="0")
    client = as_(known.officer)
    run(client, "review:release", known.call.pk)
    gone = Assignment.objects.get(proposal=accepted[1], expert__pk="arsenic-0")
    Affiliation.objects.filter(person__expert__pk="arsenic-1").update(end=None)
    run(client, "review:cancel", gone.pk, reason="Fell ill")
    run(client, "review:repair", known.call.pk, keep="all")
    assert "arsenic-1" not in live(accepted[1])  # from abroad, which the run did not allow
