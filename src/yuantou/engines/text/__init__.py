"""Normalisation, terms and vectors of Chinese and English text, shared by the other engines."""

from yuantou.engines.text.encoder import CachedEncoder, Encoder
from yuantou.engines.text.minilm import MiniLM
from yuantou.engines.text.terms import Unit, normalise, pair_term, stem, term_id, tokens, units
from yuantou.engines.text.vectors import BLOCK, TERMS, Counts, Vectors, Weights, count_blocks, count_terms, weigh

__all__ = [
    "BLOCK",
    "TERMS",
    "CachedEncoder",
    "Counts",
    "Encoder",
    "MiniLM",
    "Unit",
    "Vectors",
    "Weights",
    "count_blocks",
    "count_terms",
    "normalise",
    "pair_term",
    "stem",
    "term_id",
    "tokens",
    "units",
    "weigh",
]
