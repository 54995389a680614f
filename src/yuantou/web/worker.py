"""The worker process: runs background jobs and sends the letters of the outbox."""

import os
import signal
import threading

import django


def main() -> None:
    """Work until told to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuantou.web.settings.local")
    django.setup()
    from django.core.management import call_command

    stop = threading.Event()
    post = threading.Thread(target=_send_letters, args=(stop,), daemon=True)
    post.start()
    try:
        call_command("db_worker", verbosity=0, interval=0.5)
    finally:
        stop.set()
        post.join(timeout=5)


def _send_letters(stop: threading.Event) -> None:
    from django.db import close_old_connections
    from django.utils import timezone

    from yuantou.apps.workflow.facade import send_letters

    while not stop.wait(2):
        close_old_connections()
        send_letters(now=timezone.now())


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
