"""Candidates found in two stages: how many of the exhaustive best 60, how fast, in what memory, and how both grow.

    python benchmarks/matching_candidates.py [--size 20000] [--check 300]

``--size`` is the number of experts of the largest call; each has ten works, and there are 1.6 proposals for an expert.
The corpus is made up: fields of 300 experts whose 100-word texts draw on the words of their topic, of their field and
of the language (Zipf). The exhaustive search scores every expert for ``--check`` proposals. Full size is 250,000
experts, 2.5 million works, 400,000 proposals, extrapolated from the growth shown (reading by text, search by power).
"""

import argparse
import resource
import sys
import time
from collections.abc import Iterator

import numpy as np
import polars as pl

from yuantou.engines.matching import Candidates, ExpertiseConfig, score_candidates
from yuantou.engines.matching.search import search
from yuantou.engines.text import Vectors

WORKS, FIELD, TOPICS, WORDS = 10, 300, 10, 100
CORES = 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--check", type=int, default=300)
    chosen = parser.parse_args()
    score_candidates(*tables(600, 10, np.random.default_rng(1)), config=ExpertiseConfig(pool=100))  # compile first
    rows = [run(size, chosen.check) for size in (chosen.size // 4, chosen.size // 2, chosen.size)]
    growth = np.log(rows[-1]["search"] / rows[0]["search"]) / np.log(4)
    reading = rows[-1]["reading"] * 2_900_000
    search = rows[-1]["search"] * (250_000 / chosen.size) ** max(growth, 0) * 400_000
    minutes = (reading + search) / 60 / CORES
    memory = rows[-1]["memory"] * 250_000 / chosen.size
    print(
        f"search grows as experts^{growth:.2f} a proposal; at full size: reading {reading / 60:.0f} CPU min, search "
        f"{search / 60:.0f} CPU min, both on all of {CORES} cores; at most {memory:.1f} GB beside the tables (linear)"
    )
    recall = rows[-1]["recall"]
    ok = recall >= 0.95 and minutes <= 30 and memory <= 6
    print(
        f"matching_candidates: {recall:.3f} recall@60, {minutes:.0f} min, {memory:.1f} GB extrapolated from "
        f"{chosen.size:,} experts (goal ≥ 0.95, ≤ 30 min, ≤ 6 GB) {'ok' if ok else 'short'}"
    )
    return 0 if ok else 1


def run(size: int, check: int) -> dict[str, float]:
    """Measure one size: seconds a text to read, seconds a proposal to search, recall at 60, memory in GB."""
    proposals, experts, works = tables(size, round(1.6 * size), np.random.default_rng(7))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    marks: list[float] = [time.process_time()]
    texts = works.height + proposals.height

    def progress(stage: str, done: int, total: int) -> None:
        if done == texts:
            marks.append(time.process_time())

    found = score_candidates(proposals, experts, works, progress=progress)
    marks.append(time.process_time())
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1e6
    started = time.process_time()
    recall = recall_of(found, check)
    exhaustive = (time.process_time() - started) / check
    row = {"reading": (marks[1] - marks[0]) / texts, "search": (marks[2] - marks[1]) / proposals.height}
    print(f"{size:7,} experts, {works.height:9,} works, {proposals.height:7,} proposals:", end=" ")
    print(
        f"reading {1e3 * row['reading']:.2f} CPU ms a text, search {1e3 * row['search']:.2f} CPU ms a proposal", end=" "
    )
    print(f"(exhaustive {1e3 * exhaustive:.0f} ms), recall@60 {recall:.3f}, {memory:.2f} GB more")
    return {**row, "recall": recall, "memory": memory}


def recall_of(found: Candidates, check: int) -> float:
    """Return the share of the exhaustive best 60 of the first ``check`` proposals that was found."""
    texts = found.texts
    assert texts is not None
    few = Vectors(texts.proposals.start[: check + 1], texts.proposals.term, texts.proposals.weight)
    nobody = np.zeros(check + 1, np.int64), np.zeros(0, np.int64)
    size = len(found.expert_ids)
    best, _ = search(few, texts.works, texts.first, nobody, keep=60, top=3, pool=size, step=lambda done: None)
    hits = [
        np.isin(best[row][best[row] >= 0], found.expert[found.start[row] : found.start[row + 1]])
        for row in range(check)
    ]
    return float(np.concatenate(hits).mean())


def tables(size: int, asked: int, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Make up a call of ``size`` experts with ten works each and ``asked`` proposals."""
    fields = max(1, size // FIELD)
    owner = np.repeat(np.arange(size), WORKS)
    second = rng.integers(TOPICS, size=(size, 2))
    topic = second[owner, (rng.random(len(owner)) < 0.3).astype(int)]
    works = pl.DataFrame(
        {
            "work_id": [f"w{n:08}" for n in range(len(owner))],
            "expert_id": [f"e{n:06}" for n in owner],
            **cut(texts(owner // FIELD % fields, topic, rng)),
            "year": rng.integers(2015, 2026, len(owner)),
        }
    )
    proposals = pl.DataFrame(
        {
            "proposal_id": [f"p{n:06}" for n in range(asked)],
            **cut(texts(rng.integers(fields, size=asked), rng.integers(TOPICS, size=asked), rng)),
        }
    )
    return proposals, pl.DataFrame({"expert_id": [f"e{n:06}" for n in range(size)]}), works


def cut(whole: Iterator[str]) -> dict[str, list[str]]:
    """Cut each text into a title of ten words and an abstract."""
    parts = [text.split(" ", 10) for text in whole]
    return {"title": [" ".join(part[:10]) for part in parts], "abstract": [part[10] for part in parts]}


def texts(field: np.ndarray, topic: np.ndarray, rng: np.random.Generator) -> Iterator[str]:
    """Yield texts: two fifths words of the topic (of 200), as many of the field (of 2,000), others of the language."""
    for first in range(0, len(field), 10_000):
        part = slice(first, first + 10_000)
        count = len(field[part])
        zipf = (rng.pareto(0.6, (count, WORDS)) * 5).astype(np.int64)
        kind = rng.choice(3, (count, WORDS), p=[0.4, 0.4, 0.2])
        own = (field[part] * TOPICS + topic[part])[:, None]
        code = np.select(
            [kind == 0, kind == 1],
            [10_000_000 + own * 200 + zipf % 200, 30_000 + field[part][:, None] * 2000 + zipf % 2000],
            zipf % 30_000,
        )
        for row in code:
            yield " ".join(map("q{:x}".format, row.tolist()))


if __name__ == "__main__":
    sys.exit(main())
