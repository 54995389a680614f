"""Letters: what a step or a named act writes, to whom, with which facts; they leave through the outbox, each once.

An app says once how letters about its records are written (``corresponds``). ``change_state`` then sends the letter
that the kind names for a step; what is no step (a naming, the pass of a clock) is announced (``announce``), and the
kind says which letters are sent on it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.mail import EmailMessage
from django.db.models import Model

from yuantou.apps.workflow.models import Letter, LetterState, UndoWindow
from yuantou.apps.workflow.roles import people_of
from yuantou.apps.workflow.states import kind_of
from yuantou.apps.workflow.vocabulary import knows, writes_to
from yuantou.engines.workflow import ProgrammeType, Register
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.instants import print_instant
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets a letter: an account where there is one, an address always."""

    address: str
    language: str = "zh-hans"
    user: Any = None
    name: str = ""


NAMED: Final = "named"
"""The recipient of a letter that goes to whom an act names: somebody invited, asked or seated."""


@dataclass(frozen=True, slots=True)
class Correspondence:
    """How letters about a kind of record are written.

    ``says`` gives the placeholders of a record in a language, ``zone`` the time zone in which instants are printed.
    """

    says: Callable[[Any, str], Mapping[str, str]]
    zone: Callable[[Any], str]


_written: dict[str, Correspondence] = {}
_addresses: list[Callable[..., list[Recipient]]] = []


def corresponds(
    *models: type[Model],
    says: Callable[[Any, str], Mapping[str, str]],
    words: Iterable[str],
    zone: Callable[[Any], str] = lambda _record: "Asia/Shanghai",
) -> None:
    """Say how letters about the records of models are written: ``words`` are the placeholders.

    They also name what acts add to ``says``: a reason, an amount, an outcome. Letters reach whom the roles of a record
    name (``roles.people_of``), and whom an act names.
    """
    for model in models:
        kind = kind_of(model)
        _written[kind] = Correspondence(says, zone)
        writes_to(kind, model)
        knows(f"to:{kind}", NAMED)
        knows(f"says:{kind}", "person", "reason", *words)


def finds_addresses(of: Callable[..., list[Recipient]]) -> None:
    """Register how the addresses of accounts and persons are found (the app of accounts knows)."""
    _addresses.append(of)


def is_written(record: str) -> bool:
    """Tell whether it was said how letters about a kind of record are written."""
    return record in _written


def write_letter(
    template: str,
    record: Any,
    *,
    now: datetime,
    once: str,
    to: Iterable[Recipient] | None = None,
    cause: int | None = None,
    says: Mapping[str, Any] | None = None,
) -> list[Letter]:
    """Write a letter about a record, to whom the kind says or, for a letter to somebody named, ``to``.

    ``says`` adds to what is known of the record; a ``LocalText``, an amount of money or an instant is printed in the
    language of each recipient.
    """
    kind = kind_of(record)
    how, letter = _written[kind], record.programme.letters[template]
    if to is None:
        to = [to for find in _addresses for role in letter.to for to in find(*people_of(record, role))]
    letters = []
    for recipient in {one.address: one for one in to}.values():
        language, zone = recipient.language, how.zone(record)
        added = {name: _printed(value, language, zone) for name, value in (says or {}).items()}
        letters += queue_letter(
            template,
            programme=record.programme,
            recipients=[recipient],
            kind=kind,
            key=str(record.pk),
            context={**how.says(record, language), **added},
            now=now,
            once=once,
            cause=cause,
        )
    return letters


def announce(
    event: str,
    record: Any,
    *,
    now: datetime,
    once: str,
    to: Iterable[Recipient] | None = None,
    says: Mapping[str, Any] | None = None,
) -> None:
    """Send what the kind writes when something happens to a record that is no step: the letters that say ``on`` it."""
    happened = f"{kind_of(record)}.{event}"
    for key, letter in record.programme.letters.items():
        if letter.on == happened:
            write_letter(key, record, now=now, once=once, to=to, says=says)


def _printed(value: Any, language: str, zone: str) -> str:
    if isinstance(value, LocalText | Money):
        return value.in_language(language)
    return print_instant(value, zone) if isinstance(value, datetime) else str(value)


def queue_letter(
    template: str,
    *,
    programme: ProgrammeType | Register,
    recipients: Iterable[Recipient],
    kind: str,
    key: str,
    context: Mapping[str, str],
    now: datetime,
    once: str,
    cause: int | None = None,
) -> list[Letter]:
    """Put a letter for each recipient into the outbox, within the caller's transaction.

    ``once`` makes the letter unique together with record and address: asking twice queues it once. ``cause`` is the
    ledger entry of the change that it tells: as long as that can be undone, the letter waits.
    """
    text = programme.letters[template]
    window = UndoWindow.objects.filter(pk=cause).first() if cause is not None else None
    letters = []
    for recipient in recipients:
        values = _Blank({"person": recipient.name, **context})
        letter, _created = Letter.objects.get_or_create(
            idempotency_key=content_hash(f"{template}|{kind}|{key}|{recipient.address}|{once}"),
            defaults={
                "template": template,
                "kind": kind,
                "key": key,
                "recipient": recipient.user,
                "address": recipient.address,
                "subject": " ".join(text.subject.in_language(recipient.language).format_map(values).split())[:300],
                "body": text.body.in_language(recipient.language).format_map(values),
                "created_at": now,
                "cause": cause,
                "waits_until": window.until if window else None,
            },
        )
        letters.append(letter)
    return letters


class _Blank(dict[str, str]):
    """Leaves out what a letter names but the context does not have."""

    def __missing__(self, key: str) -> str:
        return ""


INTERRUPTED_AFTER = timedelta(hours=1)


def send_letters(*, now: datetime, limit: int = 200) -> int:
    """Send what waits in the outbox; each letter leaves once. Returns the number sent.

    A letter is claimed, and the claim committed, before it is handed to the mail server: two workers never send the
    same one, and a worker that dies in between leaves it *on its way*. Nobody can know whether such a letter left, so
    it is not sent again by itself: after an hour it counts as failed and an operator decides. Its Message-ID is its
    idempotency key, so that a letter sent again is known as the same one.
    """
    late = Letter.objects.filter(state=LetterState.SENDING, sent_at__lt=now - INTERRUPTED_AFTER)
    late.update(state=LetterState.FAILED, error="interrupted while sending: it may have left", sent_at=None)
    free = Letter.objects.filter(state=LetterState.QUEUED).exclude(waits_until__gt=now)
    waiting = free.order_by("created_at", "pk")
    return sum(_send(pk, now) for pk in list(waiting.values_list("pk", flat=True)[:limit]))


def _send(pk: str, now: datetime) -> int:
    claimed = Letter.objects.filter(pk=pk, state=LetterState.QUEUED).update(state=LetterState.SENDING, sent_at=now)
    if not claimed:
        return 0
    letter = Letter.objects.get(pk=pk)
    try:
        headers = {"Message-ID": f"<{letter.idempotency_key}@yuantou>"}
        EmailMessage(letter.subject, letter.body, to=[letter.address], headers=headers).send()
    except OSError as error:
        Letter.objects.filter(pk=pk).update(state=LetterState.FAILED, error=str(error)[:500], sent_at=None)
        return 0
    Letter.objects.filter(pk=pk).update(state=LetterState.SENT)
    return 1
