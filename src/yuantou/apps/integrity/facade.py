"""What other apps and the site may use of integrity."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from yuantou.apps.accounts.facade import Role, User
from yuantou.apps.integrity import cases, findings
from yuantou.apps.integrity.following import bar_of
from yuantou.apps.integrity.rules import visible_cases, visible_findings
from yuantou.apps.integrity.training import lacking

__all__ = ["bar_of", "follow_integrity", "integrity_needs", "lacking", "visible_cases", "visible_findings"]


def follow_integrity(*, now: datetime) -> int:
    """Move on findings and cases whose clock has run out; returns how many."""
    return findings.lapse_findings(now=now) + cases.follow_clocks(now=now)


def integrity_needs(user: User) -> Iterator[tuple[int, str, str, str]]:
    """Yield what waits for a person: how many, what, a detail and the address."""
    if user.person_id is not None:
        mine = visible_findings(user).filter(proposal__applicant=user.person_id, state__means="with_author")
        for finding in mine[:3]:
            link = reverse("integrity:finding", args=[finding.pk])
            yield 1, _("Text in common to explain"), finding.proposal.title, link
        for case in visible_cases(user).filter(respondent=user.person_id, state__means=["with_respondent", "heard"])[
            :3
        ]:
            yield 1, _("Case that asks for your reply"), case.number, reverse("integrity:case", args=[case.pk])
    seats = visible_cases(user).filter(state__means="investigated", seats__user=user, seats__given_at=None)
    for case in seats[:3]:
        yield 1, _("Opinion for a committee"), case.number, reverse("integrity:case", args=[case.pk])
    yield from _for_the_office(user)


def _for_the_office(user: User) -> Iterator[tuple[int, str, str, str]]:
    roles, desk = set(user.grants.values_list("role", flat=True)), reverse("integrity:desk")
    if Role.INTEGRITY in roles:
        texts = (
            visible_findings(user)
            .filter(state__means=["answered", "unanswered"])
            .exclude(proposal__applicant=user.person_id)
        )
        if count := texts.count():
            yield count, _("Findings to read"), _("Their authors have answered"), desk
        if count := visible_cases(user).filter(state__means=["received", "preliminary"]).exclude(reporter=user).count():
            yield count, _("Cases to take up"), _("Research integrity"), desk
    if Role.SIGNATORY in roles and (
        count := visible_cases(user).filter(state__means=["deciding", "under_appeal"]).count()
    ):
        yield count, _("Cases to decide"), _("Research integrity"), desk
