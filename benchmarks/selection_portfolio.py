"""A national portfolio: 400,000 proposals under 300 rules; how near to the best possible, and is every rule kept.

    python benchmarks/selection_portfolio.py [--size 400000]

Made-up call in which score depends on group so that rules bind: departments, disciplines, young, women, high risk,
regions, institutions. Rules are checked in whole numbers, apart from the engine. Beside it: the linear program's
shares rounded to the nearest whole award.
"""

import argparse
import resource
import sys
import time
from fractions import Fraction

import numpy as np
import polars as pl

from yuantou.engines.selection import GroupRule, choose_portfolio
from yuantou.engines.selection.portfolio_rules import rows_of
from yuantou.engines.selection.relaxation import relax
from yuantou.kernel.local_text import LocalText


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=400_000)
    proposals = call(parser.parse_args().size)
    budget = float(round(0.125 * proposals["requested"].sum()))
    rules = rules_of(proposals, budget)
    started = time.process_time()
    chosen = choose_portfolio(proposals, budget=budget, rules=rules)
    seconds = time.process_time() - started
    broken = violations(proposals, rules, budget, chosen.awarded)
    rounded = relax(proposals["value"].to_numpy(), rows_of(proposals, rules, budget))
    assert rounded is not None
    naive = violations(proposals, rules, budget, rounded.x > 0.5)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{proposals.height:,} proposals, {len(rules)} rules, {chosen.awarded.sum():,} awards, "
        f"{chosen.rules['binding'].sum()} rows bind, {chosen.spent / budget:.4%} of the budget, {memory:.2f} GB; "
        f"rounding alone breaks {naive}"
    )
    ok = broken == 0 and chosen.gap <= 1e-5 and seconds <= 60
    print(
        f"selection_portfolio: {broken} violations, gap {chosen.gap:.6%}, {seconds:.1f} CPU-s "
        f"(goal 0, ≤ 0.001 %, ≤ 60 CPU-s) {'ok' if ok else 'short'}"
    )
    return 0 if ok else 1


def call(size: int) -> pl.DataFrame:
    rng = np.random.default_rng(1)
    discipline = (108 * rng.random(size) ** 1.3).astype(int)
    region, young = rng.choice(31, size, p=rng.dirichlet(np.full(31, 4.0))), rng.random(size) < 0.45
    merit = rng.normal(3, 1, size) + rng.normal(0, 0.45, 108)[discipline] - 0.15 * young
    merit += rng.normal(0, 0.25, 31)[region]
    return pl.DataFrame(
        {
            "proposal_id": np.char.add("p", np.arange(size).astype(str)),
            "value": np.clip(merit, 0.1, None),
            "requested": np.round(rng.lognormal(12.9, 0.35, size), -3),
            "discipline": discipline,
            "department": discipline // 12,
            "region": region,
            "institution": rng.zipf(1.5, size) % 150,
            "young": young.astype(int),
            "woman": (rng.random(size) < 0.33).astype(int),
            "risky": (rng.random(size) < 0.07).astype(int),
        }
    )


def rules_of(proposals: pl.DataFrame, budget: float) -> list[GroupRule]:
    rules = [
        rule("young", "young", 1, "requested", 0.5, None, "budget"),
        rule("women", "woman", 1, "count", 0.3, None, "awarded"),
        rule("risky", "risky", 1, "count", 0.075, None, "awarded"),
    ]
    for column, low, high in (
        ("department", 0.85, 1.15),
        ("discipline", 0.6, None),
        ("region", 0.8, None),
        ("institution", None, 1.6),
    ):
        shares = proposals.group_by(column).agg(pl.col("requested").sum() / proposals["requested"].sum()).sort(column)
        rules += [
            rule(f"{column}-{value}", column, value, "requested", low and low * share, high and high * share, "budget")
            for value, share in shares.iter_rows()
        ]
    return rules[:300]


def rule(
    name: str, column: str, value: object, measure: str, low: float | None, high: float | None, of: str
) -> GroupRule:
    return GroupRule(name, LocalText(name, name), column, value, measure, low, high, of)


def violations(proposals: pl.DataFrame, rules: list[GroupRule], budget: float, awarded: np.ndarray) -> int:
    """Count broken rules in exact arithmetic; shares of the budget are limits in floats as the rule states them."""
    given = proposals.filter(pl.Series(awarded)).with_columns(count=1, requested=pl.col("requested").cast(pl.Int64))
    broken = int(given["requested"].sum() > budget)
    sums = {
        (column, measure): dict(given.group_by(column).agg(pl.col(measure).sum()).iter_rows())
        for column, measure in {(rule.column, rule.measure) for rule in rules}
    }
    for each in rules:
        reached = Fraction(sums[each.column, each.measure].get(each.value, 0))
        whole = Fraction(int(given[each.measure].sum())) if each.share_of == "awarded" else Fraction(budget)
        low, high = (None if bound is None else Fraction(bound) * whole for bound in (each.at_least, each.at_most))
        broken += (low is not None and reached < low) or (high is not None and reached > high)
    return broken


if __name__ == "__main__":
    sys.exit(main())
