"""From an award to a published plan, use and charge; swap, wait list, outage and repair; two managers at once."""

import datetime as dt
from decimal import Decimal

import pytest

from tests.apps.facilities.conftest import START, Lab
from yuantou.apps.audit.facade import history
from yuantou.apps.facilities import editing, facts, planning, repair, requests, running
from yuantou.apps.facilities.models import TimeRequest, UsageEvent, YearPlan
from yuantou.apps.facilities.tables_of_year import Extra
from yuantou.apps.jobs.models import Job
from yuantou.apps.workflow.models import Letter
from yuantou.kernel.errors import CancelledError, InputError, NotAllowedError, StaleError


def solved(lab: Lab, days: int = 14) -> YearPlan:
    plan = lab.plan(days)
    planning.start_solving(plan=plan, user=lab.manager, now=lab.world.now)
    job = Job.objects.get(subject=plan.pk)
    planning.run_solving(job, lambda *_: None, now=lab.world.now)
    plan.refresh_from_db()
    return plan


def published(lab: Lab, days: int = 14) -> YearPlan:
    plan = solved(lab, days)
    running.publish_plan(plan=plan, version=plan.version, user=lab.manager, now=lab.world.now)
    plan.refresh_from_db()
    return plan


def test_from_award_to_charge(lab: Lab) -> None:
    ann = lab.award("ann", 6)
    lab.award("bob", 9, instrument="beam")
    assert [request.state for request in lab.ready()] == ["ready", "ready"]
    plan = published(lab)
    assert plan.gap == pytest.approx(0, abs=1e-6)
    assert plan.bookings.filter(state="published").count() == 2
    assert Letter.objects.filter(template="booking_published").count() == 2
    booking = plan.bookings.get(request__lead=ann.person)
    running.confirm(booking=booking, user=ann, now=lab.world.now)
    running.check_in(booking=booking, user=ann, now=booking.starts_at)
    hours = {"prepare": Decimal(4), "measure": Decimal(30), "post": Decimal(2)}
    event = running.finish(
        booking=booking, hours=hours, rate="subsidised", mode="onsite", user=lab.scientist, now=booking.ends_at
    )
    assert (event.effective, event.charge, event.external) == (36, Decimal("14400.00"), True)
    assert TimeRequest.objects.get(lead=ann.person).state == "done"
    assert [entry.act for entry in history("booking", booking.pk)] == [
        "booking.publish", "booking.confirm", "booking.check_in", "booking.finish",
    ]  # fmt: skip


def test_every_refusal_has_a_reason_and_a_price(lab: Lab) -> None:
    for name in ("ann", "bob", "cid", "dan"):
        lab.award(name, 18)
    lab.ready()
    plan = solved(lab)
    refused = plan.record["refusals"]
    assert plan.bookings.count() + len(refused) == 4
    assert plan.bookings.count() == 2
    for row in refused:
        assert row["price"] > 0
        assert row["reason"]["zh"]
        assert row["reason"]["en"]


def test_nobody_but_a_manager_plans_and_nobody_places_an_own_request(lab: Lab) -> None:
    lab.award("ann", 6)
    lab.ready()
    plan = lab.plan()
    for user in (lab.scientist, lab.safety, lab.world.stranger, lab.world.officer):
        with pytest.raises(NotAllowedError):
            planning.start_solving(plan=plan, user=user, now=lab.world.now)
    request = TimeRequest.objects.get()
    request.team.add(lab.manager.person)
    with pytest.raises(NotAllowedError):
        requests.review_request(request=request, action="send_back", reason="x", user=lab.manager, now=lab.world.now)


def test_cancelling_keeps_the_best_plan_so_far_and_another_run_goes_on(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, shifts in (("ann", 12), ("bob", 17), ("cid", 13), ("dan", 11)):
        lab.award(name, shifts)
    lab.ready()
    monkeypatch.setattr(planning, "GAP", -1.0)
    monkeypatch.setattr(planning, "ROUNDS", 2)
    plan = lab.plan()
    job = Job.objects.create(kind="year_plan", subject=plan.pk, created_at=lab.world.now, parameters={"seconds": 60})

    def cancel(stage: str, done: int, total: int) -> None:
        if stage == "searching":
            raise CancelledError

    with pytest.raises(CancelledError):
        planning.run_solving(job, cancel, now=lab.world.now)
    plan.refresh_from_db()
    first = plan.value
    assert first is not None
    assert plan.bookings.exists()
    assert plan.record["refusals"]
    planning.run_solving(job, lambda *_: None, now=lab.world.now)
    plan.refresh_from_db()
    assert plan.value >= first


def test_a_move_shows_its_effect_first_and_the_second_manager_is_stopped(lab: Lab) -> None:
    lab.award("ann", 6)
    lab.award("bob", 6)
    lab.ready()
    plan = published(lab)
    booking, other = plan.bookings.order_by("start")
    effect = editing.effect_of(plan=plan, booking=booking, instrument=booking.instrument, start=30, user=lab.manager)
    assert effect.gain == pytest.approx(0)
    assert not effect.problems
    seen = plan.version
    editing.move_booking(
        plan=plan, booking=booking, instrument=booking.instrument, start=30, version=seen, reason="test",
        user=lab.manager, now=lab.world.now,
    )  # fmt: skip
    with pytest.raises(StaleError) as refused:
        editing.move_booking(
            plan=YearPlan.objects.get(pk=plan.pk), booking=other, instrument=other.instrument, start=36, version=seen,
            reason="test", user=lab.second, now=lab.world.now,
        )  # fmt: skip
    assert "Another manager" in refused.value.text("en")
    booking.refresh_from_db()
    assert booking.state == "moved"
    assert plan.bookings.filter(state="published", start=30).count() == 1
    outside = editing.effect_of(plan=plan, booking=other, instrument=lab.beam, start=0, user=lab.manager)
    assert [found.code for found in outside.problems] == ["plan.alternative"]


def test_onto_another_booking_shows_who_loses_the_place(lab: Lab) -> None:
    lab.award("ann", 6)
    lab.award("bob", 6)
    lab.ready()
    plan = published(lab)
    booking, other = plan.bookings.order_by("start")
    effect = editing.effect_of(
        plan=plan, booking=booking, instrument=booking.instrument, start=other.start, user=lab.manager
    )
    assert effect.displaced == [other]
    assert effect.gain == pytest.approx(-other.value)


def test_an_outage_is_repaired_near_the_published_plan(lab: Lab) -> None:
    for name in ("ann", "bob", "cid", "dan"):
        lab.award(name, 6)
    lab.ready()
    plan = published(lab)
    rows = list(plan.bookings.order_by("start"))
    for row in rows:
        running.confirm(booking=row, user=lab.manager, now=lab.world.now)
    struck = rows[1]
    draft = repair.report_outage(
        plan=plan, instrument=lab.laser, starts_at=struck.starts_at, ends_at=struck.starts_at + dt.timedelta(hours=16),
        reason="真空泵故障", user=lab.manager, now=lab.world.now,
    )  # fmt: skip
    moved = draft.record["repair"]["moved"]
    assert struck.request.proposal.number in {row["request"] for row in moved}
    assert len(moved) < len(rows)
    assert not running.is_outdated(draft)
    running.publish_plan(plan=draft, version=draft.version, user=lab.manager, now=lab.world.now)
    plan.refresh_from_db()
    draft.refresh_from_db()
    assert (plan.state, draft.state) == ("replaced", "published")
    kept = [row for row in rows if row.request.proposal.number not in {m["request"] for m in moved}]
    for row in kept:
        row.refresh_from_db()
        assert (row.state, row.plan_id) == ("confirmed", draft.pk)
    assert facts.rules_broken(draft) == []
    assert Letter.objects.filter(template__in=["booking_moved", "booking_cancelled"]).count() == len(moved)


def test_a_repair_of_a_plan_that_changed_meanwhile_is_refused(lab: Lab) -> None:
    lab.award("ann", 6)
    lab.award("bob", 6)
    lab.ready()
    plan = published(lab)
    booking = plan.bookings.order_by("start")[0]
    draft = repair.draft_repair(plan=plan, reason="x", user=lab.manager, now=lab.world.now)
    editing.move_booking(
        plan=plan, booking=booking, instrument=booking.instrument, start=30, version=plan.version, reason="x",
        user=lab.second, now=lab.world.now,
    )  # fmt: skip
    draft = YearPlan.objects.get(pk=draft.pk)
    with pytest.raises(NotAllowedError) as refused:
        running.publish_plan(plan=draft, version=draft.version, user=lab.manager, now=lab.world.now)
    assert "changed meanwhile" in refused.value.text("en")


def test_an_outage_during_the_run_stops_the_plan_from_being_published(lab: Lab) -> None:
    lab.award("ann", 6)
    lab.ready()
    plan = solved(lab)
    booking = plan.bookings.get()
    from yuantou.apps.facilities.register import close_time

    close_time(
        instrument=lab.laser, starts_at=booking.starts_at, ends_at=booking.ends_at, kind="outage", reason="x",
        user=lab.scientist, now=lab.world.now,
    )  # fmt: skip
    assert running.is_outdated(plan)
    with pytest.raises(NotAllowedError):
        running.publish_plan(plan=plan, version=plan.version, user=lab.manager, now=lab.world.now)


@pytest.mark.database
def test_wait_list_and_a_freed_place(lab: Lab) -> None:
    ann = lab.award("ann", 21)
    lab.award("bob", 21)
    lab.award("cid", 21)
    lab.ready()
    plan = published(lab)
    waiting = running.wait_list(plan)
    assert len(waiting) == 1
    with pytest.raises(InputError):
        repair.earliest_place(
            plan=plan, request=waiting[0]["request"], version=plan.version, user=lab.manager, now=START
        )
    plan = YearPlan.objects.get(pk=plan.pk)
    freed = plan.bookings.select_related("request").order_by("start")[0]
    lead = ann if freed.request.lead_id == ann.person_id else None
    running.cancel(booking=freed, reason="样品未到", user=lead or lab.manager, now=START)
    got = repair.earliest_place(
        plan=plan, request=waiting[0]["request"], version=plan.version, user=lab.manager, now=START
    )
    assert (got.start, got.state) == (freed.start, "published")


def test_swap_no_show_and_lost_time(lab: Lab) -> None:
    lab.award("ann", 6)
    lab.award("bob", 6)
    lab.ready()
    plan = published(lab)
    first, second = plan.bookings.order_by("start")
    editing.swap_bookings(
        first=first, second=second, version=plan.version, reason="互换", user=lab.manager, now=lab.world.now
    )
    live = plan.bookings.filter(state="published").order_by("start")
    assert [row.request_id for row in live] == [second.request_id, first.request_id]
    early, late = live
    with pytest.raises(NotAllowedError):
        running.miss(booking=early, user=lab.scientist, now=early.starts_at)
    missed = running.miss(booking=early, user=lab.scientist, now=early.starts_at + dt.timedelta(hours=3))
    lost = running.lose(booking=late, reason="束流中断", user=lab.scientist, now=late.starts_at)
    assert (missed.kind, lost.kind, lost.charge) == ("no_show", "lost", 0)


def test_a_correction_leaves_the_wrong_row_on_record(lab: Lab) -> None:
    ann = lab.award("ann", 3)
    lab.ready()
    booking = published(lab).bookings.get()
    running.check_in(booking=booking, user=ann, now=booking.starts_at)
    event = running.finish(
        booking=booking, hours={"measure": Decimal(20)}, rate="full", mode="onsite", user=lab.scientist,
        now=booking.ends_at,
    )  # fmt: skip
    fixed = running.correct(
        event=event, values={"measure": Decimal(18)}, reason="登记有误", user=lab.scientist, now=booking.ends_at
    )
    assert UsageEvent.objects.filter(corrected_by=None).get() == fixed
    assert (event.charge, fixed.charge) == (Decimal("20000.00"), Decimal("18000.00"))


def test_what_one_more_day_and_one_more_magnet_would_bring(lab: Lab) -> None:
    for name in ("ann", "bob"):
        lab.award(name, 30)
    for request in lab.ready():
        TimeRequest.objects.filter(pk=request.pk).update(
            needs=["magnet"], ways=[{"instrument": i.pk, "configuration": ""} for i in (lab.laser, lab.beam)]
        )
    plan = solved(lab)
    assert plan.bookings.count() == 1
    answer = planning.what_if(plan=plan, extra=Extra(more="magnet"), user=lab.manager)
    assert len(answer["placed"]) == 1
    assert answer["gain"] == pytest.approx(30.0)
