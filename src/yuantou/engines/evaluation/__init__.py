"""Evaluation by representative works: templates that cannot count, portfolios checked, wording that cannot win."""

from yuantou.engines.evaluation.check import CREDIT, Lack, Portfolio, Work, lacks_of, reason_lacks
from yuantou.engines.evaluation.template import Band, Criterion, Facet, Library, Template, band_of, load_templates
from yuantou.engines.evaluation.wording import Mark, WordingEffect, neutral, promotional, wording_effect

__all__ = [
    "CREDIT",
    "Band",
    "Criterion",
    "Facet",
    "Lack",
    "Library",
    "Mark",
    "Portfolio",
    "Template",
    "WordingEffect",
    "Work",
    "band_of",
    "lacks_of",
    "load_templates",
    "neutral",
    "promotional",
    "reason_lacks",
    "wording_effect",
]
