"""Text used before: sampled fingerprints find candidates, exact comparison finds the passages."""

from yuantou.engines.reuse.folding import Folded, fold
from yuantou.engines.reuse.index import Finding, Index, Limits, Span
from yuantou.engines.reuse.model import Document, Relation, Section, relation_of

__all__ = [
    "Document",
    "Finding",
    "Folded",
    "Index",
    "Limits",
    "Relation",
    "Section",
    "Span",
    "fold",
    "relation_of",
]
