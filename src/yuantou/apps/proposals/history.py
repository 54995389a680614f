"""The history of a proposal as a reader may see it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yuantou.apps.history import Line, timeline
from yuantou.apps.proposals.models import Proposal

# Only these: whatever else a later stage writes about a proposal (conflicts, reviewers) is not for its applicant.
OTHER_ACTS: dict[str, Promise] = {
    "proposal.start": _("Draft started"),
    "member.invite": _("Participant invited"),
    "member.confirm": _("Participant confirmed"),
    "member.decline": _("Participant declined"),
    "member.remove": _("Participant removed"),
    "attachment.add": _("File attached"),
    "attachment.remove": _("File removed"),
}


def lines_of(proposal: Proposal) -> list[Line]:
    """Return what happened to a proposal, latest first, with the reasons given (two queries)."""
    return timeline(proposal, "proposal", OTHER_ACTS, dict(proposal.remarks.values_list("ledger_index", "text")))
