"""Assessing a portfolio: who is asked, what a judgement must say, and the one page within a long cycle."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from yuantou.apps.accounts.facade import Role, User, has_role, recipients_of
from yuantou.apps.audit.facade import append, keep_draft
from yuantou.apps.outcomes.conflicts import conflicts_of
from yuantou.apps.outcomes.domain import refused
from yuantou.apps.outcomes.models import Assessment, LightCheck, Portfolio
from yuantou.apps.workflow.facade import announce, change_state, roles_of, stale
from yuantou.kernel.errors import InputError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.seed import Seed

ONE_PAGE: Final = 1200
"""Characters of a light check, as the fact ``one_page`` of the register says: what the form takes."""


@transaction.atomic
def ask_assessor(*, portfolio: Portfolio, email: str, user: User, now: datetime) -> Assessment:
    """Ask somebody to assess a portfolio; who has a conflict is refused with the evidence.

    Raises
    ------
    InputError
        If there is no such account.
    NotAllowedError
        If the round is over, or the assessor has a conflict.
    """
    record = portfolio.round
    if "manager" not in roles_of(user, portfolio) or not record.is_now.assessing or not portfolio.is_now.handed_in:
        raise refused("只能在评议期间由组织者邀请。", "The manager asks assessors while the round is in assessment.")
    found = User.objects.filter(email__iexact=email.strip(), is_active=True).select_related("person").first()
    if found is None:
        raise InputError(
            LocalText(f"没有账号 {email}。", f"There is no account {email}."),
            LocalText("请先邀请其注册。", "Invite that person to register first."),
        )
    if reasons := conflicts_of(found, portfolio.candidate, now):
        raise refused(f"须回避：{'；'.join(reasons)}", f"Conflict of interest: {'; '.join(reasons)}")
    if has_role(found, Role.OFFICER, record.organisation_id) or has_role(
        found, Role.INSTITUTION, record.organisation_id
    ):
        raise refused("组织者不能评议。", "Who organises the round does not assess.")
    row, made = Assessment.objects.get_or_create(
        portfolio=portfolio, assessor=found, defaults={"asked_at": now, "as_written": _version_for(portfolio)}
    )
    if made:
        append(
            at=now,
            actor=user.actor,
            act="assessment.ask",
            kind="assessment",
            key=row.pk,
            data={"portfolio": portfolio.pk},
        )
        announce("assessor_asked", portfolio, now=now, once=row.pk, to=recipients_of(found))
    return row


def _version_for(portfolio: Portfolio) -> bool:
    """Deal wordings alternately, beginning at random by a seed of the portfolio: balanced, and nobody chooses."""
    if not portfolio.round.wording_trial:
        return True
    first = bool(Seed(int(content_hash(portfolio.pk)[:8], 16)).stream("wording") & 1)
    return first ^ bool(Assessment.objects.filter(portfolio=portfolio).count() % 2)


@transaction.atomic
def save_assessment(
    *,
    row: Assessment,
    grades: Mapping[str, int],
    reasons: Mapping[str, str],
    user: User,
    now: datetime,
    version: int | None,
) -> Assessment:
    """Save what the assessor typed so far."""
    if "assessor" not in roles_of(user, row) or not row.is_now.asked:
        raise refused("评议已提交或不属于您。", "This assessment was given, or is not yours.")
    seen = row.version if version is None else version
    columns = {"grades": dict(grades), "reasons": dict(reasons), "version": seen + 1}
    if not Assessment.objects.filter(pk=row.pk, version=seen, state__means="asked").update(**columns):
        raise stale()
    row.refresh_from_db()
    keep_draft(kind="assessment", key=row.pk, content=[row.grades, row.reasons], actor=user.actor, now=now)
    return row


@transaction.atomic
def give_assessment(*, row: Assessment, user: User, now: datetime) -> None:
    """Give an assessment: every grade with its reason, and no reason that counts what must not count.

    Raises
    ------
    NotAllowedError
        If there is a conflict; else ``problems`` names each criterion without a grade or reason, and each banned metric
        with its clause.
    """
    if found := conflicts_of(user, row.portfolio.candidate, now):
        raise refused(f"须回避：{'；'.join(found)}", f"Conflict of interest: {'; '.join(found)}")
    sealed = content_hash([row.grades, row.reasons])
    change_state(
        row,
        "give",
        user=user,
        now=now,
        changes={"given_at": now, "content_hash": sealed},
        data={"content": sealed},
    )


def end_assessment(*, row: Assessment, action: str, reason: str, user: User, now: datetime) -> None:
    """Decline an assessment one was asked for, or recall one from somebody with a conflict."""
    change_state(row, action, user=user, now=now, reason=reason, changes={"remark": reason})


def hand_in_check(*, check: LightCheck, text: str, user: User, now: datetime) -> None:
    """Hand in the one page of a light check; nothing is graded."""
    sealed = {"content": content_hash(text.strip())}
    change_state(
        check,
        "note",
        user=user,
        now=now,
        given={"text": text.strip()},
        changes={"text": text.strip()},
        data=sealed,
    )
