"""The automatic part of the formal check: each check is one expression of the database, for lists and filters alike."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yuantou.apps.calls.models import Call
from yuantou.apps.proposals.models import Member, MemberState, Proposal, ProposalVersion


@dataclass(frozen=True, slots=True)
class Check:
    """A check: its name, what it means when it fails, and the condition under which it fails."""

    id: str
    name: str | Promise
    failing: str | Promise
    fails: Callable[[Call], Q]


def _late(call: Call) -> Q:
    return Q(submitted_at__isnull=True) | Q(submitted_at__gt=call.last_instant)


def _unsealed(call: Call) -> Q:
    return ~Q(Exists(ProposalVersion.objects.filter(proposal=OuterRef("pk"), content_hash=OuterRef("content_hash"))))


def _amount(call: Call) -> Q:
    budget = call.programme.budget
    outside = Q(requested__isnull=True) | Q(requested__lt=budget.floor)
    return outside | Q(requested__gt=budget.ceiling) if budget.ceiling is not None else outside


def _discipline(call: Call) -> Q:
    admitted = list(call.disciplines.values_list("code", flat=True))
    return Q(discipline__isnull=True) | (~Q(discipline__in=admitted) if admitted else Q(pk__in=[]))


def _members(call: Call) -> Q:
    return Q(Exists(Member.objects.filter(proposal=OuterRef("pk"), state=MemberState.INVITED)))


def _duplicate(call: Call) -> Q:
    twins = Proposal.objects.filter(call=call, applicant=OuterRef("applicant"), state__means="live")
    return Q(Exists(twins.exclude(pk=OuterRef("pk"))))


CHECKS = (
    Check("late", _("In time"), _("Submitted after the last instant of the call."), _late),
    Check("unsealed", _("Complete and sealed"), _("The content differs from the sealed version."), _unsealed),
    Check("amount", _("Amount within limits"), _("The amount is missing or outside the limits."), _amount),
    Check("discipline", _("Discipline admitted"), _("The call does not take this discipline."), _discipline),
    Check("members", _("Participants confirmed"), _("Some participants have not confirmed."), _members),
    Check("duplicate", _("One proposal per applicant"), _("Same applicant, several proposals here."), _duplicate),
)


def with_checks(rows: "QuerySet[Proposal]", call: Call) -> "QuerySet[Proposal]":
    """Add ``fails_<check>`` to each proposal (no further query)."""
    return rows.annotate(
        **{
            f"fails_{check.id}": Case(When(check.fails(call), then=True), default=False, output_field=BooleanField())
            for check in CHECKS
        }
    )


def failing(call: Call) -> Q:
    """Return the condition of failing at least one check."""
    return reduce(or_, (check.fails(call) for check in CHECKS))


def results(proposal: Any) -> list[tuple[Check, bool]]:
    """Return each check with whether it passed, for a proposal read ``with_checks``."""
    return [(check, not getattr(proposal, f"fails_{check.id}")) for check in CHECKS]
