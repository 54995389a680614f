"""The life of a proposal until it goes to review: every verb is one transaction."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models, transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.audit.facade import append, keep_draft
from yuantou.apps.calls.facade import appointed_holders, disciplines_of, takes_submissions
from yuantou.apps.calls.models import Call
from yuantou.apps.proposals import eligibility, hooks
from yuantou.apps.proposals.answers import Finding, findings, read_money, tidy
from yuantou.apps.proposals.holders import solving_holders
from yuantou.apps.proposals.models import MemberState, NumberSeries, Proposal, ProposalVersion, Remark
from yuantou.apps.proposals.prefill import prefilled
from yuantou.apps.proposals.statements import with_statements
from yuantou.apps.registry.models import Affiliation, Discipline, Organisation, Person
from yuantou.apps.workflow.facade import change_state, only, roles_of, stale
from yuantou.engines.workflow import broken
from yuantou.engines.workflow.eligibility import Checked, Verdict
from yuantou.kernel.errors import NotAllowedError, StaleError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.instants import print_instant
from yuantou.kernel.local_text import LocalText

# --- writing ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def start_proposal(*, call: Call, user: User, now: datetime) -> Proposal:
    """Start a draft in an open call, prefilled from the person's record; a draft already there is returned instead.

    Raises
    ------
    NotAllowedError
        If the account has no person, or the call does not take submissions.
    """
    if user.person_id is None:
        raise NotAllowedError(
            LocalText("请先完善个人信息。", "Please complete your profile first."),
            LocalText("在“个人资料”中填写姓名与单位。", "Give your name and institution on your profile page."),
            code="proposal.no_person",
        )
    if not takes_submissions(call, now):
        raise too_late(call, now)
    person = Person.objects.select_for_update().get(pk=user.person_id)  # one draft per call, even by a double click
    draft = Proposal.objects.filter(call=call, applicant=person, state__means="draft").first()
    if draft:
        return draft
    home = current_organisations(person).first()
    proposal = Proposal.objects.create(
        call=call,
        applicant=person,
        organisation=home,
        answers=prefilled(call, person),
        created_at=now,
        saved_at=now,
    )
    append(at=now, actor=user.actor, act="proposal.start", kind="proposal", key=proposal.pk, data={"call": call.pk})
    return proposal


def current_organisations(person: Person) -> "models.QuerySet[Organisation]":
    """Return where a person works now, the latest first."""
    present = Affiliation.objects.filter(person=person, end=None)
    return (
        Organisation.objects.filter(pk__in=present.values("organisation"))
        .order_by("-affiliations__start", "pk")
        .distinct()
    )


@transaction.atomic
def save_answers(
    *, proposal: Proposal, posted: Mapping[str, str], user: User, now: datetime, version: int | None
) -> Proposal:
    """Save what was typed, complete or not. The same text saved twice is saved once.

    Raises
    ------
    NotAllowedError
        If the user is not the applicant or the proposal can no longer be edited.
    StaleError
        If another tab or device saved something else since ``version``; nothing is changed then.
    """
    only(user, proposal, "applicant", when=("editable",))
    answers = {**proposal.answers, **tidy(proposal.programme, posted)}
    columns = _columns(proposal, answers, posted.get("organisation"))
    if all(getattr(proposal, name) == value for name, value in columns.items()):
        return proposal
    rows = Proposal.objects.filter(pk=proposal.pk, version=version or 0, state=proposal.state)
    if version is None or not rows.update(**columns, saved_at=now, version=models.F("version") + 1):
        raise stale()
    proposal.refresh_from_db()
    content = [answers, proposal.organisation_id]
    keep_draft(kind="proposal", key=proposal.pk, content=content, actor=user.actor, now=now)
    hooks.saved(proposal, now)
    return proposal


def _columns(proposal: Proposal, answers: dict[str, Any], organisation: str | None) -> dict[str, Any]:
    """Copy out what lists show."""
    own = current_organisations(proposal.applicant).filter(pk=organisation) if organisation else None
    chosen = own.first() if own is not None else None
    discipline = Discipline.objects.filter(code=answers.get("discipline") or "").first()
    return {
        "answers": answers,
        "title_zh": answers.get("title_zh", "")[:300],
        "title_en": answers.get("title_en", "")[:300],
        "requested": read_money(answers.get(proposal.programme.budget.asked, "")),
        "discipline_id": discipline.pk if discipline else None,
        "organisation_id": chosen.pk if chosen else proposal.organisation_id,
    }


# --- submitting -------------------------------------------------------------------------------------------------------


def missing_of(proposal: Proposal) -> list[Finding]:
    """Return what is to be filled in before submitting: answers and institution."""
    missing = findings(proposal.programme, with_statements(proposal), {d.code for d in disciplines_of(proposal.call)})
    if proposal.organisation_id is None:
        label = LocalText("依托单位", "Institution")
        missing.insert(0, Finding("organisation", label, LocalText("尚未选择。", "Not chosen yet.")))
    return missing


def unconfirmed_of(proposal: Proposal) -> list[Finding]:
    """Return the participants who have not answered."""
    return [
        Finding(
            "members",
            LocalText(f"参与者 {member.email}", f"Participant {member.email}"),
            LocalText("尚未确认。", "Has not confirmed yet."),
        )
        for member in proposal.members.all()
        if member.state == MemberState.INVITED
    ]


def rules_of(proposal: Proposal, now: datetime) -> list[Checked]:
    """Return the eligibility and quota rules of the programme type, each with its verdict."""
    return eligibility.rules_of(proposal, now=now)


def incomplete_of(proposal: Proposal, now: datetime) -> list[Finding]:
    """Return what is missing, and each rule that is not met now."""
    apart = broken(proposal.programme, [*solving_holders(proposal), *appointed_holders(proposal.call)])
    parted = [Finding("rules", one.message, _APART) for one in apart]
    unmet = (checked for checked in rules_of(proposal, now) if checked.verdict is not Verdict.MET)
    rules = [Finding("rules", checked.rule.message, checked.remedy) for checked in unmet]
    return [*missing_of(proposal), *rules, *parted, *hooks.more_obstacles(proposal, now)]


def obstacles(proposal: Proposal, now: datetime) -> list[Finding]:
    """Return everything that would be refused now, but for the deadline."""
    return [*incomplete_of(proposal, now), *unconfirmed_of(proposal)]


@transaction.atomic
def submit_proposal(*, proposal: Proposal, user: User, now: datetime, version: int | None = None) -> ProposalVersion:
    """Submit: seal the content, number it, record it in the ledger, send the receipt. A second click changes nothing.

    The deadline is judged by ``now``, one instant of the server's clock taken when the request arrived.

    Raises
    ------
    NotAllowedError
        If the call is over, something is missing (``problems`` says what), or the user is not the applicant.
    StaleError
        If it was edited elsewhere since ``version``: nobody submits what they have not seen.
    """
    proposal = _locked(proposal)
    latest = proposal.versions.first()
    if (
        latest is not None
        and not (proposal.is_now.editable or proposal.is_now.withdrawn)
        and "applicant" in roles_of(user, proposal)
    ):
        return latest
    only(user, proposal, "applicant", when=("editable",))
    if version is not None and version != proposal.version:
        raise stale()
    sealed, answers = sealed_content(proposal), with_statements(proposal)
    digest = content_hash({**sealed, "answers": answers})
    number = proposal.number or _next_number(proposal.call, now)
    edition = proposal.versions.count() + 1
    taken = change_state(
        proposal,
        "submit",
        user=user,
        now=now,
        changes={"number": number, "submitted_at": now, "content_hash": digest, "answers": answers},
        data={"content_hash": digest, "number": number, "edition": edition},
    )
    return ProposalVersion.objects.create(
        proposal=proposal,
        number=edition,
        answers=answers,
        sealed=sealed,
        content_hash=digest,
        submitted_at=now,
        submitted_by=user,
        ledger_index=taken.entry,
    )


def _locked(proposal: Proposal) -> Proposal:
    """Lock proposal, applicant and institution: quotas over either hold however many submit at once."""
    list(Person.objects.select_for_update().filter(pk=proposal.applicant_id))
    list(Organisation.objects.select_for_update(of=("self",)).filter(pk=proposal.organisation_id))
    rows = Proposal.objects.select_for_update(of=("self",)).select_related("call__programme_type", "applicant")
    return rows.get(pk=proposal.pk)


_APART = LocalText("请由其他单位的团队申请。", "A team of another institution has to apply.")


def too_late(call: Call, now: datetime) -> NotAllowedError:
    """Return the error for a call that does not take submissions now, with the exact instants."""
    server = print_instant(now, call.time_zone)
    if call.closes_at and call.last_instant and call.is_now.announced and now > call.last_instant:
        closed = print_instant(call.closes_at, call.time_zone)
        last = print_instant(call.last_instant, call.time_zone)
        message = LocalText(
            f"已过截止时间：{closed}，宽限至 {last}；服务器收到时间：{server}。",
            f"The deadline has passed: {closed}, grace until {last}; the server received this at {server}.",
        )
    else:
        message = LocalText(
            f"此通知目前不受理申请（服务器时间 {server}）。",
            f"The call takes no submissions now (server time {server}).",
        )
    kept = LocalText("您填写的内容已作为草稿完整保留。", "Everything you wrote is kept in your draft.")
    return NotAllowedError(message, kept, code="proposal.deadline")


def sealed_content(proposal: Proposal) -> dict[str, Any]:
    """Return what the content hash covers beside the answers: who, where, with whom, with which files."""
    return {
        "call": proposal.call_id,
        "applicant": proposal.applicant_id,
        "organisation": proposal.organisation_id,
        "programme_type": proposal.call.programme_type.source_hash,
        "members": sorted(
            [member.person_id or "", member.role]
            for member in proposal.members.all()
            if member.state == MemberState.CONFIRMED
        ),
        "attachments": sorted([a.name, a.file_id] for a in proposal.attachments.all()),
    }


def seal_holds(receipt: ProposalVersion) -> bool:
    """Tell whether a sealed version still has the hash it was sealed with."""
    return content_hash({**receipt.sealed, "answers": receipt.answers}) == receipt.content_hash


def _next_number(call: Call, now: datetime) -> str:
    """Numbers like ``2026-FE-000123``; the row of the series is locked, so no number is given twice."""
    words = call.programme_type.type_id.split("-")
    prefix = f"{now.year}-{''.join(word[:1] for word in words).upper()}"
    NumberSeries.objects.get_or_create(prefix=prefix)
    series = NumberSeries.objects.select_for_update().get(prefix=prefix)
    series.last += 1
    series.save(update_fields=["last"])
    return str(series)


def withdraw_proposal(*, proposal: Proposal, user: User, now: datetime, version: int | None = None) -> None:
    """Withdraw: final, but the record stays."""
    change_state(proposal, "withdraw", user=user, now=now, version=version)


# --- institution and formal check -------------------------------------------------------------------------------------


@dataclass
class Bulk:
    """What became of an act on many proposals."""

    done: list[str] = field(default_factory=list)
    refused: dict[str, LocalText] = field(default_factory=dict)


def endorse_proposals(*, proposals: Iterable[Proposal], user: User, now: datetime) -> Bulk:
    """Endorse for the institution and pass on to the agency."""
    return _each(proposals, lambda proposal: _act(proposal, "endorse", user, now))


def return_proposals(*, proposals: Iterable[Proposal], reason: str, user: User, now: datetime) -> Bulk:
    """Give proposals back to their applicants with a reason."""
    return _each(proposals, lambda proposal: _act(proposal, "return", user, now, reason))


def accept_proposals(*, proposals: Iterable[Proposal], user: User, now: datetime) -> Bulk:
    """Accept for review after the formal check."""
    return _each(proposals, lambda proposal: _act(proposal, "accept", user, now))


def reject_proposals(*, proposals: Iterable[Proposal], reason: str, user: User, now: datetime) -> Bulk:
    """Do not accept for review; the reason goes to every applicant."""
    return _each(proposals, lambda proposal: _act(proposal, "reject", user, now, reason))


@transaction.atomic
def decline_early(*, proposal: Proposal, reason: str, user: User, now: datetime) -> None:
    """Leave a proposal behind after a phase of review that cuts; the reason goes to the applicant."""
    _act(proposal, "leave_behind", user, now, reason)


def _each(proposals: Iterable[Proposal], act: Callable[[Proposal], None]) -> Bulk:
    """Act on each by itself: one that somebody else has just handled does not stop the others."""
    result = Bulk()
    for proposal in proposals:
        try:
            act(proposal)
        except (NotAllowedError, StaleError) as error:
            result.refused[proposal.pk] = error.message
        else:
            result.done.append(proposal.pk)
    return result


@transaction.atomic
def _act(proposal: Proposal, action: str, user: User, now: datetime, reason: str = "") -> None:
    taken = change_state(proposal, action, user=user, now=now, reason=reason)
    if reason:
        act = f"proposal.{action}"
        Remark.objects.create(proposal=proposal, act=act, text=reason, at=now, ledger_index=taken.entry)
