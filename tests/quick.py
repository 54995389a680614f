"""Runs in under a minute what a change can touch: nearest tests first, by folder and by the graph of imports.

Without arguments the change is what differs from the last commit (``--since REV``: from that one); files may be named
instead. Durations of the last whole run (``var/durations.json``) tell how much fits; what did not fit is counted.
"""

import argparse
import ast
import heapq
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
SINGLE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # each process has a core of its own
SECONDS = 80.0  # of tests, on two processes, within a minute that also starts Python and imports Django
UNKNOWN = 0.3  # a test that has never run
BY_FIXTURE = 3  # how many imports a fixture of a folder counts for: nearly every test of the apps stands on it
DATA = {"programme_types": ("engines/workflow", "apps/workflow"), "registers": ("engines/workflow", "apps/integrity")}


def main(arguments: list[str] | None = None) -> int:
    """Choose, say what was chosen, run."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("files", nargs="*", type=Path, help="changed files, from the top of the repository")
    options.add_argument("--since", default="HEAD", help="the commit to compare with")
    options.add_argument("--procs", type=int, default=2, help="how many processes run them")
    options.add_argument("--list", action="store_true", help="print the tests instead of running them")
    asked = options.parse_args(arguments)
    changed = [str(path) for path in asked.files] or changed_since(asked.since)
    if not changed:
        print("quick: nothing is changed.")
        return 0
    chosen, left = choose(changed, durations())
    print(f"quick: {len(changed)} changed files, {len(chosen)} test files or tests chosen, {left} left to `make test`")
    if asked.list:
        print("\n".join(chosen))
        return 0
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as listed:
        listed.write("\n".join(chosen))
        listed.flush()
        share = ["-n", str(asked.procs), "--dist", "load", "--maxschedchunk", "4", "--randomly-dont-reorganize"]
        command = [sys.executable, "-m", "pytest", "-q", "-x", *share, f"@{listed.name}"]
        return subprocess.run(command, cwd=ROOT, check=False, env={**os.environ, **SINGLE}).returncode


def changed_since(commit: str) -> list[str]:
    """Return the files that differ from a commit, new ones included."""
    differ = subprocess.run(
        ["git", "diff", "--name-only", commit], cwd=ROOT, check=True, capture_output=True, text=True
    )
    new = subprocess.run(
        ["git", "ls-files", "-o", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [*differ.stdout.split(), *new.stdout.split()]


def durations() -> dict[str, float]:
    """Return the seconds of every test of the last runs by its node id."""
    path = ROOT / "var" / "durations.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def choose(changed: Iterable[str], seconds: dict[str, float], budget: float = SECONDS) -> tuple[list[str], int]:
    """Return test files (or single tests of one that is too long) nearest to the change, and how many did not fit."""
    of_file: dict[str, Counter[str]] = defaultdict(Counter)
    for node, took in seconds.items():  # the cases of a test run together: which there are may be drawn anew
        of_file[node.partition("::")[0]][node.partition("[")[0]] += took
    chosen, left = [], 0
    for file in ranked(changed):
        cost = of_file[file].total() if file in of_file else 5 * UNKNOWN
        if cost <= budget:
            chosen.append(file)
            budget -= cost
            continue
        left += 1
        for test, took in sorted(of_file[file].items(), key=lambda item: item[1]):
            if took <= budget / 4:  # the rest of the budget stays for what comes after
                chosen.append(test)
                budget -= took
    return chosen, left


def ranked(changed: Iterable[str]) -> list[str]:
    """Return every test file that a change can touch, nearest first."""
    sources = {str(path.relative_to(ROOT)) for top in ("src/yuantou", "tests") for path in (ROOT / top).rglob("*.py")}
    importers = _importers(sources)
    best: dict[str, float] = {}
    queue: list[tuple[float, str]] = []
    for file in changed:
        queue += [(0, file)] if file in sources else []
        queue += [(1 + near, test) for test, near in _beside(file, sources)]
    heapq.heapify(queue)
    while queue:
        distance, file = heapq.heappop(queue)
        if file in best:
            continue
        best[file] = distance
        step = BY_FIXTURE if file.endswith("conftest.py") else 1
        for other in importers[file] - best.keys():
            heapq.heappush(queue, (distance + step, other))
    tests = [(distance, file) for file, distance in best.items() if Path(file).name.startswith("test_")]
    return [file for _distance, file in sorted(tests) if not file.startswith("tests/web/")]


def _beside(file: str, sources: set[str]) -> list[tuple[str, float]]:
    """Return the tests that stand where those of a file are expected, and the rules that read every file."""
    tests = [name for name in sources if Path(name).name.startswith("test_")]
    found = [(name, 2.0) for name in tests if name.startswith("tests/architecture/")]
    path = Path(file)
    if path.parts[:2] != ("src", "yuantou"):
        return found
    inside = path.relative_to("src/yuantou")
    folders = DATA.get(inside.parts[0], ("/".join(inside.parts[:2] if len(inside.parts) > 2 else inside.parts[:1]),))
    for folder in folders:
        found += [(name, 0.5) for name in tests if name.startswith(f"tests/{folder}/")]
    return [*found, *((name, 0.0) for name in tests if Path(name).name == f"test_{path.stem.lstrip('_')}.py")]


def _importers(sources: set[str]) -> dict[str, set[str]]:
    """Return for each file the files that import it; fixtures of a folder count as imported by its tests."""
    modules = {_module(name): name for name in sources}
    found: dict[str, set[str]] = defaultdict(set)
    for name in sources:
        for wanted in _imports(name):
            if wanted in modules:
                found[modules[wanted]].add(name)
        if name.startswith("tests/"):
            for parent in Path(name).parents:
                if str(parent / "conftest.py") in sources - {name}:
                    found[str(parent / "conftest.py")].add(name)
    return found


def _module(name: str) -> str:
    return name.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _imports(name: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse((ROOT / name).read_bytes())):
        if isinstance(node, ast.Import):
            found |= {item.name for item in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{item.name}" for item in node.names)}
    return found


if __name__ == "__main__":
    sys.exit(main())
