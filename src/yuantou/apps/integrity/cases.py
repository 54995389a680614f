"""The steps of a case. What was written for each stands in the case, its hash in the ledger."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.audit.facade import append
from yuantou.apps.files.facade import store
from yuantou.apps.integrity.models import Case, CaseFile, Seat, Statement
from yuantou.apps.integrity.rules import CLOCKS, MEASURES, YEARS, after_working_days
from yuantou.apps.proposals.facade import own_keys
from yuantou.apps.workflow.facade import SYSTEM, change_state, means, roles_of
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText

CLOCK_AFTER = {
    "notify": "reply",
    "conclude": "hearing",
    "sanction": "appeal",
}
"""The clock that starts with a step."""


@transaction.atomic
def take_step(
    *,
    case: Case,
    step: str,
    text: str,
    user: User,
    now: datetime,
    measure: str = "",
    until: date | None = None,
) -> None:
    """Take a step of the case with what is written for it.

    Parameters
    ----------
    text:
        The reason, reply, report or decision; word for word a part of the case afterwards.
    measure, until:
        For ``conclude`` and ``sanction``: one of ``MEASURES``, and the day until which it bars from applying.

    Raises
    ------
    NotAllowedError
        If role, state, a guard or a missing text forbids it.
    """
    text = text.strip()
    changes: dict[str, Any] = {"due_at": _due(case, step, now)}
    if step in {"conclude", "sanction"} and measure:
        changes |= _measure(measure, until, now)
    if step in {"clear", "overturn"}:
        changes |= {"measure": "", "barred_from": None, "barred_until": None}
    if step in {"sanction", "clear"}:
        changes["decided_by"] = user
    change_state(
        case,
        step,
        user=user,
        now=now,
        given={"text": text, "measure": measure},
        reason=text,
        changes=changes,
        data={"text": content_hash(text), "measure": measure} if text else {},
    )
    if text:
        _keep_words(case, step, text, user, now)


def _due(case: Case, step: str, now: datetime) -> datetime | None:
    clock = CLOCK_AFTER.get(step)
    return after_working_days(now, CLOCKS[clock]) if clock else None


def _measure(measure: str, until: date | None, now: datetime) -> dict[str, Any]:
    """Return the columns of a measure; a term must fit its severity."""
    if measure not in MEASURES:
        raise _refused("请选择处理措施。", "Please choose a measure.")
    if measure not in YEARS:
        return {"measure": measure, "barred_from": None, "barred_until": None}
    least, most = YEARS[measure]
    today = now.date()
    days = (until - today).days if until else -1
    if not least * 365 - 1 <= days <= most * 366 or days <= 0:
        raise _refused(
            f"期限应在 {least} 至 {most} 年之间。", f"The term must be between {least} and {most} years from today."
        )
    return {"measure": measure, "barred_from": today, "barred_until": until}


def _keep_words(case: Case, act: str, text: str, user: User | None, now: datetime) -> None:
    """Keep what was written; the entry of the step names its hash."""
    Statement.objects.create(case=case, act=act, text=text, author=user, at=now, text_hash=content_hash(text))


@transaction.atomic
def name_respondent(*, case: Case, person: Any, user: User, now: datetime) -> None:
    """Name whom the case is about, during the preliminary check."""
    _only_office(case, user, "preliminary")
    Case.objects.filter(pk=case.pk, version=case.version).update(respondent=person)
    append(at=now, actor=user.actor, act="case.respondent", kind="case", key=case.pk, data={"person": person.pk})


@transaction.atomic
def seat_members(*, case: Case, members: list[User], user: User, now: datetime) -> None:
    """Appoint members of the committee; whoever is concerned, runs the case or decides it cannot be one.

    Raises
    ------
    NotAllowedError
        Naming nobody: that somebody is concerned may tell who reported.
    """
    _only_office(case, user, "preliminary", "with_respondent", "investigated")
    for member in members:
        concerned = roles_of(member, case) - {"committee", "public"} or case.proposal_id in own_keys(member)
        if concerned or member.pk == user.pk or not member.is_active:
            raise _refused("所选人员中有人不能任委员。", "Somebody among those chosen cannot be a member.")
    fresh = [member for member in members if not case.seats.filter(user=member).exists()]
    Seat.objects.bulk_create(Seat(case=case, user=member) for member in fresh)
    data = {"members": [member.actor for member in fresh]}
    append(at=now, actor=user.actor, act="case.committee", kind="case", key=case.pk, data=data)


@transaction.atomic
def give_opinion(*, case: Case, misconduct: bool, text: str, user: User, now: datetime) -> None:
    """Give an opinion as a member, once."""
    seat = case.seats.select_for_update().filter(user=user, given_at=None).first()
    if seat is None or "committee" not in roles_of(user, case) or not case.is_now.investigated or not text.strip():
        raise _refused(
            "调查期间每位委员提交一次意见，须写明理由。",
            "During the investigation each member gives one opinion, with reasons.",
        )
    seat.misconduct, seat.opinion, seat.given_at = misconduct, text.strip(), now
    seat.save(update_fields=["misconduct", "opinion", "given_at"])
    data = {"opinion": content_hash(text.strip())}
    append(at=now, actor=user.actor, act="case.opinion", kind="case", key=case.pk, data=data)


@transaction.atomic
def add_file(*, case: Case, content: bytes, name: str, media_type: str, user: User, now: datetime) -> CaseFile:
    """Hand in evidence: sealed by its hash in the ledger, never replaced. Of a reporter it names nobody."""
    roles = roles_of(user, case) & {"integrity", "respondent", "reporter"}
    final = case.programme.machine("case").state(case.state).final
    if not roles or final or ("respondent" in roles and (case.is_now.received or case.is_now.preliminary)):
        raise _refused("现在不能提交材料。", "No evidence can be handed in now.")
    stored = store(content, media_type=media_type, now=now)
    hidden = "reporter" in roles
    made: CaseFile = CaseFile.objects.create(
        case=case, file=stored, name=name[:200], by=None if hidden else user, at=now
    )
    actor, data = ("reporter" if hidden else user.actor), {"sha256": stored.sha256}
    append(at=now, actor=actor, act="case.file", kind="case", key=case.pk, data=data)
    return made


LAPSES: Mapping[str, str] = {"with_respondent": "lapse", "heard": "waive", "sanctioned": "enforce"}
"""What the clock does with a case, by what its state means."""


def follow_clocks(*, now: datetime) -> int:
    """Move on cases whose clock has run out; returns how many."""
    late = list(Case.objects.filter(state__means=list(LAPSES), due_at__lt=now)[:500])
    for case in late:
        lapse = next(act for meaning, act in LAPSES.items() if means("case", case.state, meaning))
        change_state(case, lapse, user=SYSTEM, now=now, changes={"due_at": None})
    return len(late)


def _only_office(case: Case, user: User, *meanings: str) -> None:
    if "integrity" not in roles_of(user, case) or not means("case", case.state, *meanings):
        raise _refused("只有诚信办公室可在此阶段办理。", "Only the integrity office does this, at this stage.")


def _refused(zh: str, en: str) -> NotAllowedError:
    return NotAllowedError(LocalText(zh, en), code="integrity.refused")
