"""Who is what with regard to a proposal and which fields it has."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q, QuerySet

from yuantou.apps.accounts.facade import Grant, Named, User, agency
from yuantou.apps.calls.models import Call
from yuantou.apps.proposals.answers import for_roles
from yuantou.apps.proposals.models import Member, MemberState, Proposal
from yuantou.apps.workflow.facade import NOBODY, NONE, Source, follow, guarded, plays, roles_of, visible, visible_states
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.local_text import LocalText


class Joined(Source):
    """Whoever was named as a participant. Who declined was told of it: sees nothing more of it, and never judges it.

    ``path`` leads from a record to its proposal.
    """

    names = ("member", "declined_member")
    reached = ("member",)

    def __init__(self, path: str = "") -> None:
        self._path = path

    def held(self, user: Any, record: Any) -> set[str]:
        """Whether the person is named, and did not decline."""
        if user.person_id is None:
            return set()
        proposal: Proposal = follow(record, self._path) if self._path else record
        mine = [m for m in proposal.members.all() if m.person_id == user.person_id or m.email == user.email]
        if not mine:
            return set()
        declined = all(member.state == MemberState.REFUSED for member in mine)
        return {"declined_member"} if declined else {"member"}

    def rows(self, user: Any) -> Mapping[str, Q]:
        """The records of the proposals that name the person."""
        if user.person_id is None:
            return {}
        joined = self._named(_memberships(user).exclude(state=MemberState.REFUSED))
        return {"member": joined, "declined_member": self.reach(user) & ~joined}

    def reach(self, user: Any) -> Q:
        """Every record of a proposal that names the person."""
        return NONE if user.person_id is None else self._named(_memberships(user))

    def _named(self, members: "QuerySet[Member]") -> Q:
        return Q(**{f"{self._path or 'pk'}__in": members.values("proposal")})

    def people(self, record: Any, name: str) -> Iterable[Any]:
        """Those who confirmed; who declined gets no letters."""
        proposal: Proposal = follow(record, self._path) if self._path else record
        joined = proposal.members.filter(state=MemberState.CONFIRMED).select_related("person")
        return [member.person for member in joined if member.person] if name == "member" else []


class Responding(Source):
    """The applicant once the comments of the reviewers are out: who may respond to them."""

    names = ("respondent",)

    def held(self, user: Any, record: Proposal) -> set[str]:
        """Whether it is the applicant, and the comments are out."""
        own = user.person_id is not None and record.applicant_id == user.person_id
        return {"respondent"} if own and record.call.comments_out else set()

    def rows(self, user: Any) -> Mapping[str, Q]:
        """The own proposals in calls whose comments are out."""
        if user.person_id is None:
            return {}
        return {"respondent": Q(applicant=user.person_id, call__comments_out=True)}


class TakesPart(Source):
    """Whoever stands behind a proposal that was handed in to the call of a record has no role in judging it."""

    names = (NOBODY,)

    def __init__(self, path: str) -> None:
        self._path = path

    def held(self, user: Any, record: Any) -> set[str]:
        """Whether the person does."""
        return {NOBODY} if takes_part(user, follow(record, self._path)) else set()

    def rows(self, user: Any) -> Mapping[str, Q]:
        """The records of the calls where the person does."""
        return {} if user.person_id is None else {NOBODY: Q(**{f"{self._path}__in": _handed_in(user).values("call")})}


# Whoever takes part in a proposal has no other role on it: a conflicted officer sees nothing of the own file.
plays(
    Proposal,
    [Named("applicant", "applicant"), Responding()],
    [Joined()],
    [*agency("call__agency"), Grant("institution", "organisation")],
)


def visible_proposals(user: Any, field: str = "number") -> "QuerySet[Proposal]":
    """Return the proposals of which a user may see ``field``."""
    return visible(Proposal, user, field)


def visible_in_call(
    user: User, call: Call, *, field: str = "number", own: list[str] | None = None
) -> "QuerySet[Proposal]":
    """Return what an officer sees of the proposals of one call; whether the user is one, ``roles_of`` the call says.

    ``own`` are the ``own_keys`` of the user, where they have been read already.
    """
    states = visible_states(call.programme, "proposal", "officer", field) if "officer" in roles_of(user, call) else ()
    rows = Proposal.objects.filter(call=call, state__in=sorted(states))
    own = own_keys(user) if own is None else own
    return rows.exclude(pk__in=own) if own else rows


def own_keys(user: User) -> list[str]:
    """Return the keys of the proposals that a user takes part in."""
    return [] if user.person_id is None else list(Proposal.objects.filter(_own(user)).values_list("pk", flat=True))


def takes_part(user: User, call: Call) -> bool:
    """Tell whether a user stands behind a proposal that was handed in to a call, as applicant or participant."""
    return user.person_id is not None and _handed_in(user).filter(call=call).exists()


def refuse_own_call(user: User, call: Call) -> None:
    """Refuse whoever takes part in a call: even a gap in a ranking or a sum would tell of the own proposal.

    Raises
    ------
    NotAllowedError
        If the user is applicant or participant of a proposal in the call.
    """
    if takes_part(user, call):
        raise NotAllowedError(
            LocalText(
                "您参与了本次通知的申请，须回避其排序与决定。",
                "You take part in this call: you are excluded from its ranking and decisions.",
            ),
            LocalText("请由其他项目主管办理。", "Please leave it to another officer."),
            code="conflict.own_call",
        )


def _own(user: User) -> Q:
    return Q(applicant=user.person_id) | Q(pk__in=_memberships(user).values("proposal"))


def _handed_in(user: User) -> "QuerySet[Proposal]":
    return Proposal.objects.filter(_own(user)).exclude(state__means=["draft", "withdrawn"])


def _memberships(user: User) -> "QuerySet[Member]":
    return Member.objects.filter(Q(person=user.person_id) | Q(email=user.email))


guarded(
    Proposal,
    "proposal",
    {
        "number": lambda p: p.number,
        "title": lambda p: p.title,
        "abstract": lambda p: {key: p.answers.get(key, "") for key in ("abstract_zh", "abstract_en")},
        "answers": lambda p: p.answers,
        "applicant": lambda p: p.applicant,
        "members": lambda p: list(p.members.all()),
        "organisation": lambda p: p.organisation,
        "state": lambda p: p.state,
        "history": lambda p: p.pk,
        "receipt": lambda p: p.versions.first(),
        "attachments": lambda p: list(p.attachments.all()),
        "public_summary": lambda p: {key: p.answers.get(key, "") for key in ("public_summary_zh", "public_summary_en")},
        "conflicts": lambda p: p.conflicts.all(),
        "assignments": lambda p: p.assignments.all(),
        "reviews": lambda p: p.assignments.filter(state__means="finished"),
        "ranking": lambda p: p.ranked.order_by("-ranking__created_at").first(),
        "decision": lambda p: p.decisions.filter(decision_list__state__means=["signed", "published"]).first(),
        "comments": lambda p: p.assignments.filter(state__means="finished"),
        "response": lambda p: p.responses.filter(state__means="given").first(),
        "debate": lambda p: p.debates.first(),
        "award": lambda p: p.decisions.filter(decision_list__state__means="published", outcome="fund").first(),
    },
    narrowed={"answers": lambda answers, p, roles: for_roles(p.programme, answers, roles)},
    kind="call__programme_type",
    judging={"assignments", "comments", "conflicts", "ranking", "reviews"},
)
