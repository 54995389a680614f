"""What works of the mission and what does not, for everybody to read."""

from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yuantou.apps.policy.facade import mission
from yuantou.engines.policy import STATES, Row

NAMES = {"working": _("Working"), "partly": _("Working in part"), "none": _("Not yet")}
PILLS = {"working": "settled", "partly": "waiting", "none": ""}


def coverage(request: HttpRequest) -> HttpResponse:
    """List the rows by section, filtered by state and words."""
    whole = mission()
    state, words = request.GET.get("state", ""), request.GET.get("q", "").strip()
    rows = [row for row in whole.rows if (state not in STATES or row.state == state) and _says(row, words)]
    counts = whole.counts()
    context = {
        "mission": whole,
        "figures": [(key, NAMES[key], counts[key]) for key in STATES],
        "total": len(whole.rows),
        "sections": [
            (
                section,
                [(row, NAMES[row.state], PILLS[row.state], [reverse(page) for page in row.pages]) for row in part],
            )
            for section, part in groupby(rows, key=lambda row: row.section)
        ],
    }
    return render(request, "policy/coverage.html", context)


def _says(row: Row, words: str) -> bool:
    said = [side for text in (row.term, row.feature) for side in (text.zh, text.en)]
    text = " ".join([row.id, row.owner, *said, *(quotation.text for quotation in row.quotations)])
    return words.casefold() in text.casefold()
