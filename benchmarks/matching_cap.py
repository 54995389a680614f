"""No pair likelier than one half: what the cap costs of the optimum.

    python benchmarks/matching_cap.py [--size 100000] [--use 0.78] [--draws 20]

The instance of `matching_national.py`. The expected affinity under the cap is half that of the support; draws are
checked against demand, load and organisations, and how often each pair is drawn against its propensity.
"""

import argparse
import sys
import time

import numpy as np
import polars as pl
from matching_national import WANTED, instance

from yuantou.engines.matching import AssignConfig, assign, draw_assignment

CONFIG = AssignConfig(solver="auction")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--use", type=float, default=0.78)
    parser.add_argument("--draws", type=int, default=3)
    chosen = parser.parse_args()
    candidates, load, group = instance(chosen.size, chosen.use)
    given = {"demand": WANTED, "load": load, "group": group, "config": CONFIG}
    bound = assign(candidates, **given).certificate["bound"]
    worst, shares = 0, []
    counts = pl.DataFrame(schema={"proposal_id": pl.String, "expert_id": pl.String})
    for seed in range(chosen.draws):
        started = time.perf_counter()
        drawn = draw_assignment(candidates, seed=seed, **given)
        shares.append(drawn.support.certificate["value"] / 2 / bound)
        worst += breaches(drawn.pairs, load, group)
        counts = pl.concat([counts, drawn.pairs.select(counts.columns)])
        print(
            f"draw {seed}: {time.perf_counter() - started:.1f} s, {drawn.pairs.height:,} pairs, "
            f"{sum(drawn.missing.values()):,} empty, value {drawn.pairs['affinity'].sum():,.1f} of {bound:,.1f} at most"
        )
    share = 100 * float(np.median(shares))
    print(f"drawn every time: {share_always(counts, chosen.draws):.1f} % of pairs; {worst} limits broken")
    ok = share >= 98.5 and not worst
    print(f"matching_cap: {share:.2f} % of the optimum (goal ≥ 98.5 %) {'ok' if ok else 'short'}")
    return 0 if ok else 1


def breaches(pairs: pl.DataFrame, load: dict[str, int], group: dict[str, str]) -> int:
    """Count proposals, experts and organisations beyond their limits."""
    most = pairs.group_by("expert_id").len().with_columns(pl.col("expert_id").replace_strict(load).alias("load"))
    places = pairs.with_columns(pl.col("expert_id").replace_strict(group).alias("group"))
    return (
        pairs.group_by("proposal_id").len().filter(pl.col("len") > WANTED).height
        + most.filter(pl.col("len") > pl.col("load")).height
        + places.filter(pl.struct("proposal_id", "group").is_duplicated()).height
    )


def share_always(pairs: pl.DataFrame, draws: int) -> float:
    """Return the share of drawn pairs that every draw has, in per cent."""
    often = pairs.group_by("proposal_id", "expert_id").len()
    return 100 * often.filter(pl.col("len") == draws).height / often.height


if __name__ == "__main__":
    sys.exit(main())
