"""Progress of background jobs and cancelling them."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from yuantou.apps.jobs.domain import request_cancel
from yuantou.apps.jobs.models import Job


@login_required
def part(request: HttpRequest, job_id: str) -> HttpResponse:
    """Answer the moving part of a page; when the job is over, ask the page to load anew."""
    job = _own(request, job_id)
    answer = render(request, "jobs/_job.html", {"job": job, "message": job.message})
    if job.is_over:
        answer["HX-Refresh"] = "true"
    return answer


@login_required
@require_POST
def cancel(request: HttpRequest, job_id: str) -> HttpResponse:
    """Ask a job to stop."""
    request_cancel(_own(request, job_id))
    return redirect(request.headers.get("Referer") or "home")


def _own(request: HttpRequest, job_id: str) -> Job:
    return get_object_or_404(Job, pk=job_id, owner=request.user)
