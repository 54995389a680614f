"""Runs the benchmarks, one after the other, and prints their closing lines together.

    python benchmarks/run.py [--all] [--data DIR] [NAME …]

Without a name it runs the quick ones, at sizes that end within minutes; `--all` runs every one at its full size.
"""

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Sizes at which a benchmark ends within a minute or so; those not named here are for `--all`.
QUICK = {
    "literature_search": ["--size", "50000"],
    "calibration_national": ["--size", "40000", "--draws", "200"],
    "calibration_published": [],
    "indicators_events": ["--size", "1000000"],
    "integrity_signals": [],
    "ledger_verify": ["--size", "500000"],
    "matching_conflicts": [],
    "matching_expertise": [],
    "matching_national": ["--size", "40000", "--peer", "20000"],
    "scheduling_keck": [],
    "selection_portfolio": ["--size", "10000"],
    "selection_replay": [],
    "web_pages": ["--size", "5000", "--rounds", "10"],
}
# Benchmarks that read real data, with the folder of it.
READS = {
    "literature_disruption": "literature",
    "literature_frontier": "literature",
    "literature_ingest": "literature",
    "literature_search": "literature",
    "calibration_hidden": "reviews",
    "calibration_published": "reviews",
    "matching_expertise": "goldstandard",
    "integrity_signals": "",
    "reuse_national": "",
    "reuse_planted": "",
    "scheduling_200": "facilities/synthetic_facility_year",
    "scheduling_keck": "facilities/keck_toast",
    "scheduling_repair": "facilities/synthetic_facility_year",
    "scheduling_year": "facilities/synthetic_facility_year",
    "selection_lottery": "reviews",
    "selection_replay": "",
}


def main() -> int:
    """Run what was asked for; exit status 1 if any falls short."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("names", nargs="*")
    options.add_argument("--all", action="store_true")
    options.add_argument("--data", type=Path, default=HERE.parents[1] / "shared" / "data")
    chosen = options.parse_args()
    every = sorted(path.stem for path in HERE.glob("*.py") if path.stem != "run" and not path.stem.startswith("_"))
    names = chosen.names or (every if chosen.all else sorted(QUICK))
    closing = [run(name, [] if chosen.all else QUICK.get(name, []), chosen.data) for name in names]
    print("\n" + "\n".join(line for _status, line in closing))
    return max((status for status, _line in closing), default=0)


def run(name: str, arguments: list[str], data: Path) -> tuple[int, str]:
    """Run one benchmark, showing what it prints, and return its exit status and last line."""
    folder = data / READS[name] if name in READS else None
    if folder and not folder.exists():
        return 0, f"{name}: left out, no data in {folder} (give --data)"
    more = ["--data", str(folder)] if folder else []
    print(f"\n=== {name} {' '.join(arguments)}".rstrip(), flush=True)
    command = [sys.executable, str(HERE / f"{name}.py"), *arguments, *more]
    last = f"{name}: printed nothing"
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            last = line.strip() or last
    return process.returncode, last


if __name__ == "__main__":
    sys.exit(main())
