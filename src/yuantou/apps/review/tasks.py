"""Background jobs of review."""

from typing import Any

from django.utils import timezone

from yuantou.apps.jobs.facade import job_kind
from yuantou.apps.jobs.models import Job
from yuantou.apps.review.runs import run_matching
from yuantou.kernel.progress import Progress


@job_kind("matching")
def matching(job: Job, progress: Progress) -> dict[str, Any]:
    """Match the proposals of a call with experts."""
    return run_matching(job, progress, now=timezone.now())
