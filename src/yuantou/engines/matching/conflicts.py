"""Conflicts of interest from people, organisations and works; each hit names its evidence.

People are found again by the keys of ``names``: across order, scripts, initials and accents. Initials count only where
hardly anyone else in the call could be meant. Two experts who list the same work are co-authors whatever is printed.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import numba
import numpy as np
import polars as pl

from yuantou.engines.matching.candidates import PAIR, indices
from yuantou.engines.matching.names import organisation_keys, sought_keys, stored_keys
from yuantou.engines.text import normalise
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress, silent

METHOD: Final = "people-organisations-works/2"
SCHEMA: Final = {"proposal_id": pl.String, "expert_id": pl.String, "kind": pl.String, "evidence": pl.String}
UNKNOWN: Final = "unknown"
"""Kind of a pair that cannot be checked: it is no conflict, and not the absence of one."""
_ALARMS: Final = 0.01
_TITLE: Final = 25
_JOINT: Final = "合著 · joint work, "
_CELLS: Final = 20_000_000

Ids = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ConflictConfig:
    """What counts as a conflict.

    Parameters
    ----------
    year, years:
        A common work of the last ``years`` before ``year`` counts; ``year`` is by default the latest of the works.
        Works without a year always count.
    aliases:
        Other names of organisations and their usual one, e.g. from a registry.
    """

    year: int | None = None
    years: int = 5
    aliases: dict[str, str] = field(default_factory=dict)


def find_conflicts(
    proposals: pl.DataFrame,
    experts: pl.DataFrame,
    works: pl.DataFrame,
    declared: pl.DataFrame | None = None,
    *,
    config: ConflictConfig | None = None,
    pairs: pl.DataFrame | None = None,
    progress: Progress = silent,
) -> pl.DataFrame:
    """Return conflicts as ``proposal_id``, ``expert_id``, ``kind``, ``evidence``, one row for each pair and kind.

    Kinds: those declared by people, ``self``, ``organisation``, ``past_organisation``, ``coauthor``, and ``unknown``
    where an expert's works, authors or organisation, or the people of a proposal, are missing, so that nobody takes
    silence for innocence.

    Parameters
    ----------
    declared:
        Conflicts that people declared; taken over as they are.
    pairs:
        Only these pairs (``proposal_id``, ``expert_id``) are looked at, if given: all of a small call otherwise.

    Raises
    ------
    CancelledError
        If ``progress`` raises it.

    Complexity: O(names) to read, then O(pairs × people of a proposal), about 10 million pairs a second and core.
    """
    config = config or ConflictConfig()
    proposals, experts = proposals.sort("proposal_id"), experts.sort("expert_id")
    ids = tuple(proposals["proposal_id"]), tuple(experts["expert_id"])
    recent = _recent(works, ids[1], config)
    progress("conflicts", 0, 4)
    asked, known = _tables(proposals, experts, recent, config)
    progress("conflicts", 1, 4)
    hits = _hits(asked, known, pairs, ids)
    progress("conflicts", 2, 4)
    found = [_evidence(hits, asked, known, ids), _unknown(proposals, experts, recent, pairs, ids)]
    if declared is not None and declared.height:
        found.append(_declared(declared, pairs))
    progress("conflicts", 4, 4)
    return pl.concat(found).sort(*SCHEMA)


def _recent(works: pl.DataFrame, experts: tuple[str, ...], config: ConflictConfig) -> pl.DataFrame:
    """Return ``column``, ``work_id``, ``title``, ``year``, ``authors`` of the works that count."""
    last = config.year if config.year is not None else works["year"].max()
    table = works.with_columns(column=pl.Series(indices(works["expert_id"], experts), dtype=pl.Int64))
    if "authors" not in table.columns:
        table = table.with_columns(authors=pl.lit(None, pl.List(pl.String)))
    since = (last if isinstance(last, int) else 0) - config.years
    kept = table.filter((pl.col("column") >= 0) & (pl.col("year").is_null() | (pl.col("year") >= since)))
    return kept.select("column", "work_id", "title", "year", pl.col("authors").cast(pl.List(pl.String)))


def _tables(
    proposals: pl.DataFrame, experts: pl.DataFrame, recent: pl.DataFrame, config: ConflictConfig
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what is asked for (``row``, ``key``, ``who``) and is known (``column``, ``key``, ``kind``, ``what``)."""
    people, hosts = _people(proposals), _organisations(proposals, "organisation", config)
    persons = _persons(experts)
    authors = recent.explode("authors").filter(pl.col("authors").is_not_null())
    authors = authors.with_columns(what=pl.concat_str("authors", pl.lit(", "), _work_label()))
    selves = _keyed(persons, "who", stored_keys).select("column", "key", kind=pl.lit("self"), what="who")
    written = _others(authors, persons).select("column", "key", kind=pl.lit("coauthor"), what="what")
    known = [selves, written]
    for kind, name in (("organisation", "organisation"), ("past_organisation", "organisations")):
        places = _organisations(experts, name, config).rename({"row": "column"})
        known.append(places.select("column", "key", kind=pl.lit(kind), what="who"))
    asked = pl.concat([_keyed(people, "who", sought_keys).select("row", "key", "who"), hosts])
    names = pl.concat([people["who"], persons["who"]])
    asked, found = _without_common_initials(asked, pl.concat(known), names, proposals.height * experts.height)
    listed = _listed(recent)
    return pl.concat([asked, _own_works(asked, found, listed)]), pl.concat([found, listed])


def _others(authors: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """Return the keys of authors, without an expert's own name on the expert's own work."""
    keyed, own = _keyed(authors, "authors", stored_keys), _keyed(persons, "who", sought_keys)
    mine = keyed.join(own, on=["column", "key"], how="semi").select("column", "authors").unique()
    return keyed.join(mine, on=["column", "authors"], how="anti")


def _own_works(asked: pl.DataFrame, known: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Return as ``row``, ``key``, ``who`` the works of the people of a proposal who are experts themselves."""
    selves = asked.join(known.filter(kind="self"), on="key").filter(~_different_orcids())
    return selves.select("row", "who", "column").unique().join(listed, on="column").select("row", "key", "who")


def _people(proposals: pl.DataFrame) -> pl.DataFrame:
    """Return ``row``, ``who`` for applicants and participants."""
    rows = proposals.with_row_index("row").cast({"row": pl.Int64})
    columns = [pl.col(name) for name in ("applicant",) if name in rows.columns]
    found = [rows.select("row", who=column.cast(pl.String)) for column in columns]
    if "participants" in rows.columns:
        found.append(rows.select("row", who=pl.col("participants").cast(pl.List(pl.String))).explode("who"))
    empty = pl.DataFrame(schema={"row": pl.Int64, "who": pl.String})
    return pl.concat([empty, *found]).filter(pl.col("who").is_not_null() & (pl.col("who") != "")).unique()


def _persons(experts: pl.DataFrame) -> pl.DataFrame:
    """Return ``column``, ``who`` for experts: name and ORCID iD as one text."""
    rows = experts.with_row_index("column").cast({"column": pl.Int64})
    parts = [pl.col(name).cast(pl.String) for name in ("name", "orcid") if name in rows.columns]
    named = rows.select("column", who=pl.concat_str(parts, separator=" ", ignore_nulls=True).str.strip_chars())
    return named.filter(pl.col("who") != "")


def _organisations(table: pl.DataFrame, name: str, config: ConflictConfig) -> pl.DataFrame:
    """Return ``row``, ``key``, ``who`` for a column of organisations, single or lists."""
    if name not in table.columns:
        return pl.DataFrame(schema={"row": pl.Int64, "key": pl.String, "who": pl.String})
    rows = table.with_row_index("row").cast({"row": pl.Int64}).select("row", who=pl.col(name))
    if rows.schema["who"] == pl.List:
        rows = rows.explode("who")
    rows = rows.select("row", pl.col("who").cast(pl.String)).filter(pl.col("who").is_not_null())
    usual = {normalise(alias): name for alias, name in config.aliases.items()}
    return _keyed(rows, "who", lambda name: organisation_keys(usual.get(normalise(name), name))).select(
        "row", "key", "who"
    )


def _work_label() -> pl.Expr:
    return pl.concat_str(pl.col("title"), pl.lit(" ("), pl.col("year").cast(pl.String).fill_null("?"), pl.lit(")"))


def _listed(recent: pl.DataFrame) -> pl.DataFrame:
    """Return what is known by work: two experts who list one (with a title long enough) wrote it together."""
    title = "work " + pl.col("title").str.to_lowercase().str.replace_all(r"[\W_]+", "")
    label = pl.concat_str(pl.lit(_JOINT), _work_label())
    listed = recent.select("column", key=title, kind=pl.lit("coauthor"), what=label)
    return listed.filter(pl.col("key").str.len_chars() > _TITLE).unique()


def _keyed(table: pl.DataFrame, column: str, keys: Callable[[str], frozenset[str]]) -> pl.DataFrame:
    """Add one row for each key of a name; each different name is read once."""
    table = table.with_columns(pl.col(column).cast(pl.String))
    names = table[column].unique().to_list()
    lists = pl.DataFrame(
        {column: names, "key": [sorted(keys(name)) for name in names]},
        schema={column: pl.String, "key": pl.List(pl.String)},
    )
    return table.join(lists.explode("key").filter(pl.col("key").is_not_null()), on=column)


def _without_common_initials(
    asked: pl.DataFrame, known: pl.DataFrame, names: pl.Series, pairs: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Drop initials that are too common to prove anything.

    Initials that fit one person of the call stay; of all others the rarest, as long as the pairs that they bring
    together are fewer than one in a hundred, which is what an officer can bear in false alarms.
    """
    everyone = _keyed(names.unique().to_frame("who"), "who", stored_keys)
    whole = everyone.filter(pl.col("key").str.contains("^(?:latin|read) "))
    person = whole.group_by("who").agg(reading=pl.col("key").str.replace("^[a-z]+ ", "").min())
    begins = everyone.filter(pl.col("key").str.starts_with("begin ")).join(person, on="who")
    persons = begins.group_by(letters=_letters()).agg(pl.col("reading").n_unique())
    left, right = (
        table.filter(pl.col("key").str.contains("^(?:initial|begin) ")).group_by("key").agg(pl.col(side).n_unique())
        for table, side in ((asked, "row"), (known, "column"))
    )
    met = left.join(right, on="key").group_by(letters=_letters()).agg(met=(pl.col("row") * pl.col("column")).sum())
    several = met.join(persons.filter(pl.col("reading") > 1), on="letters").sort("met", "letters")
    common = several.filter(pl.col("met").cum_sum() > _ALARMS * pairs).select("letters")
    rare = ~_letters().is_in(common["letters"].implode())
    return asked.filter(rare), known.filter(rare)


def _letters() -> pl.Expr:
    """Surname and initials of a key of initials; empty for other keys."""
    return pl.col("key").str.extract("^(?:initial|begin) (.*)$").fill_null("")


def _known_pairs(pairs: pl.DataFrame, ids: Ids) -> tuple[np.ndarray, np.ndarray]:
    row, column = indices(pairs["proposal_id"], ids[0]), indices(pairs["expert_id"], ids[1])
    known = (row >= 0) & (column >= 0)
    return row[known], column[known]


def _hits(asked: pl.DataFrame, known: pl.DataFrame, pairs: pl.DataFrame | None, ids: Ids) -> pl.DataFrame:
    """Return the pairs (``row``, ``column``) that share a key."""
    if pairs is None:
        keys = known.select("column", "key").unique()
        return asked.select("row", "key").unique().join(keys, on="key").select("row", "column").unique()
    shared = (
        asked.select("key").unique().join(known.select("key").unique(), on="key").sort("key").with_row_index("code")
    )
    left = _coded(asked.join(shared, on="key"), "row", len(ids[0]))
    right = _coded(known.join(shared, on="key"), "column", len(ids[1]))
    row, column = _known_pairs(pairs, ids)
    hit = screen(left, right, row, column)
    return pl.DataFrame({"row": row[hit], "column": column[hit]}).unique()


def _coded(table: pl.DataFrame, side: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    unique = table.select(side, "code").unique().sort(side, "code")
    start = np.concatenate([[0], np.cumsum(np.bincount(unique[side].to_numpy(), minlength=size))]).astype(np.int64)
    return start, unique["code"].to_numpy().astype(np.int32)


Lists = tuple[np.ndarray, np.ndarray]
"""``start`` (n + 1) and what it cuts into n ascending lists of codes."""


def screen(rows: Lists, columns: Lists, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Tell for each pair (``row``, ``column``) whether its two lists of codes share one.

    O(codes of the column) for each pair, fastest if pairs stand by row; all cores are used.
    """
    cuts = np.linspace(0, len(row), 1 + (os.cpu_count() or 1)).astype(int)
    with ThreadPoolExecutor(len(cuts) - 1) as threads:
        parts = threads.map(lambda a, b: _screen(*rows, *columns, row[a:b], column[a:b]), cuts[:-1], cuts[1:])
        return np.concatenate(list(parts))


@numba.njit(cache=True, nogil=True)
def _screen(
    row_start: np.ndarray,
    row_code: np.ndarray,
    column_start: np.ndarray,
    column_code: np.ndarray,
    row: np.ndarray,
    column: np.ndarray,
) -> np.ndarray:
    """Mark the codes of a row in a small table and look up those of the column; search for what seems to meet."""
    hit, marks, marked = np.zeros(len(row), np.bool_), np.zeros(1 << 16, np.bool_), -1
    for pair in range(len(row)):
        if row[pair] != marked:
            if marked >= 0:
                marks[row_code[row_start[marked] : row_start[marked + 1]] & 0xFFFF] = False
            marked = row[pair]
            marks[row_code[row_start[marked] : row_start[marked + 1]] & 0xFFFF] = True
        own = row_code[row_start[marked] : row_start[marked + 1]]
        for place in range(column_start[column[pair]], column_start[column[pair] + 1]):
            code = column_code[place]
            if marks[code & 0xFFFF]:
                found = np.searchsorted(own, code)
                if found < len(own) and own[found] == code:
                    hit[pair] = True
                    break
    return hit


def _evidence(hits: pl.DataFrame, asked: pl.DataFrame, known: pl.DataFrame, ids: Ids) -> pl.DataFrame:
    """Say for each hit who and what: at most three pieces for a kind."""
    facts = hits.join(asked, on="row").join(known, on=["column", "key"])
    facts = facts.filter(~_different_orcids())
    selves = facts.filter(kind="self").select("row", "column", "who").unique()
    joint = pl.col("what").str.starts_with(_JOINT)
    facts = pl.concat([facts.filter(~joint), facts.filter(joint).join(selves, on=["row", "column", "who"], how="anti")])
    texts = facts.select("row", "column", "kind", text=pl.concat_str("who", pl.lit(" = "), "what")).unique()
    joined = (
        texts.sort("row", "column", "kind", "text")
        .group_by("row", "column", "kind", maintain_order=True)
        .agg(pl.col("text").head(3).str.join("; "), more=pl.len().cast(pl.Int64) - 3)
    )
    return joined.select(
        proposal_id=pl.Series(ids[0], dtype=pl.String).gather(joined["row"]),
        expert_id=pl.Series(ids[1], dtype=pl.String).gather(joined["column"]),
        kind="kind",
        evidence=pl.when(pl.col("more") > 0).then(pl.concat_str("text", pl.lit("; … +"), "more")).otherwise("text"),
    )


def _different_orcids() -> pl.Expr:
    """Both names carry an ORCID iD, and not the same: two people of one name."""
    pattern = r"(\d{4}-\d{4}-\d{4}-\d{3}[\dX])"
    return (pl.col("who").str.extract(pattern) != pl.col("what").str.extract(pattern)).fill_null(value=False)


def _unknown(
    proposals: pl.DataFrame, experts: pl.DataFrame, recent: pl.DataFrame, pairs: pl.DataFrame | None, ids: Ids
) -> pl.DataFrame:
    """Say of which pairs nothing can be said, and why."""
    listed, named = (set(part["column"]) for part in (recent, recent.filter(pl.col("authors").list.len() > 0)))
    places = experts["organisation"].to_list() if "organisation" in experts.columns else [None] * experts.height
    lacks = [" ; ".join(_gaps(i in listed, i in named, bool(place))) for i, place in enumerate(places)]
    peopled = set(_people(proposals)["row"])
    silent_ = ["" if i in peopled else "项目无人员 · proposal without people" for i in range(proposals.height)]
    row, column = _all_pairs(silent_, lacks) if pairs is None else _known_pairs(pairs, ids)
    frame = pl.DataFrame({"row": row, "column": column}).select(
        proposal_id=pl.Series(ids[0], dtype=pl.String).gather(row),
        expert_id=pl.Series(ids[1], dtype=pl.String).gather(column),
        kind=pl.lit(UNKNOWN),
        evidence=pl.concat_list(
            pl.Series(silent_, dtype=pl.String).gather(row), pl.Series(lacks, dtype=pl.String).gather(column)
        )
        .list.eval(pl.element().filter(pl.element() != ""))
        .list.join(" ; "),
    )
    return frame.filter(pl.col("evidence") != "").unique()


def _all_pairs(left: list[str], right: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return every pair with a gap on either side."""
    gaps = [np.array([text != "" for text in side], dtype=bool) for side in (left, right)]
    if gaps[0].sum() * len(right) + len(left) * gaps[1].sum() > _CELLS:
        raise InputError(
            LocalText("资料不全者太多，无法列出每一对。", "Too much is missing to list every pair that it concerns."),
            LocalText("请以 pairs 给出候选组合。", "Give the candidate pairs as “pairs”."),
            code="matching.too_many_pairs",
        )
    rows, columns = (np.flatnonzero(gap) for gap in gaps)
    others = np.flatnonzero(~gaps[0])
    return (
        np.concatenate([np.repeat(rows, len(right)), np.repeat(others, len(columns))]),
        np.concatenate([np.tile(np.arange(len(right)), len(rows)), np.tile(columns, len(others))]),
    )


def _gaps(listed: bool, named: bool, placed: bool) -> Iterator[str]:
    if not listed:
        yield "无论文 · no works"
    elif not named:
        yield "论文无作者 · works without authors"
    if not placed:
        yield "无单位 · no organisation"


def _declared(declared: pl.DataFrame, pairs: pl.DataFrame | None) -> pl.DataFrame:
    columns = {name: pl.col(name) if name in declared.columns else pl.lit(None, pl.String) for name in SCHEMA}
    rows = declared.select(
        "proposal_id",
        "expert_id",
        columns["kind"].cast(pl.String).fill_null("").replace("", "declared").alias("kind"),
        columns["evidence"].cast(pl.String).fill_null("").alias("evidence"),
    ).unique()
    return rows if pairs is None else rows.join(pairs.select(PAIR).unique(), on=PAIR, how="semi")
