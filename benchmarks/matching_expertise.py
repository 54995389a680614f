"""How well affinities order papers by the expertise that researchers themselves stated.

    python benchmarks/matching_expertise.py --data DIR [--words]

``DIR`` is in the format of the gold standard (arXiv:2303.16750): `papers.jsonl.gz`, `profiles.csv`, `ratings.csv` and
perhaps `wordcounts.jsonl.gz`. The published protocol: for each researcher every pair of rated papers; a wrong order
costs the difference of expertise, a tie half of it; mean over ten samples of profiles; 95 % interval by bootstrap
over researchers (fixed seed). Where the optional encoder's package is installed it is measured too, unless ``--words``.
The recipe was fixed beforehand and has no setting fitted to these data.
"""

import argparse
import gzip
import json
import math
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl

from yuantou.connectors.encoders import load_minilm
from yuantou.engines.matching import ExpertiseConfig, score_candidates
from yuantou.engines.text import CachedEncoder, Encoder
from yuantou.kernel.errors import InputError

GOALS = {"title + abstract": 0.26, "+ encoder": 0.22, "+ full text": 0.20, "+ encoder + full text": 0.20}
PUBLISHED = (
    "published on all 58 researchers: TPMS 0.28, SPECTER 0.27, SPECTER+MFR 0.24, SPECTER2 0.22 (title + abstract)"
)
Losses = np.ndarray
"""(researchers, 2): cost and what could have been lost."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--words", action="store_true")
    chosen = parser.parse_args()
    papers = read_papers(chosen.data)
    ratings = pl.read_csv(chosen.data / "ratings.csv")
    profiles = pl.read_csv(chosen.data / "profiles.csv")
    encoder = None if chosen.words else installed()
    short = ("title", "abstract")
    recipes: dict[str, tuple[tuple[str, ...], int, Encoder | None]] = {
        "title + abstract": (short, 3, None),
        "  closest work alone": (short, 1, None),
        "  title alone": (("title",), 3, None),
    }
    if papers["full_text"].null_count() < papers.height:
        recipes["+ full text"] = ((*short, "full_text"), 3, None)
    if encoder:
        recipes["+ encoder"] = (short, 3, encoder)
    if encoder and "+ full text" in recipes:
        recipes["+ encoder + full text"] = ((*short, "full_text"), 3, encoder)
    rows = {name: losses(papers, ratings, profiles, *recipe) for name, recipe in recipes.items()}
    print(f"{ratings.height} ratings of {ratings['expert_id'].n_unique()} researchers; {PUBLISHED}")
    print(f"{'':26}{'loss':>8}  {'95 % interval':18} {'easy':>6} {'hard':>6}  difference to the first row")
    for name, (loss, easy, hard) in rows.items():
        low, high = interval(loss)
        apart = interval(loss, rows["title + abstract"][0])
        goal = f"(goal ≤ {GOALS[name]}) {'ok' if mean(loss) <= GOALS[name] else 'short'}" if name in GOALS else ""
        print(
            f"{name:26}{mean(loss):8.4f}  [{low:.3f}; {high:.3f}]     {1 - mean(easy):6.3f} {1 - mean(hard):6.3f}  "
            f"{mean(loss) - mean(rows['title + abstract'][0]):+.3f} [{apart[0]:+.3f}; {apart[1]:+.3f}]  {goal}"
        )
    return conclude({name: row[0] for name, row in rows.items() if name in GOALS})


def conclude(rows: dict[str, Losses]) -> int:
    """Print the closing line: words alone decide with their interval; the best with full text must reach its goal."""
    ours = rows["title + abstract"]
    low, high = interval(ours)
    full = min((mean(loss) for name, loss in rows.items() if "full" in name), default=float("nan"))
    dense = mean(rows["+ encoder"]) if "+ encoder" in rows else float("nan")
    met = mean(ours) <= 0.26 and not full > 0.20 and not dense > 0.22
    print(
        f"matching_expertise: {mean(ours):.4f} loss [{low:.3f}; {high:.3f}], with encoder {_shown(dense)}, with full "
        f"text {_shown(full)} (goal ≤ 0.26, ≤ 0.22, ≤ 0.20) {'ok' if met else 'short'}"
    )
    return 0 if met else 1


def _shown(loss: float) -> str:
    return "not measured" if math.isnan(loss) else f"{loss:.4f}"


def installed() -> Encoder | None:
    """Return the optional encoder, if its package is there."""
    try:
        return CachedEncoder(load_minilm())
    except InputError:
        print("The optional encoder is not installed: not measured.")
        return None


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
    columns: tuple[str, ...],
    top: int,
    encoder: Encoder | None,
) -> tuple[Losses, Losses, Losses]:
    """Return cost and possible cost by researcher, over all pairs, easy pairs and hard pairs."""
    texts = papers.select("paper_id", "year", *columns)
    rated = texts.join(ratings.select("paper_id").unique(), on="paper_id").rename({"paper_id": "proposal_id"})
    experts = profiles.select("expert_id").unique()
    config = ExpertiseConfig(candidates=experts.height, top=top)
    total = np.zeros((3, ratings["expert_id"].n_unique(), 2))
    for _, sample in profiles.group_by("sample", maintain_order=True):
        works = sample.join(texts, on="paper_id").rename({"paper_id": "work_id"})
        scores = score_candidates(rated, experts, works, config=config, encoder=encoder).to_frame()
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
