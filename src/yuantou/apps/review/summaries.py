"""Summaries of assignments that lists sort and count by, kept true in the transaction of each change."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, F, FloatField, Min, Q
from django.db.models.functions import Coalesce

from yuantou.apps.calls.models import Call
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review.models import Assignment, Coverage, Load
from yuantou.apps.workflow.facade import summarises

BLOCK = 2000


@summarises("assignment")
def refresh(row: Assignment) -> None:
    """Bring the summaries of one assignment's proposal and expert up to date."""
    _cover(Proposal.objects.filter(pk=row.proposal_id))
    live = Assignment.objects.filter(
        call=row.call_id, expert=row.expert_id, state__means="live", phase=row.proposal.call.phase
    ).count()
    Load.objects.update_or_create(call_id=row.call_id, expert_id=row.expert_id, defaults={"live": live})


@summarises("proposal")
def follow(proposal: Proposal) -> None:
    """A proposal enters the matching room when it is accepted and leaves it with its state."""
    if proposal.is_now.judged:
        _cover(Proposal.objects.filter(pk=proposal.pk))
    else:
        Coverage.objects.filter(pk=proposal.pk).delete()


def rebuild(call: Call) -> None:
    """Work out all summaries of a call anew, after a change of very many assignments."""
    _cover(Proposal.objects.filter(call=call, state__means="judged"))
    live = Assignment.objects.filter(call=call, state__means="live", phase=call.phase)
    rows = live.order_by().values("expert").annotate(n=Count("pk"))
    Load.objects.filter(call=call).delete()
    Load.objects.bulk_create(
        (Load(call=call, expert_id=row["expert"], live=row["n"]) for row in rows.iterator()), batch_size=BLOCK
    )


def _cover(proposals: Any) -> None:
    now = Q(assignments__phase=F("call__phase"))
    live = now & Q(assignments__state__means="live")
    rows: Iterable[dict[str, Any]] = (
        proposals.order_by()
        .annotate(
            proposal_id=F("pk"),
            reviewers=Count("assignments", filter=live),
            finished=Count("assignments", filter=now & Q(assignments__state__means="finished")),
            weakest=Coalesce(Min("assignments__affinity", filter=live), -1.0, output_field=FloatField()),
        )
        .values("proposal_id", "call_id", "reviewers", "finished", "weakest")
    )
    Coverage.objects.bulk_create(
        [Coverage(**row) for row in rows],
        batch_size=BLOCK,
        update_conflicts=True,
        unique_fields=["proposal"],
        update_fields=["reviewers", "finished", "weakest"],
    )
