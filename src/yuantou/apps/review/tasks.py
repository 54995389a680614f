"""Background jobs of review."""

from typing import Any

from django.utils import timezone

from yuantou.apps.jobs.facade import job_kind
from yuantou.apps.jobs.models import Job
from yuantou.apps.review.models import MatchRun
from yuantou.apps.review.repairs import run_repair
from yuantou.apps.review.runs import run_matching
from yuantou.kernel.progress import Progress


@job_kind("matching")
def matching(job: Job, progress: Progress) -> dict[str, Any]:
    """Match the proposals of a call with experts, from the beginning or where slots are empty."""
    run = MatchRun.objects.select_related("call__programme_type", "job__owner").get(job=job)
    work = run_repair if "keep" in run.parameters else run_matching
    return work(run, progress, now=timezone.now())
