"""Signals of possible misconduct: each names what a person can check, none is a verdict."""

from yuantou.engines.integrity.bidding import Bid, BidSignal, bid_signals
from yuantou.engines.integrity.citations import CitationGroup, citation_groups
from yuantou.engines.integrity.hidden import hidden_text, instructions
from yuantou.engines.integrity.phrases import PhraseList, tortured_phrases
from yuantou.engines.integrity.references import (
    Reference,
    Retraction,
    requested_references,
    retracted_references,
)
from yuantou.engines.integrity.signal import Signal
from yuantou.engines.integrity.statistics import Reported, check_statistics, grim

__all__ = [
    "Bid",
    "BidSignal",
    "CitationGroup",
    "PhraseList",
    "Reference",
    "Reported",
    "Retraction",
    "Signal",
    "bid_signals",
    "check_statistics",
    "citation_groups",
    "grim",
    "hidden_text",
    "instructions",
    "requested_references",
    "retracted_references",
    "tortured_phrases",
]
