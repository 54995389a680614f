"""The verbs of an evaluation: rounds open, portfolios are handed in, assessors judge in words, a round concludes."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction

from yuantou.apps.accounts.facade import User, has_role
from yuantou.apps.audit.facade import append, keep_draft
from yuantou.apps.outcomes.conclude import results_of
from yuantou.apps.outcomes.library import library
from yuantou.apps.outcomes.models import LightCheck, Portfolio, RepresentativeWork, Round
from yuantou.apps.outcomes.rules import MANAGING
from yuantou.apps.registry.models import Organisation
from yuantou.apps.workflow.facade import SYSTEM, change_state, facts_of, roles_of, stale
from yuantou.engines.evaluation import Lack, Template, Work, lacks_of
from yuantou.engines.evaluation import Portfolio as Handed
from yuantou.kernel.errors import InputError, NotAllowedError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText

WORK_FIELDS: Final = ("kind", "title", "year", "identifier", "venue", "home_venue", "roles", "contribution", "evidence")


def template_of(record: Round) -> Template:
    """Return the category of a round as data."""
    return library().templates[record.category]


@transaction.atomic
def create_round(*, organisation: Organisation, user: User, now: datetime, **columns: Any) -> Round:
    """Write down a round of one's own house.

    Raises
    ------
    NotAllowedError
        If the user does not manage evaluations for this organisation.
    InputError
        If the category has no cycle of so many years, or the dates are in the wrong order.
    """
    if not any(has_role(user, role, organisation.pk) for role in MANAGING):
        raise refused("只能为本单位组织评价。", "A round is organised by one's own house.")
    record = Round(organisation=organisation, created_at=now, **columns)
    _sound(record)
    record.save()
    data = {"category": record.category, "cycle": record.cycle}
    append(at=now, actor=user.actor, act="round.create", kind="round", key=record.pk, data=data)
    return record


def _sound(record: Round) -> None:
    template = template_of(record)
    if record.cycle not in template.cycles:
        years = "、".join(map(str, template.cycles))
        raise InputError(
            LocalText(
                f"“{template.name.zh}”的评价周期为 {years} 年。", f"Cycles of “{template.name.en}”: {years} years."
            ),
            LocalText("请选择其中之一。", "Choose one of them."),
        )
    if record.due_at <= record.closes_at:
        raise InputError(
            LocalText("评议截止须晚于材料截止。", "Assessments are due after portfolios are handed in."),
            LocalText("请调整日期。", "Change the dates."),
        )


def move_round(
    *, record: Round, action: str, user: User, now: datetime, reason: str = "", version: int | None = None
) -> None:
    """Take a step of a round; its result is worked out once there is enough to conclude it."""
    with transaction.atomic():
        ends = action == "conclude" and facts_of(record, user=user, now=now)["enough_assessments"]
        changes = {"result": results_of(record)} if ends else {}
        data = {"result": content_hash(changes["result"])} if ends else {}
        change_state(
            record,
            action,
            user=user,
            now=now,
            reason=reason,
            version=version,
            changes=changes,
            data=data,
        )
        if action == "conclude":
            for portfolio in record.portfolios.filter(state__means="handed_in"):
                _settle(portfolio, now)


def _settle(portfolio: Portfolio, now: datetime) -> None:
    change_state(portfolio, "settle", user=SYSTEM, now=now)
    for due in checks_of(portfolio.round.cycle, now.date()):
        check, _made = LightCheck.objects.get_or_create(portfolio=portfolio, due_on=due)
        append(
            at=now, actor=SYSTEM, act="light_check.due", kind="light_check", key=check.pk, data={"due": due.isoformat()}
        )


def checks_of(cycle: int, start: date) -> list[date]:
    """Return when one page is asked for within a cycle: every third year before its end.

    >>> checks_of(8, date(2026, 3, 1))
    [datetime.date(2029, 3, 1), datetime.date(2032, 3, 1)]
    """
    return [start.replace(year=start.year + years, day=min(start.day, 28)) for years in range(3, cycle, 3)]


@transaction.atomic
def begin_portfolio(*, record: Round, user: User, now: datetime) -> Portfolio:
    """Begin one's own portfolio, or return the one begun."""
    if user.person is None or user.seen_by:
        raise refused("账号未关联到人员。", "The account belongs to no person.")
    if not record.is_now.collecting or now >= record.closes_at:
        raise refused("此轮评价不在接收材料期间。", "This round does not take portfolios now.")
    if any(has_role(user, role, record.organisation_id) for role in MANAGING):
        raise refused("组织者不能参加本轮评价。", "Who organises a round is no candidate in it.")
    portfolio, made = Portfolio.objects.get_or_create(round=record, candidate=user.person, defaults={"saved_at": now})
    if made:
        append(
            at=now,
            actor=user.actor,
            act="portfolio.begin",
            kind="portfolio",
            key=portfolio.pk,
            data={"round": record.pk},
        )
    return portfolio


@transaction.atomic
def save_portfolio(
    *,
    portfolio: Portfolio,
    statement: str,
    works: Sequence[Mapping[str, Any]],
    user: User,
    now: datetime,
    version: int | None,
) -> Portfolio:
    """Save what was typed, complete or not.

    Raises
    ------
    StaleError
        If it was saved elsewhere since the form was opened.
    """
    if "candidate" not in roles_of(user, portfolio) or not portfolio.is_now.draft:
        raise refused("只能由本人在提交前修改。", "Only the candidate changes it, before it is handed in.")
    seen = portfolio.version if version is None else version
    columns = {"statement": statement.strip(), "saved_at": now, "version": seen + 1}
    if not Portfolio.objects.filter(pk=portfolio.pk, version=seen, state__means="draft").update(**columns):
        raise stale()
    portfolio.works.all().delete()
    RepresentativeWork.objects.bulk_create(
        RepresentativeWork(
            portfolio=portfolio, position=number, **{key: work[key] for key in WORK_FIELDS if key in work}
        )
        for number, work in enumerate(works, 1)
    )
    portfolio.refresh_from_db()
    keep_draft(kind="portfolio", key=portfolio.pk, content=content_of(portfolio), actor=user.actor, now=now)
    return portfolio


def content_of(portfolio: Portfolio) -> list[Any]:
    """Return everything a portfolio says, for its hash."""
    works = [[getattr(work, key) for key in WORK_FIELDS] for work in portfolio.works.all()]
    return [portfolio.statement, works]


def lacks(portfolio: Portfolio) -> tuple[Lack, ...]:
    """Return what is missing before it can be handed in, and advice."""
    works = [
        Work(row.title, row.kind, row.contribution, tuple(row.roles), row.evidence, row.home_venue)
        for row in portfolio.works.all()
    ]
    return lacks_of(Handed(portfolio.statement, tuple(works)), template_of(portfolio.round))


@transaction.atomic
def move_portfolio(*, portfolio: Portfolio, action: str, user: User, now: datetime, version: int | None = None) -> None:
    """Hand in, take back or withdraw.

    Raises
    ------
    NotAllowedError
        If the round takes none now, or it is not complete; ``problems`` names each gap.
    """
    handed = {"submitted_at": now, "content_hash": content_hash(content_of(portfolio))} if action == "submit" else {}
    data = {"content": handed["content_hash"]} if handed else {}
    change_state(
        portfolio,
        action,
        user=user,
        now=now,
        version=version,
        changes=handed,
        data=data,
    )


def refused(zh: str, en: str) -> NotAllowedError:
    """Return the error for what the order of an evaluation forbids."""
    return NotAllowedError(LocalText(zh, en), code="evaluation.order")
