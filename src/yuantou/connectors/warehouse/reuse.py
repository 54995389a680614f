"""Candidates of text reuse as one query over tables: DuckDB in the process, Spark where a cluster stands.

Tables have the columns ``text`` (int64, number of the text) and ``run`` (int64, a sampled hash). The pairs are those of
``engines.reuse``: the same hashes, the same threshold; passages are then compared by the engine as always.
"""

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from yuantou.engines.reuse import Limits, fold
from yuantou.engines.reuse.grams import grams, sampled


def fingerprints(texts: Iterable[str], *, rate: int = Limits().rate) -> pa.Table:
    """Return the sampled runs of texts, numbered from 0, as a table ``text``, ``run``."""
    kinds = [sampled(grams(fold(text).code)[0], rate).view(np.int64) for text in texts]
    numbers = np.repeat(np.arange(len(kinds)), [len(kind) for kind in kinds])
    return pa.table({"text": numbers, "run": np.concatenate([np.zeros(0, np.int64), *kinds])})


def runs_of(hashes: np.ndarray) -> pa.Table:
    """Return hashes (uint64), such as those of boilerplate, as a table ``run``."""
    return pa.table({"run": hashes.view(np.int64)})


def candidate_pairs(new: ir.Table, old: ir.Table, stop: ir.Table, *, limits: Limits | None = None) -> ir.Table:
    """Return the query for pairs ``new``, ``old`` that share at least ``limits.shared`` runs, with their number.

    Runs of ``stop`` and runs that more than ``limits.most`` old texts hold lead to none.
    """
    chosen = limits or Limits()
    kept = new.anti_join(stop, "run")
    rare = old.group_by("run").agg(texts=old.count()).filter(ibis._.texts <= chosen.most)
    held = old.semi_join(rare, "run").rename(old="text")
    joined = kept.rename(new="text").join(held, "run")
    pairs = joined.group_by(["new", "old"]).agg(shared=joined.count())
    return pairs.filter(ibis._.shared >= chosen.shared)
