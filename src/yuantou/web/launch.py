"""`yuantou up`: prepare the embedded site, start web server and worker, stop both cleanly.

Every step says what it does, does nothing where nothing is to be done, and may be run again at any time.
"""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TextIO

import django
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from yuantou.kernel.hashing import content_hash

HOST = "127.0.0.1"
PORTS = range(8000, 8020)


def main() -> None:
    """Prepare, start, wait, stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuantou.web.settings.local")
    port = _port()
    os.environ.setdefault("YUANTOU_URL", f"http://localhost:{port}")
    os.environ.setdefault("YUANTOU_DEMONSTRATION", "1")
    django.setup()
    with _only_one():
        _prepare()
        _serve(port)


def _prepare() -> None:
    from yuantou.web import build
    from yuantou.web.database import tune_database
    from yuantou.web.demonstration import load_demonstration
    from yuantou.web.demonstration_directions import prepare_demonstration_atlas

    _say(2, "Front-end assets and messages", "built where a source is newer")
    build.main()
    _say(3, "Database", str(settings.DATABASES["default"]["NAME"]))
    call_command("migrate", verbosity=0, interactive=False)
    _say(4, "Static files", str(settings.STATIC_ROOT))
    _collect_static()
    _say(5, "Demonstration call", "fictional people and proposals")
    print(f"      {load_demonstration()}")
    print(f"      {prepare_demonstration_atlas(now=timezone.now())}")
    tune_database()


def _say(step: int, what: str, where: str) -> None:
    print(f"[{step}/6] {what} ({where})", flush=True)


def _collect_static() -> None:
    """Collect only when a source file changed: hashing names takes seconds."""
    stamp = Path(settings.STATIC_ROOT) / ".stamp"
    state = content_hash("\n".join(_static_sources()))
    if not stamp.exists() or stamp.read_text() != state:
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(state)


def _static_sources() -> Iterator[str]:
    from django.contrib.staticfiles.finders import get_finders

    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda item: item[0]):
            yield f"{name} {Path(storage.path(name)).stat().st_mtime_ns}"


def _port() -> int:
    wanted = os.environ.get("YUANTOU_PORT")
    for port in [int(wanted)] if wanted else PORTS:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) != 0:
                return port
    sys.exit("No free port. Set YUANTOU_PORT to a free one. / 没有空闲端口，请用 YUANTOU_PORT 指定。")


@contextmanager
def _only_one() -> Iterator[None]:
    """Hold a lock on the data folder, so that a second start says so instead of mixing with the first."""
    folder = Path(settings.DATA_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "running.lock").open("w") as lock:
        _lock_or_exit(lock)
        yield


def _lock_or_exit(lock: TextIO) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"Yuantou already runs on {settings.DATA_DIR}. / 源头已在此数据目录上运行。")


def _serve(port: int) -> None:
    python = sys.executable
    server = [python, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port), "--workers", "1"]
    server += ["--blocking-threads", "4", "--log-level", "warning", "--no-ws", "yuantou.web.wsgi:application"]
    children = [
        subprocess.Popen(server, env=os.environ),  # noqa: S603 our own command line
        subprocess.Popen([python, "-m", "yuantou.web.worker"], env=os.environ),  # noqa: S603
    ]
    _stop_on_signals()
    try:
        _wait_until_it_answers(port, children[0])
        _say(6, "Running", f"{settings.SITE_URL}   stop with Ctrl-C")
        _print_logins()
        while all(child.poll() is None for child in children):
            time.sleep(0.5)
    except KeyboardInterrupt:
        pass
    finally:
        _stop(children)
        print("Stopped. / 已停止。")


def _stop_on_signals() -> None:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def _wait_until_it_answers(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _attempt in range(240):
        if server.poll() is not None:
            sys.exit("The web server did not start; see the message above. / 网站未能启动，请看上面的信息。")
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.25)


def _stop(children: "list[subprocess.Popen[bytes]]") -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(timeout=8)
        except subprocess.TimeoutExpired:
            child.kill()


def _print_logins() -> None:
    from yuantou.web.demonstration import LOGINS, PASSWORD

    print(f"\n      {settings.SITE_URL}\n      password for every demonstration account / 演示账号密码: {PASSWORD}")
    for login in LOGINS:
        print(f"      {login.email:<34} {login.role.zh} / {login.role.en}")
    print(flush=True)


if __name__ == "__main__":
    main()
