"""Background jobs of decisions."""

from typing import Any

from django.utils import timezone

from yuantou.apps.decisions.domain import run_publishing
from yuantou.apps.decisions.rankings import run_ranking
from yuantou.apps.jobs.facade import job_kind
from yuantou.apps.jobs.models import Job
from yuantou.kernel.progress import Progress


@job_kind("ranking")
def ranking(job: Job, progress: Progress) -> dict[str, Any]:
    """Calibrate the reviews of a call and rank its proposals."""
    return run_ranking(job, progress, now=timezone.now())


@job_kind("publishing")
def publishing(job: Job, progress: Progress) -> dict[str, Any]:
    """Publish a signed list of decisions."""
    return run_publishing(job, progress, now=timezone.now())
