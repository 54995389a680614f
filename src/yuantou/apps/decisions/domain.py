"""The list of decisions, its signature and its publication."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, Sum

from yuantou.apps.accounts.facade import User
from yuantou.apps.audit.facade import append, sign_head
from yuantou.apps.calls.models import Call
from yuantou.apps.decisions.drafting import make_list
from yuantou.apps.decisions.models import Decision, DecisionList, Draw, Outcome, Ranking
from yuantou.apps.decisions.rankings import changed_since
from yuantou.apps.decisions.records import keep_document
from yuantou.apps.jobs.facade import start
from yuantou.apps.jobs.models import Job
from yuantou.apps.links import link_to
from yuantou.apps.proposals.facade import refuse_own_call
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.workflow.facade import SYSTEM, change_state, roles_of, stale
from yuantou.kernel.errors import InputError, NotAllowedError, Problem
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.money import Money
from yuantou.kernel.progress import Progress


@transaction.atomic
def draft_list(*, ranking: Ranking, user: User, now: datetime) -> DecisionList:
    """Apply the decision rule of the programme type; earlier drafts are discarded."""
    call = ranking.call
    _officer_only(call, user)
    if call.budget is None:
        raise InputError(
            LocalText("通知没有预算。", "The call has no budget."), LocalText("请填写预算。", "Give it one.")
        )
    _refuse_stale(ranking)
    for old in call.decision_lists.filter(state__means="drafted"):
        _refuse_second_draw(old)
        _discard(old, user, now)
    made = make_list(ranking, now)
    data = {"ranking": ranking.pk, "content": seal(made)}
    append(at=now, actor=user.actor, act="decision_list.draft", kind="decision_list", key=made.pk, data=data)
    return made


def _refuse_stale(ranking: Ranking) -> None:
    """A list is never drafted over reviews that its ranking does not know."""
    if count := changed_since(ranking):
        raise NotAllowedError(
            LocalText(
                f"排序冻结之后又有 {count} 份评审提交、修改或撤回，现有排序不包含这些变化。",
                f"{count} reviews came, changed or went after this ranking was frozen; it does not rest on them.",
            ),
            LocalText("请重新排序，再应用决定规则。", "Rank again, then apply the decision rule."),
            code="ranking.outdated",
        )


def _refuse_second_draw(old: DecisionList) -> None:
    """Whoever has seen a secret could wish for another draw."""
    if Draw.objects.filter(decision_list=old).exclude(secrets={}).exists():
        raise NotAllowedError(
            LocalText("抽签已开始揭示，不能重来。", "The draw has begun to be revealed and is not repeated."),
            LocalText("请完成抽签；个别更改请逐项写明理由。", "Complete it; change single decisions with a reason."),
            code="draw.repeated",
        )


def _officer_only(call: Call, user: User) -> None:
    refuse_own_call(user, call)
    if not call.is_now.deciding or "officer" not in roles_of(user, call):
        raise NotAllowedError(
            LocalText("当前不能起草决定。", "Decisions cannot be drafted now."), code="decision.state"
        )


def _discard(old: DecisionList, user: User, now: datetime) -> None:
    reason = "replaced by a new draft"
    change_state(old, "discard", user=user, now=now, reason=reason)


def spent_of(decision_list: DecisionList) -> Decimal:
    """Return the money that a list gives away."""
    total = decision_list.decisions.filter(outcome=Outcome.FUND).aggregate(total=Sum("amount"))["total"]
    return total or Decimal(0)


def awarded_by_unit(decided: "QuerySet[Decision]") -> list[tuple[str, Decimal]]:
    """Return what was awarded in each unit: money and hours of an instrument do not add up."""
    sums = decided.filter(outcome=Outcome.FUND).order_by().values("decision_list__call").annotate(total=Sum("amount"))
    totals = {row["decision_list__call"]: row["total"] or Decimal(0) for row in sums}
    found: dict[str, Decimal] = {}
    for call in Call.objects.filter(pk__in=totals).select_related("programme_type"):
        currency = call.programme.budget.currency
        found[currency] = found.get(currency, Decimal(0)) + totals[call.pk]
    return sorted(found.items())


@transaction.atomic
def change_decision(*, decision: Decision, outcome: str, reason: str, user: User, now: datetime) -> None:
    """Depart from the rule for one proposal, with a reason that is recorded and shown.

    Raises
    ------
    NotAllowedError
        If the list is signed, the reason is missing, or the budget would be exceeded.
    """
    decision_list = decision.decision_list
    _officer_only(decision_list.call, user)
    refuse_undrawn(decision_list)
    if not decision_list.is_now.drafted or outcome not in {Outcome.FUND, Outcome.DECLINE}:
        raise NotAllowedError(LocalText("名单已签署，不能更改。", "The list is signed and cannot be changed."))
    if not reason.strip():
        raise NotAllowedError(LocalText("请写明理由。", "Please give a reason."), code="not_allowed.reason")
    amount = decision.proposal.requested if outcome == Outcome.FUND else None
    _within_budget(decision, amount)
    decision.outcome, decision.amount = outcome, amount
    decision.override_reason, decision.overridden_by = (reason, user) if outcome != decision.by_rule else ("", None)
    decision.save(update_fields=["outcome", "amount", "override_reason", "overridden_by"])
    data = {"proposal": decision.proposal_id, "outcome": outcome, "reason_hash": content_hash(reason)}
    data |= {"content": seal(decision_list)}
    key = decision_list.pk
    append(at=now, actor=user.actor, act="decision_list.change", kind="decision_list", key=key, data=data)


def _within_budget(decision: Decision, amount: Decimal | None) -> None:
    spent = spent_of(decision.decision_list) - (decision.amount or 0) + (amount or 0)
    if spent > decision.decision_list.budget:
        over = Money(spent - decision.decision_list.budget, decision.decision_list.programme.budget.currency)
        raise NotAllowedError(
            LocalText(
                f"将超出预算 {over.in_language('zh')}。", f"The budget would be exceeded by {over.in_language('en')}."
            ),
            LocalText("请先取消另一项资助。", "Take another award off first."),
            code="decision.budget",
        )


def refuse_undrawn(decision_list: DecisionList) -> None:
    """Refuse what may only follow the draw."""
    if decision_list.decisions.filter(outcome=Outcome.DRAW).exists():
        raise NotAllowedError(
            LocalText("抽签尚未举行。", "The draw has not been held."),
            LocalText("请先完成抽签。", "Hold the draw first."),
            code="draw.open",
        )


def content_of(decision_list: DecisionList) -> dict[str, Any]:
    """Return what a signature covers: every proposal with outcome, amount and departure, and the proof of a draw."""
    draw = Draw.objects.filter(decision_list=decision_list).first()
    return ({"draw": draw.document or draw.frozen} if draw else {}) | {
        "call": decision_list.call_id,
        "ranking": decision_list.ranking_id,
        "rule": decision_list.rule,
        "budget": str(decision_list.budget),
        "decisions": [
            [
                d.proposal_id,
                d.position,
                d.by_rule,
                d.outcome,
                None if d.amount is None else str(d.amount),
                d.override_reason,
            ]
            for d in decision_list.decisions.order_by("position")
        ],
    }


def seal(decision_list: DecisionList) -> str:
    """Keep the hash of a list as it stands now, for whoever looks at it before signing."""
    decision_list.content_hash = hash_of(decision_list)
    decision_list.save(update_fields=["content_hash"])
    return decision_list.content_hash


def hash_of(decision_list: DecisionList) -> str:
    """Return the hash that stands on the list and under the signature."""
    return content_hash(content_of(decision_list))


@transaction.atomic
def sign_list(*, decision_list: DecisionList, seen_hash: str, user: User, now: datetime) -> None:
    """Sign exactly the list that the signatory has seen; the ledger is signed with it.

    Raises
    ------
    StaleError
        If the list changed since the page was opened.
    """
    refuse_undrawn(decision_list)
    digest = hash_of(decision_list)
    if digest != seen_hash:
        raise stale()
    changes = {"content_hash": digest, "signed_by": user, "signed_at": now}
    decision_list.signed_by, decision_list.signed_at = user, now
    document = keep_document(decision_list, now)
    changes |= {"document": document} if document else {}
    data = {"content": digest} | ({"document": document.pk} if document else {})
    change_state(decision_list, "sign", user=user, now=now, changes=changes, data=data)
    sign_head(now=now)


@transaction.atomic
def start_publishing(*, decision_list: DecisionList, user: User, now: datetime) -> Job:
    """Publish a signed list in the background: every proposal decided, every letter queued once, or nothing."""
    if "officer" not in roles_of(user, decision_list) or not decision_list.is_now.signed:
        raise NotAllowedError(LocalText("名单尚未签署。", "The list has not been signed."), code="decision.unsigned")
    return start(
        "publishing", subject=decision_list.call_id, owner=user, now=now, parameters={"list": decision_list.pk}
    )


def run_publishing(job: Job, progress: Progress, *, now: datetime) -> dict[str, Any]:
    """Do the work of a publishing job in one transaction."""
    with transaction.atomic():
        lists = DecisionList.objects.select_for_update(of=("self",)).select_related("call__programme_type")
        decision_list = lists.get(pk=job.parameters["list"])
        if hash_of(decision_list) != decision_list.content_hash:
            raise stale()
        rows = list(decision_list.decisions.select_related("proposal__applicant", "proposal__call__programme_type"))
        for done, decision in enumerate(rows, 1):
            _publish_one(decision, now)
            progress("publish", done, len(rows))
        _refuse_undecided(decision_list)
        changes = {"published_at": now}
        change_state(decision_list, "publish", user=SYSTEM, now=now, changes=changes)
        change_state(decision_list.call, "decide", user=SYSTEM, now=now)
        sign_head(now=now)
    return {"published": len(rows)}


def _publish_one(decision: Decision, now: datetime) -> None:
    proposal, amount = decision.proposal, decision.amount or Decimal(0)
    action = "award" if decision.outcome == Outcome.FUND else "decline"
    change_state(
        proposal,
        action,
        user=SYSTEM,
        now=now,
        data={"list": decision.decision_list_id, "amount": str(amount)},
        says={
            "amount": Money(amount, proposal.programme.budget.currency),
            "reason": LocalText(decision.reason_zh, decision.reason_en) if decision.reason_zh else "",
            "link": link_to("decisions:outcome", proposal.pk),
        },
    )


def _refuse_undecided(decision_list: DecisionList) -> None:
    """Refuse to publish while a proposal of the call has no decision: without a review nobody ranked it."""
    left = Proposal.objects.filter(call=decision_list.call, state__means="judged")
    numbers = list(left.values_list("number", flat=True)[:10])
    if numbers:
        raise InputError(
            LocalText("有申请没有决定。", "Some proposals have no decision."),
            LocalText("请补齐评审后重新排序。", "Complete their reviews and rank again."),
            code="decision.undecided",
            problems=tuple(
                Problem("decision.undecided", LocalText(str(n), str(n)), LocalText("缺评审。", "No review."))
                for n in numbers
            ),
        )
