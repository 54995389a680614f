"""The register: PIDINST and PaNET, stages, purchase check, substitutes; what is wrong in a request is named."""

import datetime as dt
from decimal import Decimal

import pytest

from tests.apps.facilities.conftest import Lab
from yuantou.apps.audit.facade import history
from yuantou.apps.facilities import register, requests, substitution
from yuantou.apps.facilities.models import Instrument, Technique, TimeRequest, UsageEvent
from yuantou.apps.facilities.tables_of_year import year_of
from yuantou.connectors.instruments import read_panet, read_pidinst
from yuantou.kernel.errors import InputError, NotAllowedError

PIDINST = """<instrument><identifier identifierType="Handle">21.T1/7</identifier><schemaVersion>1.0</schemaVersion>
<landingPage>https://example.org/7</landingPage><name>Powder diffractometer</name>
<owners><owner><ownerName>Yunze University</ownerName></owner></owners>
<manufacturers><manufacturer><manufacturerName>Made Here</manufacturerName></manufacturer></manufacturers>
<model><modelName>PD-3</modelName></model></instrument>"""
PANET = """,ID,Label,Parent IRI,Parent IRI
,ID,A rdfs:label,SC %,SC %
1,http://purl.org/pan-science/PaNET/PaNET01001,powder diffraction,diffraction,
2,http://purl.org/pan-science/PaNET/PaNET01002,,diffraction,
3,http://purl.org/pan-science/PaNET/PaNET01003,diffraction,owl:Thing,
"""


def test_an_instrument_comes_from_its_pidinst_record_and_is_brought_up_to_date_by_it(lab: Lab) -> None:
    now = lab.world.now
    row = register.import_pidinst(facility=lab.facility, text=PIDINST, code="pd", user=lab.manager, now=now)
    assert (row.pid, row.model, row.manufacturers, row.name_en) == (
        "21.T1/7", "PD-3", ["Made Here"], "Powder diffractometer",
    )  # fmt: skip
    again = register.import_pidinst(
        facility=lab.facility, text=PIDINST.replace("PD-3", "PD-4"), code="pd", user=lab.manager, now=now
    )
    assert (again.pk, again.model) == (row.pk, "PD-4")
    assert [entry.act for entry in history("instrument", row.pk)] == ["instrument.save"] * 2


def test_what_a_pidinst_record_lacks_is_named_with_its_remedy() -> None:
    with pytest.raises(InputError) as refused:
        read_pidinst('{"name": "x", "identifier": {"identifier": "1", "identifierType": "DOI"}}')
    assert {found.place.column for found in refused.value.problems} == {"landingPage", "owners", "manufacturers"}
    with pytest.raises(InputError):
        read_pidinst("<instrument><name>")


def test_techniques_are_taken_in_and_a_bad_row_is_named(lab: Lab) -> None:
    rows, problems = read_panet(PANET)
    assert [(row.code, row.parents) for row in rows] == [("PaNET01001", ("diffraction",)), ("PaNET01003", ())]
    assert [problem.place.row for problem in problems] == [3]
    assert register.import_techniques(facility=lab.facility, rows=rows, user=lab.manager, now=lab.world.now) == 2
    assert register.import_techniques(facility=lab.facility, rows=rows, user=lab.manager, now=lab.world.now) == 0
    with pytest.raises(NotAllowedError):
        register.import_techniques(facility=lab.facility, rows=rows, user=lab.scientist, now=lab.world.now)


def test_a_facility_goes_through_its_life_and_nobody_else_moves_it(lab: Lab) -> None:
    office, now = lab.world.office, lab.world.now
    for action in ("to_design", "to_preparation", "to_construction", "to_commissioning", "to_operation"):
        with pytest.raises(NotAllowedError):
            register.move_facility(facility=lab.facility, action=action, reason="x", user=lab.world.stranger, now=now)
        register.move_facility(facility=lab.facility, action=action, reason="验收通过", user=office, now=now)
    lab.facility.refresh_from_db()
    assert lab.facility.state == "operation"
    assert [row["stage"] for row in lab.facility.stages][-1] == "operation"


def test_a_dear_instrument_is_not_ordered_before_its_purchase_is_supported(lab: Lab) -> None:
    now, office = lab.world.now, lab.world.office
    technique = Technique.objects.create(code="PaNET01001", label="powder diffraction")
    lab.laser.techniques.add(technique)
    values = {
        "name": "新衍射仪",
        "technique": technique,
        "value": Decimal(3_000_000),
        "ground": "saturated",
        "text": "x",
    }
    dear = register.save_instrument(
        facility=lab.facility, values={"code": "new", "name_zh": "新衍射仪", "value": Decimal(3_000_000)},
        user=lab.manager, now=now,
    )  # fmt: skip
    with pytest.raises(NotAllowedError):
        register.move_instrument(instrument=dear, action="order", reason="", user=lab.manager, now=now)
    ask = substitution.ask_purchase(
        organisation=lab.world.university, facility=lab.facility, values=values, user=office, now=now
    )
    assert (ask.state, ask.found["saturated"], len(ask.found["rows"])) == ("checked", False, 1)
    with pytest.raises(NotAllowedError):
        substitution.decide_purchase(purchase=ask, action="support", reason="x", user=office, now=now)
    UsageEvent.objects.create(
        instrument=lab.laser, kind="use", starts_at=now - dt.timedelta(days=9), ends_at=now, measure=Decimal(1300),
        recorded_at=now,
    )  # fmt: skip
    substitution.check_purchase(purchase=ask, user=office, now=now)
    substitution.decide_purchase(purchase=ask, action="support", reason="同类已饱和", user=office, now=now)
    register.move_instrument(instrument=dear, action="order", reason="", user=lab.manager, now=now)
    assert Instrument.objects.get(pk=dear.pk).state == "ordered"


def test_a_substitute_is_accepted_only_after_a_report_that_another_person_confirmed(lab: Lab) -> None:
    now = lab.world.now
    values = {"name": "国产激光器 L2", "maker": "本地公司", "price": Decimal(800_000)}
    row = substitution.propose_substitute(instrument=lab.laser, values=values, user=lab.scientist, now=now)
    substitution.move_substitute(substitute=row, action="test", reason="", user=lab.scientist, now=now)
    with pytest.raises(NotAllowedError):
        substitution.move_substitute(substitute=row, action="verify", reason="", user=lab.manager, now=now)
    measured = substitution.read_measured("功率（W）；10；9.9；2\n稳定度；1.0；1.01；5%")
    assert [one["within"] for one in measured] == [True, True]
    report = substitution.report_use(
        substitute=row, hours=Decimal(120), task="泵浦探测", measured=measured, user=lab.scientist, now=now
    )
    with pytest.raises(NotAllowedError):
        substitution.judge_report(report=report, action="verify", reason="", user=lab.scientist, now=now)
    substitution.judge_report(report=report, action="verify", reason="", user=lab.manager, now=now)
    substitution.move_substitute(substitute=row, action="verify", reason="", user=lab.manager, now=now)
    row.refresh_from_db()
    assert row.state == "verified"
    with pytest.raises(InputError) as refused:
        substitution.read_measured("功率 10 9.9")
    assert "Line 1" in refused.value.text("en")


def test_shares_of_origin_are_by_value_and_by_hours(lab: Lab) -> None:
    Instrument.objects.filter(pk=lab.laser.pk).update(origin="domestic")
    now = lab.world.now
    for row, hours in ((lab.laser, 30), (lab.beam, 10)):
        UsageEvent.objects.create(
            instrument=row, kind="use", starts_at=now - dt.timedelta(days=3), ends_at=now, measure=Decimal(hours),
            recorded_at=now,
        )  # fmt: skip
    shares = {row["origin"]: row for row in substitution.shares_of_origin(list(Instrument.objects.all()), now)}
    assert (shares["domestic"]["by_value"], shares["domestic"]["by_hours"]) == (0.5, 0.75)


def received(lab: Lab, **changes: object) -> TimeRequest:
    lab.award("ann", 6)
    requests.take_in(facility=lab.facility, user=lab.manager, now=lab.world.now)
    TimeRequest.objects.update(**changes)
    return TimeRequest.objects.select_related("facility", "proposal").get()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"window_start": dt.date(2026, 5, 1), "window_end": dt.date(2026, 4, 1)}, "window.order"),
        ({"shifts_min": 9}, "duration.order"),
        ({"ways": []}, "ways.none"),
        ({"ways": [{"instrument": "nowhere", "configuration": ""}]}, "instrument.closed"),
        ({"needs": ["cryostat"]}, "resource.unknown"),
    ],
)
def test_what_is_wrong_in_a_request_is_named_and_it_cannot_be_handed_in(
    lab: Lab, changes: dict[str, object], code: str
) -> None:
    request = received(lab, **changes)
    found = requests.problems_of(request)
    assert [problem.code for problem in found] == [code]
    assert found[0].remedy.zh
    assert found[0].remedy.en
    from yuantou.apps.accounts.models import User

    with pytest.raises(NotAllowedError):
        requests.submit_request(request=request, user=User.objects.get(person=request.lead_id), now=lab.world.now)


def test_calendars_and_clocks_and_what_fits_nowhere_are_named_before_solving(lab: Lab) -> None:
    lab.award("ann", 40)
    lab.ready()
    now, day = lab.world.now, dt.timedelta(days=1)
    plan = lab.plan()
    for start, end in ((3, 6), (5, 7)):
        register.close_time(
            instrument=lab.laser, starts_at=plan.starts_at + start * day, ends_at=plan.starts_at + end * day,
            kind="maintenance", reason="", user=lab.manager, now=now,
        )  # fmt: skip
    lab.facility.time_zone = "Europe/Berlin"
    plan.facility.time_zone = "Europe/Berlin"
    plan.slots = 90
    codes = [found.code for found in year_of(plan).findings]
    assert codes == ["calendar.overlap", "clock.change", "duration.fits", "request.unserved"]
    with pytest.raises(InputError):
        register.close_time(
            instrument=lab.laser, starts_at=now, ends_at=now, kind="outage", reason="", user=lab.manager, now=now
        )


def test_what_a_form_says_in_words_is_read_as_far_as_it_can_be(lab: Lab) -> None:
    lab.award("ann", 6, instrument="激光站或束线站", window="2026年3月10日—2026/3/20")
    (request,) = requests.take_in(facility=lab.facility, user=lab.manager, now=lab.world.now)
    assert (request.window_start, request.window_end) == (dt.date(2026, 3, 10), dt.date(2026, 3, 20))
    assert {way["instrument"] for way in request.ways} == {lab.laser.pk, lab.beam.pk}
    assert requests.take_in(facility=lab.facility, user=lab.manager, now=lab.world.now) == []
