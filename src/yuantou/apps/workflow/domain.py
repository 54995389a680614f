"""Every change of state goes through ``change_state``, with its letter in the same transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction

from yuantou.apps.audit.facade import append, seal_draft
from yuantou.apps.workflow.access import roles_of
from yuantou.apps.workflow.facts import SYSTEM, facts_of
from yuantou.apps.workflow.letters import is_written, write_letter
from yuantou.apps.workflow.models import ProgrammeTypeVersion, UndoWindow
from yuantou.apps.workflow.states import Stateful, kind_of, machine_of
from yuantou.apps.workflow.vocabulary import vocabulary
from yuantou.engines.workflow import ProgrammeType, Refusal, Transition, decide
from yuantou.kernel.errors import InputError, NotAllowedError, Place, Problem, StaleError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText
from yuantou.pipelines.kinds import judge_kind

Follower = Callable[[Any], None]

_summaries: dict[str, list[Follower]] = {}
_continuations: dict[str, list[Follower]] = {}


def summarises(machine: str) -> Callable[[Follower], Follower]:
    """Call a function with the record after each change of state of a machine, in the same transaction.

    It keeps columns that lists sort and count by; it begins nothing and changes no state.
    """
    return _registering(_summaries, machine)


def continues(machine: str) -> Callable[[Follower], Follower]:
    """Call a function with the record after each change of state of a machine, in the same transaction.

    It takes what follows further: something begins that has a life of its own. Summaries are kept before.
    """
    return _registering(_continuations, machine)


def _registering(followers: dict[str, list[Follower]], machine: str) -> Callable[[Follower], Follower]:
    def register(follower: Follower) -> Follower:
        followers.setdefault(machine, []).append(follower)
        return follower

    return register


def continuations() -> dict[str, list[str]]:
    """Return the functions that continue each machine, by module and name."""
    return {
        machine: [f"{follower.__module__}.{follower.__name__}" for follower in followers]
        for machine, followers in _continuations.items()
    }


@dataclass(frozen=True, slots=True)
class Taken:
    """A transition that was taken, and the key of its entry in the ledger."""

    transition: Transition
    entry: int


@transaction.atomic
def change_state(
    record: Stateful,
    action: str,
    *,
    user: Any,
    now: datetime,
    given: Mapping[str, Any] | None = None,
    reason: str = "",
    version: int | None = None,
    changes: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
    says: Mapping[str, Any] | None = None,
) -> Taken:
    """Take a transition of a record: the only way in which any record changes its state.

    The facts that guard it are worked out here (``facts.Facts``); no caller says what holds.

    Parameters
    ----------
    record:
        What changes; its kind, in the version it keeps, says how.
    action:
        Id of the transition in the programme type.
    user:
        Who acts; ``SYSTEM`` for the platform itself.
    given:
        What is being posted, under the keys that its app declared with ``posts``, for facts that judge it.
    version:
        The version the user looked at; if somebody changed the record since, nothing happens.
    changes:
        Further columns to set in the same statement.
    data:
        Hashes and identifiers for the ledger; never personal text.
    says:
        What the letter of the step prints beside what is known of the record and the reason.

    Raises
    ------
    NotAllowedError
        If role, state, a guard or a missing reason forbids it.
    StaleError
        If the record was changed by somebody else meanwhile.
    """
    roles, machine = {SYSTEM} if user == SYSTEM else roles_of(user, record), kind_of(record)
    answer = decide(
        machine_of(record),
        state=record.state,
        transition=action,
        roles=roles,
        facts=facts_of(record, user=user, now=now, given=given),
        reason=reason,
    )
    if isinstance(answer, Refusal):
        code = answer.error or f"not_allowed.{answer.code}"
        raise NotAllowedError(answer.message, answer.remedy, code=code, problems=answer.problems)
    before = record.state
    _write(record, version, {"state": answer.target, **(changes or {})})
    seal_draft(kind=machine, key=str(record.pk), now=now)
    entry = append(
        at=now,
        actor=SYSTEM if user == SYSTEM else user.actor,
        act=f"{machine}.{action}",
        kind=machine,
        key=str(record.pk),
        data={"from": before, "to": answer.target, **_reason_hash(reason), **(data or {})},
    )
    if answer.undo and user != SYSTEM:
        UndoWindow.objects.create(
            cause=entry.index,
            record=record._meta.label_lower,
            key=str(record.pk),
            version=record.version,
            machine=machine,
            way_back=f"undo_{action}_to_{before}",
            user=user,
            until=now + timedelta(minutes=answer.undo),
        )
    if answer.letter and is_written(machine):
        said = {"reason": reason, **(says or {})}
        write_letter(answer.letter, record, now=now, once=str(record.version), cause=entry.index, says=said)
    for follow in (*_summaries.get(machine, ()), *_continuations.get(machine, ())):
        follow(record)
    return Taken(answer, entry.index)


def _reason_hash(reason: str) -> dict[str, str]:
    return {"reason_hash": content_hash(reason)} if reason else {}


def _write(record: Any, version: int | None, columns: dict[str, Any]) -> None:
    """Compare and swap on (state, version): two people cannot both win."""
    seen = record.version if version is None else version
    manager = type(record)._default_manager
    changed = manager.filter(pk=record.pk, version=seen, state=record.state).update(
        **columns, version=models.F("version") + 1
    )
    if not changed:
        raise stale()
    for name, value in columns.items():
        setattr(record, name, value)
    record.version = seen + 1


def stale() -> StaleError:
    """Return the error for an edit of an outdated version."""
    return StaleError(
        LocalText("此记录已被他人修改。", "Somebody else has changed this record meanwhile."),
        LocalText(
            "请刷新页面查看最新内容后再操作；您输入的文字已保留。", "Reload to see the latest; your text is kept."
        ),
    )


def publish_programme_types(*, now: datetime, folder: Path | None = None) -> list[ProgrammeTypeVersion]:
    """Register every programme type of a folder that is not known yet; published versions never change.

    Raises
    ------
    InputError
        After all others are registered, if files changed without a new version; ``problems`` names each.
    """
    folder = folder or settings.PROGRAMME_TYPES_DIR
    parents = {path.stem.lstrip("_"): path.read_text("utf-8") for path in sorted(folder.glob("_*.toml"))}
    published, changed, known = [], [], vocabulary(published=True)
    for path in sorted(folder.glob("[!_]*.toml")):
        source = path.read_text("utf-8")
        programme, problems = judge_kind(source, name=path.name, parents=parents, known=known)
        if not isinstance(programme, ProgrammeType):
            raise InputError(
                LocalText(f"“{path.name}”有误。", f"“{path.name}” is unsound."),
                LocalText("请逐条修正。", "Please mend each point."),
                place=Place(path.name),
                problems=problems,
            )
        row, _created = ProgrammeTypeVersion.objects.get_or_create(
            type_id=programme.id,
            version=programme.version,
            defaults={
                "source": source,
                "parents": parents,
                "source_hash": programme.source_hash,
                "name_zh": programme.name.zh,
                "name_en": programme.name.en,
                "created_at": now,
            },
        )
        published.append(row)
        if row.source_hash != programme.source_hash:
            changed.append(_changed_without_version(path.name, row))
    if changed:
        raise InputError(
            LocalText("已发布的项目类型被改动。", "Published programme types were changed."),
            LocalText("其余类型已登记。", "All other types are registered."),
            problems=tuple(changed),
        )
    return published


def _changed_without_version(name: str, row: ProgrammeTypeVersion) -> Problem:
    following = row.version + 1
    return Problem(
        "type.version",
        LocalText(
            f"第 {row.version} 版已经发布，文件内容与之不同。",
            f"Version {row.version} is published already, and the file differs from it.",
        ),
        LocalText(f"请把 version 改为 {following}。", f"Set version = {following}."),
        Place(name, column="version"),
    )
