"""A proposal as PDF, set by typst. The text of applicants is passed as data and never read as markup."""

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

import typst
from django.utils.translation import gettext as _

from yuantou.apps.proposals.facade import read_form
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.workflow.facade import Seen
from yuantou.kernel.instants import print_instant


@lru_cache(maxsize=1)
def _template() -> bytes:
    return files("yuantou.apps.proposals").joinpath("templates/proposals/proposal.typ").read_bytes()


def proposal_pdf(proposal: Proposal, seen: Seen) -> bytes:
    """Return the PDF of a proposal with the answers, people and state that ``seen`` grants."""
    return typst.compile(_template(), sys_inputs={"data": json.dumps(_data(proposal, seen), ensure_ascii=False)})


def _data(proposal: Proposal, seen: Seen) -> dict[str, Any]:
    call, given = proposal.call, seen.can
    facts = [
        (_("Call"), call.title),
        (_("Number"), seen.number if "number" in given and seen.number else _("Draft, not submitted")),
        (_("Applicant"), str(seen.applicant) if "applicant" in given else ""),
        (_("Institution"), str(seen.organisation or "") if "organisation" in given else ""),
        (
            _("Participants"),
            "; ".join(str(member.person or "") for member in seen.members) if "members" in given else "",
        ),
        (_("Submitted"), print_instant(proposal.submitted_at, call.time_zone) if proposal.submitted_at else ""),
        ("SHA-256", proposal.content_hash if "receipt" in given else ""),
    ]
    sections = [
        {
            "title": section.title,
            "answers": [
                {"label": view.label, "texts": [text for _language, text in view.texts if text]}
                for view in section.answers
                if not view.is_empty
            ],
        }
        for section in read_form(proposal.programme, seen.answers)
    ]
    return {"title": proposal.title, "facts": [list(fact) for fact in facts if fact[1]], "sections": sections}
