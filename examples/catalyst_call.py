"""Real community reviews, requested budgets and pots as a call: Project Catalyst, fund 5 (2021).

    python examples/catalyst_call.py --data DIR --out FOLDER
    yuantou call run FOLDER
    python examples/catalyst_call.py --data DIR --out FOLDER --compare

``DIR`` holds `fund5_assessments.csv.gz` and `funds4_8_votes.csv.gz`. Proposals are those with valid assessments and
one decision; a pot is what its challenge really had, less what went to the other proposals. The real decisions were by
public vote, not by these reviews: ``--compare`` tells how far the two agree.
"""

import argparse
from pathlib import Path

import polars as pl


def convert(data: Path, out: Path) -> dict[str, int]:
    """Write the call folder and return the number of rows of each table."""
    votes, reviews = _votes(data), _reviews(data)
    assessed = pl.col("title").is_in(reviews["title"].implode()) & pl.col("title").is_unique()
    known, unknown = votes.filter(assessed), votes.filter(~assessed)
    proposals = known.select("proposal_id", "title", "discipline", "requested")
    tables = {
        "proposals": proposals,
        "reviews": reviews.join(proposals, on="title").select("proposal_id", "reviewer_id", "score", "criterion"),
        "budgets": _pots(votes, unknown),
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.write_csv(out / f"{name}.csv")
    (out / "call.toml").write_text('seed = 1\nscale = "1:5"\nrule = "skip"\n', encoding="utf-8")
    return {name: table.height for name, table in tables.items()}


def _votes(data: Path) -> pl.DataFrame:
    rows = pl.read_csv(data / "funds4_8_votes.csv.gz", infer_schema_length=None).filter(pl.col("fund") == 5)
    # Money left over was given to proposals that had missed out in their own challenge: they stand there already.
    own = rows.filter(pl.col("challenge") != "Sponsored by leftovers")
    return own.select(
        pl.format("F5-{}", pl.row_index().cast(pl.String).str.zfill(3)).alias("proposal_id"),
        pl.col("Proposal").str.strip_chars().alias("title"),
        pl.col("challenge").alias("discipline"),
        pl.col("REQUESTED $").alias("requested"),
        pl.col("FUND DEPLETION").str.replace_all(",", "").cast(pl.Float64).alias("left"),
        (pl.col("STATUS") == "FUNDED").alias("funded"),
    )


def _reviews(data: Path) -> pl.DataFrame:
    rows = pl.read_csv(data / "fund5_assessments.csv.gz").filter(pl.col("status") == "valid")
    return rows.select(
        pl.col("Idea Title").str.strip_chars().alias("title"),
        pl.col("Assessor").alias("reviewer_id"),
        pl.col("Rating Given").alias("score"),
        pl.col("Question").alias("criterion"),
    ).unique(["title", "reviewer_id", "criterion"], keep="first", maintain_order=True)


def _pots(votes: pl.DataFrame, unknown: pl.DataFrame) -> pl.DataFrame:
    whole = votes.group_by("discipline", maintain_order=True).agg(
        (pl.col("left").first() + pl.col("requested").first() * pl.col("funded").first()).alias("amount")
    )
    gone = unknown.group_by("discipline").agg((pl.col("requested") * pl.col("funded")).sum().alias("gone"))
    return whole.join(gone, on="discipline", how="left").select(
        pl.col("discipline").alias("pot"), pl.col("amount") - pl.col("gone").fill_null(0)
    )


def compare(data: Path, results: Path) -> dict[str, float]:
    """Return the agreement with the real decisions, beside what chance alone would agree on."""
    decided = pl.read_parquet(results / "decisions.parquet").join(_votes(data), on="proposal_id")
    ours, real = decided["decision"] == "fund", decided["funded"]
    share, real_share = float(ours.sum()) / decided.height, float(real.sum()) / decided.height
    return {
        "proposals": decided.height,
        "really_funded": int(real.sum()),
        "funded": int(ours.sum()),
        "funded_in_both": int((ours & real).sum()),
        "same_decision": round(float((ours == real).sum()) / decided.height, 3),
        "same_by_chance": round(share * real_share + (1 - share) * (1 - real_share), 3),
        "requested_by_funded": float(decided.filter(ours)["requested"].sum()),
        "requested_by_really_funded": float(decided.filter(real)["requested"].sum()),
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
