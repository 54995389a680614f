"""The life of a call: create, edit, publish, extend, cancel, close."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction

from yuantou.apps.accounts.facade import Role, User, has_role
from yuantou.apps.audit.facade import append, history, keep_draft
from yuantou.apps.calls.appointing import missing_roles
from yuantou.apps.calls.models import Call, Notice, NoticeKind
from yuantou.apps.registry.models import Organisation
from yuantou.apps.workflow.facade import SYSTEM, change_state, not_yours, roles_of, stale
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText

EDITABLE = (
    *("title_zh", "title_en", "guide_zh", "guide_en", "opens_at", "closes_at", "time_zone"),
    *("grace_minutes", "budget", "reviews_wanted", "max_load"),
)


@transaction.atomic
def create_call(*, programme_type: ProgrammeTypeVersion, agency: Organisation, user: User, now: datetime) -> Call:
    """Create a draft with the defaults of its programme type.

    Raises
    ------
    NotAllowedError
        If the user is no officer of the agency, or the programme type is retired.
    """
    if programme_type.retired or not has_role(user, Role.OFFICER, agency.pk):
        raise not_yours()
    plan = programme_type.programme.review
    call = Call.objects.create(
        programme_type=programme_type,
        agency=agency,
        reviews_wanted=plan.count,
        max_load=plan.max_load,
        created_at=now,
    )
    source = {"programme_type": str(programme_type), "source_hash": programme_type.source_hash}
    append(at=now, actor=user.actor, act="call.create", kind="call", key=call.pk, data=source)
    return call


@transaction.atomic
def save_call(*, call: Call, values: Mapping[str, Any], user: User, version: int | None) -> Call:
    """Save a draft; once published, a call changes only by public notices.

    Raises
    ------
    NotAllowedError
        If the user is no officer of the agency, or the call is no draft any more.
    StaleError
        If somebody else saved it since ``version``.
    """
    if "officer" not in roles_of(user, call) or not call.is_now.preparing:
        raise not_yours()
    columns = {name: values[name] for name in (*EDITABLE, "terms") if name in values}
    drafts = Call.objects.filter(
        pk=call.pk, state__means="preparing", version=call.version if version is None else version
    )
    if not drafts.update(**columns, version=models.F("version") + 1):
        raise stale()
    if "disciplines" in values:
        call.disciplines.set(values["disciplines"])
    call.refresh_from_db()
    keep_draft(kind="call", key=call.pk, content=announced(call), actor=user.actor)
    return call


def missing_of(call: Call, *, now: datetime) -> dict[str, LocalText]:
    """Return what a call still lacks before it may be published, by field."""
    empty = LocalText("尚未填写。", "Not filled in yet.")
    needed = ("title_zh", "title_en", "guide_zh", "guide_en", "opens_at", "closes_at", "budget")
    missing = {name: empty for name in needed if not getattr(call, name)}
    if call.closes_at and call.closes_at <= now:
        missing["closes_at"] = LocalText("截止时间已过。", "This instant has already passed.")
    for name in ("reviews_wanted", "max_load"):
        if not getattr(call, name):
            missing[name] = LocalText("至少为 1。", "At least 1.")
    for term in call.programme.terms:
        if term.required and not str(call.terms.get(term.id, "")).strip():
            missing[f"term_{term.id}"] = LocalText(
                f"“{term.label.zh}”尚未填写。", f"“{term.label.en}” is not filled in yet."
            )
    for role in missing_roles(call):
        missing[f"role_{role.en}"] = LocalText(f"尚未指定{role.zh}。", f"Nobody is named yet: {role.en}.")
    return missing


def hash_of_terms(call: Call) -> str:
    """Return the hash of the terms that are frozen when a call opens."""
    return content_hash({term.id: str(call.terms.get(term.id, "")) for term in call.programme.terms})


def terms_hold(call: Call) -> bool:
    """Tell whether the terms of a published call still have the hash that the ledger holds since it opened."""
    published = [event for event in history("call", call.pk) if event.act == "call.publish"]
    return bool(published) and published[-1].data.get("terms_hash") == hash_of_terms(call)


def publish_call(*, call: Call, user: User, now: datetime, version: int | None = None) -> None:
    """Publish a complete draft; the ledger keeps the hash of everything applicants are told."""
    data = {"content_hash": content_hash(announced(call))}
    if call.programme.terms:
        data["terms_hash"] = hash_of_terms(call)
    change_state(call, "publish", user=user, now=now, version=version, data=data)


def announced(call: Call) -> dict[str, Any]:
    """Return what a call announces, as JSON: the content of its hash."""
    return {
        **{name: _plain(getattr(call, name)) for name in EDITABLE},
        "programme_type": call.programme_type.source_hash,
        "terms": call.terms,
        "disciplines": sorted(call.disciplines.values_list("code", flat=True)),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int) or value is None else str(value)


@transaction.atomic
def cancel_call(*, call: Call, reason: LocalText, user: User, now: datetime, version: int | None = None) -> None:
    """Cancel a call; if it was public, a public notice says why."""
    was_public = not call.is_now.preparing
    taken = change_state(call, "cancel", user=user, now=now, version=version, reason=_joined(reason))
    if was_public:
        Notice.objects.create(
            call=call,
            kind=NoticeKind.CANCELLED,
            reason_zh=reason.zh,
            reason_en=reason.en,
            at=now,
            ledger_index=taken.entry,
        )


def _joined(reason: LocalText) -> str:
    return " / ".join(part for part in (reason.zh, reason.en) if part)


def close_call(*, call: Call, user: User | str, now: datetime, version: int | None = None) -> None:
    """Close a call after its last instant; drafts can no longer be submitted."""
    change_state(call, "close", user=user, now=now, version=version)


def close_due_calls(*, now: datetime) -> int:
    """Close every published call whose last instant has passed; returns how many."""
    due = [call for call in Call.objects.filter(state__means="announced", closes_at__lt=now) if call.last_instant < now]  # type: ignore[operator]
    for call in due:
        close_call(call=call, user=SYSTEM, now=now)
    return len(due)


@transaction.atomic
def extend_deadline(
    *, call: Call, closes_at: datetime, reason: LocalText, user: User, now: datetime, version: int | None = None
) -> Notice:
    """Move the deadline of a published call to a later instant: an act in the ledger and a public notice.

    Raises
    ------
    NotAllowedError
        If the user is no officer, the call is not published, or the new deadline is not later than both the old one
        and now: a deadline is never moved to somebody's disadvantage.
    StaleError
        If somebody else changed the call since ``version``.
    """
    if "officer" not in roles_of(user, call) or not call.is_now.announced or call.closes_at is None:
        raise not_yours()
    if closes_at <= max(call.closes_at, now):
        raise NotAllowedError(
            LocalText(
                "新的截止时间必须晚于原截止时间和现在。",
                "The new deadline must be later than the old one and than now.",
            ),
            code="call.deadline_not_later",
        )
    seen = call.version if version is None else version
    rows = Call.objects.filter(pk=call.pk, version=seen, state__means="announced", closes_at=call.closes_at)
    if not rows.update(closes_at=closes_at, version=models.F("version") + 1):
        raise stale()
    before, call.closes_at, call.version = call.closes_at, closes_at, seen + 1
    data = {
        "from": before.isoformat(),
        "to": closes_at.isoformat(),
        "reason_hash": content_hash(_joined(reason)),
    }
    entry = append(at=now, actor=user.actor, act="call.extend", kind="call", key=call.pk, data=data)
    return Notice.objects.create(
        call=call,
        kind=NoticeKind.EXTENDED,
        reason_zh=reason.zh,
        reason_en=reason.en,
        closed_before=before,
        closes_now=closes_at,
        at=now,
        ledger_index=entry.index,
    )
