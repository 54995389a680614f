"""The worker process: runs background jobs, sends letters, closes calls at their deadline, signs the ledger."""

import logging
import os
import signal
import threading
from collections.abc import Callable

import django

logger = logging.getLogger(__name__)


def main() -> None:
    """Work until told to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuantou.web.settings.local")
    django.setup()
    from django.core.management import call_command

    stop = threading.Event()
    threads = [threading.Thread(target=_every, args=(stop, *chore), daemon=True) for chore in CHORES]
    for thread in threads:
        thread.start()
    try:
        call_command("db_worker", verbosity=0, interval=0.5)
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=5)


def _every(stop: threading.Event, seconds: float, chore: Callable[[], None]) -> None:
    """Do a chore at intervals; a failure is logged and tried again next time."""
    from django.db import close_old_connections

    while not stop.wait(seconds):
        close_old_connections()
        try:
            chore()
        except Exception:
            logger.exception("%s failed", chore.__name__)


def _send_letters() -> None:
    from django.utils import timezone

    from yuantou.apps.workflow.facade import send_letters

    send_letters(now=timezone.now())


def _forget_effects() -> None:
    from django.utils import timezone

    from yuantou.apps.workflow.once import forget_effects

    forget_effects(now=timezone.now())


def _seal_drafts() -> None:
    from django.utils import timezone

    from yuantou.apps.audit.facade import seal_drafts

    seal_drafts(now=timezone.now())


def _sign_ledger() -> None:
    from django.utils import timezone

    from yuantou.apps.audit.facade import sign_head

    sign_head(now=timezone.now())


def _stamp_heads() -> None:
    from yuantou.apps.audit.facade import stamp_heads

    stamp_heads()


def _close_calls() -> None:
    from django.utils import timezone

    from yuantou.apps.calls.facade import close_due_calls

    close_due_calls(now=timezone.now())


def _follow_projects() -> None:
    from django.utils import timezone

    from yuantou.apps.projects.facade import follow_projects

    follow_projects(now=timezone.now())


def _follow_integrity() -> None:
    from django.utils import timezone

    from yuantou.apps.integrity.facade import follow_integrity

    follow_integrity(now=timezone.now())


def _remind_reviewers() -> None:
    from django.utils import timezone

    from yuantou.apps.review.facade import remind_due

    remind_due(now=timezone.now())


def _lapse_responses() -> None:
    from django.utils import timezone

    from yuantou.apps.hearing.domain import lapse_responses

    lapse_responses(now=timezone.now())


def _tune_database() -> None:
    from yuantou.web.database import tune_database

    tune_database()


# Seconds between two turns of each chore.
CHORES = (
    (2.0, _send_letters),
    (30.0, _close_calls),
    (60.0, _lapse_responses),
    (600.0, _follow_projects),
    (600.0, _follow_integrity),
    (600.0, _remind_reviewers),
    (60.0, _seal_drafts),
    (600.0, _sign_ledger),
    (60.0, _stamp_heads),
    (3600.0, _forget_effects),
    (600.0, _tune_database),
)


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
