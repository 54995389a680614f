"""Text used before: sampled fingerprints find candidates, exact comparison finds the passages."""

from yuantou.engines.reuse.folding import Folded, fold, text_of, units_of
from yuantou.engines.reuse.index import Index, Segment, check_ids, compare, make_segment
from yuantou.engines.reuse.model import (
    Document,
    Finding,
    Limits,
    Relation,
    Section,
    Span,
    relation_of,
    share_by_section,
)
from yuantou.engines.reuse.postings import Postings, Texts, bits_for, build_postings
from yuantou.engines.reuse.related import related
from yuantou.engines.reuse.search import find_pairs

__all__ = [
    "Document",
    "Finding",
    "Folded",
    "Index",
    "Limits",
    "Postings",
    "Relation",
    "Section",
    "Segment",
    "Span",
    "Texts",
    "bits_for",
    "build_postings",
    "check_ids",
    "compare",
    "find_pairs",
    "fold",
    "make_segment",
    "related",
    "relation_of",
    "share_by_section",
    "text_of",
    "units_of",
]
