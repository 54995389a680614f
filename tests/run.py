"""Runs the whole suite: everything on SQLite, what may differ on PostgreSQL again there, the journeys in a browser.

PostgreSQL and Chromium are used where their programs are found; where they are not, it says so and goes on. The seed
of the run (order of tests, types of the matrix of visibility) is printed; ``--seed`` repeats it or takes another.
Unless told, it is taken from the content of the last commit: it rotates as the product changes, and what passed here
passes where the same commit is tried again. Browser and PostgreSQL run beside SQLite: while one waits, another works.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTEST = [sys.executable, "-m", "pytest", "-q"]
# Each process has a core of its own; threads of linear algebra would only wait for one another.
SINGLE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "2"}


def main(arguments: list[str] | None = None) -> int:
    """Run every part; the exit status tells whether all passed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--deep", action="store_true", help="full matrices, long walks, big samples, many examples")
    options.add_argument("--seed", type=int, default=_seed_of_the_commit(), help="repeats a run, or tries another")
    asked = options.parse_args(arguments)
    print(f"seed {asked.seed}: repeat with tests/run.py --seed {asked.seed}", flush=True)
    common = [f"--randomly-seed={asked.seed}", *(["--deep", "--timeout=1800"] if asked.deep else [])]
    with postgres() as url, ThreadPoolExecutor() as lanes:
        beside: list[tuple[str, list[str], dict[str, str]]] = []
        if shutil.which("chromium"):
            beside.append(("browser", [*PYTEST, "tests/web", "-m", "browser", *common], {}))
        else:
            print("Browser: no chromium found (Debian: chromium), its part is left out.")
        if url:
            there = "not browser" if asked.deep else "database"
            beside.append(("PostgreSQL", [*PYTEST, "tests/apps", "-m", there, *common], {"DATABASE_URL": url}))
        else:
            print("PostgreSQL: no server programs found (Debian: postgresql-15), its part is left out.")
        others = [lanes.submit(_run, *part) for part in beside]
        embedded = [*PYTEST, "-n", "2", "--dist", "worksteal", "tests", "-m", "not browser", *common]
        return max(_run("SQLite", embedded, {}), *(part.result() for part in others))


def _seed_of_the_commit() -> int:
    """Return a number below a million that the content of the last commit gives; chance where there is none."""
    try:
        said = subprocess.run(["git", "rev-parse", "HEAD^{tree}"], capture_output=True, check=True, cwd=ROOT)
    except (OSError, subprocess.CalledProcessError):
        return random.SystemRandom().randrange(10**6)
    return int(said.stdout, 16) % 10**6


def _run(name: str, command: list[str], extra: dict[str, str]) -> int:
    """Run one part and print all it said once it is over."""
    started = time.monotonic()
    done = subprocess.run(
        command, env={**os.environ, **SINGLE, **extra}, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    result = "ok" if done.returncode == 0 else "FAILED"
    said = done.stdout.decode("utf-8", "replace")
    print(f"\n=== {name} ===\n{said}=== {name}: {result} in {time.monotonic() - started:.0f} s ===", flush=True)
    return done.returncode


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
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    subprocess.run([*control, "-o", options, "-l", str(folder / "log"), "start"], check=True, cwd=folder)
    try:
        yield f"postgres://yuantou@{str(folder).replace('/', '%2F')}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, cwd=folder)
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
