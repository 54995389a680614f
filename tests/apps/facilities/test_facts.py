"""What stands against an act at a facility is said on its page, and refused in the same words; nobody can force it."""

import datetime as dt
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
from django.urls import reverse

from tests.apps.agreement import agree
from tests.apps.facilities.conftest import Lab
from tests.apps.facilities.test_pages import client
from tests.apps.facilities.test_running import published, solved
from tests.conftest import NOW
from yuantou.apps.accounts.models import User
from yuantou.apps.facilities import register, requests, running, substitution
from yuantou.apps.facilities.models import Booking, TimeRequest
from yuantou.apps.workflow.facade import acts_of, change_state
from yuantou.apps.workflow.vocabulary import vocabulary
from yuantou.engines.workflow import load_register
from yuantou.kernel.errors import NotAllowedError

HOUR = dt.timedelta(hours=1)


def reads(user: User, name: str, key: str, *said: str) -> bytes:
    """Open a page in both languages; each text stands in one of them."""
    pages = []
    for language in ("zh-hans", "en"):
        browser = client(user, language)
        User.objects.filter(pk=user.pk).update(language=language)
        pages.append(browser.get(reverse(f"facilities:{name}", args=[key])).content)
    missing = [text for text in said if not any(text.encode() in page for page in pages)]
    assert not missing
    return pages[1]


def refused(user: User, name: str, *keys: str, **fields: object) -> str:
    """Post an act that is refused; return the page in English."""
    answer = client(user).post(reverse(f"facilities:{name}", args=keys), fields)
    assert answer.status_code == 403
    return answer.content.decode()


def open_acts(user: User, record: Any, machine: str, now: dt.datetime = NOW) -> set[str]:
    return {act.transition.id for act in acts_of(user, record, now=now) if act.is_open}


def test_code_answers_all_that_the_register_asks() -> None:
    source = (files("yuantou") / "registers" / "facilities.toml").read_text("utf-8")
    assert load_register(source, known=vocabulary()).machines


def test_checking_in_opens_four_hours_before(lab: Lab) -> None:
    ann = lab.award("ann", 6)
    lab.ready()
    booking = published(lab).bookings.get()
    said = (
        "自 2026-03-08 20:00:00 Asia/Shanghai (UTC+08:00) 起方可签到。",
        "Checking in is possible from 2026-03-08 20:",
    )
    action = f'action="{reverse("facilities:act_on_booking", args=[booking.pk, "check_in"])}"'.encode()
    assert action not in reads(ann, "booking", booking.pk, *said)
    phone = client(ann).get(reverse("facilities:mine")).content
    assert said[1].encode() in phone
    assert action not in phone
    assert said[1] in refused(ann, "act_on_booking", booking.pk, "check_in")
    with pytest.raises(NotAllowedError):
        running.check_in(booking=booking, user=ann, now=booking.ends_at)
    Booking.objects.update(starts_at=NOW + 3 * HOUR, ends_at=NOW + 9 * HOUR)
    assert action in reads(ann, "booking", booking.pk)
    assert action in client(ann).get(reverse("facilities:mine")).content
    assert client(ann).post(reverse("facilities:act_on_booking", args=[booking.pk, "check_in"])).status_code == 302
    booking.refresh_from_db()
    with pytest.raises(NotAllowedError) as told:
        change_state(booking, "finish", user=lab.manager, now=NOW, given={"hours": 0})
    assert "hours" in told.value.text("en")
    with pytest.raises(ValueError, match="hours_split"):
        change_state(booking, "finish", user=lab.manager, now=NOW, given={"hours_split": True})


def test_a_no_show_and_a_retirement_wait_for_what_is_booked(lab: Lab) -> None:
    lab.award("ann", 6)
    lab.ready()
    booking = published(lab).bookings.get()
    early = booking.starts_at + 2 * HOUR - dt.timedelta(seconds=1)
    assert "miss" not in open_acts(lab.manager, booking, "booking", early)
    assert "miss" in open_acts(lab.manager, booking, "booking", booking.starts_at + 2 * HOUR)
    office = lab.world.office
    reads(office, "instrument", lab.laser.pk, "仍有 1 项预约未完成。", "Bookings still to come: 1.")
    told = refused(office, "act_on_instrument", lab.laser.pk, "move", step="retire", reason="old")
    assert "Bookings still to come: 1." in told
    lab.facility.state = "retirement"
    assert open_acts(office, lab.facility, "facility") == set()
    running.cancel(booking=booking, reason="x", user=lab.manager, now=NOW)
    assert open_acts(office, lab.facility, "facility") == {"retire"}
    assert "retire" in open_acts(office, lab.laser, "instrument")


def test_a_facility_opens_with_an_instrument_in_operation(lab: Lab) -> None:
    lab.facility.state = "commissioning"
    assert "to_operation" in open_acts(lab.world.office, lab.facility, "facility")
    lab.facility.instruments.update(state="upgrade")
    with pytest.raises(NotAllowedError) as told:
        register.move_facility(facility=lab.facility, action="to_operation", reason="x", user=lab.world.office, now=NOW)
    assert "Open at least one instrument" in told.value.text("en")


def test_a_plan_is_published_once_it_has_bookings_that_break_no_rule(lab: Lab) -> None:
    lab.award("ann", 6)
    lab.ready()
    empty = lab.plan()
    reads(lab.manager, "plan", empty.pk, "计划中没有任何安排。", "The plan is empty.")
    assert "The plan is empty." in refused(lab.manager, "act", empty.pk, "publish")
    plan = solved(lab)
    action = f'action="{reverse("facilities:act", args=[plan.pk, "publish"])}"'.encode()
    assert action in reads(lab.manager, "plan", plan.pk)
    booking = plan.bookings.get()
    register.close_time(
        instrument=lab.laser, starts_at=booking.starts_at, ends_at=booking.ends_at, kind="outage", reason="x",
        user=lab.scientist, now=NOW,
    )  # fmt: skip
    said = ("计划违反现行日历或规则。", "The plan breaks a rule of the register as it is now.")
    assert action not in reads(lab.manager, "plan", plan.pk, *said)
    told = refused(lab.manager, "act", plan.pk, "publish", version=plan.version)
    assert said[1] in told
    with pytest.raises(NotAllowedError) as error:
        running.publish_plan(plan=plan, version=plan.version, user=lab.manager, now=NOW)
    assert error.value.problems


def test_a_request_is_handed_in_once_nothing_stands_against_it(lab: Lab) -> None:
    ann = lab.award("ann", 6)
    (request,) = requests.take_in(facility=lab.facility, user=lab.manager, now=NOW)
    ways, request.ways = request.ways, []
    request.save()
    reads(
        ann, "request", request.pk, "没有指明任何仪器。", "No instrument is named.", "Choose at least one instrument."
    )
    assert "No instrument is named." in refused(ann, "act_on_request", request.pk, "submit")
    TimeRequest.objects.update(ways=ways)
    assert open_acts(ann, TimeRequest.objects.get(), "time_request") == {"submit", "withdraw"}


def test_a_report_of_use_is_judged_by_another_and_rests_on_a_hundred_hours(lab: Lab) -> None:
    values = {"name": "L2", "maker": "Maker", "price": Decimal(1)}
    row = substitution.propose_substitute(instrument=lab.beam, values=values, user=lab.manager, now=NOW)
    substitution.move_substitute(substitute=row, action="test", reason="", user=lab.manager, now=NOW)
    measured = substitution.read_measured("power; 10; 10; 1")
    report = substitution.report_use(
        substitute=row, hours=Decimal("99.5"), task="series", measured=measured, user=lab.scientist, now=NOW
    )
    reads(lab.scientist, "instrument", lab.beam.pk, "不能复核自己的报告。", "Nobody verifies a report of their own.")
    assert open_acts(lab.scientist, report, "use_report") == set()
    assert open_acts(lab.manager, report, "use_report") == {"return"}
    told = refused(lab.manager, "act_on_instrument", lab.beam.pk, "judge", step="verify", key=report.pk)
    assert "less than 100 hours" in told
    report.hours = Decimal(100)
    assert open_acts(lab.manager, report, "use_report") == {"verify", "return"}
    assert "verify" not in open_acts(lab.manager, row, "substitute")


@pytest.mark.parametrize(
    ("ground", "rows", "saturated", "said"),
    [
        ("none_here", [True], False, "Instruments of its kind here: 1."),
        ("saturated", [True], False, "run 800 hours a year on average, below saturation at 1200"),
        ("none_here", [False], False, ""),
        ("saturated", [True], True, ""),
        ("other", [True], False, ""),
    ],
)
def test_a_purchase_stands_on_its_ground(lab: Lab, ground: str, rows: list[bool], saturated: bool, said: str) -> None:
    from yuantou.apps.facilities.models import Purchase

    found = {"rows": [{"here": here} for here in rows], "mean": 800, "saturated": saturated, "limit": 1200}
    row = Purchase(organisation=lab.world.university, name="x", ground=ground, found=found, state="checked")
    (act,) = [a for a in acts_of(lab.world.office, row, now=NOW) if a.transition.id == "support"]
    assert act.is_open is not bool(said)
    assert said in " ".join(why.message.en for why in act.lacking)


def test_roles_at_a_facility_read_the_same_for_one_for_lists_and_for_letters(lab: Lab) -> None:
    lab.award("ann", 6)
    lab.ready()
    published(lab)
    tried = agree(list(User.objects.order_by("pk")))
    assert tried["Facility"] >= {"manager", "scientist", "safety", "office"}
    assert tried["Booking"] >= {"experimenter", "manager"}
