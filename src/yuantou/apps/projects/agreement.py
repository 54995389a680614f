"""From the award to a running project: the agreement (任务书), its parts and its signatures."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from yuantou.apps.accounts.facade import User, recipients_of
from yuantou.apps.audit.facade import Act, append, append_many, keep_draft
from yuantou.apps.decisions.models import Decision, DecisionList, Outcome
from yuantou.apps.projects.calendar import renew_due
from yuantou.apps.projects.models import Gate, Instalment, Part, Project, Report
from yuantou.apps.projects.money import release_after
from yuantou.apps.projects.steps import months_after, take
from yuantou.apps.proposals.facade import as_typed, read_money
from yuantou.apps.proposals.models import MemberState, Proposal
from yuantou.apps.workflow.facade import SYSTEM, announce, continues, not_yours, only, stale
from yuantou.engines.workflow.project_plan import START
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText

# --- the award ----------------------------------------------------------------------------------------------------


@continues("decision_list")
def begin_projects(decision_list: DecisionList) -> None:
    """Begin a project for each award of a list, in the transaction that publishes it."""
    now = decision_list.published_at
    if now is None or "report" not in decision_list.programme.machines:  # a type of before projects were data
        return
    awards = decision_list.decisions.filter(outcome=Outcome.FUND).select_related(
        "proposal__call__programme_type", "proposal__applicant__user", "proposal__organisation"
    )
    for award in awards.prefetch_related("proposal__members__person__affiliations__organisation"):
        begin_project(award, now=now)


@transaction.atomic
def begin_project(award: Decision, *, now: datetime) -> Project:
    """Begin the project of one award: parts and instalments as its programme type splits them."""
    proposal = award.proposal
    plan = proposal.programme.project
    shortest, longest = plan.months
    project = Project.objects.create(
        proposal=proposal,
        call=proposal.call,
        holder=proposal.applicant,
        organisation=proposal.organisation,
        amount=award.amount or Decimal(0),
        months=min(max(int(proposal.answers.get("months") or shortest), shortest), longest),
        state=proposal.programme.machine("project").initial,
        due_at=months_after(now, 1, proposal.call.time_zone),
        plan={"goals": as_typed(proposal.answers.get("abstract_zh") or proposal.answers.get("abstract_en"))},
        created_at=now,
    )
    Part.objects.bulk_create(_parts(project, proposal))
    rest = project.amount
    for position, one in enumerate(plan.instalments, 1):
        last = position == len(plan.instalments)
        share = rest if last else (project.amount * Decimal(str(one.share))).quantize(Decimal("0.01"))
        rest -= share
        Instalment.objects.create(project=project, plan_id=one.id, position=position, amount=share)
    append(at=now, actor=SYSTEM, act="project.begin", kind="project", key=project.pk, data={"proposal": proposal.pk})
    announce("opened", project, now=now, once="begin")
    return project


def _parts(project: Project, proposal: Proposal) -> list[Part]:
    plan = project.programme.project
    if plan.parts == "agencies":
        asked = [read_money(as_typed(proposal.answers.get(agency.field))) or 0 for agency in plan.agencies]
        return [
            Part(project=project, position=n, name=agency.id, amount=amount)
            for n, (agency, amount) in enumerate(zip(plan.agencies, asked, strict=True), 1)
        ]
    if plan.parts != "partners":
        return []
    lead = Part(project=project, position=1, name=str(proposal.organisation or ""), amount=project.amount)
    partners = [m for m in proposal.members.all() if m.state == MemberState.CONFIRMED and m.person]
    return [lead] + [
        Part(project=project, position=n, name=_home(member.person), member=member)
        for n, member in enumerate(partners, 2)
    ]


def _home(person: Any) -> str:
    homes = [stay.organisation for stay in person.affiliations.all() if stay.end is None]
    return str(homes[0]) if homes else str(person)


# --- writing it ---------------------------------------------------------------------------------------------------


@transaction.atomic
def save_agreement(*, project: Project, values: Mapping[str, Any], user: User, version: int | None) -> Project:
    """Save the agreement as far as it is written; a partner whose part changes has to consent anew.

    ``values``: ``goals``, ``pledge``, ``line_<id>`` for each budget line, ``task_<position>`` and
    ``amount_<position>`` for each part. What is not given stays as it was.

    Raises
    ------
    NotAllowedError
        If the user does not lead the project or it is out of one's hands.
    StaleError
        If it was changed elsewhere.
    """
    only(user, project, "holder", when=("contracting",))
    if version is not None and version != project.version:
        raise stale()
    lines = {i.id: values.get(f"line_{i.id}", project.plan.get("lines", {}).get(i.id, "")) for i in _lines(project)}
    plan = {
        "goals": str(values.get("goals", project.plan.get("goals", ""))).strip(),
        "pledge": bool(values.get("pledge", project.plan.get("pledge", False))),
        **({"lines": lines} if lines else {}),
    }
    for part in project.parts.all():
        _save_part(part, values)
    project.plan, project.version = plan, project.version + 1
    project.save(update_fields=["plan", "version"])
    parts = [[part.pk, part.task, str(part.amount)] for part in project.parts.all()]
    keep_draft(kind="project", key=project.pk, content=[plan, parts], actor=user.actor)
    return project


def _lines(project: Project) -> Any:
    return project.programme.project.lines


def _save_part(part: Part, values: Mapping[str, Any]) -> None:
    task = str(values.get(f"task_{part.position}", part.task)).strip()
    amount = read_money(str(values.get(f"amount_{part.position}", part.amount)))
    amount = Decimal(0) if amount is None else Decimal(str(amount))
    if (task, amount) == (part.task, part.amount):
        return
    part.task, part.amount, part.agreed_at = task, amount, None
    part.save(update_fields=["task", "amount", "agreed_at"])


def missing_of(project: Project) -> list[LocalText]:
    """Return what an agreement lacks, for the page and for the guard of handing it in."""
    programme, plan = project.programme, project.plan
    found = []
    if not plan.get("goals"):
        found.append(LocalText("请写明目标与考核内容。", "Write what is to be reached."))
    if programme.budget.pledge is not None and not plan.get("pledge"):
        found.append(LocalText("请签署承诺书。", "Sign the pledge."))
    if programme.project.lines and lines_total(project) != project.amount:
        found.append(LocalText("预算科目之和须等于资助金额。", "The budget lines must sum to the award."))
    parts = list(project.parts.all())
    if parts and sum(part.amount for part in parts) != project.amount:
        found.append(LocalText("各方经费之和须等于资助金额。", "The shares of all parts must sum to the award."))
    if programme.project.parts == "partners" and not all(part.task for part in parts):
        found.append(LocalText("请写明各合作方的任务。", "Write the work package of each partner."))
    return found


def lines_total(project: Project) -> Decimal:
    """Return the sum of the budget lines as typed; what is no amount counts as nothing."""
    typed = [read_money(str(text)) for text in project.plan.get("lines", {}).values()]
    return sum((Decimal(str(amount)) for amount in typed if amount is not None), Decimal(0))


@transaction.atomic
def ask_partners(*, project: Project, user: User, now: datetime) -> int:
    """Ask the partners who have not consented yet; returns how many."""
    only(user, project, "holder", when=("contracting",))
    waiting = project.parts.filter(member__isnull=False, agreed_at=None).select_related("member__person__user")
    for part in waiting:
        once, asked = f"{part.pk}.{part.seal}", recipients_of(part.member.person if part.member else None)
        announce("partner_asked", project, now=now, once=once, to=asked)
    data = {"parts": [part.pk for part in waiting]}
    append(at=now, actor=user.actor, act="project.ask_partners", kind="project", key=project.pk, data=data)
    return len(waiting)


@transaction.atomic
def consent(*, part: Part, seen_hash: str, user: User, now: datetime) -> None:
    """Consent to one's own work package and budget, exactly as one has seen them.

    Raises
    ------
    NotAllowedError
        If the part is somebody else's, or the agreement was handed in.
    StaleError
        If work package or budget changed since the page was opened.
    """
    only(user, part.project, "member", when=("contracting",))
    if part.member is None or part.member.person_id != user.person_id:
        raise not_yours()
    if part.seal != seen_hash:
        raise stale()
    part.agreed_at = now
    part.save(update_fields=["agreed_at"])
    data = {"part": part.pk, "content": part.seal}
    append(at=now, actor=user.actor, act="project.consent", kind="project", key=part.project_id, data=data)


def content_of(project: Project) -> dict[str, Any]:
    """Return what the signatures cover."""
    parts = [[part.name, part.task, f"{part.amount:.2f}"] for part in project.parts.all()]
    return {
        "proposal": project.proposal_id,
        "amount": f"{project.amount:.2f}",
        "months": project.months,
        "plan": project.plan,
        "parts": parts,
    }


# --- signing it ---------------------------------------------------------------------------------------------------


@transaction.atomic
def hand_agreement(*, project: Project, user: User, now: datetime) -> None:
    """Hand in the agreement: sealed by its hash, it goes to the research office for signature."""
    digest = content_hash(content_of(project))
    changes, data = {"plan_hash": digest}, {"content": digest}
    take(project, "hand_agreement", user=user, now=now, changes=changes, data=data)


@transaction.atomic
def endorse_agreement(*, project: Project, seen_hash: str, user: User, now: datetime) -> None:
    """Sign for the institution, exactly the text that was seen."""
    _as_seen(project, seen_hash)
    take(project, "endorse", user=user, now=now, data={"content": project.plan_hash})


@transaction.atomic
def return_agreement(*, project: Project, reason: str, user: User, now: datetime) -> None:
    """Return the agreement to the project lead, for a reason that the letter tells."""
    take(project, "return_agreement", user=user, now=now, reason=reason)


@transaction.atomic
def countersign(*, project: Project, seen_hash: str, user: User, now: datetime) -> None:
    """Sign for the agency: the project runs, its calendar is fixed, the first instalment may be paid."""
    _as_seen(project, seen_hash)
    ends = months_after(now, project.months, project.call.time_zone)
    changes, data = {"starts_at": now, "ends_at": ends}, {"content": project.plan_hash}
    take(project, "countersign", user=user, now=now, changes=changes, data=data)
    fix_calendar(project, now=now)
    plan, zone = project.programme.project, project.call.time_zone
    gates = [Gate(project=project, plan_id=g.id, due_at=months_after(now, g.month, zone)) for g in plan.gates]
    Gate.objects.bulk_create(gates)
    append_many(Act(now, SYSTEM, "gate.plan", "gate", gate.pk, {"project": project.pk}) for gate in gates)
    renew_due(project)
    release_after(project, START, now=now)


def _as_seen(project: Project, seen_hash: str) -> None:
    """Refuse a signature under another text than the one that was on the page, or than the one that is stored."""
    if seen_hash != project.plan_hash or content_hash(content_of(project)) != project.plan_hash:
        raise stale()


def fix_calendar(project: Project, *, now: datetime) -> None:
    """Put every report that the type asks for on its day, as far as it is not there yet."""
    plan, zone = project.programme.project, project.call.time_zone
    assert project.starts_at is not None
    known = set(project.reports.values_list("plan_id", "number"))
    reports = []
    for report, number, month in plan.calendar(project.months):
        days = plan.closing_days if report == plan.final else 0
        due = months_after(project.starts_at, month, zone, days)
        if (report.id, number) not in known:
            reports.append(Report(project=project, plan_id=report.id, number=number, due_at=due))
    Report.objects.bulk_create(reports)
    append_many(Act(now, SYSTEM, "report.plan", "report", report.pk, {"project": project.pk}) for report in reports)
