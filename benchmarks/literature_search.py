"""Full text over a million works: how long to index, how long to answer, and whether Chinese is found.

    python benchmarks/literature_search.py --data DIR [--size N]

Works are made of real sentences: titles and abstracts of the ACL Anthology and of Chinese papers (CSL), cut into
sentences and dealt out anew, four English works to one Chinese. The CSL titles themselves stand among them. Chinese
recall: four neighbouring characters are cut at random from a title; what is counted is the share of the indexed titles
with those four characters that stand among the first ten (of ten, where more have them). Beside it SQLite's FTS5 on a
tenth of the works, with the same overlapping pairs.
"""

import argparse
import os
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from yuantou.connectors.search import LiteratureIndex, build_index, pairs

HERE = Path(__file__).resolve().parents[1]
BATCH = 20_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(os.environ.get("YUANTOU_DATA") or HERE.parent / "shared" / "data") / "literature"
    parser.add_argument("--data", type=Path, default=default)
    parser.add_argument("--size", type=int, default=1_000_000)
    options = parser.parse_args()
    english, chinese, titles = sentences(options.data)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "index"
        wall = took = -time.perf_counter()
        cpu = -time.process_time()
        spent = 0.0

        def timed() -> Iterator[pl.DataFrame]:
            nonlocal spent
            batches = works(english, chinese, titles, options.size)
            while True:
                start = time.perf_counter()
                frame = next(batches, None)
                spent += time.perf_counter() - start
                if frame is None:
                    return
                yield frame

        count = build_index(folder, timed())
        wall += time.perf_counter()
        cpu += time.process_time()
        took = wall - spent
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        print(
            f"{count:,} works indexed in {took:.1f} s ({cpu:.1f} CPU-s, "
            f"making the works {spent:.1f} s), {size / 1e6:.0f} MB"
        )
        index = LiteratureIndex(folder)
        p50, p95 = latency(index, english, chinese)
        print(f"200 questions, any word, ten hits with highlights: p50 {p50:.1f} ms, p95 {p95:.1f} ms")
        found, own = recall(index, titles)
        print(f"Chinese, four characters of a title: recall@10 {found:.3f} (the very title among ten: {own:.3f})")
        peer(english, chinese, titles, options.size // 10)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
    ok = took <= 60 * options.size / 1e6 and p95 <= 20 and found >= 0.9
    print(
        f"literature_search: {took:.1f} s, p95 {p95:.1f} ms, Chinese recall@10 {found:.3f} "
        f"(goal {60 * options.size / 1e6:.0f} s, 20 ms, 0.9) {'ok' if ok else 'short'}"
    )
    return 0 if ok else 1


def sentences(data: Path) -> tuple[list[str], list[str], list[str]]:
    """Return English sentences, Chinese sentences, and Chinese titles."""
    acl = pl.read_parquet(data / "acl-anthology-2022" / "papers.parquet", columns=["title", "abstract"])
    text = acl["abstract"].drop_nulls().to_list()
    english = [part.strip() for one in text for part in one.split(". ") if len(part) > 30]
    csl = pl.read_parquet(data / "csl-zh-sample" / "papers.parquet")
    chinese = [part for one in csl["abstract"].drop_nulls().to_list() for part in one.split("。") if len(part) > 8]
    more = pl.read_parquet(data / "csl-zh-sample" / "titles_category_train.parquet")["title"].to_list()
    return english, chinese, sorted({title for title in [*csl["title"].to_list(), *more] if title})


def works(english: list[str], chinese: list[str], titles: list[str], size: int) -> Iterator[pl.DataFrame]:
    """Yield works, every fifth Chinese; the real titles come first."""
    draw = np.random.default_rng(1)
    for start in range(0, size, BATCH):
        rows = []
        for number in range(start, min(start + BATCH, size)):
            source, sign = (chinese, "。") if number % 5 == 0 else (english, ". ")
            picked = draw.integers(0, len(source), 7)
            title = source[picked[0]][:80]
            if number % 5 == 0 and number // 5 < len(titles):
                title = titles[number // 5]
            rows.append((f"w{number}", title, sign.join(source[i] for i in picked[1:]), 1990 + number % 33))
        yield pl.DataFrame(rows, schema=["work_id", "title", "abstract", "year"], orient="row")


def latency(index: LiteratureIndex, english: list[str], chinese: list[str]) -> tuple[float, float]:
    """Return median and 95th percentile in milliseconds over 150 English and 50 Chinese questions."""
    draw = np.random.default_rng(2)
    asked = []
    for number in range(200):
        if number % 4:
            words = [word.strip(",.()") for word in english[draw.integers(len(english))].split() if len(word) > 3]
            asked.append(
                " ".join(draw.choice(words, min(len(words), 1 + number % 3), replace=False)) if words else "parsing"
            )
        else:
            text = chinese[draw.integers(len(chinese))]
            asked.append(text[:4])
    for words in asked[:10]:
        index.search(words, limit=10)
    spent = []
    for words in asked:
        start = time.perf_counter()
        index.search(words, limit=10)
        spent.append((time.perf_counter() - start) * 1000)
    return float(np.quantile(spent, 0.5)), float(np.quantile(spent, 0.95))


def recall(index: LiteratureIndex, titles: list[str]) -> tuple[float, float]:
    """Return recall@10 of titles with the four characters asked for, and how often the source title is among ten."""
    draw = np.random.default_rng(3)
    shares, own = [], []
    han = [title for title in titles if any(_four(title))]
    for number in draw.choice(len(han), 300, replace=False):
        four = _four(han[number])
        words = four[draw.integers(len(four))]
        wanted = {title for title in titles if words in title}
        got = ["".join(piece.text for piece in hit.title) for hit in index.search(words, limit=10).hits]
        shares.append(len(wanted & set(got)) / min(10, len(wanted)))
        own.append(han[number] in got)
    return float(np.mean(shares)), float(np.mean(own))


def _four(title: str) -> list[str]:
    parts = [title[i : i + 4] for i in range(len(title) - 3)]
    return [part for part in parts if all("㐀" <= sign <= "鿿" for sign in part)]


def peer(english: list[str], chinese: list[str], titles: list[str], size: int) -> None:
    """Print what SQLite's FTS5 needs for a tenth of the works."""
    base = sqlite3.connect(":memory:")
    base.execute("create virtual table w using fts5(title, abstract, tokenize = 'porter unicode61')")
    start = time.perf_counter()
    for frame in works(english, chinese, titles, size):
        rows = ((pairs(title), pairs(abstract)) for title, abstract in frame.select("title", "abstract").iter_rows())
        base.executemany("insert into w values (?, ?)", rows)
    built = time.perf_counter() - start
    spent = []
    for text in english[:3000:60]:
        words = [word for word in text.split() if word.isalpha()][:3]
        start = time.perf_counter()
        base.execute(
            "select rowid from w where w match ? order by rank limit 10", (" OR ".join(f'"{w}"' for w in words),)
        ).fetchall()
        spent.append((time.perf_counter() - start) * 1000)
    print(f"SQLite FTS5 in memory, {size:,} works: {built:.1f} s, any word p95 {np.quantile(spent, 0.95):.0f} ms")


if __name__ == "__main__":
    sys.exit(main())
