"""Experts whom each of several agencies names for a call: entered by the officer, counted by the mix of reviewers."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from yuantou.apps.accounts.facade import User
from yuantou.apps.audit.facade import Act, append, append_many
from yuantou.apps.calls.models import Call
from yuantou.apps.review.models import Expert, Nomination
from yuantou.apps.workflow.facade import means, roles_of
from yuantou.kernel.errors import InputError, NotAllowedError, Place, Problem
from yuantou.kernel.local_text import LocalText

OPEN = ("preparing", "announced", "received", "reviewing")
MOST = 500


def pots_of(call: Call) -> dict[str, LocalText]:
    """Return the agencies that name experts for a call, by the pot of each; none where the type has one agency."""
    asked = {share.trait for phase in call.programme.phases for share in phase.mix}
    names = {agency.id: agency.name for agency in call.programme.project.agencies}
    pots = [pot for pot in call.programme.decision.pots if f"named_by_{pot}" in asked]
    return {pot: names.get(pot, LocalText(pot, pot)) for pot in pots}


def _officer_only(call: Call, user: User) -> None:
    if "officer" not in roles_of(user, call) or not means("call", call.state, *OPEN) or not pots_of(call):
        raise NotAllowedError(
            LocalText("当前不能登记提名。", "Nominations cannot be entered now."), code="nomination.state"
        )


@transaction.atomic
def nominate(*, call: Call, pot: str, typed: str, user: User, now: datetime) -> list[Nomination]:
    """Enter the experts whom an agency names, one a line by address or number of the pool; all of them or none.

    Raises
    ------
    NotAllowedError
        If the user is no officer of the call, or its type asks no agency for names.
    InputError
        With one problem for each line that names nobody of the pool, or somebody whom the other agency named.
    """
    _officer_only(call, user)
    if pot not in pots_of(call):
        raise InputError(LocalText("请选择提名机构。", "Please choose the agency."), code="nomination.pot")
    lines = [(number, line.strip()) for number, line in enumerate(typed.splitlines(), 1) if line.strip()]
    if not lines or len(lines) > MOST:
        message = LocalText(f"请填写 1 至 {MOST} 行。", f"Please give 1 to {MOST} lines.")
        raise InputError(message, code="nomination.lines")
    names = [line.lower() for _number, line in lines]
    known = Expert.objects.filter(Q(pk__in=[line for _n, line in lines]) | Q(person__email__in=names), active=True)
    experts = {key.lower(): one for one in known.select_related("person") for key in (one.pk, one.person.email) if key}
    standing = dict(Nomination.objects.filter(call=call).values_list("expert", "pot"))
    problems = list(_problems(lines, experts, standing, pot))
    if problems:
        raise InputError(
            LocalText("名单未登记。", "Nothing was entered."),
            LocalText("请更正下列各行后重新提交。", "Please mend these lines and send it again."),
            code="nomination.lines",
            problems=tuple(problems),
        )
    wanted = {experts[line.lower()].pk: experts[line.lower()] for _number, line in lines}
    made = [Nomination(call=call, expert=one, pot=pot, at=now) for key, one in wanted.items() if key not in standing]
    Nomination.objects.bulk_create(made)
    entries = [{"expert": one.expert_id, "pot": pot} for one in made]
    append_many(Act(now, user.actor, "nomination.enter", "call", call.pk, data) for data in entries)
    return made


def _problems(
    lines: list[tuple[int, str]], experts: dict[str, Expert], standing: dict[str, str], pot: str
) -> Iterator[Problem]:
    for number, line in lines:
        expert = experts.get(line.lower())
        if expert is None:
            message = LocalText(f"专家库中没有“{line}”。", f"There is no “{line}” in the pool.")
            remedy = LocalText("请核对邮箱或编号，或先入库。", "Check it, or add the expert to the pool.")
        elif standing.get(expert.pk, pot) != pot:
            message = LocalText(f"“{line}”已由另一机构提名。", f"“{line}” was named by the other agency.")
            remedy = LocalText("请先撤销原提名。", "Take that nomination back first.")
        else:
            continue
        yield Problem("nomination.line", message, remedy, Place(row=number))


@transaction.atomic
def take_back(*, nomination: Nomination, user: User, now: datetime) -> None:
    """Take a nomination back; reviews under way are not touched, the mix counts anew."""
    call = nomination.call
    _officer_only(call, user)
    data = {"expert": nomination.expert_id, "pot": nomination.pot}
    append(at=now, actor=user.actor, act="nomination.take_back", kind="call", key=call.pk, data=data)
    nomination.delete()
