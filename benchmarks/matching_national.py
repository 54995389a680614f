"""A national round assigned: 400,000 proposals, 250,000 experts, 60 candidates each, 5 reviewers, one an organisation.

    python benchmarks/matching_national.py [--size 400000] [--use 0.78] [--peer 100000] [--fair]

``--size`` counts proposals; ``--use`` is demand over capacity (0.976 is the hard instance); ``--peer`` is the largest
size at which OR-tools' exact flow is run beside (1.5 GB at 100,000).
The instance is that of `yuantou match benchmark`.
"""

import argparse
import resource
import sys
import time

from yuantou.engines.matching import AssignConfig, Assignment, Candidates, assign, make_instance, verify_assignment

WANTED = 5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=400_000)
    parser.add_argument("--use", type=float, default=0.78)
    parser.add_argument("--peer", type=int, default=20_000)
    parser.add_argument("--fair", action="store_true")
    chosen = parser.parse_args()
    timed(instance(2_000, chosen.use), AssignConfig(solver="auction"))  # compile before the clock
    call = instance(chosen.size, chosen.use)
    seconds, ours = timed(call, AssignConfig(solver="auction", fair=chosen.fair))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    started = time.perf_counter()
    problems = verify_assignment(call[0], ours, demand=WANTED, load=call[1], group=call[2])
    checked = time.perf_counter() - started
    report("ours", seconds, ours)
    print(f"checker: {len(problems)} problems in {checked:.1f} s; peak memory {memory:.2f} GB, instance included")
    compared = compare(call, chosen.size, chosen.peer, ours, chosen.use)
    gap, goal = 100 * ours.certificate["gap"], 0.02 if chosen.use > 0.95 else 0.01
    ok = gap <= goal and seconds <= 180 and memory <= 2 and not problems and compared
    print(
        f"matching_national: {gap:.4f} % gap, {seconds:.0f} s, {memory:.2f} GB "
        f"(goal ≤ {goal} %, ≤ 180 s, ≤ 2 GB) {'ok' if ok else 'short'}"
    )
    return 0 if ok else 1


Call = tuple[Candidates, dict[str, int], dict[str, str]]


def instance(size: int, use: float) -> Call:
    """Return candidates, loads and organisations of the made-up round (`engines/matching/instances.py`)."""
    made = make_instance(size, use=use)
    return made.candidates, made.load, made.group


def timed(call: Call, config: AssignConfig) -> tuple[float, Assignment]:
    started = time.perf_counter()
    result = assign(call[0], demand=WANTED, load=call[1], group=call[2], config=config, seed=1)
    return time.perf_counter() - started, result


def report(who: str, seconds: float, result: Assignment) -> None:
    stated = result.certificate
    print(
        f"{who:>8}: {seconds:7.1f} s  value {stated['value']:,.3f}  bound {stated['bound']:,.3f}  "
        f"gap {100 * stated['gap']:.4f} %  empty {stated['wanted'] - stated['filled']:,} of {stated['wanted']:,}"
    )


def compare(call: Call, size: int, peer: int, ours: Assignment, use: float) -> bool:
    """Run the exact flow where it fits and tell whether ours is within 0.001 % of it."""
    if size > peer:
        call = instance(peer, use)
        print(f"beside OR-tools' exact flow at {peer:,} proposals:")
        seconds, ours = timed(call, AssignConfig(solver="auction"))
        report("ours", seconds, ours)
    seconds, exact = timed(call, AssignConfig(solver="exact"))
    report("OR-tools", seconds, exact)
    loss = 100 * (1 - ours.certificate["value"] / exact.certificate["value"])
    print(f"ours is {loss:.5f} % below the exact optimum (goal ≤ 0.001 %)")
    return ours.certificate["filled"] == exact.certificate["filled"]


if __name__ == "__main__":
    sys.exit(main())
