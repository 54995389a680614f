"""What is due: the next date of each project for lists, reminders before and after, gates reached on their day."""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from yuantou.apps.audit.facade import append
from yuantou.apps.projects.duties import next_gate, reach_gate
from yuantou.apps.projects.models import Gate, Project, Report
from yuantou.apps.workflow.facade import SYSTEM, announce, kind_of, summarises
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.kernel.errors import YuantouError

logger = logging.getLogger(__name__)


@summarises("project")
def project_changed(project: Project) -> None:
    """Follow a change of a project."""
    renew_due(project)


@summarises("report")
def report_changed(report: Report) -> None:
    """Follow a change of a report."""
    renew_due(report.project)


@summarises("gate")
def gate_changed(gate: Gate) -> None:
    """Follow a change of a gate."""
    renew_due(gate.project)


def renew_due(project: Project) -> None:
    """Keep the date by which the project lead must do something next, for lists that sort and filter by it."""
    project.due_at = _next_due(project)
    Project.objects.filter(pk=project.pk).update(due_at=project.due_at)


def _next_due(project: Project) -> datetime | None:
    if project.is_now.contracting:
        return project.due_at
    if not project.is_now.running:
        return None
    reports = project.reports.filter(state__means="writable").values_list("due_at", flat=True)
    gates = project.gates.filter(state__means="ahead").values_list("due_at", flat=True)
    return min([*reports, *gates], default=None)


def follow_projects(*, now: datetime) -> int:
    """Remind of what is due soon or late, and bring projects to their gates; returns how many were looked at.

    Each reminder leaves once: before a date, and after it. A project that cannot be followed is reported and keeps
    no other from being followed.
    """
    plans = [row.programme.project for row in ProgrammeTypeVersion.objects.all()]
    soon = now + timedelta(days=max((plan.notice_days for plan in plans), default=0))
    near = Project.objects.filter(state__means="running", due_at__lt=soon)
    looked = 0
    for project in near.select_related("proposal", "call__programme_type", "holder__user").iterator(chunk_size=500):
        looked += 1
        try:
            _follow(project, now)
        except YuantouError:
            logger.exception("project %s was not followed", project.pk)
    return looked


@transaction.atomic
def _follow(project: Project, now: datetime) -> None:
    _remind(project, now)
    gate = next_gate(project) if project.is_now.working else None
    if gate is not None and gate.is_now.registered and gate.due_at <= now:
        reach_gate(project=project, user=SYSTEM, now=now)


def _remind(project: Project, now: datetime) -> None:
    soon = now + timedelta(days=project.programme.project.notice_days)
    duties: list[Report | Gate] = [
        *project.reports.filter(state__means="writable", due_at__lt=soon),
        *project.gates.filter(state__means="ahead", due_at__lt=soon),
    ]
    for duty in duties:
        duty.project = project
        kind = "late" if duty.due_at < now else "soon"
        if duty.reminded in {kind, "late"} or _with_the_officer(duty):
            continue
        duty.reminded = kind
        duty.save(update_fields=["reminded"])
        data = {"project": project.pk, "kind": kind}
        append(at=now, actor=SYSTEM, act=f"{kind_of(duty)}.remind", kind=kind_of(duty), key=duty.pk, data=data)
        event, once = "overdue" if kind == "late" else "due_soon", f"{duty.pk}.{duty.due_at.isoformat()}"
        says = {"what": duty.plan.name, "deadline": duty.due_at}
        announce(event, project, now=now, once=once, says=says)


def _with_the_officer(duty: Report | Gate) -> bool:
    """Whether the next step is not the lead's: the officer registers the tests of this gate."""
    return isinstance(duty, Gate) and duty.is_now.planned and duty.plan.registrar == "officer"
