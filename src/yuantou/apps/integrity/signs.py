"""Signals of a text and its files, and proposals on similar questions: what the office sees beside the passages."""

from typing import Any

from django.db.models import Q

from yuantou.apps.files.facade import read
from yuantou.apps.proposals.models import Proposal
from yuantou.connectors.documents import extract_text, ocr_installed
from yuantou.engines.integrity import Signal, check_statistics, hidden_text, instructions
from yuantou.engines.reuse import related

COMPARED = 2000
"""Latest proposals of the agency that are looked at for similar questions."""


def signals_of(text: str) -> list[dict[str, Any]]:
    """Return the signals of a text, as they are stored."""
    return [_stored(one) for one in (hidden_text(text), instructions(text), check_statistics(text)) if one is not None]


def signals_of_files(proposal: Proposal) -> list[dict[str, Any]]:
    """Return the signals of the attachments: text nobody sees, orders to a model, pages that are pictures."""
    found = []
    for row in proposal.attachments.filter(file__media_type="application/pdf").select_related("file"):
        made = extract_text(read(row.file_id))
        if made.invisible:
            found.append({"kind": "hidden_text", "evidence": [f"{row.name}: {line}" for line in made.invisible[:10]]})
        found += [
            {"kind": one.kind, "evidence": [f"{row.name}: {line}" for line in one.evidence]}
            for one in (hidden_text(made.text), instructions(made.text))
            if one is not None
        ]
        if made.scanned or made.status not in {"ok", "empty"}:
            pages = ", ".join(map(str, made.scanned[:20]))
            kind = "scanned" if made.scanned else "unreadable"
            queued = "" if kind == "unreadable" else " (OCR)" if ocr_installed() else ""
            found.append({"kind": kind, "evidence": [f"{row.name}: {pages or made.status}{queued}"]})
    return found


def similar_to(proposal: Proposal) -> list[dict[str, Any]]:
    """Return proposals of the agency on similar questions, by title and abstract, the nearest first."""
    own = Q(applicant=proposal.applicant_id)
    rows = Proposal.objects.filter(call__agency=proposal.call.agency_id, submitted_at__isnull=False).exclude(own)
    others = list(rows.order_by("-submitted_at")[:COMPARED])
    near = related(_words(proposal), [_words(one) for one in others])
    return [{"proposal": others[number].pk, "similarity": similarity} for number, similarity in near]


def _words(proposal: Proposal) -> str:
    answers = proposal.answers
    parts = (answers.get(key) or "" for key in ("abstract_zh", "abstract_en"))
    return " ".join((proposal.title_zh, proposal.title_en, *parts))


def _stored(one: Signal) -> dict[str, Any]:
    return {"kind": one.kind, "evidence": list(one.evidence)}
