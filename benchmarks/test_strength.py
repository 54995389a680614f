"""How much the default suite notices: forty faults, one at a time, in a copy of the repository.

    python benchmarks/test_strength.py [--only N[,N]] [--quick] [--procs N]

For each fault of `_faults.py` the nearest tests run first (`tests/quick.py`); what they let pass meets the whole
default suite, without the browser and PostgreSQL (`--quick`: it does not). A fault whose old text is gone, or stands
there more than once, counts as missed: the list has to follow the product. Nothing is changed but the copy.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from _faults import FAULTS, Fault

HERE: Final = Path(__file__).resolve().parents[1]
GOAL: Final = 38
COPIED: Final = (
    *("src", "tests", "docs", "benchmarks", "examples", "requirements", ".ci"),
    *("var/durations.json", "var/test-database"),
)
TOP_FILES: Final = (
    "pyproject.toml",
    "package.json",
    "package-lock.json",
    "Makefile",
    "README*",
    "CHANGELOG*",
    "LICENSE*",
)
PROBE: Final = "src/yuantou/engines/policy/text.py"
"""The file whose nearest tests must pass before any fault is tried."""
PASSED: Final = 0
CAUGHT: Final = {1: "tests failed", 2: "collection failed, or pytest stopped at the first failure"}
FAILED: Final = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """What one run of tests said: exit status of pytest, the first test that failed, the end of its output."""

    status: int
    first: str
    tail: str


@dataclass(frozen=True)
class Verdict:
    """What became of a fault: ``caught by quick``, ``caught by the suite``, ``missed`` or ``error``; by which test."""

    word: str
    detail: str = ""

    @property
    def caught(self) -> bool:
        return self.word.startswith("caught")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", type=_numbers, help="numbers of single faults, as 3 or 3,17")
    options.add_argument("--quick", action="store_true", help="leave out the whole suite for what quick lets pass")
    options.add_argument("--procs", type=int, default=2, help="processes of each run of tests")
    asked = options.parse_args()
    numbered = [(n, fault) for n, fault in enumerate(FAULTS, 1) if not asked.only or n in asked.only]
    with copied() as tree:
        probe = quick(tree, PROBE, asked.procs)
        if probe.status != PASSED:
            print(probe.tail)
            print(
                f"test_strength: the unchanged tree fails its own tests ({probe.first or probe.status}); nothing tried"
            )
            return 1
        verdicts = [tried(tree, n, fault, whole=not asked.quick, procs=asked.procs) for n, fault in numbered]
    found = sum(verdict.caught for verdict in verdicts)
    goal = GOAL if len(numbered) == len(FAULTS) else len(numbered)
    ok = found >= goal and all(verdict.word != "error" for verdict in verdicts)
    print(f"test_strength: {found} of {len(numbered)} (goal {goal}) {'ok' if ok else 'short'}")
    return 0 if ok else 1


def _numbers(text: str) -> set[int]:
    chosen = {int(part) for part in text.split(",")}
    if not chosen <= set(range(1, len(FAULTS) + 1)):
        raise argparse.ArgumentTypeError(f"there are faults 1 to {len(FAULTS)}")
    return chosen


# --- the copy ---------------------------------------------------------------------------------------------------------


@contextmanager
def copied() -> Iterator[Path]:
    """Copy what the tests read, with its times (compiled kernels stay valid), beside the shared data."""
    folder = Path(tempfile.mkdtemp(prefix="yuantou-strength-"))
    tree = folder / "yuantou"
    tree.mkdir()
    try:
        for name in COPIED:
            _copy(HERE / name, tree / name)
        for path in (found for pattern in TOP_FILES for found in HERE.glob(pattern)):
            _copy(path, tree / path.name)
        for name in (".venv", "node_modules"):
            if (HERE / name).exists():
                (tree / name).symlink_to((HERE / name).resolve())
        if (HERE.parent / "shared").exists():
            (folder / "shared").symlink_to(HERE.parent / "shared")
        yield tree
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    elif source.exists():
        shutil.copy2(source, target)


@contextmanager
def broken(tree: Path, fault: Fault) -> Iterator[None]:
    """Put a fault into the copy; afterwards the file is as it was, time and compiled code included."""
    path = tree / fault.file
    kept = path.with_name(f"{path.name}.kept")
    aside = _compiled_aside(path)
    shutil.copy2(path, kept)
    try:
        path.write_text(path.read_text("utf-8").replace(fault.old, fault.new), "utf-8")
        yield
    finally:
        kept.replace(path)
        for cache, safe in aside:
            if cache.exists():
                shutil.rmtree(cache)
            safe.rename(cache)


def _compiled_aside(path: Path) -> list[tuple[Path, Path]]:
    """Put compiled kernels aside where a kernel is touched: those that call it are compiled with it inside."""
    if path.suffix != ".py" or "numba" not in path.read_text("utf-8"):
        return []
    moved = []
    for cache in sorted((path.parent).rglob("__pycache__")):
        safe = cache.with_name("kept-compiled")
        cache.rename(safe)
        moved.append((cache, safe))
    return moved


# --- the runs ---------------------------------------------------------------------------------------------------------


def tried(tree: Path, number: int, fault: Fault, *, whole: bool, procs: int) -> Verdict:
    """Try one fault and print its line."""
    started = time.monotonic()
    verdict = judged(tree, fault, whole=whole, procs=procs)
    seconds = f"{time.monotonic() - started:.0f} s"
    print(f"{number:2} {verdict.word}, {seconds}: {fault.file} ({fault.why}) {verdict.detail}".rstrip(), flush=True)
    return verdict


def judged(tree: Path, fault: Fault, *, whole: bool, procs: int) -> Verdict:
    """Return what becomes of one fault."""
    path = tree / fault.file
    places = path.read_text("utf-8").count(fault.old) if path.exists() else 0
    if places != 1:
        return Verdict("missed", f"– the old text stands there {places} times")
    with broken(tree, fault):
        run = quick(tree, fault.file, procs)
        if run.status != PASSED or not whole:
            return _verdict(run, "quick")
        return _verdict(suite(tree, procs), "the suite")


def _verdict(run: Run, by: str) -> Verdict:
    if run.status == PASSED:
        return Verdict("missed")
    if run.status in CAUGHT:
        return Verdict(f"caught by {by}", f"– {run.first or CAUGHT[run.status]}")
    return Verdict("error", f"– exit status {run.status} of pytest\n{run.tail}")


def quick(tree: Path, file: str, procs: int) -> Run:
    """Run the tests nearest to a file."""
    return _run(tree, ["tests/quick.py", "--procs", str(procs), file])


def suite(tree: Path, procs: int) -> Run:
    """Run the whole default suite, without the browser and PostgreSQL."""
    share = ["-n", str(procs), "--dist", "worksteal"]
    return _run(tree, ["-m", "pytest", "-q", "-x", *share, "tests", "-m", "not browser"])


def _run(tree: Path, arguments: Sequence[str]) -> Run:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DATABASE_URL"))}
    surroundings = {**kept, "PYTHONPATH": str(tree / "src")}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=tree, env=surroundings, capture_output=True, text=True, check=False
    )
    first = FAILED.search(done.stdout)
    return Run(done.returncode, first[1] if first else "", "\n".join((done.stdout + done.stderr).splitlines()[-20:]))


if __name__ == "__main__":
    sys.exit(main())
