"""Reports of indicators: right figures, opened to their events, the same to the digit after corrections."""

import datetime as dt
from decimal import Decimal

import pytest

from tests.apps.facilities.conftest import Lab
from yuantou.apps.facilities import reporting, running
from yuantou.apps.facilities.models import IndicatorReport, UsageEvent
from yuantou.kernel.errors import NotAllowedError

DAY = dt.timedelta(days=1)


def event(lab: Lab, kind: str, day: int, hours: int, **extra: object) -> UsageEvent:
    start = dt.datetime(2026, 1, day, tzinfo=dt.UTC)
    values = {"instrument": lab.laser, "kind": kind, "starts_at": start, "ends_at": start + dt.timedelta(hours=hours),
              "measure": Decimal(hours if kind == "use" else 0), "recorded_at": start + DAY}  # fmt: skip
    return UsageEvent.objects.create(**{**values, **extra})


def report(lab: Lab, pack: str) -> IndicatorReport:
    first, last = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
    return reporting.make_report(
        facility=lab.facility, pack=pack, start=first, end=last, user=lab.manager, now=lab.world.now
    )


def figures(row: IndicatorReport) -> dict[str, str]:
    return {one["id"]: one["value"] for one in row.figures["rows"]}


def test_open_sharing_opens_to_its_events_and_an_old_report_stays(lab: Lab) -> None:
    inside = event(lab, "use", 2, 30)
    outside = event(lab, "use", 5, 10, external=True, instrument=lab.beam)
    event(lab, "lost", 9, 5)
    row = report(lab, "facility_open_sharing_2026")
    found = figures(row)
    assert (found["mean_effective"], found["mean_external"], found["sharing_rate"]) == ("20.0", "5.0", "25.0")
    assert [one.pk for one in reporting.behind(row, "mean_external")] == [outside.pk]
    assert {one.pk for one in reporting.behind(row, "sharing_rate")} == {inside.pk, outside.pk}
    running.correct(
        event=inside, values={"measure": Decimal(20)}, reason="登记有误", user=lab.scientist, now=lab.world.now + DAY
    )
    assert reporting.reproduces(row)
    later = reporting.make_report(
        facility=lab.facility, pack=row.pack, start=row.period_start, end=row.period_end, user=lab.manager,
        now=lab.world.now + 2 * DAY,
    )  # fmt: skip
    assert (figures(row)["mean_effective"], figures(later)["mean_effective"]) == ("20.0", "15.0")


def test_a_row_changed_behind_our_back_does_not_reproduce(lab: Lab) -> None:
    kept = event(lab, "use", 2, 30)
    row = report(lab, "facility_esfri")
    assert reporting.reproduces(row)
    UsageEvent.objects.filter(pk=kept.pk).update(measure=Decimal(31))
    assert not reporting.reproduces(row)


def test_outages_less_than_an_hour_apart_are_one(lab: Lab) -> None:
    event(lab, "use", 2, 90)
    start = dt.datetime(2026, 1, 8, tzinfo=dt.UTC)
    hour = dt.timedelta(hours=1)
    for begin, end in ((0.0, 1.0), (1.5, 2.0), (9.0, 10.0)):
        event(lab, "fault", 8, 1, starts_at=start + begin * hour, ends_at=start + end * hour)
    event(lab, "lost", 9, 10)
    found = figures(report(lab, "facility_light_source"))
    assert (found["outage_count"], found["fault_count"], found["mttr"]) == ("2", "3", "1.50")
    assert (found["availability"], found["mtbf"]) == ("97.00", "33.3")


def test_a_user_counts_once_and_on_site_comes_before_remote(lab: Lab) -> None:
    ann, bob = lab.manager.person, lab.second.person
    event(lab, "use", 2, 8, person=ann, mode="remote")
    event(lab, "use", 3, 8, person=ann, mode="onsite")
    event(lab, "use", 4, 8, person=bob, mode="data")
    event(lab, "no_show", 5, 8, person=bob)
    found = figures(report(lab, "facility_doe_users"))
    assert [found[f"users_{kind}"] for kind in ("all", "onsite", "remote", "data")] == ["2", "1", "0", "1"]
    assert found["no_show_rate"] == "25.00"


def test_university_form_and_weighted_points(lab: Lab) -> None:
    event(lab, "use", 2, 700, charge=Decimal(90_000))
    found = figures(report(lab, "facility_university_2000"))
    assert (found["hour_use"], found["hour_score"]) == ("25.0", "8.75")
    assert (found["income_rate"], found["income_score"]) == ("3.00", "2.25")


def test_only_the_facility_reports(lab: Lab) -> None:
    for user in (lab.scientist, lab.world.stranger, lab.world.officer):
        with pytest.raises(NotAllowedError):
            reporting.make_report(
                facility=lab.facility, pack="facility_esfri", start=dt.date(2026, 1, 1), end=dt.date(2026, 2, 1),
                user=user, now=lab.world.now,
            )  # fmt: skip
