"""Who is what with regard to a project, which fields it has, and the QuerySet twin of its visibility."""

from copy import copy
from typing import Any

from django.db.models import Q, QuerySet

from yuantou.apps.accounts.facade import Role, User, has_role, organisations_of
from yuantou.apps.projects.models import Change, Gate, Instalment, Project, Report, Verdict
from yuantou.apps.proposals.eligibility import count_as_ended
from yuantou.apps.proposals.models import Member, MemberState
from yuantou.apps.workflow.facade import granted_states, guarded, resolves_roles


@resolves_roles(Project)
def project_roles(user: User, project: Project) -> set[str]:
    """Project lead and members, or else officer, signatory, research office and assessors.

    Whoever takes part has no other role: nobody judges, signs for or pays a project of one's own.
    """
    own = _own_role(user, project)
    if own:
        return own
    roles = {str(role) for role in (Role.OFFICER, Role.SIGNATORY) if has_role(user, role, project.call.agency_id)}
    if has_role(user, Role.INSTITUTION, project.organisation_id):
        roles.add("institution")
    if not user.seen_by and any(v.person_id == user.person_id and not v.is_now.refused for v in project.verdicts.all()):
        roles.add("assessor")
    return roles


def _own_role(user: User, project: Project) -> set[str]:
    if user.person_id is None:
        return set()
    if project.holder_id == user.person_id:
        return {"holder"}
    if project.proposal.applicant_id == user.person_id:
        return {"member"}  # who led it before a change of the lead
    mine = [m for m in project.proposal.members.all() if m.person_id == user.person_id or m.email == user.email]
    if not mine:
        return set()
    declined = all(member.state == MemberState.REFUSED for member in mine)
    return {"declined_member"} if declined else {"member"}


def _of_project(user: User, step: Any) -> set[str]:
    return project_roles(user, step.project)


for _model in (Report, Gate, Change, Instalment):
    resolves_roles(_model)(_of_project)


@resolves_roles(Verdict)
def verdict_roles(user: User, verdict: Verdict) -> set[str]:
    """As for its project, but only the expert asked is its assessor."""
    others = project_roles(user, verdict.project) - {"assessor"}
    asked = verdict.person_id == user.person_id and not user.seen_by
    return others | {"assessor"} if asked and not others & {"holder", "member", "declined_member"} else others


def own_projects(user: User) -> Q:
    """Match the projects that a user leads, led or takes part in."""
    if user.person_id is None:
        return Q(pk__in=[])
    joined = Member.objects.filter(Q(person=user.person_id) | Q(email=user.email)).exclude(state=MemberState.REFUSED)
    return Q(holder=user.person_id) | Q(proposal__applicant=user.person_id) | Q(proposal__in=joined.values("proposal"))


def _touched(user: User) -> Q:
    """Match what a user takes part in or declined to: no other role reaches there."""
    if user.person_id is None:
        return Q(pk__in=[])
    named = Member.objects.filter(Q(person=user.person_id) | Q(email=user.email))
    return own_projects(user) | Q(proposal__in=named.values("proposal"))


def visible_as(user: User, role: Role, *, field: str = "number") -> "QuerySet[Project]":
    """Return what a user sees in one standing role: the desks, from which one's own projects stay away."""
    organisations = organisations_of(user, role)
    scope = Q(organisation__in=organisations) if role == Role.INSTITUTION else Q(call__agency__in=organisations)
    return Project.objects.filter(scope & granted_states("project")(str(role), field)).exclude(_touched(user))


def visible_to_all(field: str = "number") -> "QuerySet[Project]":
    """Return what everybody sees."""
    return Project.objects.filter(granted_states("project")("public", field))


def _drafts_kept_back(reports: list[Report], project: Project, roles: frozenset[str]) -> list[Report]:
    """What is still being written is its writer's alone."""
    if "holder" in roles:
        return reports
    shown = [copy(report) for report in reports]
    for report in shown:
        if report.is_now.writable:
            report.text = ""
    return shown


def _opinions(project: Project) -> list[Any]:
    """Opinions given, without who gave them, in an order that tells nothing."""
    given = [verdict for verdict in project.verdicts.all() if verdict.is_now.given]
    return [
        {"gate": verdict.gate, "marks": verdict.marks, "opinion": verdict.opinion}
        for verdict in sorted(given, key=lambda v: v.content_hash)
    ]


count_as_ended(lambda: Project.objects.filter(state__means="ended").values("proposal"))

guarded(
    Project,
    "project",
    {
        "title": lambda p: p.proposal.title,
        "number": lambda p: p.proposal.number,
        "state": lambda p: p.now_in,
        "holder": lambda p: p.holder,
        "organisation": lambda p: p.organisation,
        "amount": lambda p: p.amount,
        "period": lambda p: (p.starts_at, p.ends_at),
        "agreement": lambda p: p.plan,
        "parts": lambda p: list(p.parts.all()),
        "reports": lambda p: list(p.reports.all()),
        "gates": lambda p: list(p.gates.all()),
        "instalments": lambda p: list(p.instalments.all()),
        "changes": lambda p: list(p.changes.all()),
        "outcome": lambda p: p.outcome,
        "dossier": lambda p: p.tried,
        "history": lambda p: p.pk,
        "public_summary": lambda p: {
            key: p.proposal.answers.get(key, "") for key in ("public_summary_zh", "public_summary_en")
        },
        "opinions": _opinions,
        "assessors": lambda p: list(p.verdicts.all()),
    },
    narrowed={
        "agreement": lambda plan, p, roles: plan if roles & {"holder", "member"} or not p.is_now.contracting else {},
        "reports": _drafts_kept_back,
    },
)
