"""Conflicts of interest from people, organisations and works; each hit names its evidence.

Names are compared as people write them: Chinese characters, pinyin in either order, initials. A name that only might be
the same person is reported with the kind ``possible_…``, so that an officer looks; it is never silently dropped.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import polars as pl
from pypinyin import lazy_pinyin

from yuantou.engines.text import normalise
from yuantou.kernel.progress import Progress, silent

METHOD: Final = "people-organisations-works/1"
SCHEMA: Final = {"proposal_id": pl.String, "expert_id": pl.String, "kind": pl.String, "evidence": pl.String}


@dataclass(frozen=True, slots=True)
class ConflictConfig:
    """``years`` back from ``year`` that a common work counts; works without a year always count."""

    year: int | None = None
    years: int = 5


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
    """Return conflicts as ``proposal_id``, ``expert_id``, ``kind``, ``evidence``, in a fixed order.

    Parameters
    ----------
    declared:
        Conflicts that people declared; taken over as they are.
    pairs:
        Only these pairs (``proposal_id``, ``expert_id``), if given.

    Complexity: O(people + works) by blocking on name keys; never all pairs.
    """
    config = config or ConflictConfig()
    found: set[tuple[str, str, str, str]] = set()
    if declared is not None:
        for row in declared.iter_rows(named=True):
            found.add((row["proposal_id"], row["expert_id"], row.get("kind") or "declared", row.get("evidence") or ""))
    people = _participants(proposals)
    progress("conflicts", 1, 4)
    found |= set(_same_person(people, experts))
    progress("conflicts", 2, 4)
    found |= set(_same_organisation(proposals, experts))
    progress("conflicts", 3, 4)
    found |= set(_coauthors(people, works, config))
    frame = pl.DataFrame(sorted(found), schema=SCHEMA, orient="row")
    if pairs is not None:
        frame = frame.join(
            pairs.select("proposal_id", "expert_id").unique(), on=["proposal_id", "expert_id"], how="semi"
        )
    progress("conflicts", 4, 4)
    return frame.sort(*SCHEMA)


Person = tuple[str, str]


def _participants(proposals: pl.DataFrame) -> dict[str, set[Person]]:
    """Return for each name key the (proposal, printed name) that carry it."""
    found: dict[str, set[Person]] = defaultdict(set)
    for row in proposals.iter_rows(named=True):
        for name in filter(None, [row.get("applicant"), *(row.get("participants") or [])]):
            for key in name_keys(name):
                found[key].add((row["proposal_id"], str(name)))
    return found


def _same_person(people: dict[str, set[Person]], experts: pl.DataFrame) -> Iterator[tuple[str, str, str, str]]:
    for row in experts.iter_rows(named=True):
        for name in filter(None, (row.get("orcid"), row["name"])):
            for proposal, printed in _matches(people, name):
                yield proposal, row["expert_id"], "self", f"{printed} = {name}"


def _matches(people: dict[str, set[Person]], name: str) -> Iterable[Person]:
    return {person for key in name_keys(name) for person in people.get(key, ())}


def _same_organisation(proposals: pl.DataFrame, experts: pl.DataFrame) -> Iterator[tuple[str, str, str, str]]:
    at: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in proposals.select("proposal_id", "organisation").iter_rows():
        if row[1]:
            at[organisation_key(row[1])].append(row)
    for row in experts.iter_rows(named=True):
        for kind, names in (
            ("organisation", [row.get("organisation")]),
            ("past_organisation", row.get("organisations") or []),
        ):
            for name in filter(None, names):
                for proposal, printed in at.get(organisation_key(name), ()):
                    yield proposal, row["expert_id"], kind, printed


def _coauthors(
    people: dict[str, set[Person]], works: pl.DataFrame, config: ConflictConfig
) -> Iterator[tuple[str, str, str, str]]:
    for row in works.iter_rows(named=True):
        year = row.get("year")
        if config.year is not None and year is not None and year < config.year - config.years:
            continue
        for name in row.get("authors") or []:
            for proposal, printed in _matches(people, name):
                yield proposal, row["expert_id"], "coauthor", f"{printed}: {row['title']} ({year or '?'})"


_ORCID: Final = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dxX]")
_HANZI: Final = re.compile(r"[\u3400-\u9fff]{2,}")
_DOUBLE_SURNAMES: Final = frozenset([*"欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 长孙 宇文 司徒 夏侯".split()])


@lru_cache(maxsize=200_000)
def name_keys(name: str) -> frozenset[str]:
    """Return the keys under which a name may be found: characters, pinyin, order of the parts folded.

    >>> bool(name_keys("王小明") & name_keys("Wang, Xiaoming"))
    True
    >>> bool(name_keys("Xiao-Ming Wang") & name_keys("WANG Xiaoming"))
    True
    >>> bool(name_keys("王小明") & name_keys("王晓红"))
    False
    """
    orcid = _ORCID.search(name)
    if orcid:
        return frozenset({orcid.group().upper()})
    keys: set[str] = set()
    for hanzi in _HANZI.findall(name):
        split = 2 if hanzi[:2] in _DOUBLE_SURNAMES else 1
        keys |= {hanzi, _latin("".join(lazy_pinyin(hanzi[:split])), "".join(lazy_pinyin(hanzi[split:])))}
    latin = re.sub(r"[-'’.]", "", re.sub(r"[^\x00-\u024f]", " ", normalise(name)))
    parts = [part for part in re.split(r"[\s,]+", latin) if part.isalpha()]
    if len(parts) >= 2:
        keys.add(_latin(parts[0], "".join(parts[1:])))
        keys.add(_latin(parts[-1], "".join(parts[:-1])))
    return frozenset(keys)


def _latin(first: str, second: str) -> str:
    return " ".join(sorted((first, second)))


@lru_cache(maxsize=100_000)
def organisation_key(name: str) -> str:
    """Return an organisation's name without case, width, spaces and punctuation."""
    return re.sub(r"[\W_]+|\bthe\b", "", normalise(name))
