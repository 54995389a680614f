"""Replay of real decisions: the recorded rule of five Catalyst funding rounds, decided again.

    python benchmarks/selection_replay.py --data DIR

In each challenge proposals that met the approval threshold stand in order of votes; one is funded if it still fits the
money left, else passed over. Beside it: the same data where the list ends at the first that does not fit.
"""

import argparse
import os
import sys
from pathlib import Path

import polars as pl

from yuantou.engines.selection import budget_line

HERE = Path(__file__).resolve().parents[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("YUANTOU_DATA") or HERE.parent / "shared" / "data")
    )
    table = decided(parser.parse_args().data)
    same, stopping = (sum(agree(group, rule) for _, group in groups(table)) for rule in ("skip", "stop"))
    print(f"{len(groups(table))} challenges; ending at the first that does not fit: {stopping:,} of {table.height:,}")
    ok = same == table.height == 4373
    print(f"selection_replay: {same} of {table.height} decisions (goal 4373 of 4373) {'ok' if ok else 'short'}")
    return 0 if ok else 1


def decided(data: Path) -> pl.DataFrame:
    """Return the rows with a decision, in the order of the published sheets."""
    table = pl.read_csv(data / "reviews" / "catalyst" / "funds4_8_votes.csv.gz", infer_schema_length=None)
    return table.filter(pl.col("STATUS").is_in(["FUNDED", "NOT FUNDED"])).with_row_index("row")


def groups(table: pl.DataFrame) -> list[tuple[object, pl.DataFrame]]:
    return list(table.group_by("fund", "challenge", maintain_order=True))


def agree(group: pl.DataFrame, rule: str) -> int:
    """Decide one challenge by the engine and count the decisions that agree with the record."""
    group = group.with_columns(proposal_id=pl.col("row").cast(pl.String), requested=pl.col("REQUESTED $"))
    order = group.filter(pl.col("Meets approval threshold") == "YES").sort(
        "Result", descending=True, maintain_order=True
    )
    budgets = pl.DataFrame({"pot": ["all"], "amount": [pot(group)]})
    decisions = budget_line(order.select("proposal_id"), order, budgets, rule=rule).decisions
    funded = set(decisions.filter(pl.col("decision") == "fund")["proposal_id"])
    return sum((row["proposal_id"] in funded) == (row["STATUS"] == "FUNDED") for row in group.iter_rows(named=True))


def pot(group: pl.DataFrame) -> float:
    """Return the money of a challenge: what the sheet says is left after the first row, and that row's grant."""
    first = group.row(0, named=True)
    return float(first["FUND DEPLETION"].replace(",", "")) + first["REQUESTED $"] * (first["STATUS"] == "FUNDED")


if __name__ == "__main__":
    sys.exit(main())
