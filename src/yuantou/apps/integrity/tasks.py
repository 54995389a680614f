"""Background jobs: checks of texts."""

from typing import Any

from django.utils import timezone

from yuantou.apps.integrity.checking import check_draft, check_submitted
from yuantou.apps.integrity.texts import submitted
from yuantou.apps.jobs.facade import job_kind
from yuantou.apps.jobs.models import Job
from yuantou.apps.proposals.models import Proposal
from yuantou.kernel.progress import Progress


@job_kind("reuse_draft")
def draft(job: Job, progress: Progress) -> dict[str, Any]:
    """Check a draft for its author."""
    rows = Proposal.objects.select_related("call__programme_type").prefetch_related("members")
    made = check_draft(proposal=rows.get(pk=job.subject), now=timezone.now(), progress=progress)
    return {"check": made.pk, "found": len(made.found)}


@job_kind("reuse_submitted")
def handed_in(job: Job, progress: Progress) -> dict[str, Any]:
    """Check what was submitted last."""
    version = submitted().filter(proposal=job.subject).last()
    if version is None:
        return {}
    made = check_submitted(version=version, now=timezone.now(), progress=progress)
    return {"check": made.pk, "found": made.findings.count()}
