"""Writing a new version of a programme type: every verb is one transaction; a second person publishes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction

from yuantou.apps.audit.facade import append
from yuantou.apps.workflow.access import roles_of
from yuantou.apps.workflow.domain import change_state, stale
from yuantou.apps.workflow.facts import Case, provides
from yuantou.apps.workflow.models import ProgrammeTypeVersion, TypeDraft, earlier_kind
from yuantou.apps.workflow.roles import Source, plays
from yuantou.apps.workflow.vocabulary import vocabulary
from yuantou.engines.workflow import Lacking, ProgrammeType
from yuantou.engines.workflow.editing import with_version
from yuantou.kernel.errors import NotAllowedError, Place, Problem
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText
from yuantou.pipelines.kinds import judge_kind

MAX_LENGTH = 200_000


def is_editor(user: Any) -> bool:
    """Tell whether an account may write and approve programme types: officers of any agency."""
    return bool(getattr(user, "is_authenticated", False)) and user.grants.filter(role="officer").exists()


class Editors(Source):
    """The author writes; every other officer may approve. Nobody is both."""

    names = ("author", "approver")

    def held(self, user: Any, record: TypeDraft) -> set[str]:
        """Which of the two an officer is."""
        return {"author" if record.author_id == user.pk else "approver"} if is_editor(user) else set()

    def rows(self, user: Any) -> Mapping[str, models.Q]:
        """The own drafts, and those of others."""
        own = models.Q(author=user.pk)
        return {"author": own, "approver": ~own} if is_editor(user) else {}


plays(TypeDraft, [Editors()])


def parents() -> dict[str, str]:
    """Return the texts that a type may extend, as they are shipped now."""
    return {path.stem.lstrip("_"): path.read_text("utf-8") for path in settings.PROGRAMME_TYPES_DIR.glob("_*.toml")}


def examine(draft: TypeDraft) -> tuple[ProgrammeType | None, tuple[Problem, ...]]:
    """Return the type that a draft describes, or everything that keeps it from being one."""
    name, parents = f"{draft.base.type_id}.toml", draft.base.parents
    programme, problems = judge_kind(
        draft.source, name=name, parents=parents, known=vocabulary(published=True), earlier=earlier_kind()
    )
    if not isinstance(programme, ProgrammeType):
        return None, problems or (_no_call(name),)
    problems = tuple(_identity(draft, programme))
    return (None if problems else programme), problems


def _no_call(name: str) -> Problem:
    message = LocalText("这不是项目类型。", "This is no kind of call.")
    return Problem("programme_type.kind", message, LocalText("请保留 extends。", "Keep extends."), Place(name))


def _identity(draft: TypeDraft, programme: ProgrammeType) -> list[Problem]:
    """A new version keeps its id and takes the next number."""
    due = _next_version(draft.base.type_id)
    found = []
    if programme.id != draft.base.type_id:
        message = LocalText(f"标识应为“{draft.base.type_id}”。", f"The id has to stay “{draft.base.type_id}”.")
        found.append(("id", message))
    if programme.version != due and not draft.is_now.published:
        message = LocalText(f"版本应为 {due}。", f"The version has to be {due}.")
        found.append(("version", message))
    remedy = LocalText("请修改此行。", "Change this line.")
    return [Problem(f"programme_type.{key}", message, remedy, Place(column=key)) for key, message in found]


def _next_version(type_id: str) -> int:
    latest = ProgrammeTypeVersion.objects.filter(type_id=type_id).aggregate(n=models.Max("version"))["n"]
    return int(latest or 0) + 1


@transaction.atomic
def start_draft(*, base: ProgrammeTypeVersion, user: Any, now: datetime) -> TypeDraft:
    """Begin a new version from a published one; an open draft of one's own is returned instead.

    Raises
    ------
    NotAllowedError
        If the user is no officer.
    """
    if not is_editor(user):
        raise _not_yours()
    open_one = TypeDraft.objects.filter(base__type_id=base.type_id, author=user, state__means=["draft", "proposed"])
    if found := open_one.first():
        return found
    source = with_version(base.source, _next_version(base.type_id))
    draft = TypeDraft.objects.create(base=base, source=source, author=user, created_at=now, saved_at=now)
    data = {"base": str(base), "source_hash": base.source_hash}
    append(at=now, actor=user.actor, act="type_draft.start", kind="type_draft", key=draft.pk, data=data)
    return draft


@transaction.atomic
def save_draft(*, draft: TypeDraft, source: str, user: Any, now: datetime, version: int | None) -> TypeDraft:
    """Save the text, sound or not; only its author, only while it is a draft.

    Raises
    ------
    NotAllowedError
        If the user is not the author, the draft was handed in, or the text is too long.
    StaleError
        If it was saved elsewhere since ``version``.
    """
    if "author" not in roles_of(user, draft) or not draft.is_now.draft or len(source) > MAX_LENGTH:
        raise _not_yours()
    source = source.replace("\r\n", "\n").rstrip() + "\n"
    if source == draft.source:
        return draft
    rows = TypeDraft.objects.filter(pk=draft.pk, version=-1 if version is None else version, state__means="draft")
    if not rows.update(source=source, saved_at=now, version=models.F("version") + 1):
        raise stale()
    append(
        at=now,
        actor=user.actor,
        act="type_draft.save",
        kind="type_draft",
        key=draft.pk,
        data={"text_hash": content_hash(source)},
    )
    draft.refresh_from_db()
    return draft


def propose_draft(*, draft: TypeDraft, user: Any, now: datetime, version: int | None = None) -> None:
    """Hand a sound draft to a second person."""
    _step(draft, "propose", user, now, version=version)


def take_back(*, draft: TypeDraft, user: Any, now: datetime) -> None:
    """Undo the handing in, as long as nobody approved."""
    _step(draft, "take_back", user, now)


def return_draft(*, draft: TypeDraft, reason: str, user: Any, now: datetime) -> None:
    """Give it back to its author, with a reason."""
    _step(draft, "return", user, now, reason=reason, changes={"remark": reason})


def discard_draft(*, draft: TypeDraft, user: Any, now: datetime) -> None:
    """Give up a draft."""
    _step(draft, "discard", user, now)


@transaction.atomic
def approve_draft(*, draft: TypeDraft, seen_hash: str, user: Any, now: datetime) -> ProgrammeTypeVersion:
    """Publish exactly the text that the second person has read. Running calls keep the version they began under.

    Raises
    ------
    NotAllowedError
        If the user is the author or no officer, or the text is unsound.
    StaleError
        If the text changed since the page was opened.
    """
    draft = TypeDraft.objects.select_for_update(of=("self",)).select_related("base").get(pk=draft.pk)
    if text_hash(draft) != seen_hash:
        raise stale()
    programme, _problems = examine(draft)
    _step(draft, "approve", user, now, version=draft.version)
    assert programme is not None, "the guard has just held"
    row = ProgrammeTypeVersion.objects.create(
        type_id=programme.id,
        version=programme.version,
        source=draft.source,
        parents=draft.base.parents,
        source_hash=programme.source_hash,
        name_zh=programme.name.zh,
        name_en=programme.name.en,
        created_at=now,
    )
    TypeDraft.objects.filter(pk=draft.pk).update(published=row)
    data = {"source_hash": row.source_hash, "draft": draft.pk}
    append(at=now, actor=user.actor, act="programme_type.publish", kind="programme_type", key=str(row), data=data)
    return row


def text_hash(draft: TypeDraft) -> str:
    """Return the hash of the text that stands on the page of a draft."""
    return content_hash(draft.source)


def _step(draft: TypeDraft, action: str, user: Any, now: datetime, **more: Any) -> None:
    data = {"text_hash": text_hash(draft)}
    change_state(draft, action, user=user, now=now, data=data, **more)


@provides("sound", "type_draft")
def _sound(case: Case) -> bool | Lacking:
    programme, problems = examine(case.record)
    return programme is not None or Lacking(problems=problems)


def _not_yours() -> NotAllowedError:
    return NotAllowedError(LocalText("您无权执行此操作。", "You may not do this."), code="not_allowed.role")
