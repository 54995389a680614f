"""How well affinities order papers by the expertise that researchers themselves stated.

    python benchmarks/matching_expertise.py --data DIR

``DIR`` is in the format of the gold standard (arXiv:2303.16750): `papers.jsonl.gz`, `profiles.csv`, `ratings.csv` and
perhaps `wordcounts.jsonl.gz`. The published protocol: for each researcher every pair of rated papers; a wrong order
costs the difference of expertise, a tie half of it; mean over ten samples of profiles; 95 % interval by bootstrap
over researchers (fixed seed). The recipe was fixed beforehand and has no setting fitted to these data.
"""

import argparse
import gzip
import json
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl

from yuantou.engines.matching import ExpertiseConfig, score_candidates

GOAL, GOAL_FULL = 0.26, 0.20
PUBLISHED = (
    "published on all 58 researchers: TPMS 0.28, SPECTER 0.27, SPECTER+MFR 0.24, SPECTER2 0.22 (title + abstract)"
)
Losses = np.ndarray
"""(researchers, 2): cost and what could have been lost."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    papers = read_papers(data)
    ratings = pl.read_csv(data / "ratings.csv")
    profiles = pl.read_csv(data / "profiles.csv")
    rows = {
        "title + abstract": losses(papers, ratings, profiles, ExpertiseConfig(), ("title", "abstract")),
        "  closest work alone": losses(papers, ratings, profiles, ExpertiseConfig(top=1), ("title", "abstract")),
        "  title alone": losses(papers, ratings, profiles, ExpertiseConfig(), ("title",)),
    }
    if papers["full_text"].null_count() < papers.height:
        rows["+ full text where known"] = losses(papers, ratings, profiles, ExpertiseConfig(), None)
    ours = rows["title + abstract"]
    print(f"{ratings.height} ratings of {ratings['expert_id'].n_unique()} researchers; {PUBLISHED}")
    print(f"{'':26}{'loss':>8}  {'95 % interval':18} {'easy':>6} {'hard':>6}  difference to the first row")
    for name, (loss, easy, hard) in rows.items():
        low, high = interval(loss)
        apart = interval(loss, ours[0])
        print(
            f"{name:26}{mean(loss):8.4f}  [{low:.3f}; {high:.3f}]     {1 - mean(easy):6.3f} {1 - mean(hard):6.3f}  "
            f"{mean(loss) - mean(ours[0]):+.3f} [{apart[0]:+.3f}; {apart[1]:+.3f}]"
        )
    if "+ full text where known" in rows:
        full = mean(rows["+ full text where known"][0])
        print(f"with full text: {full:.4f} (goal ≤ {GOAL_FULL}) {'ok' if full <= GOAL_FULL else 'short'}")
    figure, (low, high) = mean(ours[0]), interval(ours[0])
    ok = figure <= GOAL
    print(f"matching_expertise: {figure:.4f} loss [{low:.3f}; {high:.3f}] (goal ≤ {GOAL}) {'ok' if ok else 'short'}")
    return 0 if ok else 1


def read_papers(data: Path) -> pl.DataFrame:
    with gzip.open(data / "papers.jsonl.gz", "rt", encoding="utf-8") as lines:
        papers = [json.loads(line) for line in lines]
    full: dict[str, str] = {}
    if (data / "wordcounts.jsonl.gz").exists():
        with gzip.open(data / "wordcounts.jsonl.gz", "rt", encoding="utf-8") as lines:
            for found in map(json.loads, lines):
                # Counts have no order: every word is a clause of its own, so that no false pairs arise.
                words = (f"{word}. " * count for word, count in found["counts"].items())
                full[found["paper_id"]] = "".join(words)
    return pl.DataFrame(
        [
            {name: paper[name] for name in ("paper_id", "title", "abstract", "year")}
            | {"full_text": full.get(paper["paper_id"])}
            for paper in papers
        ],
        infer_schema_length=None,
    )


def losses(
    papers: pl.DataFrame,
    ratings: pl.DataFrame,
    profiles: pl.DataFrame,
    config: ExpertiseConfig,
    columns: tuple[str, ...] | None,
) -> tuple[Losses, Losses, Losses]:
    """Return cost and possible cost by researcher, over all pairs, easy pairs and hard pairs."""
    texts = papers if columns is None else papers.select("paper_id", "year", *columns)
    rated = texts.join(ratings.select("paper_id").unique(), on="paper_id").rename({"paper_id": "proposal_id"})
    experts = profiles.select("expert_id").unique()
    config = ExpertiseConfig(experts.height, config.works, config.top, config.pool)
    total = np.zeros((3, ratings["expert_id"].n_unique(), 2))
    for _, sample in profiles.group_by("sample", maintain_order=True):
        works = sample.join(texts, on="paper_id").rename({"paper_id": "work_id"})
        scores = score_candidates(rated, experts, works, config=config).to_frame()
        known = ratings.rename({"paper_id": "proposal_id"}).join(scores, on=["proposal_id", "expert_id"], how="left")
        known = known.with_columns(pl.col("affinity").fill_null(0)).sort("expert_id", "proposal_id")
        for place, (_, own) in enumerate(known.group_by("expert_id", maintain_order=True)):
            total[:, place] += costs(own["expertise"].to_numpy(), own["affinity"].to_numpy())
    return total[0], total[1], total[2]


def costs(truth: np.ndarray, affinity: np.ndarray) -> np.ndarray:
    """Return cost and possible cost over all, easy and hard pairs; of easy and hard pairs each counts alike."""
    found = np.zeros((3, 2))
    for one, other in combinations(range(len(truth)), 2):
        apart = truth[one] - truth[other]
        if apart:
            wrong = 0.5 - 0.5 * np.sign(apart) * np.sign(affinity[one] - affinity[other])
            high, low = max(truth[one], truth[other]), min(truth[one], truth[other])
            found[0] += wrong * abs(apart), abs(apart)
            found[1] += (wrong, 1) if high >= 4 and low <= 2 else (0, 0)
            found[2] += (wrong, 1) if low >= 4 else (0, 0)
    return found


def mean(loss: Losses) -> float:
    return float(loss[:, 0].sum() / loss[:, 1].sum())


def interval(loss: Losses, other: Losses | None = None, repeats: int = 5000) -> tuple[float, float]:
    """Return the 95 % bootstrap interval over researchers of a loss, or of its difference to another one."""
    drawn = np.random.default_rng(1).integers(len(loss), size=(repeats, len(loss)))
    values = loss[drawn, 0].sum(axis=1) / loss[drawn, 1].sum(axis=1)
    if other is not None:
        values = values - other[drawn, 0].sum(axis=1) / other[drawn, 1].sum(axis=1)
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


if __name__ == "__main__":
    sys.exit(main())
