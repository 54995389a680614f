"""Runs the whole suite: engines and apps on SQLite, the apps again on PostgreSQL, the browser journeys.

PostgreSQL and Chromium are used where their programs are found; where they are not, it says so and goes on.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PYTEST = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "worksteal"]


def main() -> int:
    """Run every part; the exit status tells whether all passed."""
    parts = [("SQLite", [*PYTEST, "tests", "-m", "not browser"], {})]
    with postgres() as url:
        if url:
            # What is slow there asks the same of pages as on SQLite: the matrix of visibility, generated calls.
            parts.append(
                ("PostgreSQL", [*PYTEST, "tests/apps", "-m", "not browser and not slow"], {"DATABASE_URL": url})
            )
        else:
            print("PostgreSQL: no server programs found (Debian: postgresql-15), its part is left out.")
        if shutil.which("chromium"):
            parts.append(("browser", [sys.executable, "-m", "pytest", "-q", "tests/web", "-m", "browser"], {}))
        else:
            print("Browser: no chromium found (Debian: chromium), its part is left out.")
        return max([_run(*part) for part in parts])


def _run(name: str, command: list[str], extra: dict[str, str]) -> int:
    print(f"\n=== {name} ===", flush=True)
    started = time.monotonic()
    status = subprocess.run(command, env={**os.environ, **extra}, check=False).returncode
    print(f"=== {name}: {'ok' if status == 0 else 'FAILED'} in {time.monotonic() - started:.0f} s ===", flush=True)
    return status


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[str | None]:
    """Start a PostgreSQL server of our own in a temporary folder, on a socket only; stop it afterwards.

    Tests do without durability; what measures time asks for it.
    """
    programs = _server_programs()
    if programs is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="yuantou-pg-"))
    user = _server_user(folder)
    control = [*user, str(programs / "pg_ctl"), "-D", str(folder / "data"), "-s", "-w"]
    options = f"-c listen_addresses= -c unix_socket_directories={folder}"
    options += "" if durable else " -c fsync=off -c synchronous_commit=off"
    initdb = [*user, str(programs / "initdb"), "-D", str(folder / "data"), "-U", "yuantou", "-A", "trust", "-E", "UTF8"]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*control, "-o", options, "-l", str(folder / "log"), "start"], check=True)
    try:
        yield f"postgres://yuantou@{str(folder).replace('/', '%2F')}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _server_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    onpath = shutil.which("initdb")
    return found[-1].parent if found else Path(onpath).parent if onpath else None


def _server_user(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root; use its own account then."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "postgres", "postgres")
    return ["runuser", "-u", "postgres", "--"]


if __name__ == "__main__":
    sys.exit(main())
