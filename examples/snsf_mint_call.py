"""Real panel votes as a call: Swiss National Science Foundation, project funding, MINT division, April 2020.

    python examples/snsf_mint_call.py --data DIR --out FOLDER
    yuantou call run FOLDER
    python examples/snsf_mint_call.py --data DIR --out FOLDER --compare

``DIR`` holds `votes.csv.gz` (Heyard et al., doi:10.5281/zenodo.4531160). No amounts were published, so each proposal
asks for one unit and each section has as many units as it really funded. ``--compare`` tells how far the decisions
agree with the real ones, and how the expected ranks compare with those of the published method.
"""

import argparse
from pathlib import Path

import polars as pl


def convert(data: Path, out: Path) -> dict[str, int]:
    """Write the call folder and return the number of rows of each table."""
    votes = pl.read_csv(data / "votes.csv.gz")
    proposals = votes.group_by("proposal", maintain_order=True).agg(pl.col("section", "Fund").first())
    tables = {
        "proposals": proposals.select(
            pl.col("proposal").alias("proposal_id"),
            pl.col("proposal").alias("title"),
            pl.col("section").alias("discipline"),
            pl.lit(1).alias("requested"),
        ),
        # Labels of assessors repeat in every section but are different people.
        "reviews": votes.select(
            pl.col("proposal").alias("proposal_id"),
            pl.concat_str("section", "assessor", separator="/").alias("reviewer_id"),
            pl.col("num_grade").alias("score"),
            pl.col("section").alias("panel"),
        ),
        "budgets": proposals.group_by("section", maintain_order=True)
        .agg(pl.col("Fund").sum())
        .rename({"section": "pot", "Fund": "amount"}),
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.write_csv(out / f"{name}.csv")
    (out / "call.toml").write_text('seed = 1\nscale = "1:6"\n', encoding="utf-8")
    return {name: table.height for name, table in tables.items()}


def compare(data: Path, results: Path) -> dict[str, float]:
    """Return the agreement with the real decisions and with the ranks of the published method."""
    votes = pl.read_csv(data / "votes.csv.gz")
    real = (
        votes.group_by("proposal", maintain_order=True).agg(pl.col("Fund").first()).rename({"proposal": "proposal_id"})
    )
    decided = pl.read_parquet(results / "decisions.parquet").join(real, on="proposal_id")
    published = pl.read_csv(data / "er_intervals_jags.csv.gz").with_columns(real["proposal_id"])
    ranks = pl.read_parquet(results / "ranking.parquet").join(published, on="proposal_id")
    same = (decided["decision"] == "fund") == (decided["Fund"] == 1)
    return {
        "proposals": decided.height,
        "really_funded": int(decided["Fund"].sum()),
        "funded": int((decided["decision"] == "fund").sum()),
        "same_decision": int(same.sum()),
        "rank_difference_mean": round(float((ranks["expected_rank"] - ranks["m"]).abs().to_numpy().mean()), 3),
        "rank_correlation": round(float(ranks.select(pl.corr("expected_rank", "m")).item()), 5),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--compare", action="store_true", help="compare FOLDER/results with the real decisions")
    options = parser.parse_args()
    print(compare(options.data, options.out / "results") if options.compare else convert(options.data, options.out))


if __name__ == "__main__":
    main()
