"""Each letter leaves once, whatever happens between claim, mail server and record."""

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction

from tests.apps.conftest import World
from yuantou.apps.workflow.letters import Recipient, queue_letter, send_letters
from yuantou.apps.workflow.models import Letter

pytestmark = pytest.mark.database


def queue(world: World, once: str = "1", address: str = "a@example.org") -> Letter:
    [letter] = queue_letter(
        "accepted",
        programme=world.programme.programme,
        recipients=[Recipient(address)],
        kind="proposal",
        key="p1",
        context={"title": "T"},
        now=world.now,
        once=once,
    )
    return letter


class Dies(BaseException):
    """The process ends here."""


def test_asking_twice_queues_and_sends_once(world: World) -> None:
    assert queue(world).pk == queue(world).pk
    assert send_letters(now=world.now) == 1
    queue(world)
    assert send_letters(now=world.now) == 0
    assert len(mail.outbox) == 1


def test_a_letter_of_a_transaction_that_fails_never_leaves(world: World) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        queue(world)
        raise RuntimeError
    assert send_letters(now=world.now) == 0


def test_a_crash_before_the_mail_server_does_not_send_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    queue(world)

    def die(self: Any, messages: Any) -> int:
        raise Dies

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", die)
        with pytest.raises(Dies):
            send_letters(now=world.now)
    assert send_letters(now=world.now) == 0
    assert Letter.objects.get().state == "sending"
    send_letters(now=world.now + dt.timedelta(hours=2))
    letter = Letter.objects.get()
    assert (letter.state, "may have left" in letter.error) == ("failed", True)
    assert mail.outbox == []


def test_a_crash_after_the_mail_server_does_not_send_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    queue(world)
    real = EmailBackend.send_messages

    def send_then_die(self: Any, messages: Any) -> int:
        real(self, messages)
        raise Dies

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", send_then_die)
        with pytest.raises(Dies):
            send_letters(now=world.now)
    for hours in (0, 2, 4):
        send_letters(now=world.now + dt.timedelta(hours=hours))
    assert len(mail.outbox) == 1


def test_a_second_worker_that_read_the_same_list_sends_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        queue(world, once=str(number))
    real = EmailBackend.send_messages

    def another_worker_comes(self: Any, messages: Any) -> int:
        with monkeypatch.context() as patch:
            patch.setattr(EmailBackend, "send_messages", real)
            send_letters(now=world.now)
        return real(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", another_worker_comes)
    send_letters(now=world.now)
    assert len(mail.outbox) == 3
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 3


def test_a_refused_letter_is_kept_and_the_others_leave(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    queue(world, address="bad@example.org")
    queue(world, address="good@example.org")
    real = EmailBackend.send_messages

    def refuse(self: Any, messages: Any) -> int:
        if messages[0].to == ["bad@example.org"]:
            raise ConnectionRefusedError("no such mailbox")
        return real(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    assert send_letters(now=world.now) == 1
    assert Letter.objects.get(address="bad@example.org").state == "failed"
