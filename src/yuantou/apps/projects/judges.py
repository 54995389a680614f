"""Who judges a gate or accepts a result where the type names them: present, and kept apart, at every step."""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from yuantou.apps.calls.facade import refuse_broken
from yuantou.apps.projects.models import Gate, Project
from yuantou.apps.proposals.models import MemberState
from yuantou.apps.registry.facade import houses_of
from yuantou.apps.registry.models import Person
from yuantou.apps.review.models import Expert
from yuantou.engines.workflow import Holder
from yuantou.kernel.errors import NotAllowedError, Problem
from yuantou.kernel.local_text import LocalText


def roles_at(project: Project, gate: Gate | None) -> tuple[str, ...]:
    """Return the roles that judge a gate, or the whole at closure; none means any expert without conflicts."""
    return gate.plan.by if gate else project.programme.project.closed_by


def named_for(project: Project, gate: Gate | None) -> "QuerySet[Expert]":
    """Return the people whom the call named for the roles that judge here, as experts."""
    roles = roles_at(project, gate)
    people = project.call.appointments.filter(role__in=roles).values("person")
    return Expert.objects.filter(person__in=people)


def refuse_others(project: Project, gate: Gate | None, people: Collection[Person]) -> None:
    """Refuse whoever is not named for the roles that judge here, or is not kept apart from the team.

    Raises
    ------
    NotAllowedError
        If somebody else was chosen, or the type keeps one apart from who solves or from a fellow judge.
    """
    if roles := roles_at(project, gate):
        named = set(project.call.appointments.filter(role__in=roles).values_list("person", flat=True))
        others = [person for person in people if person.pk not in named]
        if others:
            raise NotAllowedError(
                LocalText("此处须由通知指定的人评判。", "Those whom the call named judge here."),
                LocalText("请选择出题人与共同评判人。", "Choose the people named on the call."),
                code="assessor.not_named",
                problems=tuple(Problem("assessor.not_named", LocalText(str(p), str(p)), _CHOOSE) for p in others),
            )
    refuse_broken(project.call, holders_of(project))


_CHOOSE = LocalText("请改选。", "Choose again.")


def holders_of(project: Project) -> list[Holder]:
    """Return the team, former leads and former members among it, and those named for the call."""
    if not project.programme.separations:
        return []
    joined = project.proposal.members.filter(state=MemberState.CONFIRMED).select_related("person")
    team = [project.holder, project.proposal.applicant, *(member.person for member in joined if member.person)]
    named = list(project.call.appointments.select_related("person"))
    houses = houses_of([*team, *(row.person for row in named)])
    own = frozenset(key for key in (project.organisation_id, project.proposal.organisation_id) if key)
    found = [Holder(row.role, row.person_id, houses[row.person_id]) for row in named]
    return found + [
        Holder(role, one.pk, houses[one.pk] | (own if one.pk == project.holder_id else frozenset()))
        for one in team
        for role in ("solver", "applicant")
    ]


def all_roles_judged(project: Project, gate: Gate | None) -> bool:
    """Tell whether each role that judges here has given an opinion."""
    given = project.verdicts.filter(Q(gate=gate), state__means="given").values("person")
    heard = set(project.call.appointments.filter(person__in=given).values_list("role", flat=True))
    return set(roles_at(project, gate)) <= heard
