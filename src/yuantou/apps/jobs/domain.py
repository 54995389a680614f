"""Starting, following and cancelling background jobs."""

import logging
from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from yuantou.apps.jobs.models import Job, JobState
from yuantou.kernel.errors import CancelledError, YuantouError
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress

logger = logging.getLogger(__name__)
Work = Callable[[Job, Progress], dict[str, Any]]
_kinds: dict[str, Work] = {}


def job_kind(name: str) -> Callable[[Work], Work]:
    """Register a function ``(job, progress) -> result`` as a kind of job."""

    def register(work: Work) -> Work:
        _kinds[name] = work
        return work

    return register


def start(kind: str, *, subject: str, owner: Any, now: datetime, parameters: dict[str, Any] | None = None) -> Job:
    """Create a job and hand it to the worker once the transaction commits.

    Raises
    ------
    YuantouError
        If a job of this kind already runs for the same record.
    """
    if Job.objects.filter(kind=kind, subject=subject, state__in=[JobState.QUEUED, JobState.RUNNING]).exists():
        raise YuantouError(
            LocalText("同类任务正在运行。", "A job of this kind is already running."),
            LocalText("请等待其结束或先取消。", "Wait for it to end, or cancel it first."),
            code="job.running",
        )
    job = Job.objects.create(kind=kind, subject=subject, owner=owner, created_at=now, parameters=parameters or {})
    transaction.on_commit(lambda: run_job.enqueue(job_id=job.pk))
    return job


def request_cancel(job: Job) -> None:
    """Ask a job to stop: at once if it waits, at its next report of progress if it runs."""
    waiting = Job.objects.filter(pk=job.pk, state=JobState.QUEUED)
    if not waiting.update(state=JobState.CANCELLED, cancel_requested=True, finished_at=timezone.now()):
        Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(cancel_requested=True)


@task()
def run_job(job_id: str) -> None:
    """Run one job in the worker; its end is always written down."""
    claimed = Job.objects.filter(pk=job_id, state=JobState.QUEUED).update(
        state=JobState.RUNNING, started_at=timezone.now()
    )
    if not claimed:
        return
    job = Job.objects.get(pk=job_id)
    try:
        result = _kinds[job.kind](job, _Reporter(job))
    except CancelledError as error:
        _finish(job, JobState.CANCELLED, error.message)
    except YuantouError as error:
        _finish(job, JobState.FAILED, LocalText(error.text("zh-hans"), error.text("en")))
    except Exception:
        logger.exception("job %s failed", job_id)
        _finish(
            job,
            JobState.FAILED,
            LocalText(
                "任务因内部错误而中止，未作任何更改。", "The job stopped by an internal error; nothing was changed."
            ),
        )
    else:
        Job.objects.filter(pk=job_id).update(state=JobState.DONE, result=result, finished_at=timezone.now())


def _finish(job: Job, state: JobState, message: LocalText) -> None:
    Job.objects.filter(pk=job.pk).update(
        state=state, message_zh=message.zh, message_en=message.en, finished_at=timezone.now()
    )


class _Reporter:
    """Writes progress at most four times a second and notices a wish to cancel."""

    def __init__(self, job: Job) -> None:
        self._job, self._stage, self._last = job, "", 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage == self._stage and done < total and monotonic() - self._last < 0.25:
            return
        self._stage, self._last = stage, monotonic()
        Job.objects.filter(pk=self._job.pk).update(stage=stage, done=done, total=total)
        if Job.objects.filter(pk=self._job.pk, cancel_requested=True).exists():
            raise CancelledError
