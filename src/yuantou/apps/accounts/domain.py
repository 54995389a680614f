"""Linking accounts to persons."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction

from yuantou.apps.accounts.models import User
from yuantou.apps.audit.facade import append
from yuantou.apps.registry.facade import add_affiliation, create_person
from yuantou.apps.registry.models import Organisation, Person
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.local_text import LocalText


@transaction.atomic
def create_profile(
    *, user: User, name_zh: str, name_en: str, orcid: str | None, organisation: Organisation | None, now: datetime
) -> Person:
    """Create the person behind an account that has none yet."""
    user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if user.person_id is not None:
        raise _linked()
    person = create_person(name_zh=name_zh, name_en=name_en, orcid=orcid, email=user.email, actor=user.actor, now=now)
    if organisation:
        add_affiliation(
            person=person, organisation=organisation, role="", start=None, end=None, actor=user.actor, now=now
        )
    _link(user, person, now)
    return person


def claimable_person(user: User) -> Person | None:
    """Return the person whose address the account has proved to be its own; nobody that has an account already."""
    if user.person_id is not None:
        return None
    proved = EmailAddress.objects.filter(user=user, verified=True).values("email")
    return Person.objects.filter(email__in=proved, user=None).first()


@transaction.atomic
def claim_person(*, user: User, now: datetime) -> Person:
    """Link the person known under a proved address.

    Raises
    ------
    NotAllowedError
        If there is none: an address that was not proved by mail links nothing.
    """
    user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    person = claimable_person(user)
    if person is None:
        raise _linked()
    _link(user, person, now)
    return person


def _link(user: User, person: Person, now: datetime) -> None:
    User.objects.filter(pk=user.pk).update(person=person)
    append(at=now, actor=user.actor, act="person.link", kind="person", key=person.pk, data={"account": user.actor})


def _linked() -> NotAllowedError:
    return NotAllowedError(
        LocalText("此帐号不能再关联。", "This account cannot be linked."),
        LocalText("请先验证邮箱，或联系系统运维。", "Verify your address first, or ask an operator."),
        code="account.link",
    )


def keep_language(*, user: User, language: str) -> None:
    """Remember the language a person reads in; letters follow it."""
    User.objects.filter(pk=user.pk).update(language=language)
