"""Proves the last commit on a clean clone: ``.ci/run`` exactly as continuous integration runs it.

The clone lies in a temporary folder beside a copy of ``shared`` (the data that tests read, where it is there). On
success the hash of the commit is written to ``var/verified``, on failure the clone is kept and its place is printed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
LEFT_OUT = ("YUANTOU_", "DJANGO_", "PYTHON", "MAKE", "MFLAGS", "VIRTUAL_ENV", "DATABASE_URL")


def main() -> int:
    """Clone, run, note; the exit status is that of ``.ci/run``."""
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True)
    commit = head.stdout.strip()
    unsaved = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, check=True, capture_output=True, text=True)
    if unsaved.stdout:
        print(f"Not part of what is verified, because not committed:\n{unsaved.stdout}", flush=True)
    place = Path(tempfile.mkdtemp(prefix="yuantou-verify-"))
    subprocess.run(["git", "clone", "-q", "--no-local", str(ROOT), str(place / "main")], check=True)
    if (ROOT.parent / "shared").is_dir():
        shutil.copytree(ROOT.parent / "shared", place / "shared")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(LEFT_OUT)}
    started = time.monotonic()
    status = subprocess.run(
        ["bash", ".ci/run"],
        cwd=place / "main",
        check=False,
        stdin=subprocess.DEVNULL,
        env={**environment, "CI": "true"},
    ).returncode
    print(f"verify {commit[:9]}: {'ok' if status == 0 else 'FAILED'} in {time.monotonic() - started:.0f} s", flush=True)
    if status == 0:
        (ROOT / "var").mkdir(exist_ok=True)
        (ROOT / "var" / "verified").write_text(f"{commit}\n", "utf-8")
        shutil.rmtree(place, ignore_errors=True)
    else:
        print(f"The clone is kept in {place}.")
    return status


if __name__ == "__main__":
    sys.exit(main())
