"""Who is what with regard to a proposal, which fields it has, and the QuerySet twin of its visibility."""

from typing import Any

from django.db.models import Q, QuerySet

from yuantou.apps.accounts.facade import Role, User, has_role, organisations_of
from yuantou.apps.calls.models import Call
from yuantou.apps.proposals.answers import for_roles
from yuantou.apps.proposals.models import Member, MemberState, Proposal
from yuantou.apps.workflow.facade import granted_states, guarded, resolves_roles, roles_of, visible_states
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.local_text import LocalText

CONFLICTED = frozenset({"officer", "signatory", "institution", "reviewer", "invitee"})
"""Roles that nobody keeps on a proposal of one's own."""

_more_roles: list[Any] = []
_more_visible: list[Any] = []


@resolves_roles(Proposal)
def proposal_roles(user: User, proposal: Proposal) -> set[str]:
    """Applicant, member, research office of the institution, officer and signatory of the agency, reviewers.

    Whoever takes part in a proposal has no other role on it: a conflicted officer sees nothing of the own file.
    """
    own = _own_roles(user, proposal)
    if own:
        return own
    roles = {str(role) for role in (Role.OFFICER, Role.SIGNATORY) if has_role(user, role, proposal.call.agency_id)}
    if has_role(user, Role.INSTITUTION, proposal.organisation_id):
        roles.add("institution")
    for resolver in _more_roles:
        roles |= resolver(user, proposal)
    return roles


def _own_roles(user: User, proposal: Proposal) -> set[str]:
    if user.person_id is None:
        return set()
    if proposal.applicant_id == user.person_id:
        return {"applicant", "respondent"} if proposal.call.comments_out else {"applicant"}
    mine = [m for m in proposal.members.all() if m.person_id == user.person_id or m.email == user.email]
    if not mine:
        return set()
    # Who declined was told of the proposal: sees nothing more of it, and never judges it.
    declined = all(member.state == MemberState.REFUSED for member in mine)
    return {"declined_member"} if declined else {"member"}


def add_proposal_roles(resolver: Any, visible: Any) -> None:
    """Let a later stage (review) add roles: ``resolver(user, proposal)`` and its QuerySet twin ``visible(user)``."""
    _more_roles.append(resolver)
    _more_visible.append(visible)


def visible_proposals(user: Any, field: str = "number") -> "QuerySet[Proposal]":
    """Return the proposals of which a user may see ``field``: the twin of ``see`` for lists, counts and search."""
    granted = granted_states("proposal")
    if user is None or not getattr(user, "is_authenticated", False):
        return Proposal.objects.filter(granted("public", field))
    others = granted("public", field)
    others |= Q(call__agency__in=organisations_of(user, Role.OFFICER)) & granted("officer", field)
    others |= Q(call__agency__in=organisations_of(user, Role.SIGNATORY)) & granted("signatory", field)
    others |= Q(organisation__in=organisations_of(user, Role.INSTITUTION)) & granted("institution", field)
    for visible in _more_visible:
        others |= visible(user, field, granted)
    if user.person_id is None:
        return Proposal.objects.filter(others)
    mine = Q(applicant=user.person_id) & granted("applicant", field) | _member(user) & granted("member", field)
    mine |= Q(applicant=user.person_id, call__comments_out=True) & granted("respondent", field)
    return Proposal.objects.filter(mine | others & ~_own(user))


def visible_as(user: User, role: Role, *, field: str = "number") -> "QuerySet[Proposal]":
    """Return what a user sees in one standing role alone: the desks, from which one's own proposals stay away."""
    organisations = list(organisations_of(user, role))
    scope = Q(organisation__in=organisations) if role == Role.INSTITUTION else Q(call__agency__in=organisations)
    return without_own(user, Proposal.objects.filter(scope & granted_states("proposal")(str(role), field)))


def visible_in_call(
    user: User, call: Call, *, field: str = "number", own: list[str] | None = None
) -> "QuerySet[Proposal]":
    """Return what an officer sees of the proposals of one call; whether the user is one, ``roles_of`` the call says.

    ``own`` are the ``own_keys`` of the user, where they have been read already.
    """
    states = visible_states(call.programme, "proposal", "officer", field) if "officer" in roles_of(user, call) else ()
    rows = Proposal.objects.filter(call=call, state__in=sorted(states))
    return without_own(user, rows) if own is None else rows.exclude(pk__in=own)


def without_own(user: User, rows: "QuerySet[Proposal]") -> "QuerySet[Proposal]":
    """Leave out what a user takes part in. Named one by one, for they are few and a join would cost every list."""
    own = own_keys(user)
    return rows.exclude(pk__in=own) if own else rows


def own_keys(user: User) -> list[str]:
    """Return the keys of the proposals that a user takes part in."""
    if user.person_id is None:
        return []
    return list(Proposal.objects.filter(_own(user)).values_list("pk", flat=True))


def takes_part(user: User, call: Call) -> bool:
    """Tell whether a user stands behind a proposal that was handed in to a call, as applicant or participant."""
    if user.person_id is None:
        return False
    return Proposal.objects.filter(_own(user), call=call).exclude(state__means=["draft", "withdrawn"]).exists()


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


def _memberships(user: User) -> "QuerySet[Member]":
    return Member.objects.filter(Q(person=user.person_id) | Q(email=user.email))


def _member(user: User) -> Q:
    return Q(pk__in=_memberships(user).exclude(state=MemberState.REFUSED).values("proposal"))


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
)
