"""A small facility: two instruments, a magnet, staff, and experimenters with awarded time."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import pytest

from tests.apps.conftest import World
from yuantou.apps.accounts.models import User
from yuantou.apps.calls.models import Call
from yuantou.apps.decisions.models import Decision, DecisionList, Ranking
from yuantou.apps.facilities import register, requests
from yuantou.apps.facilities.models import Facility, Instrument, TimeRequest, YearPlan
from yuantou.apps.jobs.models import Job
from yuantou.apps.workflow.models import ProgrammeTypeVersion

START = dt.datetime(2026, 3, 9, 0, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
WINDOW = "2026-03-09 至 2026-03-22"


@dataclass
class Lab:
    """The records of the test facility."""

    world: World
    facility: Facility
    laser: Instrument
    beam: Instrument
    manager: User
    second: User
    scientist: User
    safety: User
    call: Call
    decisions: DecisionList

    def award(self, name: str, shifts: int, *, instrument: str = "laser", window: str = WINDOW) -> User:
        """Award time to a new person of the institute."""
        user = self.world.user(name, self.world.institute)
        proposal = self.world.proposal(
            call=self.call, applicant=user.person, organisation=self.world.institute, number=f"FT-{name}",
            title_zh=f"{name} 的实验", title_en=f"Experiment of {name}", state="awarded",
            answers={"window": window, "instrument": instrument, "shifts_min": str(shifts), "samples": "无"},
        )  # fmt: skip
        Decision.objects.create(
            decision_list=self.decisions, proposal=proposal, position=Decision.objects.count() + 1, by_rule="fund",
            outcome="fund", amount=Decimal(shifts),
        )  # fmt: skip
        return user

    def ready(self) -> list[TimeRequest]:
        """Take in every award and pass the reviews."""
        now = self.world.now
        for request in requests.take_in(facility=self.facility, user=self.manager, now=now):
            lead = User.objects.get(person=request.lead_id)
            requests.submit_request(request=request, user=lead, now=now)
            requests.review_request(request=request, action="feasible", reason="", user=self.scientist, now=now)
            requests.review_request(request=request, action="safe", reason="", user=self.safety, now=now)
        return list(TimeRequest.objects.filter(state="ready").order_by("proposal__number"))

    def plan(self, days: int = 14) -> YearPlan:
        """Begin a plan of two weeks, in shifts of eight hours."""
        from yuantou.apps.facilities.planning import create_plan

        values = {"title": "2026", "starts_at": START, "slots": 3 * days, "slot_hours": 8}
        return create_plan(facility=self.facility, values=values, user=self.manager, now=self.world.now)


@pytest.fixture
def lab(world: World) -> Lab:
    """Build the facility."""
    now = world.now
    office = world.office
    values = {"name_zh": "云泽光源", "name_en": "Yunze Light", "kind": "forward", "value": Decimal(900_000_000)}
    facility = register.create_facility(organisation=world.university, values=values, user=office, now=now)
    people = {name: world.user(name, world.university) for name in ("manager", "second", "scientist", "safety")}
    for name, role in {
        **dict.fromkeys(("manager", "second"), "manager"),
        "scientist": "scientist",
        "safety": "safety",
    }.items():
        register.appoint(facility=facility, email=f"{name}@example.org", role=role, user=office, now=now)
    made = []
    for code, zh in (("laser", "激光站"), ("beam", "束线站")):
        row = register.save_instrument(
            facility=facility,
            values={
                "code": code, "name_zh": zh, "name_en": code.title(), "rate_full": Decimal(1000),
                "rate_subsidised": Decimal(400), "value": Decimal(1_500_000),
            },
            user=people["manager"], now=now,
        )  # fmt: skip
        for action in ("order", "install", "open"):
            register.move_instrument(instrument=row, action=action, reason="", user=people["manager"], now=now)
        made.append(row)
    register.add_equipment(facility=facility, code="magnet", name="磁体", capacity=1, user=people["manager"], now=now)
    programme = ProgrammeTypeVersion.objects.get(type_id="facility-time")
    call = Call.objects.create(
        programme_type=programme, agency=world.university, title_zh="机时申请", title_en="Time", budget=100,
        state="decided", created_at=now,
    )  # fmt: skip
    job = Job.objects.create(kind="ranking", subject=call.pk, state="done", created_at=now)
    ranking = Ranking.objects.create(call=call, job=job, created_at=now)
    decisions = DecisionList.objects.create(
        call=call, ranking=ranking, rule="line", budget=100, state="published", created_at=now
    )
    return Lab(world, facility, made[0], made[1], *people.values(), call, decisions)  # type: ignore[arg-type]
