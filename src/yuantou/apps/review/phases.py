"""Phases of review: who judges in which role, whether a phase is done, and the way to the next."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import QuerySet

from yuantou.apps.calls.facade import appointed_holders, refuse_broken
from yuantou.apps.calls.models import Call
from yuantou.apps.proposals.facade import solving_holders
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.registry.facade import houses_of
from yuantou.apps.registry.models import Affiliation
from yuantou.apps.review.models import Assignment, Expert, Nomination
from yuantou.engines.matching import Rule
from yuantou.engines.workflow import Holder, PhaseKind, ReviewPhase, Unmet, unmet
from yuantou.engines.workflow.phases import bounds
from yuantou.kernel.errors import NotAllowedError

_done: dict[PhaseKind, Callable[[Call, ReviewPhase], bool]] = {}


def phase_is_done(kind: PhaseKind) -> Callable[[Callable[[Call, ReviewPhase], bool]], Any]:
    """Let a later stage say when a phase of its kind is done: ``(call, phase) -> done``."""

    def register(check: Callable[[Call, ReviewPhase], bool]) -> Any:
        _done[kind] = check
        return check

    return register


def current_phase(call: Call) -> ReviewPhase:
    """Return the phase that a call is in, as its type has it."""
    return call.programme.phase(call.phase)


def entering(call: Call, phase: ReviewPhase) -> dict[str, Any]:
    """Return the columns that a call has once it is in a phase."""
    wanted = {"reviews_wanted": phase.count} if phase.judged and phase.count != call.programme.review.count else {}
    if phase.judged and call.phase:
        wanted = {"reviews_wanted": phase.count}
    out = call.comments_out or phase.kind is PhaseKind.RESPONSE
    return {"phase": phase.id, "comments_out": out, **wanted}


class Sides:
    """Deals out the roles of a phase, so that each is held by as many reviewers of a proposal as any other."""

    def __init__(self, call: Call, standing: "QuerySet[Assignment]") -> None:
        self._roles = current_phase(call).actors or ("reviewer",)
        self._held: dict[str, Counter[str]] = defaultdict(Counter)
        for proposal, role in standing.values_list("proposal", "role"):
            self._held[proposal][role] += 1

    def next(self, proposal_id: str) -> str:
        """Return the role that a proposal lacks most, and count it as held."""
        held = self._held[proposal_id]
        role = min(self._roles, key=lambda role: (held[role], self._roles.index(role)))
        held[role] += 1
        return role


def refuse_apart(proposal: Proposal, expert: Expert, role: str) -> None:
    """Refuse an expert whom the type keeps apart from who stands behind a proposal or judges it already.

    Raises
    ------
    NotAllowedError
        With one problem for each separation that would be broken.
    """
    if proposal.programme.separations:
        asked = Holder(role, expert.person_id, houses_of([expert.person])[expert.person_id])
        refuse_broken(proposal.call, holders_of(proposal), by=asked)


def kept_apart(proposal: Proposal, expert: Expert, role: str) -> bool:
    """Tell whether an expert may have a role on a proposal."""
    try:
        refuse_apart(proposal, expert, role)
    except NotAllowedError:
        return False
    return True


def holders_of(proposal: Proposal) -> list[Holder]:
    """Return who holds which role on a proposal: applicants, those named for the call, reviewers."""
    rows = Assignment.objects.filter(proposal=proposal, state__means="live").select_related("expert__person")
    experts = [(row.expert, row.role) for row in rows]
    houses = houses_of(expert.person for expert, _role in experts)
    asked = [Holder(role, expert.person_id, houses[expert.person_id]) for expert, role in experts]
    return [*solving_holders(proposal), *appointed_holders(proposal.call), *asked]


# --- the mix of reviewers ---------------------------------------------------------------------------------------------


def traits_of(call: Call, experts: Iterable[str]) -> dict[str, set[str]]:
    """Return the traits of experts with regard to a call (three queries): from abroad, peer or user, named by whom."""
    keys = list(experts)
    found = {key: {"user" if users else "peer"} for key, users in _sides(keys)}
    countries: dict[str, set[str]] = defaultdict(set)
    stays = Affiliation.objects.filter(person__expert__in=keys, end=None)
    for key, country in stays.values_list("person__expert", "organisation__country"):
        countries[key].add(country)
    for key, where in countries.items():
        if call.agency.country not in where:
            found[key].add("foreign")
    for key, pot in Nomination.objects.filter(call=call, expert__in=keys).values_list("expert", "pot"):
        found[key].add(f"named_by_{pot}")
    return found


def _sides(keys: list[str]) -> Iterable[tuple[str, bool]]:
    return Expert.objects.filter(pk__in=keys).values_list("pk", "user_side")


def mix_rules(call: Call) -> tuple[Rule, ...]:
    """Return the mix that the present phase asks for as rules for the matching, over the experts of the pool."""
    phase, wanted = current_phase(call), call.reviews_wanted
    if not phase.mix:
        return ()
    traits = traits_of(call, Expert.objects.filter(active=True).values_list("pk", flat=True))
    return tuple(
        Rule(share.trait, frozenset(key for key, has in traits.items() if share.trait in has), least, most)
        for share in phase.mix
        for least, most in [bounds(share, wanted)]
    )


def mix_gaps(call: Call, *, when: str = "live") -> dict[str, tuple[Unmet, ...]]:
    """Return what the reviewers of each proposal lack of the mix that the phase asks for, by proposal."""
    phase = current_phase(call)
    if not phase.mix:
        return {}
    rows = Assignment.objects.filter(call=call, phase=call.phase, state__means=when)
    pairs = list(rows.exclude(proposal__state__means="declined").values_list("proposal", "expert"))
    traits, groups = traits_of(call, {expert for _proposal, expert in pairs}), defaultdict(list)
    for proposal, expert in pairs:
        groups[proposal].append(traits[expert])
    return {proposal: found for proposal, group in groups.items() if (found := unmet(phase.mix, group))}


# --- from phase to phase ----------------------------------------------------------------------------------------------


def still_open(call: Call) -> bool:
    """Tell whether reviews of a call are proposed, asked for or being written."""
    return Assignment.objects.filter(call=call, state__means="unfinished").exists()


def is_done(call: Call, phase: ReviewPhase) -> bool:
    """Tell whether a phase in which nothing is open has all it asks for.

    Every proposal has a review of a phase that asks for some; a later stage may ask for more.
    """
    if phase.judged and phase.id:
        finished = Assignment.objects.filter(call=call, phase=call.phase, state__means="finished").values("proposal")
        if Proposal.objects.filter(call=call, state__means="judged").exclude(pk__in=finished).exists():
            return False
    check = _done.get(phase.kind)
    return check is None or check(call, phase)
