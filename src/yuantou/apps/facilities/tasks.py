"""Background jobs of facilities."""

from typing import Any

from django.utils import timezone

from yuantou.apps.facilities.planning import run_solving
from yuantou.apps.jobs.facade import job_kind
from yuantou.apps.jobs.models import Job
from yuantou.kernel.progress import Progress


@job_kind("year_plan")
def year_plan(job: Job, progress: Progress) -> dict[str, Any]:
    """Find the best plan of a facility's year."""
    return run_solving(job, progress, now=timezone.now())
