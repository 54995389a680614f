"""References that were retracted, and references that reviewers ask for and wrote themselves."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from yuantou.engines.integrity.signal import Signal
from yuantou.kernel.local_text import LocalText


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference as given: ``doi`` may be empty, ``title`` too."""

    doi: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Retraction:
    """A notice: what it retracts, its date (ISO), its nature (Retraction, Expression of concern, …) and reason."""

    doi: str
    title: str
    date: str
    nature: str
    reason: str = ""


def doi_of(text: str) -> str:
    """Return a DOI in one form, or nothing."""
    found = re.search(r"10\.\d{4,9}/\S+", text.strip().lower())
    return found[0].rstrip(".,;)]}>\"'") if found else ""


def title_key(title: str) -> str:
    """Return the letters and digits of a title; titles of fewer than 20 are too common to match by."""
    key = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", title).casefold()))
    return key if len(key) >= 20 else ""


def retracted_references(references: Iterable[Reference], notices: Iterable[Retraction]) -> Signal | None:
    """Return which references were retracted, by DOI or, where one has none, by their whole title. O(n + m).

    A notice whose nature is a reinstatement counts for nothing.
    """
    by_doi: dict[str, Retraction] = {}
    by_title: dict[str, Retraction] = {}
    for notice in notices:
        if "reinstate" in notice.nature.lower():
            continue
        by_doi.setdefault(doi_of(notice.doi), notice)
        by_title.setdefault(title_key(notice.title), notice)
    by_doi.pop("", None)
    by_title.pop("", None)
    found = []
    for one in references:
        doi = doi_of(one.doi)
        known = by_doi.get(doi) if doi else by_title.get(title_key(one.title))
        if known is not None:
            found.append(f"{doi or one.title} — {known.nature}, {known.date} {known.reason}".strip())
    if not found:
        return None
    said = LocalText(f"{len(found)} 篇参考文献已被撤稿或存疑。", f"{len(found)} references carry a notice.")
    return Signal("retracted", said, tuple(found))


def requested_references(
    requests: Mapping[str, Iterable[str]], own: Mapping[str, Iterable[str]], *, least: int = 3, share: float = 0.5
) -> dict[str, Signal]:
    """Return reviewers who asked for works of their own: at least ``least``, and ``share`` of all they asked for.

    Parameters
    ----------
    requests:
        DOIs of the works each reviewer asked to be cited, over all reviews.
    own:
        DOIs of the works each reviewer wrote.
    """
    signals = {}
    for reviewer, asked in requests.items():
        wanted = [doi_of(one) for one in asked]
        mine = set(map(doi_of, own.get(reviewer, ()))) - {""}
        hits = [one for one in wanted if one in mine]
        if len(hits) >= least and len(hits) >= share * len(wanted):
            said = LocalText(
                f"要求引用的 {len(wanted)} 篇中有 {len(hits)} 篇为本人所著。",
                f"{len(hits)} of {len(wanted)} works asked for are the reviewer’s own.",
            )
            signals[reviewer] = Signal("requested_references", said, tuple(sorted(set(hits))))
    return signals
