"""Real papers and researchers as a call: rated papers are proposals, researchers are experts with their publications.

    python examples/goldstandard_call.py --data DIR --out FOLDER
    yuantou call run FOLDER
    python examples/goldstandard_call.py --data DIR --out FOLDER --compare

``DIR`` holds `papers.jsonl.gz`, `profiles.csv` and `ratings.csv` (arXiv:2303.16750). Authors of a paper are in
declared conflict with it. ``--compare`` tells what the researchers themselves said of their expertise on the papers
they were given: the mean of their own ratings (1 to 5), beside the mean over all their ratings.
"""

import argparse
import gzip
import json
from pathlib import Path

import polars as pl

SAMPLE = 1  # the first of the ten official samples of profiles


def convert(data: Path, out: Path) -> dict[str, int]:
    """Write the call folder and return the number of rows of each table."""
    with gzip.open(data / "papers.jsonl.gz", "rt", encoding="utf-8") as lines:
        papers = {paper["paper_id"]: paper for paper in map(json.loads, lines)}
    profiles = pl.read_csv(data / "profiles.csv").filter(pl.col("sample") == SAMPLE)
    proposals = [
        {
            "proposal_id": key,
            "title": paper["title"],
            "abstract": paper["abstract"],
            "participants": paper["author_ids"],
        }
        for key, paper in papers.items()
        if paper["rated"]
    ]
    experts = [{"expert_id": expert, "name": expert} for expert in sorted(set(profiles["expert_id"]))]
    works = [
        {"work_id": key, "expert_id": expert}
        | {"title": papers[key]["title"], "abstract": papers[key]["abstract"]}
        | {"year": papers[key]["year"], "authors": papers[key]["author_ids"]}
        for expert, key in profiles.select("expert_id", "paper_id").iter_rows()
    ]
    conflicts = [
        {"proposal_id": key, "expert_id": expert, "kind": "author"}
        for key, paper in papers.items()
        for expert in paper["expert_authors"]
        if paper["rated"] and {"expert_id": expert, "name": expert} in experts
    ]
    tables = {"proposals": proposals, "experts": experts, "works": works, "conflicts": conflicts}
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (out / f"{name}.jsonl").write_text(text, encoding="utf-8")
    # 236 papers for 29 researchers: two reviews each need a load of 17 and more.
    (out / "call.toml").write_text("seed = 1\nreviews_per_proposal = 2\nmax_load = 20\n", encoding="utf-8")
    return {name: len(rows) for name, rows in tables.items()}


def compare(data: Path, results: Path) -> dict[str, float]:
    """Return how the researchers rated their own expertise on the papers assigned to them."""
    ratings = pl.read_csv(data / "ratings.csv").rename({"paper_id": "proposal_id"})
    assigned = pl.read_parquet(results / "assignments.parquet")
    rated = assigned.join(ratings, on=["proposal_id", "expert_id"])
    return {
        "assigned": assigned.height,
        "assigned_and_rated": rated.height,
        "mean_expertise_assigned": _mean(rated["expertise"]),
        "mean_expertise_all": _mean(ratings["expertise"]),
    }


def _mean(values: pl.Series) -> float:
    return round(float(values.to_numpy().mean()), 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--compare", action="store_true", help="compare FOLDER/results with the researchers' ratings")
    options = parser.parse_args()
    print(compare(options.data, options.out / "results") if options.compare else convert(options.data, options.out))


if __name__ == "__main__":
    main()
