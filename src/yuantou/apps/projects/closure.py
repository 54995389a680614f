"""How a project ends: achieved, diligent though not achieved, stopped with honour, merged, or terminated for cause."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.audit.facade import keep_draft
from yuantou.apps.projects.models import Project
from yuantou.apps.projects.money import drop_rest
from yuantou.apps.projects.steps import take
from yuantou.apps.workflow.facade import only, stale
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText

ENDS = ("close_achieved", "close_diligent", "stop_with_honour", "terminate")
"""How an officer may end a project; at a gate its outcome ends it."""


@transaction.atomic
def write_dossier(*, project: Project, tried: str, outcome: str, user: User, version: int | None = None) -> Project:
    """Write what was tried and what came out, failures included, and the outcome in words for everybody."""
    only(user, project, "holder", when=("running", "closing"))
    if version is not None and version != project.version:
        raise stale()
    project.version += 1
    project.tried, project.outcome = tried.strip(), outcome.strip()
    project.save(update_fields=["tried", "outcome", "version"])
    keep_draft(kind="project", key=project.pk, content=[project.tried, project.outcome], actor=user.actor)
    return project


@transaction.atomic
def hand_in(*, project: Project, user: User, now: datetime) -> None:
    """Ask for closure once every report is accepted and every gate passed."""
    data = {"dossier": content_hash(project.tried), "outcome": content_hash(project.outcome)}
    take(project, "hand_in", user=user, now=now, data=data)


@transaction.atomic
def close_project(
    *, project: Project, action: str, reason: str, user: User, now: datetime, diligence: Iterable[str] = ()
) -> None:
    """Close a project: ``close_achieved``, ``close_diligent``, ``stop_with_honour`` or ``terminate``.

    ``diligence`` names the checks that are met; all of those the type asks for make failure honourable.
    """
    if action == "stop_with_honour" and project.is_now.at_gate:
        raise NotAllowedError(
            LocalText("处于关口的项目由关口评定决定。", "At a gate its judgement decides."),
            LocalText("请先评定关口。", "Please judge the gate."),
            code="closure.at_gate",
        )
    ticked = {"diligence": [item.id for item in project.programme.project.diligence if item.id in set(diligence)]}
    end(project, action, user=user, now=now, reason=reason, given=ticked, changes=ticked)


def end(
    project: Project,
    action: str,
    *,
    user: User,
    now: datetime,
    reason: str,
    changes: Mapping[str, Any],
    given: Mapping[str, Any] | None = None,
    says: Mapping[str, Any] | None = None,
) -> None:
    """Bring a project to one of its ends; what was not paid by then is dropped."""
    take(
        project,
        action,
        user=user,
        now=now,
        reason=reason,
        given=given,
        changes={"closed_at": now, "due_at": None, **changes},
        data={"dossier": content_hash(project.tried), "outcome": content_hash(project.outcome)},
        says=says,
    )
    if action != "close_achieved":
        drop_rest(project, now=now)
