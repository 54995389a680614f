"""The frontier put to the test: terms and pairs of terms of the ACL Anthology, five years ahead.

    python benchmarks/literature_frontier.py --data DIR [--size CUTOFFS]

Terms: at the end of 2012 to 2016, every term in at least five titles of the last three years; what grew is the tenth
with the largest growth of share (log, one title added). Pairs: terms with no word in common that never shared a title;
positive if they share at least three of the next five years, with as many negatives. Beside it the baselines a hurried
office would use: growth of the last three years, burst of the last year, product of recent degrees. All choices of the
engine were made on cut-offs before 2008; the years here are only looked at.
"""

import argparse
import os
import sys
from pathlib import Path

import numpy as np
import polars as pl

from yuantou.engines.literature.frontier import area, backtest
from yuantou.engines.literature.frontier_pairs import PRODUCT, learn_pairs, pair_features, pair_sample, pair_view
from yuantou.engines.literature.frontier_terms import TermUse, term_use

HERE = Path(__file__).resolve().parents[1]
CUTOFFS = (2012, 2013, 2014, 2015, 2016)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(os.environ.get("YUANTOU_DATA") or HERE.parent / "shared" / "data") / "literature"
    parser.add_argument("--data", type=Path, default=default)
    parser.add_argument("--size", type=int, default=len(CUTOFFS), help="how many of the cut-offs, the latest first")
    options = parser.parse_args()
    cutoffs = CUTOFFS[-options.size :]
    use = term_use(titles(options.data))
    tested = backtest(use, cutoffs, seed=1)
    with pl.Config(tbl_cols=-1, float_precision=3, tbl_width_chars=200, tbl_hide_dataframe_shape=True):
        print(tested.years)
        print(tested.bins)
    mean = tested.years.mean().row(0, named=True)
    print(f"Brier {mean['brier']:.4f} (base rate alone {mean['brier_base']:.4f})")
    pairs = np.array([pair_areas(use, year) for year in cutoffs])
    print(
        "pairs, AUC by cut-off:",
        *(f"{year} {own:.3f} (degree product {base:.3f})" for year, (own, base) in zip(cutoffs, pairs, strict=True)),
    )
    own, base = pairs.mean(0)
    ok = (
        mean["spearman"] >= 0.45
        and mean["auc"] >= 0.72
        and mean["precision"] >= 0.40
        and own >= 0.95
        and own - base >= 0.03
    )
    print(
        f"literature_frontier: Spearman {mean['spearman']:.3f}, AUC {mean['auc']:.3f}, P@50 {mean['precision']:.2f}, "
        f"pairs {own:.3f} ({own - base:+.3f}) (goal 0.45, 0.72, 0.40, 0.95, +0.03) {'ok' if ok else 'short'}"
    )
    return 0 if ok else 1


def titles(data: Path) -> pl.DataFrame:
    """Return the works with the volume each stands in as its venue."""
    papers = pl.read_parquet(data / "acl-anthology-2022" / "papers.parquet")
    return papers.select(pl.col("id").alias("work_id"), "title", "year", pl.col("booktitle").alias("venue"), "authors")


def pair_areas(use: TermUse, year: int) -> tuple[float, float]:
    """Return the area under the curve of ours and of the degree product."""
    view = pair_view(use, year)
    first, second, met = pair_sample(use, view, horizon=5, least=3, seed=7)
    features = pair_features(view, first, second)
    return area(met, learn_pairs(use, year).predict(features)), area(met, features[:, PRODUCT])


if __name__ == "__main__":
    sys.exit(main())
