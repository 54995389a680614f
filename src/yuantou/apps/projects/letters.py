"""Letters about a project and what belongs to it: what they print, and where letters to its people go."""

from typing import Any

from yuantou.apps.accounts.facade import holders_of, recipients_of
from yuantou.apps.links import link_to
from yuantou.apps.projects.models import Instalment, Project
from yuantou.apps.proposals.models import MemberState
from yuantou.apps.workflow.facade import Recipient, corresponds, sends
from yuantou.kernel.instants import print_instant
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.money import Money

ROLES = ("holder", "member", "institution")
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


def _people(record: Any, role: str) -> list[Recipient]:
    project = _project(record)
    if role == "holder":
        return recipients_of(project.holder)
    if role == "assessor":
        return recipients_of(record.person)
    if role == "member":
        members = project.proposal.members.filter(state=MemberState.CONFIRMED).select_related("person")
        return recipients_of(*(member.person for member in members))
    return recipients_of(*holders_of(role, project.organisation_id))


def _zone(record: Any) -> str:
    return _project(record).call.time_zone


_steps = ("project", "report", "gate", "change", "instalment")
corresponds(*_steps, says=_says, people=_people, roles=ROLES, words=WORDS, zone=_zone)
corresponds("verdict", says=_says, people=_people, roles=(*ROLES, "assessor"), words=WORDS, zone=_zone)
sends("call", "project", "agreement_due", "part_consent", "duty_soon", "duty_late", "assessor_invitation")
