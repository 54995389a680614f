"""Somebody who is not the expert they say: an alias at a real university, an account made with a stolen name."""

import dataclasses

import pytest
from allauth.socialaccount.models import SocialAccount
from django.urls import reverse

from tests.apps.conftest import World
from yuantou.apps.accounts.identity import proofs_of
from yuantou.apps.audit.models import Entry
from yuantou.apps.review import domain
from yuantou.apps.review.models import Assignment, Expert
from yuantou.apps.workflow.models import Letter, ProgrammeTypeVersion

pytestmark = pytest.mark.django_db
ORCID = "0000-0002-1825-0097"


@pytest.fixture
def asked(world: World, monkeypatch: pytest.MonkeyPatch) -> Assignment:
    """An expert proposed by matching in a call whose type asks for two proofs."""
    plain = ProgrammeTypeVersion.programme.func

    def careful(row: ProgrammeTypeVersion) -> object:
        programme = plain(row)
        return dataclasses.replace(programme, review=dataclasses.replace(programme.review, identity_proofs=2))

    monkeypatch.setattr(ProgrammeTypeVersion, "programme", property(careful))
    type(world.call).objects.update(state="in_review")
    world.call.refresh_from_db()
    proposal = world.proposal(state="in_review", number="2026-FE-000001")
    expert = Expert.objects.create(person=world.reviewer.person)
    return Assignment.objects.create(
        call=world.call, proposal=proposal, expert=expert, state="proposed", created_at=world.now
    )


def invited(world: World) -> int:
    return domain.release(call=world.call, user=world.officer, now=world.now)


def confirm(browser, world: World, source: str = "Video call of 2 March, identity card seen") -> int:
    address = reverse("accounts:identity", args=[world.reviewer.person.pk])
    return browser.post(address, {"source": source}).status_code


def test_case_14_an_address_at_a_real_university_is_no_proof(world: World, asked: Assignment) -> None:
    assert proofs_of(world.reviewer.person) == set()
    assert invited(world) == 0
    assert not Letter.objects.exists()
    assert Assignment.objects.get().state == "proposed"


def test_case_14_one_hand_gives_one_proof_and_nobody_proves_oneself(world: World, asked: Assignment, as_) -> None:
    from yuantou.apps.accounts.models import RoleGrant

    RoleGrant.objects.create(user=world.officer, role="institution", organisation=world.institute)
    assert confirm(as_(world.officer), world) == 302
    RoleGrant.objects.filter(user=world.officer, role="institution").delete()
    assert confirm(as_(world.officer), world) == 302
    assert len(proofs_of(world.reviewer.person)) == 1  # two kinds, but the same hand
    RoleGrant.objects.create(user=world.reviewer, role="officer", organisation=world.agency)
    assert confirm(as_(world.reviewer), world) == 404
    assert confirm(as_(world.stranger), world) == 404
    assert confirm(as_(world.signatory), world) == 404
    assert confirm(as_(None), world) == 302
    assert confirm(as_(world.officer), world, source=" ") == 403
    assert invited(world) == 0


def test_case_14_two_proofs_of_two_hands_open_the_door(world: World, asked: Assignment, as_) -> None:
    from yuantou.apps.accounts.models import RoleGrant

    office = world.user("office2", world.institute)
    RoleGrant.objects.create(user=office, role="institution", organisation=world.institute)
    assert confirm(as_(world.officer), world) == 302
    assert invited(world) == 0
    assert confirm(as_(office), world) == 302
    assert Entry.objects.filter(act="person.identify").count() == 2
    assert "identity card" not in str(list(Entry.objects.values_list("data", flat=True)))
    assert invited(world) == 1
    assert Assignment.objects.get().state == "invited"


def test_case_14_only_the_orcid_of_the_record_counts(world: World, asked: Assignment, as_) -> None:
    person = world.reviewer.person
    person.orcid = ORCID
    person.save()
    assert confirm(as_(world.officer), world) == 302
    SocialAccount.objects.create(user=world.stranger, provider="orcid", uid=ORCID)  # somebody else's sign-in
    SocialAccount.objects.create(user=world.reviewer, provider="orcid", uid="0000-0001-5109-3700")
    assert invited(world) == 0
    SocialAccount.objects.all().delete()
    SocialAccount.objects.create(user=world.reviewer, provider="orcid", uid=ORCID)
    assert invited(world) == 1
