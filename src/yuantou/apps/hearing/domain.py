"""Responses and debates: every verb is one transaction, and what was said is never changed."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.audit.facade import append, keep_draft
from yuantou.apps.calls.models import Call
from yuantou.apps.hearing.models import Debate, Response, Statement
from yuantou.apps.hearing.rules import seat_of
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review.facade import at_each_phase, phase_is_done
from yuantou.apps.workflow.facade import SYSTEM, announce, change_state, roles_of, stale
from yuantou.engines.workflow import PhaseKind, ReviewPhase
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText

LONGEST_STATEMENT = 8000


@at_each_phase
def begin(call: Call, phase: ReviewPhase, now: datetime) -> None:
    """Ask every applicant still in review for a response, or open a debate on every proposal."""
    proposals = Proposal.objects.filter(call=call, state__means="under_review")
    for proposal in proposals.select_related("call__programme_type", "applicant"):
        if phase.kind is PhaseKind.RESPONSE:
            _ask(proposal, phase, now)
        elif phase.kind is PhaseKind.DEBATE:
            open_debate(proposal, phase, now)


def _ask(proposal: Proposal, phase: ReviewPhase, now: datetime) -> None:
    due = now + timedelta(days=phase.days)
    response, new = Response.objects.get_or_create(proposal=proposal, phase=phase.id, defaults={"due_at": due})
    if new:
        data = {"proposal": proposal.pk, "phase": phase.id, "due": due.isoformat()}
        append(at=now, actor=SYSTEM, act="response.ask", kind="response", key=response.pk, data=data)
        announce("asked", response, now=now, once=response.pk)


@transaction.atomic
def save_response(*, response: Response, text: str, user: User, now: datetime, version: int) -> Response:
    """Save a response as it stands; the same text saved twice is saved once.

    Raises
    ------
    NotAllowedError
        If the user is not the applicant, or it was given or its time is over.
    StaleError
        If another window saved since ``version``.
    """
    _applicant_only(response, user, now)
    text = text.replace("\r\n", "\n").replace("\0", "")
    if text == response.text:
        return response
    rows = Response.objects.filter(pk=response.pk, version=version, state__means="due")
    if not rows.update(text=text, saved_at=now, version=models.F("version") + 1):
        raise stale()
    response.refresh_from_db()
    keep_draft(kind="response", key=response.pk, content=text, actor=user.actor, now=now)
    return response


def _applicant_only(response: Response, user: User, now: datetime) -> None:
    if not response.is_now.due or now > response.due_at or "applicant" not in roles_of(user, response):
        raise NotAllowedError(
            LocalText("此回应不能再修改。", "This response cannot be changed any more."),
            code="response.closed",
        )


@transaction.atomic
def give_response(*, response: Response, user: User, now: datetime) -> None:
    """Give the response: sealed by its hash, read by those who judge next."""
    digest = content_hash(response.text)
    changes = {"given_at": now, "content_hash": digest}
    data = {"proposal": response.proposal_id, "hash": digest}
    change_state(response, "give", user=user, now=now, changes=changes, data=data)


@transaction.atomic
def waive_response(*, response: Response, user: User, now: datetime) -> None:
    """Say that there will be no response, so that the call need not wait for one."""
    change_state(response, "waive", user=user, now=now)


def lapse_responses(*, now: datetime) -> int:
    """Close every response whose time is over unanswered; what was written stays with its applicant."""
    late = list(
        Response.objects.filter(state__means="due", due_at__lt=now).select_related("proposal__call__programme_type")
    )
    for response in late:
        change_state(response, "lapse", user=SYSTEM, now=now)
    return len(late)


@phase_is_done(PhaseKind.RESPONSE)
def responses_in(call: Call, phase: ReviewPhase) -> bool:
    """Whether every response of a phase was given, waived or lapsed."""
    asked = Response.objects.filter(proposal__call=call, phase=phase.id, state__means="due")
    return not asked.filter(proposal__state__means="under_review").exists()


# --- debates ----------------------------------------------------------------------------------------------------------


def open_debate(proposal: Proposal, phase: ReviewPhase, now: datetime) -> Debate:
    """Open the debate on a proposal; once."""
    debate, new = Debate.objects.get_or_create(proposal=proposal, phase=phase.id, defaults={"opened_at": now})
    if new:
        data = {"proposal": proposal.pk, "phase": phase.id}
        append(at=now, actor=SYSTEM, act="debate.open", kind="debate", key=debate.pk, data=data)
    return debate


@transaction.atomic
def speak(*, debate: Debate, text: str, user: User, now: datetime, replies_to: int | None = None) -> Statement:
    """Add a statement for one's side; it is sealed at once, chained to the one before, and stays for ever.

    Raises
    ------
    NotAllowedError
        If the user has no seat in the debate, it is closed, or the statement is empty or too long.
    """
    debate = Debate.objects.select_for_update().get(pk=debate.pk)
    seat, text = seat_of(user, debate), text.replace("\r\n", "\n").replace("\0", "").strip()
    if seat is None or not debate.is_now.under_way:
        raise NotAllowedError(LocalText("您不能在此发言。", "You may not speak here."), code="debate.closed")
    if not 0 < len(text) <= LONGEST_STATEMENT:
        raise NotAllowedError(
            LocalText(
                f"发言须为 1 至 {LONGEST_STATEMENT} 字。", f"A statement has 1 to {LONGEST_STATEMENT} characters."
            ),
            code="debate.length",
        )
    last = debate.statements.order_by("-number").first()
    number = last.number + 1 if last else 1
    known = replies_to if replies_to and debate.statements.filter(number=replies_to).exists() else None
    said: dict[str, Any] = {"number": number, "role": seat.role, "text": text, "replies_to": known}
    digest = content_hash({**said, "before": last.content_hash if last else "", "seat": seat.pk})
    made = Statement.objects.create(debate=debate, assignment=seat, at=now, content_hash=digest, **said)
    data = {"debate": debate.pk, "number": number, "hash": digest}
    append(at=now, actor=user.actor, act="debate.speak", kind="debate", key=debate.pk, data=data)
    return made


@transaction.atomic
def close_debate(*, debate: Debate, summary: str, user: User, now: datetime) -> None:
    """Close a debate with the officer's summary of what remains agreed and disputed."""
    chain = list(debate.statements.values_list("content_hash", flat=True))
    digest = content_hash({"statements": chain, "summary": summary.strip()})
    changes = {"summary": summary.strip(), "closed_at": now, "record_hash": digest}
    change_state(
        debate,
        "close",
        user=user,
        now=now,
        reason=summary,
        changes=changes,
        data={"record": digest, "statements": len(chain)},
    )


@phase_is_done(PhaseKind.DEBATE)
def debates_closed(call: Call, phase: ReviewPhase) -> bool:
    """Whether the debate on every proposal still in review was closed."""
    closed = Debate.objects.filter(proposal__call=call, phase=phase.id, state__means="closed").values("proposal")
    return not Proposal.objects.filter(call=call, state__means="under_review").exclude(pk__in=closed).exists()
