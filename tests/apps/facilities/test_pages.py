"""Pages: who may open which, what they show, and the calendar feed."""

from decimal import Decimal

import icalendar
import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.facilities.conftest import Lab
from tests.apps.facilities.test_running import published
from yuantou.apps.accounts.models import User
from yuantou.apps.facilities import running, substitution
from yuantou.apps.facilities.models import Feed, Instrument
from yuantou.apps.facilities.roadmap import roadmap


def client(user: User | None = None, language: str = "en") -> Client:
    browser = Client(headers={"accept-language": language})
    if user:
        browser.force_login(user)
        User.objects.filter(pk=user.pk).update(language="en")
    return browser


def status(user: User | None, name: str, *keys: str) -> int:
    return client(user).get(reverse(f"facilities:{name}", args=keys)).status_code


def test_everybody_opens_their_pages_and_nobody_anothers(lab: Lab) -> None:
    ann, bob = lab.award("ann", 6), lab.award("bob", 6)
    (request, _other) = lab.ready()
    plan = published(lab)
    booking = plan.bookings.get(request=request)
    staff, outsiders = (lab.manager, lab.scientist), (lab.world.stranger, lab.world.officer, bob)
    for name, key in (("plan", plan.pk), ("month", plan.pk), ("waiting", plan.pk)):
        assert [status(user, name, key) for user in staff] == [200, 200]
        assert {status(user, name, key) for user in outsiders} == {404}
    for name, key in (("request", request.pk), ("booking", booking.pk)):
        assert [status(user, name, key) for user in (ann, lab.manager)] == [200, 200]
        assert {status(user, name, key) for user in outsiders} == {404}
    assert (status(lab.manager, "reports", lab.facility.pk), status(lab.scientist, "reports", lab.facility.pk)) == (
        200, 404,
    )  # fmt: skip
    assert {status(None, "plan", plan.pk), status(None, "mine")} == {302}
    assert {
        status(None, "list"),
        status(None, "facility", lab.facility.pk),
        status(None, "instrument", lab.laser.pk),
    } == {200}
    assert b"merit" not in client(ann).get(reverse("facilities:request", args=[request.pk])).content


def test_a_move_is_shown_before_it_is_done(lab: Lab) -> None:
    lab.award("ann", 6)
    lab.ready()
    plan = published(lab)
    booking = plan.bookings.get()
    browser = client(lab.manager)
    asked = {"booking": booking.pk, "instrument": lab.laser.pk, "start": "30"}
    page = browser.get(reverse("facilities:effect", args=[plan.pk]), asked)
    assert page.context["effect"].gain == pytest.approx(0)
    assert plan.bookings.get(state="published").start == booking.start
    browser.post(
        reverse("facilities:act", args=[plan.pk, "move"]), {**asked, "version": plan.version, "reason": "test"}
    )
    assert plan.bookings.get(state="published").start == 30
    late = browser.post(
        reverse("facilities:act", args=[plan.pk, "move"]), {**asked, "version": plan.version, "reason": "test"}
    )
    assert late.status_code in {403, 409}


def test_the_feed_is_a_calendar_and_a_new_address_makes_the_old_one_void(lab: Lab) -> None:
    ann = lab.award("ann", 6)
    lab.ready()
    booking = published(lab).bookings.get()
    running.confirm(booking=booking, user=ann, now=lab.world.now)
    client(ann).post(reverse("facilities:new_feed"))
    old = Feed.objects.get(user=ann).secret
    answer = client().get(reverse("facilities:feed", args=[old]))
    (event,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert (event["dtstart"].dt, event["dtend"].dt) == (booking.starts_at, booking.ends_at)
    assert str(event["status"]) == "CONFIRMED"
    client(ann).post(reverse("facilities:new_feed"))
    assert client().get(reverse("facilities:feed", args=[old])).status_code == 404


def test_the_roadmap_sets_capacity_against_demand_by_class_and_field(lab: Lab) -> None:
    lab.award("ann", 60)
    lab.award("bob", 30)
    lab.ready()
    published(lab)
    (row,) = roadmap()["classes"]
    assert (row["name"].en, row["pack"], row["capacity"], row["demand"]) == (
        "Forward-looking", "facility_light_source", 84, 90,
    )  # fmt: skip
    (field,) = roadmap()["fields"]
    assert field["lacking"] == 6
    assert "Forward-looking" in client().get(reverse("facilities:list")).content.decode()


def test_origin_and_substitutes_stand_on_public_pages(lab: Lab) -> None:
    now = lab.world.now
    Instrument.objects.filter(pk=lab.laser.pk).update(origin="domestic")
    page = client().get(reverse("facilities:list"))
    assert {row["origin"]: row["by_value"] for row in page.context["origins"]}["domestic"] == 0.5
    values = {"name": "L2", "maker": "Maker", "price": Decimal(1)}
    row = substitution.propose_substitute(instrument=lab.beam, values=values, user=lab.manager, now=now)
    substitution.move_substitute(substitute=row, action="test", reason="", user=lab.manager, now=now)
    measured = substitution.read_measured("power; 10; 10; 1")
    report = substitution.report_use(
        substitute=row, hours=Decimal(150), task="pump-probe series", measured=measured, user=lab.scientist, now=now
    )
    address = reverse("facilities:instrument", args=[lab.beam.pk])
    assert "pump-probe series" not in client().get(address).content.decode()
    substitution.judge_report(report=report, action="verify", reason="", user=lab.manager, now=now)
    assert "pump-probe series" in client().get(address).content.decode()


def test_an_outage_is_reported_in_the_browser_and_shows_whom_it_touches(lab: Lab) -> None:
    lab.award("ann", 6)
    lab.ready()
    plan = published(lab)
    booking = plan.bookings.get()
    values = {
        "instrument": lab.laser.pk, "starts_at": "2026-03-09T00:00", "ends_at": "2026-03-12T00:00", "reason": "真空泵",
    }  # fmt: skip
    browser = client(lab.manager)
    answer = browser.post(reverse("facilities:act", args=[plan.pk, "outage"]), values, follow=True)
    assert answer.context["plan"].based_on_id == plan.pk
    assert [row["request"] for row in answer.context["moved"]] == [booking.request.proposal.number]
