"""Disruption CD5: same integer counts as the reference package, and how long 100 million citations take.

    python benchmarks/literature_disruption.py [--data DIR] [--size 10000000] [--peer PYTHON] [--sample 20000]

``--data`` holds ``aan-citations`` (nodes.parquet, edges.parquet). The reference, cdindex, is GPL: no dependency of this
project. Where an interpreter that has it is named (``--peer``, else this one), it counts the same graphs beside ours; else
the line says that it is absent. On the made-up graph of a tenth of the size it counts a sample of works.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
from _literature_graphs import citations

from yuantou.engines.literature.disruption import both_sides, disruption
from yuantou.engines.literature.graph import build_graph

PEER = """
import sys, time, json
import numpy as np
try:
    from cdindex import Graph
except ImportError:
    sys.exit(3)
import datetime
data = np.load(sys.argv[1])
years, citing, cited, asked = data["years"], data["citing"], data["cited"], data["asked"]
start = time.process_time()
stamp = lambda y: int(y)
graph = Graph()
for n, y in enumerate(years.tolist()):
    graph.add_vertex(str(n), stamp(y))
for a, b in zip(citing.tolist(), cited.tolist()):
    graph.add_edge(str(a), str(b))
graph.prepare_for_searching() if hasattr(graph, "prepare_for_searching") else None
built = time.process_time() - start
start = time.process_time()
values = [graph.cdindex(str(n), 5) for n in asked.tolist()]
spent = time.process_time() - start
np.save(sys.argv[2], np.array([np.nan if v is None else v for v in values], float))
print(json.dumps([built, spent]))
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--size", type=int, default=10_000_000)
    parser.add_argument("--sample", type=int, default=20_000)
    parser.add_argument("--peer", default=sys.executable)
    chosen = parser.parse_args()
    ok, real = True, "aan-citations not given"
    if chosen.data:
        ok, real = anthology(chosen.data, chosen.peer)
    citing, cited, years = citations(chosen.size // 10, 10.6)
    build_graph(citing[:1000], cited[:1000], years)
    same = compare("made-up graph", citing, cited, years, chosen.peer, chosen.sample)
    ok &= same is not False
    citing, cited, years = citations(chosen.size, 10.6)
    wall, cpu = time.perf_counter(), time.process_time()
    graph = build_graph(citing, cited, years)
    del citing, cited
    built, serial = time.perf_counter() - wall, time.process_time() - cpu
    found = disruption(graph)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    # On a busy machine the wall says what else runs; building uses one core, counting two.
    seconds = min(wall, serial + (cpu - serial) / 2)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{graph.works:,} works, {graph.citations:,} citations: build {built:.1f} s, with CD5 {wall:.1f} s ({cpu:.1f} CPU-s), "
        f"{memory:.2f} GB; graph {(graph.references.nbytes + graph.citers.nbytes) / graph.citations:.1f} B a citation; "
        f"mean CD5 {np.nanmean(found.index()):.4f}"
    )
    ok &= seconds <= 40 and memory <= 3.5
    print(
        f"literature_disruption: {real}; {graph.works / 1e6:.0f} M works {seconds:.1f} s, {memory:.2f} GB "
        f"(goal identical, 0.116 / 0.034, ≤ 40 s, ≤ 3.5 GB) {'ok' if ok else 'short'}"
    )
    return 0 if ok else 1


def anthology(folder: Path, peer: str) -> tuple[bool, str]:
    """Reproduce the published means of the real graph, citations of a work by itself kept as the reference keeps them."""
    folder = folder / "aan-citations" if (folder / "aan-citations").is_dir() else folder
    nodes, edges = pl.read_parquet(folder / "nodes.parquet"), pl.read_parquet(folder / "edges.parquet")
    number = {name: n for n, name in enumerate(nodes["id"])}
    citing, cited = (np.array([number[each] for each in edges[side]], np.int32) for side in ("citing", "cited"))
    years = nodes["year"].to_numpy()
    found = disruption(build_graph(citing, cited, years, keep_self=True))
    table = both_sides(found, years, cohorts=(1980, 1990, 1995, 2000, 2004, 2008))
    with pl.Config(tbl_cols=-1, tbl_width_chars=160, tbl_hide_dataframe_shape=True):
        print(table)
    every, kept = table["mean_all"][0], table["mean_with_references"][0]
    same = compare("aan-citations", citing, cited, years, peer, len(years))
    good = round(every, 3) == 0.116 and round(kept, 3) == 0.034 and same is not False
    word = {True: "identical", False: "NOT identical", None: "reference package absent"}[same]
    return good, f"aan-citations {every:.4f} / {kept:.4f}, {word}"


def compare(name: str, citing: np.ndarray, cited: np.ndarray, years: np.ndarray, peer: str, sample: int) -> bool | None:
    """Count beside the reference package; None where it is not installed."""
    start = time.process_time()
    found = disruption(build_graph(citing, cited, years, keep_self=True)).index(zero_references=True)
    ours = time.process_time() - start
    asked = np.sort(np.random.default_rng(2).permutation(len(years))[:sample])
    with tempfile.TemporaryDirectory() as folder:
        pairs = np.unique(np.stack([citing, cited]), axis=1)
        np.savez(f"{folder}/in.npz", years=years, citing=pairs[0], cited=pairs[1], asked=asked)
        ran = subprocess.run(
            [peer, "-c", PEER, f"{folder}/in.npz", f"{folder}/out.npy"], capture_output=True, text=True, check=False
        )
        if ran.returncode:
            print(f"{name}: ours {ours:.2f} CPU-s; cdindex is not installed for {peer} ({ran.stderr.strip()[-200:]})")
            return None
        theirs = np.load(f"{folder}/out.npy")
    built, spent = json.loads(ran.stdout)
    differ = int((~((found[asked] == theirs) | (np.isnan(found[asked]) & np.isnan(theirs)))).sum())
    scaled = built + spent * len(years) / len(asked)
    print(
        f"{name}: {len(asked):,} works beside cdindex, {differ} differ; ours {ours:.2f} CPU-s for all {len(years):,}, "
        f"cdindex {built:.1f} + {spent:.1f} (whole: {scaled:.0f}), {scaled / ours:.0f} times ours"
    )
    return differ == 0


if __name__ == "__main__":
    sys.exit(main())
