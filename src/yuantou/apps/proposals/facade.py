"""What other apps may use of proposals."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from yuantou.apps.calls.models import Call
from yuantou.apps.language import page_language
from yuantou.apps.proposals.answers import Finding, as_typed, for_roles, read_money
from yuantou.apps.proposals.domain import decline_early
from yuantou.apps.proposals.eligibility import count_as_ended
from yuantou.apps.proposals.holders import solving_holders
from yuantou.apps.proposals.hooks import add_obstacles, after_save
from yuantou.apps.proposals.letters import says
from yuantou.apps.proposals.models import Member, MemberState, Proposal
from yuantou.apps.proposals.rules import (
    Joined,
    TakesPart,
    own_keys,
    refuse_own_call,
    takes_part,
    visible_in_call,
    visible_proposals,
)
from yuantou.apps.registry.models import Discipline, Person
from yuantou.apps.workflow.facade import SYSTEM, change_state
from yuantou.engines.workflow import Field, ProgrammeType
from yuantou.engines.workflow.model import FieldType
from yuantou.kernel.money import Money

__all__ = [
    "AnswerView",
    "Finding",
    "Joined",
    "ProposalForMatching",
    "SectionView",
    "TakesPart",
    "accepted_count",
    "add_obstacles",
    "after_save",
    "as_typed",
    "count_as_ended",
    "counts_by_state",
    "counts_of_calls",
    "decline_early",
    "for_roles",
    "own_keys",
    "proposals_for_matching",
    "read_form",
    "read_money",
    "refuse_own_call",
    "says",
    "send_to_review",
    "solving_holders",
    "takes_part",
    "visible_in_call",
    "visible_proposals",
]


@dataclass(frozen=True, slots=True)
class ProposalForMatching:
    """One row of the table ``proposals`` of the engines (docs/explanation/architecture.md).

    ``participants`` holds every known spelling and ORCID iD of applicant and confirmed members; ``organisation`` is the
    Chinese name of the institution where there is one, else the English.
    """

    proposal_id: str
    title: str
    abstract: str
    keywords: list[str]
    discipline: str
    applicant: str
    participants: list[str]
    organisation: str
    requested: float | None
    demand: int | None


def proposals_for_matching(call_id: str, *, only: Collection[str] = ()) -> list[ProposalForMatching]:
    """Return the proposals of a call that passed the formal check, or some of them, by number (three queries)."""
    chosen = {"pk__in": only} if only else {}
    rows = (
        Proposal.objects.filter(call=call_id, state__means="judged", **chosen)
        .select_related("applicant", "organisation", "call")
        .prefetch_related("members__person")
        .order_by("number", "pk")
    )
    return [_for_matching(row) for row in rows]


def _for_matching(proposal: Proposal) -> ProposalForMatching:
    answers = proposal.answers
    people = [proposal.applicant, *_confirmed(proposal.members.all())]
    home = proposal.organisation
    return ProposalForMatching(
        proposal_id=proposal.pk,
        title=" ".join(part for part in (proposal.title_zh, proposal.title_en) if part),
        abstract="\n".join(as_typed(answers[key]) for key in _both(answers, "abstract")),
        keywords=[word for key in _both(answers, "keywords") for word in as_typed(answers[key]).split("; ")],
        discipline=proposal.discipline_id or "",
        applicant=proposal.applicant.orcid or proposal.applicant.name_zh or proposal.applicant.name_en,
        participants=list(dict.fromkeys(name for person in people for name in _spellings(person))),
        organisation=(home.name_zh or home.name_en) if home else "",
        requested=None if proposal.requested is None else float(proposal.requested),
        demand=proposal.call.reviews_wanted,
    )


def _confirmed(members: Collection[Member]) -> list[Person]:
    return [member.person for member in members if member.state == MemberState.CONFIRMED and member.person]


def _spellings(person: Person) -> list[str]:
    return [*([person.orcid] if person.orcid else []), *person.all_names]


def _both(answers: Mapping[str, Any], field: str) -> list[str]:
    return [key for key in (field, f"{field}_zh", f"{field}_en") if answers.get(key)]


def counts_by_state(call_id: str, *, without: Collection[str] = ()) -> dict[str, int]:
    """Return how many proposals of a call are in each state, those of the reader (``own_keys``) left out."""
    return counts_of_calls([call_id], without=without)[call_id]


def counts_of_calls(call_ids: list[str], *, without: Collection[str] = ()) -> dict[str, dict[str, int]]:
    """Return how many proposals of each call are in each state (one query over an index), some left out."""
    counts: dict[str, dict[str, int]] = {call_id: {} for call_id in call_ids}
    counted = Proposal.objects.filter(call__in=call_ids)
    counted = counted.exclude(pk__in=without) if without else counted
    rows = counted.order_by().values("call", "state").annotate(n=Count("*"))
    for row in rows:
        counts[row["call"]][row["state"]] = row["n"]
    return counts


def accepted_count(call_id: str) -> int:
    """Return how many proposals of a call are in review or ready for it."""
    return Proposal.objects.filter(call=call_id, state__means="judged").count()


def send_to_review(*, call: Call, now: datetime, user: Any = SYSTEM) -> int:
    """Move every accepted proposal of a call into review; returns how many. Belongs into the caller's transaction."""
    rows = Proposal.objects.filter(call=call, state__means="admitted").select_related("call__programme_type")
    accepted = list(rows.prefetch_related("members").defer("answers"))
    for proposal in accepted:
        change_state(proposal, "review", user=user, now=now)
    return len(accepted)


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One answer ready to print: label in the reader's language, one text or a Chinese and an English one."""

    field: Field
    label: str
    texts: tuple[tuple[str, str], ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was answered."""
        return not any(text for _language, text in self.texts)


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section of the form with its answers."""

    id: str
    title: str
    answers: tuple[AnswerView, ...]


def read_form(programme: ProgrammeType, answers: Mapping[str, Any]) -> list[SectionView]:
    """Return answers (as ``see(...).answers`` grants them) section by section; fields not granted are left out."""
    language = page_language()
    sections = []
    for section in programme.form:
        views = tuple(_view(field, answers, language) for field in section.fields if set(field.keys) & set(answers))
        if views:
            sections.append(SectionView(section.id, section.title.in_language(language), views))
    return sections


def _view(field: Field, answers: Mapping[str, Any], language: str) -> AnswerView:
    codes = ("zh-Hans", "en") if field.bilingual else ("",)
    texts = tuple(
        (code, _print(field, answers.get(key), language)) for code, key in zip(codes, field.keys, strict=True)
    )
    return AnswerView(field, field.label.in_language(language), texts)


def _discipline_name(code: str) -> str:
    row = Discipline.objects.filter(code=code).first()
    return row.name if row else ""


def _print(field: Field, value: Any, language: str) -> str:
    if value is True:
        return "✓"
    if field.type == FieldType.MONEY and (amount := read_money(value)) is not None:
        return Money(amount).in_language(language)
    if field.type == FieldType.DISCIPLINE and value:
        return " ".join(part for part in (str(value), _discipline_name(value)) if part)
    named = {choice: label.in_language(language) for choice, label in field.choices}
    return named.get(as_typed(value), as_typed(value))
