"""Who is what with regard to a project, and which fields it has."""

from collections.abc import Mapping
from copy import copy
from typing import Any

from django.db.models import Q, QuerySet

from yuantou.apps.accounts.facade import Grant, Named, User, agency
from yuantou.apps.projects.models import Change, Gate, Instalment, Project, Report, Verdict
from yuantou.apps.proposals.facade import Joined, count_as_ended
from yuantou.apps.workflow.facade import About, Source, guarded, plays, rows_as, visible


class Assessing(Source):
    """The experts who are asked for an opinion on a project and did not refuse."""

    names = ("assessor",)

    def held(self, user: Any, record: Project) -> set[str]:
        """Whether the person is one."""
        mine = (one for one in record.verdicts.all() if one.person_id == user.person_id and not one.is_now.refused)
        return {"assessor"} if not user.seen_by and any(mine) else set()

    def rows(self, user: Any) -> Mapping[str, Q]:
        """The projects that the person assesses."""
        if user.person_id is None or user.seen_by:
            return {}
        asked = Verdict.objects.filter(person=user.person_id).exclude(state__means="refused")
        return {"assessor": Q(pk__in=asked.values("project"))}


OFFICES = [*agency("call__agency"), Grant("institution", "organisation")]
TAKES_PART = ["holder", "member", "declined_member"]
# Whoever takes part has no other role: nobody judges, signs for or pays a project of one's own.
plays(
    Project,
    [Named("holder", "holder")],
    # Who led it before a change of the lead stays with it.
    [Named("member", "proposal__applicant"), Joined("proposal")],
    [*OFFICES, Assessing()],
)
for _model in (Report, Gate, Change, Instalment):
    plays(_model, [About("project", Project)])
# As for its project, but only the expert who was asked is its assessor.
plays(
    Verdict,
    [About("project", Project, only=TAKES_PART)],
    [About("project", Project, but=[*TAKES_PART, "assessor"]), Named("assessor", "person", in_person=True)],
)


def own_projects(user: User) -> "QuerySet[Project]":
    """Return the projects that a user leads, led or takes part in."""
    return rows_as(Project, user, "holder", "member")


def visible_to_all(field: str = "number") -> "QuerySet[Project]":
    """Return what everybody sees."""
    return visible(Project, None, field)


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
    kind="call__programme_type",
    judging={"opinions", "assessors"},
)
