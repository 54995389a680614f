"""Minutes as PDF, set by typst, in the language of the page; the hash that is signed stands on every page."""

import json
from collections.abc import Collection
from functools import lru_cache
from importlib.resources import files
from typing import Any

import typst
from django.utils.translation import gettext as _

from yuantou.apps.decisions.models import Outcome
from yuantou.apps.meetings.models import Meeting
from yuantou.apps.meetings.words import reasons_for_absence
from yuantou.kernel.instants import print_instant


@lru_cache(maxsize=1)
def _template() -> bytes:
    return files("yuantou.apps.meetings").joinpath("templates/meetings/minutes.typ").read_bytes()


def minutes_pdf(meeting: Meeting, titles: Collection[str]) -> bytes:
    """Return the minutes of a closed meeting with the signatures given so far.

    ``titles`` are the keys of the proposals whose number and title the reader may see: a member who signed keeps the
    minutes, but knows the proposals by name only as long as the panel does.
    """
    return typst.compile(_template(), sys_inputs={"data": json.dumps(_data(meeting, titles), ensure_ascii=False)})


def _data(meeting: Meeting, titles: Collection[str]) -> dict[str, Any]:
    zone, outcomes, kinds = meeting.call.time_zone, dict(Outcome.choices), reasons_for_absence()
    seats = {seat.pk: seat for seat in meeting.seats.select_related("user__person")}
    names = {item.proposal_id: item.proposal for item in meeting.items.select_related("proposal")}
    rows = []
    for item in meeting.minutes["items"]:
        proposal, votes = names[item["proposal"]], item["tally"]
        rows.append(
            {
                "title": f"{proposal.number or ''} {proposal.title}".strip() if proposal.pk in titles else proposal.pk,
                "lines": [
                    _("By the list: {before}. Decided: {after}.").format(
                        before=outcomes.get(item["before"], ""), after=outcomes.get(item["outcome"], "")
                    ),
                    _("Votes: {fund} for funding, {decline} against, {abstain} abstained.").format(
                        **{choice: votes.get(choice, 0) for choice in ("fund", "decline", "abstain")}
                    )
                    if votes
                    else _("No vote was asked for."),
                    *([_("Reason") + ": " + item["reason"]] if item["reason"] else []),
                    *(
                        _("Left the room")
                        + f": {seats[seat].user.person or seats[seat].user} ({kinds.get(kind, kind)})"
                        for seat, kind in item["absent"]
                    ),
                ],
            }
        )
    return {
        "title": _("Minutes of the panel meeting"),
        "subtitle": meeting.call.title,
        "facts": [
            [_("Began"), print_instant(meeting.opened_at, zone) if meeting.opened_at else ""],
            [_("Ended"), print_instant(meeting.closed_at, zone) if meeting.closed_at else ""],
            [_("Quorum"), str(meeting.quorum)],
            [_("Present"), "; ".join(str(s.user.person or s.user) for s in seats.values() if s.present_at)],
            [_("Hash of the list"), meeting.minutes["list_hash"]],
            [_("Hash of the minutes"), meeting.minutes_hash],
        ],
        "items": rows,
        "signatures": [
            [str(seat.user.person or seat.user), print_instant(seat.signed_at, zone)]
            for seat in seats.values()
            if seat.signed_at
        ],
        "signed": _("Signed"),
        "hash": meeting.minutes_hash,
    }
