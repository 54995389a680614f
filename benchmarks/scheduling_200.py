"""200 instruments, 50,000 requests: families solved apart, resumable, the same plan from one worker or two.

    python benchmarks/scheduling_200.py --data FOLDER [--rounds 1] [--workers 2] [--store FOLDER]

Each family gets ``--rounds`` of search after its prices; plans kept in ``--store`` are not made again.
"""

import argparse
import pickle
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from _facility_year import read

from yuantou.engines.scheduling import FacilityYear, Plan, check_bookings, families, greedy_plan, merge, plans, worth


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--store", type=Path)
    options = parser.parse_args()
    year = read(options.data, "FY200")
    started = time.perf_counter()
    parts = families(year)
    solve = partial(one_family, rounds=options.rounds, store=options.store)
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(solve, enumerate(parts)))
        alone = next(iter(pool.map(partial(one_family, rounds=options.rounds, store=None), [(0, parts[0])])))
    plan = merge(year, [each for each, _ in found])
    seconds = time.perf_counter() - started
    same = alone[0].bookings.equals(found[0][0].bookings)
    faults = check_bookings(year, plan.bookings)
    greedy = max(greedy_plan(year, order).value for order in ("merit", "value"))
    memory = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 2**20
    worst = max(each.gap for each, _ in found)
    print(
        f"{len(parts)} families, {plan.bookings.height:,} of {year.alternatives['request'].n_unique():,} requests, "
        f"value {plan.value:,.0f}, bound {plan.bound:,.0f}, worst family {worst:.2%}; "
        f"{sum(cpu for _, cpu in found):.0f} CPU-s; "
        f"{plan.value / greedy - 1:.1%} above greedy; {len(faults)} rules broken, value checked: "
        f"{abs(worth(year, plan.bookings) - plan.value) < 1e-3}; family 0 again: {'same' if same else 'other'} plan"
    )
    ok = plan.gap <= 0.015 and seconds <= 1200 and memory <= 4 and not faults and same
    print(
        f"scheduling_200: gap {plan.gap:.2%} in {seconds / 60:.1f} min, {memory:.2f} GB a process "
        f"(goal ≤ 1.5 % in 20 min, ≤ 4 GB) {'ok' if ok else 'short'}"
    )
    return 0 if ok else 1


def one_family(numbered: tuple[int, FacilityYear], *, rounds: int, store: Path | None) -> tuple[Plan, float]:
    """Return a family's plan and its CPU seconds, from the store if it is there."""
    number, year = numbered
    file = store / f"family-{number}.pickle" if store else None
    if file and file.exists():
        kept: tuple[Plan, float] = pickle.loads(file.read_bytes())
        return kept
    started = time.process_time()
    *_, plan = islice(plans(year, seed=number, rounds=rounds), rounds + 1)
    result = plan, time.process_time() - started
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        half = file.with_suffix(".part")
        half.write_bytes(pickle.dumps(result))
        half.rename(file)
    return result


if __name__ == "__main__":
    sys.exit(main())
