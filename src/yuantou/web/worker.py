"""The worker process: runs background jobs and sends the letters of the outbox."""

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
    chores = [
        threading.Thread(target=_every, args=(stop, 2, _send_letters), daemon=True),
        threading.Thread(target=_every, args=(stop, 600, _sign_ledger), daemon=True),
    ]
    for chore in chores:
        chore.start()
    try:
        call_command("db_worker", verbosity=0, interval=0.5)
    finally:
        stop.set()
        for chore in chores:
            chore.join(timeout=5)


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


def _sign_ledger() -> None:
    from django.utils import timezone

    from yuantou.apps.audit.facade import sign_head

    sign_head(now=timezone.now())


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
