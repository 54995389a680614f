"""Letters about a project and what belongs to it: what they print, and where letters to its people go."""

from typing import Any

from yuantou.apps.links import link_to
from yuantou.apps.projects.models import Change, Gate, Instalment, Project, Report, Verdict
from yuantou.apps.workflow.facade import announces, corresponds
from yuantou.kernel.instants import print_instant
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.money import Money

WORDS = ("title", "number", "amount", "link", "hash", "what", "deadline", "outcome")


def _project(record: Any) -> Project:
    return record if isinstance(record, Project) else record.project


def _says(record: Any, language: str) -> dict[str, str]:
    """Say what is known: ``what`` it is, when it is due (the end of a project), and its state as ``outcome``."""
    project = _project(record)
    proposal, due = project.proposal, project.ends_at if record is project else getattr(record, "due_at", None)
    amount = record.amount if isinstance(record, Instalment) else project.amount
    return {
        "title": LocalText(proposal.title_zh, proposal.title_en).in_language(language),
        "number": proposal.number or "",
        "amount": Money(amount, project.programme.budget.currency).in_language(language),
        "link": link_to("projects:detail", project.pk),
        "hash": project.plan_hash,
        "what": "" if record is project else record.plan.name.in_language(language),
        "deadline": print_instant(due, project.call.time_zone) if due else "",
        "outcome": record.now_in.name.in_language(language),
    }


def _zone(record: Any) -> str:
    return _project(record).call.time_zone


corresponds(Project, Report, Gate, Change, Instalment, Verdict, says=_says, words=WORDS, zone=_zone)
announces("project", "opened", "partner_asked", "due_soon", "overdue", "assessor_asked")
