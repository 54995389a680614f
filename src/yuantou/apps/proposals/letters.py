"""How letters about a proposal are written: to whom the kind says, in the language of each."""

from yuantou.apps.links import link_to
from yuantou.apps.proposals.models import Proposal
from yuantou.kernel.instants import print_instant
from yuantou.kernel.local_text import LocalText


def says(proposal: Proposal, language: str) -> dict[str, str]:
    """Return what a letter may print of a proposal."""
    call = proposal.call
    return {
        "title": _in(language, proposal.title_zh, proposal.title_en) or str(proposal.title),
        "number": proposal.number or "",
        "call": _in(language, call.title_zh, call.title_en) or str(call.title),
        "time": print_instant(proposal.submitted_at, call.time_zone) if proposal.submitted_at else "",
        "deadline": print_instant(call.last_instant, call.time_zone) if call.last_instant else "",
        "hash": proposal.content_hash,
        "link": link_to("proposals:detail", proposal.pk),
    }


def _in(language: str, zh: str, en: str) -> str:
    return LocalText(zh, en).in_language(language) if zh or en else ""
