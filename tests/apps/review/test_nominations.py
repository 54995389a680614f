"""Experts named by each of two agencies: entered by the officer, told line by line, counted in the mix."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from yuantou.apps.accounts.models import User
from yuantou.apps.audit.facade import history
from yuantou.apps.calls.models import Call
from yuantou.apps.review.models import Expert, Nomination
from yuantou.apps.review.nominations import nominate
from yuantou.apps.review.phases import traits_of
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.kernel.errors import InputError, NotAllowedError

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(world: World) -> Call:
    world.call.programme_type = ProgrammeTypeVersion.objects.get(type_id="joint-bilateral")
    world.call.state = "in_review"
    world.call.save()
    for user in (world.reviewer, world.stranger):
        Expert.objects.create(person=user.person)
    return Call.objects.get(pk=world.call.pk)


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_an_officer_enters_names_and_the_mix_counts_them(world: World, call: Call) -> None:
    url, officer = reverse("review:nominations", args=[call.pk]), browser(world.officer)
    assert url in officer.get(reverse("review:room", args=[call.pk])).text
    other = Expert.objects.get(person=world.stranger.person)
    typed = f"{world.reviewer.email.upper()}\n\n{other.pk}\n{world.reviewer.email}"
    assert officer.post(url, {"pot": "agency_a", "experts": typed}).status_code == 302
    assert sorted(Nomination.objects.values_list("expert", "pot")) == sorted(
        (key, "agency_a") for key in Expert.objects.values_list("pk", flat=True)
    )
    assert "named_by_agency_a" in traits_of(call, [other.pk])[other.pk]
    assert [entry.act for entry in history("call", call.pk)] == ["nomination.enter"] * 2
    page = officer.get(url).text
    assert "First agency" in page
    taken = Nomination.objects.get(expert=other)
    assert officer.post(reverse("review:take_back", args=[call.pk, taken.pk])).status_code == 302
    assert "named_by_agency_a" not in traits_of(call, [other.pk])[other.pk]


def test_a_line_that_names_nobody_is_told_and_nothing_is_entered(world: World, call: Call) -> None:
    named = Expert.objects.get(person=world.reviewer.person)
    Nomination.objects.create(call=call, expert=named, pot="agency_b", at=world.now)
    typed = f"{world.stranger.email}\nnobody@example.org\n{named.pk}"
    with pytest.raises(InputError) as error:
        nominate(call=call, pot="agency_a", typed=typed, user=world.officer, now=world.now)
    assert [problem.place.row for problem in error.value.problems] == [2, 3]
    assert Nomination.objects.count() == 1
    answer = browser(world.officer).post(reverse("review:nominations", args=[call.pk]), {"pot": "x", "experts": typed})
    assert (answer.status_code, "nobody@example.org" in answer.text) == (400, True)


def test_only_the_officer_of_a_call_of_several_agencies(world: World, call: Call) -> None:
    url = reverse("review:nominations", args=[call.pk])
    for user in (world.stranger, world.reviewer, world.applicant, world.signatory, world.office):
        assert browser(user).get(url).status_code == 404
    with pytest.raises(NotAllowedError):
        nominate(call=call, pot="agency_a", typed="x", user=world.stranger, now=world.now)
    call.programme_type = ProgrammeTypeVersion.objects.get(type_id="free-exploration")
    call.save()
    assert browser(world.officer).get(url).status_code == 404


def test_the_list_takes_the_same_queries_for_any_length(
    world: World, call: Call, django_assert_max_num_queries
) -> None:
    officer, url = browser(world.officer), reverse("review:nominations", args=[call.pk])
    for expert in Expert.objects.all():
        Nomination.objects.create(call=call, expert=expert, pot="agency_b", at=world.now)
    with django_assert_max_num_queries(10):
        assert officer.get(url).text.count("cards") == 1
