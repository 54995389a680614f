"""Letters of facilities go out with the step, to whom the register says, in its words."""

import pytest

from tests.apps.facilities.conftest import Lab
from tests.apps.facilities.test_running import published
from tests.apps.rewording import reword
from yuantou.apps.accounts.models import User
from yuantou.apps.audit.models import Entry
from yuantou.apps.facilities import requests, running
from yuantou.apps.workflow.models import Letter

RETURNED, CANCELLED = (
    '[letter.request_returned]\nto = ["experimenter"',
    '[letter.booking_cancelled]\nto = ["experimenter"',
)


def addresses(*users: User) -> list[str]:
    return sorted(user.email for user in users)


def sent(template: str) -> list[str]:
    return sorted(Letter.objects.filter(template=template).values_list("address", flat=True))


def test_the_register_says_to_whom_a_step_writes_and_what(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("机时申请需修改。理由：{reason}", "机时申请请补充：{reason}")
    reword(monkeypatch, "facilities", (RETURNED, f'{RETURNED}, "scientist", "safety"'), words)
    ann = lab.award("ann", 6)
    (request,) = lab.ready()
    request.team.add(lab.safety.person)  # a part in it, and so no post with regard to it
    requests.review_request(request=request, action="send_back", reason="样品", user=lab.manager, now=lab.world.now)
    assert sent("request_returned") == addresses(ann, lab.scientist)
    letter = Letter.objects.get(recipient=ann)
    assert "“ann 的实验”（FT-ann）的机时申请请补充：样品" in letter.body
    assert (letter.kind, letter.key, letter.cause) == (
        "time_request", request.pk, Entry.objects.get(act="time_request.send_back").index,
    )  # fmt: skip


def test_a_step_that_wrote_to_nobody_writes_once_the_register_names_a_letter(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lead and team both learn that time was given back; who confirms gets a letter that none wrote before."""
    step = 'to = "confirmed", actors = ["experimenter", "manager"]'
    plain = '{ zh = "{instrument} {begin}", en = "{begin}" }'
    confirmed = f'\n[letter.booking_confirmed]\nto = ["manager"]\nsubject = {plain}\nbody = {plain}\n'
    changes = (CANCELLED, f'{CANCELLED}, "team"'), (step, f'{step}, letter = "booking_confirmed"')
    reword(monkeypatch, "facilities", *changes, more=confirmed)
    ann, mate = lab.award("ann", 6), lab.world.user("mate", lab.world.institute)
    (request,) = lab.ready()
    request.team.add(mate.person)
    booking = published(lab).bookings.get()
    running.confirm(booking=booking, user=ann, now=lab.world.now)
    running.cancel(booking=booking, reason="病假", user=ann, now=lab.world.now)
    assert sent("booking_published") == addresses(ann)
    assert sent("booking_confirmed") == addresses(lab.manager, lab.second)
    assert {letter.body[:8] for letter in Letter.objects.filter(template="booking_confirmed")} == {"激光站 2026"}
    assert sent("booking_cancelled") == addresses(ann, mate)
