"""What other apps may use of background jobs."""

from yuantou.apps.jobs.domain import job_kind, request_cancel, start

__all__ = ["job_kind", "request_cancel", "start"]
