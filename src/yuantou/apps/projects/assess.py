"""Experts who judge a gate or the whole at closure: found without conflicts, asked, and heard."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import polars as pl
from django.db import transaction

from yuantou.apps.accounts.facade import User, recipients_of
from yuantou.apps.accounts.models import RoleGrant
from yuantou.apps.audit.facade import append
from yuantou.apps.projects.judges import refuse_others
from yuantou.apps.projects.models import Gate, Project, Verdict
from yuantou.apps.projects.steps import take
from yuantou.apps.proposals.models import MemberState
from yuantou.apps.registry.models import Organisation, Person
from yuantou.apps.review.facade import expert_tables
from yuantou.apps.review.models import Conflict, Expert
from yuantou.apps.workflow.facade import announce, means, only
from yuantou.engines.matching import ConflictConfig, find_conflicts
from yuantou.kernel.errors import NotAllowedError, Problem
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText
from yuantou.pipelines.tables import SCHEMAS

DAYS = 30
"""Days in which an expert is asked to answer."""
JUDGED_WHEN = {True: "at_gate", False: "closing"}


def conflicts_of(project: Project, experts: Sequence[Expert], *, now: datetime) -> dict[str, set[str]]:
    """Return the kinds of conflict of each expert with the people and institutions of a project, by expert id.

    By the engine that finds conflicts for review, over the lead, the former lead, the members and every partner's
    institution; what was declared for the proposal counts too. ``unknown`` is told, and left to the officer.
    """
    if not experts:
        return {}
    people_, works = expert_tables(list(experts), now)
    config = ConflictConfig(year=now.year, years=project.programme.review.conflict_years)
    found = find_conflicts(_as_proposals(project), people_, works, config=config)
    kinds: dict[str, set[str]] = {}
    for row in found.iter_rows(named=True):
        kinds.setdefault(row["expert_id"], set()).add(row["kind"])
    declared = Conflict.objects.filter(proposal=project.proposal_id, expert__in=experts)
    for conflict in declared.exclude(status="dismissed").exclude(source="computed"):
        kinds.setdefault(conflict.expert_id, set()).add(conflict.kind)
    officers = set(RoleGrant.objects.filter(organisation=project.call.agency_id).values_list("user__person", flat=True))
    for expert in experts:
        if expert.person_id in officers:  # whoever serves the agency that pays does not judge for it
            kinds.setdefault(expert.pk, set()).add("organisation")
    return kinds


def _as_proposals(project: Project) -> pl.DataFrame:
    """Return the project as one row for each institution behind it, as the engine reads proposals."""
    everybody = team_of(project)
    names = list(dict.fromkeys(name for p in everybody for name in ([p.orcid] if p.orcid else []) + p.all_names))
    homes = Organisation.objects.filter(affiliations__person__in=everybody, affiliations__end=None).distinct()
    own = {h.pk: h for h in homes} | ({project.organisation_id: project.organisation} if project.organisation else {})
    shared = {
        **dict.fromkeys(("title", "abstract", "discipline"), ""),
        "keywords": [],
        "applicant": names[0],
        "participants": names,
        "requested": None,
        "demand": None,
    }
    rows = [{**shared, "proposal_id": key, "organisation": home.name_zh or home.name_en} for key, home in own.items()]
    return pl.DataFrame(rows or [{**shared, "proposal_id": "-", "organisation": ""}], schema=SCHEMAS["proposals"])


def team_of(project: Project) -> list[Person]:
    """Return the lead, who led it before, and everybody who consented to take part."""
    members = project.proposal.members.filter(state=MemberState.CONFIRMED).select_related("person")
    found = [project.holder, project.proposal.applicant, *(m.person for m in members if m.person)]
    return list({person.pk: person for person in found}.values())


@transaction.atomic
def appoint(
    *, project: Project, gate: Gate | None, experts: Sequence[Expert], user: User, now: datetime
) -> list[Verdict]:
    """Ask experts for their opinion on a gate, or on the whole at closure.

    Raises
    ------
    NotAllowedError
        If the user is no officer of it, or an expert has a conflict of interest: each is named with its kind.
    """
    only(user, project, "officer", when=(JUDGED_WHEN[gate is not None],))
    refuse_others(project, gate, [expert.person for expert in experts])
    kinds = conflicts_of(project, experts, now=now)
    barred = [expert for expert in experts if kinds.get(expert.pk, set()) - {"unknown"}]
    if barred:
        raise NotAllowedError(
            LocalText("所选专家存在利益冲突。", "An expert you chose has a conflict of interest."),
            LocalText("请改选其他专家。", "Please choose somebody else."),
            code="conflict.assessor",
            problems=tuple(_barred(expert, kinds[expert.pk]) for expert in barred),
        )
    return [_ask(project, gate, expert, user, now) for expert in experts]


def _barred(expert: Expert, kinds: set[str]) -> Problem:
    name, why = str(expert.person), ", ".join(sorted(kinds))
    return Problem(
        "conflict.assessor", LocalText(f"{name}：{why}", f"{name}: {why}"), LocalText("改选。", "Choose again.")
    )


def _ask(project: Project, gate: Gate | None, expert: Expert, user: User, now: datetime) -> Verdict:
    due = now + timedelta(days=DAYS)
    verdict, new = Verdict.objects.get_or_create(
        project=project, gate=gate, person=expert.person, defaults={"due_at": due}
    )
    if new:
        data = {"project": project.pk, "gate": gate.pk if gate else ""}
        append(at=now, actor=user.actor, act="verdict.invite", kind="verdict", key=verdict.pk, data=data)
        once, asked, says = verdict.pk, recipients_of(expert.person), {"what": verdict.plan.name, "deadline": due}
        announce("assessor_asked", project, now=now, once=once, to=asked, says=says)
    return verdict


@transaction.atomic
def give_verdict(*, verdict: Verdict, marks: Mapping[str, str], opinion: str, user: User, now: datetime) -> None:
    """Give one's opinion: a grade for every question of the template, and what led to it."""
    due = JUDGED_WHEN[verdict.gate_id is not None]
    if not means("project", verdict.project.state, due):
        only(user, verdict.project, "assessor", when=(due,))
    template = verdict.programme.project.evaluation
    kept = {question.id: str(marks.get(question.id, "")) for question in template.questions}
    opinion = opinion.strip()
    said = {"marks": kept, "opinion": opinion}
    digest = content_hash(said)
    changes = {**said, "given_at": now, "content_hash": digest}
    take(verdict, "give", user=user, now=now, given=said, changes=changes, data={"content": digest})


@transaction.atomic
def refuse_verdict(*, verdict: Verdict, reason: str, user: User, now: datetime) -> None:
    """Decline to give an opinion, or take the request back."""
    take(verdict, "refuse", user=user, now=now, reason=reason)
