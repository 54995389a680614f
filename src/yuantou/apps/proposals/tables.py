"""Lists of proposals: one row type, filters, orders, pages."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import QueryDict

from yuantou.apps.accounts.facade import Role, User
from yuantou.apps.calls.models import Call
from yuantou.apps.proposals.checks import Check, failing, results, with_checks
from yuantou.apps.proposals.models import Member, MemberState, Proposal
from yuantou.apps.proposals.rules import visible_in_call
from yuantou.apps.registry.models import Person
from yuantou.apps.workflow.facade import visible_as
from yuantou.engines.workflow import State

PAGE = 25
Rows = QuerySet[Proposal]
ORDERS = {
    "number": "number",
    "-number": "-number",
    "amount": "requested",
    "-amount": "-requested",
    "submitted": "submitted_at",
    "-submitted": "-submitted_at",
    "saved": "saved_at",
    "-saved": "-saved_at",
}


@dataclass(frozen=True, slots=True)
class Row:
    """What a list prints of a proposal; nothing else of it reaches a template."""

    id: str
    number: str
    title: str
    call: str
    call_id: str
    applicant: str
    organisation: str
    discipline: str
    requested: Decimal | None
    currency: str
    state: State
    saved_at: datetime
    submitted_at: datetime | None
    closes_at: datetime | None
    time_zone: str
    mine: bool
    checks: tuple[tuple[Check, bool], ...] = ()

    @property
    def failed(self) -> list[Check]:
        """The checks that did not pass."""
        return [check for check, passed in self.checks if not passed]


def _row(proposal: Proposal, person_id: str | None, *, checked: bool) -> Row:
    return Row(
        id=proposal.pk,
        number=proposal.number or "",
        title=proposal.title,
        call=proposal.call.title,
        call_id=proposal.call_id,
        applicant=str(proposal.applicant),
        organisation=str(proposal.organisation or ""),
        discipline=f"{proposal.discipline.code} {proposal.discipline.name}" if proposal.discipline else "",
        requested=proposal.requested,
        currency=proposal.programme.budget.currency,
        state=proposal.programme.machine("proposal").state(proposal.state),
        saved_at=proposal.saved_at,
        submitted_at=proposal.submitted_at,
        closes_at=proposal.call.closes_at,
        time_zone=proposal.call.time_zone,
        mine=proposal.applicant_id == person_id,
        checks=tuple(results(proposal)) if checked else (),
    )


def _page(rows: Rows, query: QueryDict, user: User, default: str, *, call: Call | None = None) -> "Page[Any]":
    """Page over keys alone, then read the few rows of the page with all that is printed; with a call, its checks."""
    order = ORDERS.get(query.get("sort", ""), default)
    unique = order.lstrip("-") == "number"  # a second key would make the database sort what its index has in order
    keys = rows.order_by(order, *([] if unique else ["pk"])).values_list("pk", flat=True)
    # What no index answers is looked through once, for the page and the count together.
    searched = {"q", "result"} & {key for key, value in query.items() if value}
    page: Page[Any] = Paginator(list(keys) if searched else keys, PAGE).get_page(query.get("page"))
    wanted = list(page.object_list)
    found = Proposal.objects.filter(pk__in=wanted).defer("answers")
    found = found.select_related("call__programme_type", "applicant", "organisation", "discipline")
    by_key = {row.pk: row for row in (with_checks(found, call) if call else found)}
    page.object_list = [_row(by_key[key], user.person_id, checked=call is not None) for key in wanted]
    return page


def _search(rows: Rows, query: QueryDict) -> Rows:
    words = query.get("q", "").strip()
    if re.fullmatch(r"\d{4}-[A-Z]*(-\d*)?", words):
        rows = rows.filter(number__gte=words, number__lt=f"{words}~")  # a range, for an index serves it
    elif words:
        people = Person.objects.filter(Q(name_zh__icontains=words) | Q(name_en__icontains=words))
        named = Q(title_zh__icontains=words) | Q(title_en__icontains=words) | Q(applicant__in=people.values("pk"))
        rows = rows.filter(named)
    if query.get("state"):
        rows = rows.filter(state=query["state"])
    if query.get("discipline"):
        rows = rows.filter(discipline=query.get("discipline"))
    return rows


def my_table(user: User, query: QueryDict) -> "Page[Any]":
    """Return a page of the proposals a person writes or takes part in, the latest first."""
    taking_part = Member.objects.filter(person=user.person_id, state=MemberState.CONFIRMED).values("proposal")
    mine = Proposal.objects.filter(Q(applicant=user.person_id) | Q(pk__in=taking_part))
    return _page(_search(mine, query), query, user, "-saved_at")


def my_invitations(user: User) -> list[Member]:
    """Return the invitations to take part that wait for an answer."""
    rows = Member.objects.filter(email=user.email.lower(), state=MemberState.INVITED, proposal__state__means="editable")
    return list(rows.select_related("proposal__call", "proposal__applicant"))


def institution_table(user: User, query: QueryDict) -> "Page[Any]":
    """Return a page of the proposals of the institutions whose research office a user is."""
    rows = visible_as(Proposal, user, Role.INSTITUTION)
    if "state" not in query:
        rows = rows.filter(state__means="with_institution")
    return _page(_search(rows, query), query, user, "submitted_at")


def check_table(user: User, call: Call, query: QueryDict, *, own: list[str]) -> "Page[Any]":
    """Return a page of the formal check of a call without one's ``own``, with the automatic checks of each row."""
    rows = visible_in_call(user, call, own=own)
    if "state" not in query:
        rows = rows.filter(state__means="handed_in")
    if query.get("result") == "fail":
        rows = rows.filter(failing(call))
    elif query.get("result") == "pass":
        rows = rows.exclude(failing(call))
    return _page(_search(rows, query), query, user, "number", call=call)


def chosen(user: User, role: Role, ids: Iterable[str]) -> list[Proposal]:
    """Return those of the named proposals that a user sees in a role, ready for acts on many (three queries)."""
    wanted = list(dict.fromkeys(ids))[:500]
    rows = (
        visible_as(Proposal, user, role).filter(pk__in=wanted).select_related("call__programme_type", "applicant__user")
    )
    return list(rows.prefetch_related("members").defer("answers"))
