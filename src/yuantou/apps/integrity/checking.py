"""Checking a text against all that were submitted before: for its author while it is written, in earnest afterwards."""

from datetime import datetime
from typing import Any

from django.db import transaction

from yuantou.apps.audit.facade import append
from yuantou.apps.integrity.models import Check, Finding
from yuantou.apps.integrity.rules import CLOCKS, after_working_days
from yuantou.apps.integrity.signs import signals_of, signals_of_files, similar_to
from yuantou.apps.integrity.texts import current_index, document_of, document_of_version, key_of, submitted
from yuantou.apps.links import link_to
from yuantou.apps.proposals.models import Proposal, ProposalVersion
from yuantou.apps.workflow.facade import SYSTEM, announce
from yuantou.engines.reuse import Document, share_by_section
from yuantou.engines.reuse import Finding as Found
from yuantou.engines.reuse.index import METHOD
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.progress import Progress, silent

MOST = 50
"""Findings of one text that are kept, the largest."""


def check_draft(*, proposal: Proposal, now: datetime, progress: Progress = silent) -> Check:
    """Check what is written so far. Its author alone may see the result; nothing follows from it."""
    new = document_of(proposal, proposal.answers, key="draft")
    progress("reuse", 0, 1)
    found, compared = _found(new, proposal, now)
    kept = [_told(one, new) for one, _row in found]
    made = _check(proposal, None, new, kept, compared, now)
    made.signals = signals_of(new.text)
    made.save()
    return made


def check_submitted(*, version: ProposalVersion, now: datetime, progress: Progress = silent) -> Check:
    """Check a submitted text; each finding goes to its author first, with a clock. The same text is checked once.

    All comparing comes before the transaction: an embedded database waits for whoever writes.
    """
    earlier = Check.objects.filter(edition=version).first()
    if earlier is not None:
        return earlier
    proposal = version.proposal
    new = document_of_version(version)
    progress("reuse", 0, 1)
    found, compared = _found(new, proposal, version.submitted_at)
    made = _check(proposal, version, new, [], compared, now)
    made.signals = signals_of(new.text) + signals_of_files(proposal)
    made.related = similar_to(proposal)
    due = after_working_days(now, CLOCKS["finding"])
    rows = [
        Finding(
            check_made=made,
            proposal=proposal,
            new_text=version,
            old_text=row,
            relation=one.relation,
            size=round(one.size),
            share=one.share,
            sections=share_by_section(new, one.spans),
            spans=_told(one, new)["spans"],
            due_at=due,
            created_at=now,
        )
        for one, row in found
    ]
    return _keep(made, rows, now)


@transaction.atomic
def _keep(made: Check, rows: list[Finding], now: datetime) -> Check:
    """Store a check with its findings, unless the same text was checked meanwhile."""
    version, proposal = made.edition, made.proposal
    assert version is not None
    earlier = Check.objects.filter(edition=version).first()
    if earlier is not None:
        return earlier
    made.save()
    Finding.objects.bulk_create(rows)
    data = {"content": version.content_hash, "findings": [row.pk for row in rows], "method": METHOD}
    append(at=now, actor=SYSTEM, act="integrity.check", kind="proposal", key=proposal.pk, data=data)
    if rows:
        said = {"link": link_to("integrity:mine")}
        announce("found", rows[0], now=now, once="new", says=said)
    return made


def _check(
    proposal: Proposal,
    version: ProposalVersion | None,
    new: Document,
    found: list[dict[str, Any]],
    compared: int,
    now: datetime,
) -> Check:
    return Check(
        proposal=proposal,
        edition=version,
        content_hash=content_hash(new.text),
        found=found,
        compared=compared,
        method=METHOD,
        checked_at=now,
    )


def _found(new: Document, proposal: Proposal, before: datetime) -> tuple[list[tuple[Found, ProposalVersion]], int]:
    """Return the findings with the texts found, one for each other proposal, and how many texts were compared."""
    index = current_index()
    best: dict[str, tuple[Found, ProposalVersion]] = {}
    for one in index.check(new):
        row = submitted().filter(pk=one.old.split(":")[0]).first()
        if row is None or key_of(row) != one.old or row.proposal_id == proposal.pk or row.submitted_at >= before:
            continue
        kept = best.get(row.proposal_id)
        if kept is None or kept[0].size < one.size:
            best[row.proposal_id] = (one, row)
    found = sorted(best.values(), key=lambda pair: -pair[0].size)[:MOST]
    return found, sum(len(segment.texts) for segment in index.segments)


def _told(one: Found, new: Document) -> dict[str, Any]:
    """Return a finding as it is stored and shown."""
    spans = [
        {
            "new": [span.new_start, span.new_end],
            "old": [span.old_start, span.old_end],
            "new_section": span.new_section,
            "old_section": span.old_section,
            "size": round(span.size),
        }
        for span in one.spans
    ]
    shares = share_by_section(new, one.spans)
    return {"relation": one.relation, "date": one.date, "share": one.share, "size": one.size, "spans": spans} | {
        "sections": shares
    }
