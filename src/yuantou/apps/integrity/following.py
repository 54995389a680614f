"""When texts are checked, and what stands in the way of submitting: a bar in force, a training that lacks."""

from datetime import date, datetime, timedelta
from typing import Final

from yuantou.apps.integrity.models import Case, Check
from yuantou.apps.integrity.training import lacking
from yuantou.apps.jobs.facade import start
from yuantou.apps.proposals.facade import Finding as Obstacle
from yuantou.apps.proposals.facade import add_obstacles, after_save
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.registry.models import Person
from yuantou.apps.workflow.facade import continues
from yuantou.kernel.errors import YuantouError
from yuantou.kernel.local_text import LocalText

PAUSE: Final = timedelta(minutes=10)
"""A draft that is being written is checked at most this often."""


@continues("proposal")
def proposal_changed(proposal: Proposal) -> None:
    """Check a text once it was submitted."""
    if proposal.is_now.with_institution and proposal.submitted_at is not None:
        _start("reuse_submitted", proposal, proposal.submitted_at)


@after_save
def draft_saved(proposal: Proposal, now: datetime) -> None:
    """Check a draft now and then while it is written."""
    recent = Check.objects.filter(proposal=proposal, checked_at__gt=now - PAUSE)
    if not recent.exists():
        _start("reuse_draft", proposal, now)


def _start(kind: str, proposal: Proposal, now: datetime) -> None:
    owner = getattr(proposal.applicant, "user", None)
    try:
        start(kind, subject=proposal.pk, owner=owner, now=now)
    except YuantouError as error:
        if error.code != "job.running":  # the job that runs reads the latest text
            raise


def bar_of(person: Person, on: date) -> Case | None:
    """Return a decided case that bars a person from applying on a day. An appeal does not suspend it."""
    rows = Case.objects.filter(respondent=person, state__means=["in_force", "upheld"], barred_until__gte=on)
    return rows.filter(barred_from__lte=on).order_by("-barred_until").first()


@add_obstacles
def obstacles(proposal: Proposal, now: datetime) -> list[Obstacle]:
    """Return a bar in force against the applicant, and the trainings that lack."""
    found, on = [], now.date()
    bar = bar_of(proposal.applicant, on)
    if bar is not None:
        label = LocalText("科研诚信", "Research integrity")
        said = LocalText(
            f"处理决定 {bar.number}：{bar.barred_until} 前不得申报。",
            f"Decision {bar.number} bars you from applying until {bar.barred_until}.",
        )
        found.append(Obstacle("integrity", label, said))
    for course in lacking(proposal.applicant, "applicant", on):
        label = LocalText("诚信培训", "Integrity training")
        name = LocalText(course.name_zh, course.name_en)
        said = LocalText(f"须先完成“{name.zh}”。", f"Complete “{name.en}” first.")
        found.append(Obstacle("training", label, said))
    return found
