"""The history of a proposal as a reader may see it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yuantou.apps.audit.facade import history
from yuantou.apps.language import page_language
from yuantou.apps.proposals.models import Proposal

# Only these: whatever else a later stage writes about a proposal (conflicts, reviewers) is not for its applicant.
_OTHER_ACTS: dict[str, Promise] = {
    "proposal.start": _("Draft started"),
    "member.invite": _("Participant invited"),
    "member.confirm": _("Participant confirmed"),
    "member.decline": _("Participant declined"),
    "member.remove": _("Participant removed"),
    "attachment.add": _("File attached"),
    "attachment.remove": _("File removed"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline."""

    index: int
    at: datetime
    name: str
    reason: str
    leaf_hash: str


def timeline(proposal: Proposal) -> list[Step]:
    """Return what happened to a proposal, latest first, with the reasons given (two queries)."""
    reasons = dict(proposal.remarks.values_list("ledger_index", "text"))
    language = page_language()
    machine = proposal.programme.machine("proposal")
    names = {f"proposal.{t.id}": t.name.in_language(language) for t in machine.every_transition}
    names |= {act: str(name) for act, name in _OTHER_ACTS.items()}
    events = [event for event in history("proposal", proposal.pk) if event.act in names]
    undone = {event.data.get("undoes") for event in events}
    reasons = {index: text for index, text in reasons.items() if index not in undone}
    return [Step(e.index, e.at, names[e.act], reasons.get(e.index, ""), e.leaf_hash) for e in reversed(events)]
