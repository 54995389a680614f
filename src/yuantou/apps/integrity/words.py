"""Names of relations, measures, steps and signals, in the language of the page."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _


def relation_names() -> dict[str, str]:
    """Return how two texts stand to one another, in words."""
    return {
        "self": _("The author’s own earlier text"),
        "team": _("A team member’s text"),
        "third_party": _("Somebody else’s text"),
    }


def measure_names() -> dict[str, str]:
    """Return the measures of a decision, lightest first."""
    return {
        "admonished": _("Admonition talk"),
        "notified": _("Public criticism within the institution"),
        "ended": _("Funding withdrawn, project ended"),
        "barred_3": _("Barred from applying, up to 3 years"),
        "barred_5": _("Barred from applying, 3 to 5 years"),
        "barred_long": _("Barred from applying, more than 5 years"),
    }


def step_names() -> dict[str, str]:
    """Return what a statement is, by the step it was written for."""
    return {
        "report": _("What was reported"),
        "refuse": _("Why it was not accepted"),
        "dismiss": _("Why it was dismissed"),
        "notify": _("Notice to the respondent"),
        "reply": _("Reply of the respondent"),
        "conclude": _("Report and proposed outcome"),
        "plead": _("Statement on the proposed outcome"),
        "sanction": _("Decision"),
        "clear": _("Decision"),
        "appeal": _("Appeal"),
        "uphold": _("Decision on the appeal"),
        "overturn": _("Decision on the appeal"),
    }


def signals_in_words(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return signals with a title and what to look at; a signal is a place to look, never a verdict."""
    titles = {
        "hidden_text": _("Characters that nobody sees"),
        "instruction": _("Text addressed to a language model"),
        "tortured_phrases": _("Unusual phrases in place of terms"),
        "statistics": _("Numbers that do not fit each other"),
        "retracted": _("References that were retracted"),
        "scanned": _("Pages that are pictures: their text was not compared"),
        "unreadable": _("A file that could not be read"),
    }
    return [{"title": titles.get(row["kind"], row["kind"]), "lines": row["evidence"]} for row in rows]
