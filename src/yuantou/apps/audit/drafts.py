"""Every saved version of a draft stands in the ledger: a salted hash each, gathered so that autosaves make few entries.

The first save makes an entry at once. What is saved in the ten minutes after it is gathered and makes one entry when
they are over, or before the next change of state of the record, so that the entry of a step always follows its drafts.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, Final

from django.db import models, transaction
from django.utils import timezone

from yuantou.apps.audit.domain import Act, append_many
from yuantou.apps.audit.models import Draft
from yuantou.kernel.hashing import content_hash

QUIET: Final = timedelta(minutes=10)
MOST: Final = 100
"""Hashes in one entry."""


@transaction.atomic
def keep_draft(*, kind: str, key: str, content: Any, actor: str, now: datetime | None = None) -> None:
    """Note a version of a draft that was just saved, within the transaction that saved it.

    The hash is salted, for a draft may be so short that its hash could be guessed; the salt stays outside the ledger.
    """
    now = now or timezone.now()
    draft, _new = Draft.objects.select_for_update().get_or_create(kind=kind, key=key, defaults={"salt": token_hex(16)})
    draft.saved.append(content_hash([draft.salt, content]))
    draft.actor, draft.waits = actor, True
    draft.save(update_fields=["saved", "actor", "waits"])
    if draft.sealed_at is None or now - draft.sealed_at >= QUIET or len(draft.saved) >= MOST:
        _seal([draft], now)


def seal_draft(*, kind: str, key: str, now: datetime) -> None:
    """Enter what was gathered of one record; nothing if there is nothing. Belongs into the caller's transaction."""
    _seal(Draft.objects.filter(kind=kind, key=key, waits=True), now)


@transaction.atomic
def seal_drafts(*, now: datetime, limit: int = 500) -> int:
    """Enter what was gathered of drafts that nobody has touched since; return how many."""
    quiet = models.Q(sealed_at=None) | models.Q(sealed_at__lte=now - QUIET)
    return _seal(list(Draft.objects.select_for_update().filter(quiet, waits=True)[:limit]), now)


def _seal(drafts: Iterable[Draft], now: datetime) -> int:
    drafts = list(drafts)
    append_many(Act(now, d.actor, f"{d.kind}.draft", d.kind, d.key, {"saved": d.saved}) for d in drafts)
    for draft in drafts:
        draft.saved, draft.waits, draft.sealed_at = [], False, now
        draft.save(update_fields=["saved", "waits", "sealed_at"])
    return len(drafts)


def is_kept(*, kind: str, key: str, content: Any, saved: Iterable[str]) -> bool:
    """Tell whether a text is one of the versions whose hashes an entry holds."""
    draft = Draft.objects.filter(kind=kind, key=key).first()
    return draft is not None and content_hash([draft.salt, content]) in set(saved)
