"""Sign-in, profile and language of an account."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from yuantou.apps.accounts.models import RoleGrant, User
from yuantou.apps.audit.models import Entry
from yuantou.apps.registry.models import Person


def as_(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_signup",
        "account_reset_password",
        "account_reset_password_done",
        "account_email_verification_sent",
    ],
)
def test_the_pages_of_sign_in_wear_our_look(db: None, name: str) -> None:
    page = Client(headers={"accept-language": "en"}).get(reverse(name)).text
    assert 'class="site-head"' in page
    assert "Menu:" not in page


@pytest.mark.parametrize(
    "name",
    [
        "account_email",
        "account_change_password",
        "mfa_index",
        "socialaccount_connections",
        "account_reauthenticate",
        "account_logout",
    ],
)
def test_the_pages_of_the_account_wear_our_look(world: World, name: str) -> None:
    page = as_(world.applicant).get(reverse(name), follow=True).text
    assert 'class="site-head"' in page
    assert "Menu:" not in page


def test_two_factor_sign_in_can_be_set_up(world: World) -> None:
    EmailAddress.objects.create(user=world.applicant, email=world.applicant.email, verified=True, primary=True)
    client = Client(headers={"accept-language": "en"})
    client.post(reverse("account_login"), {"login": world.applicant.email, "password": "correct horse"})
    address = reverse("mfa_activate_totp")
    client.post(f"{reverse('account_reauthenticate')}?next={address}", {"password": "correct horse"})
    page = client.get(address)
    assert "data:image/svg+xml" in page.text


def test_a_demonstration_offers_its_log_ins_and_no_other_site_does(db: None, settings: object) -> None:
    assert "spring-2026" not in Client().get(reverse("account_login")).text
    settings.DEMONSTRATION = True  # type: ignore[attr-defined]
    assert "spring-2026" in Client().get(reverse("account_login")).text
    assert "spring-2026" not in Client().get(reverse("home")).text


def test_the_language_chosen_stays_with_the_account(world: World) -> None:
    client = as_(world.applicant)
    client.post(reverse("accounts:language"), {"language": "en", "next": "/me/"})
    assert User.objects.get(pk=world.applicant.pk).language == "en"
    client.post(reverse("accounts:language"), {"language": "xx"})
    assert User.objects.get(pk=world.applicant.pk).language == "en"


def test_a_visitor_may_change_the_language_but_is_sent_to_no_other_site(db: None) -> None:
    answer = Client().post(reverse("accounts:language"), {"language": "en", "next": "https://evil.example/"})
    assert answer.status_code == 302
    assert "evil" not in answer["Location"]


def test_a_new_account_tells_who_it_is(world: World) -> None:
    user = User.objects.create_user("new@example.org", "correct horse")
    client = as_(user)
    assert client.get(reverse("accounts:profile")).status_code == 200
    bad = client.post(reverse("accounts:profile"), {"name_zh": "", "orcid": "0000-0002-1825-0098"})
    assert "checksum" in bad.text
    assert Person.objects.filter(user=user).count() == 0
    good = {"name_zh": "新人", "name_en": "Xin Ren", "orcid": "0000-0002-1825-0097", "organisation": "云泽大学"}
    assert client.post(reverse("accounts:profile"), good).status_code == 302
    person = Person.objects.get(user=user)
    assert person.orcid == "0000-0002-1825-0097"
    assert person.affiliations.get().organisation == world.university
    assert set(Entry.objects.filter(kind="person", key=person.pk).values_list("act", flat=True)) == {
        "person.create",
        "affiliation.add",
        "person.link",
    }
    assert "新人" not in str(list(Entry.objects.filter(kind="person").values_list("data", flat=True)))


def test_only_a_proved_address_claims_a_person_of_the_record(world: World) -> None:
    known = Person.objects.create(name_zh="已知", email="known@example.org")
    user = User.objects.create_user("known@example.org", "correct horse")
    address = EmailAddress.objects.create(user=user, email=user.email, verified=False, primary=True)
    client = as_(user)
    assert "Is this you?" not in client.get(reverse("accounts:profile")).text
    assert client.post(reverse("accounts:claim")).status_code == 403
    EmailAddress.objects.filter(pk=address.pk).update(verified=True)
    assert "Is this you?" in client.get(reverse("accounts:profile")).text
    assert client.post(reverse("accounts:claim")).status_code == 302
    assert User.objects.get(pk=user.pk).person == known


def test_nobody_claims_a_person_who_has_an_account(world: World) -> None:
    Person.objects.filter(pk=world.applicant.person_id).update(email="twin@example.org")
    user = User.objects.create_user("twin@example.org", "correct horse")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    assert as_(user).post(reverse("accounts:claim")).status_code == 403


def test_roles_given_by_an_operator_stand_in_the_ledger(world: World) -> None:
    operator = User.objects.create_superuser("operator@example.org", "correct horse")
    client = as_(operator)
    data = {"user": world.stranger.pk, "role": "officer", "organisation": world.agency.pk}
    assert client.post(reverse("admin:accounts_rolegrant_add"), data).status_code == 302
    grant = RoleGrant.objects.get(user=world.stranger)
    assert Entry.objects.get(act="role.grant").key == str(world.stranger.pk)
    client.post(reverse("admin:accounts_rolegrant_delete", args=[grant.pk]), {"post": "yes"})
    assert Entry.objects.filter(act="role.revoke").count() == 1


@pytest.mark.parametrize(
    "name",
    [
        "accounts_user",
        "accounts_rolegrant",
        "registry_person",
        "registry_organisation",
        "registry_work",
        "registry_discipline",
        "workflow_letter",
        "workflow_programmetypeversion",
        "audit_entry",
        "audit_treehead",
    ],
)
def test_operators_open_the_lists_of_the_admin_site(world: World, name: str) -> None:
    operator = User.objects.create_superuser("operator@example.org", "correct horse")
    assert as_(operator).get(reverse(f"admin:{name}_changelist")).status_code == 200
    assert as_(world.officer).get(reverse(f"admin:{name}_changelist")).status_code == 302
