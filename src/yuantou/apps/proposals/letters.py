"""Letters about a proposal: to whom the programme type says, in the language of each."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from yuantou.apps.accounts.facade import User, recipient_of
from yuantou.apps.proposals.models import MemberState, Proposal
from yuantou.apps.registry.models import Person
from yuantou.apps.workflow.facade import Recipient, queue_letter
from yuantou.kernel.instants import print_instant


def write(
    template: str, proposal: Proposal, now: datetime, *, cause: int, reason: str = "", to: Iterable[str] = ()
) -> None:
    """Queue a letter to the applicant, or to the roles that the step of the type names."""
    for recipient in addressees(proposal, tuple(to) or ("applicant",)):
        _queue(template, proposal, now, recipient, cause=cause, reason=reason)


def addressees(proposal: Proposal, roles: Iterable[str]) -> list[Recipient]:
    """Return where letters to some roles go, as far as an address is known; who has two of them gets one."""
    found = [recipient for role in roles for person in _people(proposal, role) if (recipient := recipient_of(person))]
    return list({recipient.address: recipient for recipient in found}.values())


def _people(proposal: Proposal, role: str) -> list[Person]:
    if role == "member":
        joined = proposal.members.filter(state=MemberState.CONFIRMED).select_related("person")
        return [member.person for member in joined if member.person]
    if role == "institution":
        office = User.objects.filter(
            grants__role="institution", grants__organisation=proposal.organisation_id, is_active=True
        )
        return [user.person for user in office.select_related("person") if user.person]
    return [proposal.applicant]


def _queue(template: str, proposal: Proposal, now: datetime, recipient: Recipient, *, cause: int, reason: str) -> None:
    call, chinese = proposal.call, recipient.language.startswith("zh")
    context = {
        "title": (proposal.title_zh if chinese else proposal.title_en) or proposal.title,
        "number": proposal.number or "",
        "call": (call.title_zh if chinese else call.title_en) or call.title,
        "time": print_instant(now, call.time_zone),
        "deadline": print_instant(call.last_instant, call.time_zone) if call.last_instant else "",
        "reason": reason,
        "hash": proposal.content_hash,
        "link": link_to("proposals:detail", proposal.pk),
    }
    queue_letter(
        template,
        programme=proposal.programme,
        recipients=[recipient],
        kind="proposal",
        key=proposal.pk,
        context=context,
        now=now,
        once=str(proposal.version),
        cause=cause,
    )


def link_to(name: str, *arguments: str) -> str:
    """Return a full address for letters."""
    return settings.SITE_URL.rstrip("/") + reverse(name, args=arguments)
