"""Loads demonstration facilities: a light source with a published season, some of it run, and three at other stages.

Calls of time are put down as decided; from the awards on, everything goes through the verbs that people use.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from yuantou.apps.accounts.models import User
from yuantou.apps.calls.models import Call
from yuantou.apps.decisions.models import Decision, DecisionList, Ranking
from yuantou.apps.facilities import planning, register, reporting, requests, running, substitution
from yuantou.apps.facilities.models import Facility, Instrument, Technique, TimeRequest, YearPlan
from yuantou.apps.jobs.models import Job, JobState
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.registry.models import Affiliation, Discipline, Organisation
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.kernel.progress import silent

INSTRUMENTS: Final = (
    ("xrd", "粉末衍射线站", "Powder diffraction beamline", "domestic", 38_000_000),
    ("saxs", "小角散射线站", "Small-angle scattering beamline", "joint", 42_000_000),
    ("xas", "吸收谱线站", "Absorption spectroscopy beamline", "imported", 51_000_000),
    ("img", "显微成像线站", "Microscopy beamline", "imported", 66_000_000),
)
LATER: Final = (
    ("strategic", "深地实验设施", "Deep underground laboratory", 3, "A01"),
    ("applied", "材料服役安全平台", "Materials in service platform", 4, "B05"),
    ("forward", "下一代自由电子激光", "Next free-electron laser", 1, "A01"),
)
STEPS: Final = ("to_design", "to_preparation", "to_construction", "to_commissioning", "to_operation")
REASON: Final = "演示：阶段评审通过。 Demonstration: the stage review was passed."
REQUESTS: Final = 26


class Facilities:
    """Keeps what later steps need."""

    def __init__(self, loader: Any) -> None:
        self.loader, self.now = loader, loader.now
        self.office: User = loader.office

    def load(self) -> None:
        """Register, awards, reviews, a plan published last week, its first days run, a report."""
        home = Organisation.objects.exclude(pk="DEMO-AGENCY").filter(parent=None).order_by("pk")[0]
        facility = self._facility(home, "forward", "云泽同步辐射光源", "Yunze Synchrotron", 5)
        for kind, zh, en, steps, _field in LATER:
            self._facility(home, kind, zh, en, steps)
        instruments = self._instruments(facility)
        self._substitute(instruments[2])
        self._awards(facility, home)
        plan = self._plan(facility, instruments)
        self._run(plan)
        reporting.make_report(
            facility=facility, pack="facility_light_source", start=plan.starts_at.date(), end=self.now.date(),
            user=self.manager, now=self.now,
        )  # fmt: skip

    def _facility(self, home: Organisation, kind: str, zh: str, en: str, steps: int) -> Facility:
        values = {
            "name_zh": zh, "name_en": en, "kind": kind, "value": Decimal(900_000_000), "place": home.city,
            "discipline": Discipline.objects.order_by("code").first(),
        }  # fmt: skip
        at = self.now - timedelta(days=900)
        made = register.create_facility(organisation=home, values=values, user=self.office, now=at)
        if steps == len(STEPS):
            self._staff(made, at)
        for number, action in enumerate(STEPS[:steps]):
            if action == "to_operation":
                self._opened(made, at)
            moved = at + timedelta(days=90 * (number + 1))
            register.move_facility(facility=made, action=action, reason=REASON, user=self.office, now=moved)
        return made

    def _staff(self, facility: Facility, at: datetime) -> None:
        names = {
            "manager": ("manager", "赵设施", "Zhao (facility)"),
            "scientist": ("scientist", "钱线站", "Qian (beamline)"),
        }
        names["safety"] = ("safety", "孙安全", "Sun (safety)")
        posts = {}
        for role, (name, zh, en) in names.items():
            user = self.loader._account(name, zh, en)
            Affiliation.objects.create(person=user.person, organisation=facility.organisation)
            register.appoint(facility=facility, email=user.email, role=role, user=self.office, now=at)
            posts[role] = user
        self.manager, self.scientist, self.safety = posts["manager"], posts["scientist"], posts["safety"]

    def _opened(self, facility: Facility, at: datetime) -> None:
        technique = Technique.objects.get_or_create(code="PaNET01113", defaults={"label": "x-ray technique"})[0]
        for code, zh, en, origin, value in INSTRUMENTS:
            row = register.save_instrument(
                facility=facility,
                values={
                    "code": code, "name_zh": zh, "name_en": en, "origin": origin, "value": Decimal(1_900_000),
                    "rate_full": Decimal(2400), "rate_subsidised": Decimal(600), "contact": self.scientist.person,
                    "techniques": [technique],
                },
                user=self.manager, now=at,
            )  # fmt: skip
            for action in ("order", "install", "open"):
                register.move_instrument(instrument=row, action=action, reason="", user=self.manager, now=at)
            register.save_instrument(
                facility=facility, instrument=row, values={"value": Decimal(value)}, user=self.manager, now=at
            )
        register.add_equipment(
            facility=facility, code="cryo", name="低温样品台 Cryostat", capacity=1, user=self.manager, now=at
        )

    def _instruments(self, facility: Facility) -> list[Instrument]:
        rows = list(facility.instruments.order_by("code"))
        for row in rows:
            for code, name, other in (
                ("standard", "常规 Standard", "high"),
                ("high", "高温 High temperature", "standard"),
            ):
                register.add_configuration(
                    instrument=row, code=code, name=name, setups={other: 1}, user=self.manager, now=self.now
                )
        return rows

    def _substitute(self, row: Instrument) -> None:
        at = self.now - timedelta(days=60)
        values = {"name": "国产硅漂移探测器 SDD-4", "maker": "（虚构）云岭探测技术公司", "price": Decimal(420_000)}
        made = substitution.propose_substitute(instrument=row, values=values, user=self.scientist, now=at)
        substitution.move_substitute(substitute=made, action="test", reason="", user=self.scientist, now=at)
        measured = substitution.read_measured("能量分辨率（eV）；131；134；3\n计数率（kcps）；300；296；2")
        report = substitution.report_use(
            substitute=made, hours=Decimal(126), task="铁基催化剂吸收谱三轮对比测量。", measured=measured,
            user=self.scientist, now=at,
        )  # fmt: skip
        substitution.judge_report(report=report, action="verify", reason="", user=self.manager, now=at)

    def _awards(self, facility: Facility, home: Organisation) -> None:
        programme = ProgrammeTypeVersion.objects.filter(type_id="facility-time").order_by("-version")[0]
        at = self.now - timedelta(days=40)
        call = Call.objects.create(
            programme_type=programme, agency=home, title_zh="光源机时申请", title_en="Time at the light source",
            budget=400, state="decided", created_at=at,
        )  # fmt: skip
        job = Job.objects.create(kind="ranking", subject=call.pk, state=JobState.DONE, created_at=at)
        ranking = Ranking.objects.create(call=call, job=job, created_at=at)
        decided = DecisionList.objects.create(
            call=call, ranking=ranking, rule="line", budget=400, state="published", created_at=at, published_at=at
        )
        leads = [User.objects.get(email="lead@demo.example"), *self._experimenters()]
        titles = list(Proposal.objects.exclude(title_zh="").exclude(title_en="").order_by("pk")[: REQUESTS * 3 : 3])
        for number, like in enumerate(titles):
            shifts, lead = (3, 6, 9, 4, 12)[number % 5], leads[number % len(leads)].person
            home_of = lead.affiliations.select_related("organisation").first() if lead else None
            if lead is None or home_of is None:
                continue
            way = INSTRUMENTS[number % 4][0]
            proposal = Proposal.objects.create(
                call=call, applicant=lead, organisation=home_of.organisation,
                number=f"FT-{number + 1:03d}", title_zh=like.title_zh, title_en=like.title_en, state="awarded",
                created_at=at, saved_at=at,
                answers={"instrument": way, "shifts_min": str(max(2, shifts - 2)), "samples": "固体粉末，无危害。"},
            )  # fmt: skip
            Decision.objects.create(
                decision_list=decided, proposal=proposal, position=number + 1, by_rule="fund", outcome="fund",
                amount=Decimal(shifts),
            )  # fmt: skip
        for request in requests.take_in(facility=facility, user=self.manager, now=at):
            self._passed(request, at)

    def _experimenters(self) -> list[User]:
        rows = User.objects.filter(person__affiliations__isnull=False, grants=None, facility_posts=None).distinct()
        return list(rows.exclude(email="lead@demo.example").order_by("pk")[:11])

    def _passed(self, request: TimeRequest, at: datetime) -> None:
        number = int((request.proposal.number or "0")[-3:])
        merit = round(3.1 + (number * 7 % 19) / 10, 2)
        ways = [{**way, "configuration": "high" if number % 3 == 0 else "standard"} for way in request.ways]
        other = request.facility.instruments.exclude(pk__in=[way["instrument"] for way in ways]).order_by("code")
        ways += [{"instrument": other[0].pk, "configuration": "standard"}] if number % 4 == 1 else []
        TimeRequest.objects.filter(pk=request.pk).update(
            ways=ways, needs=["cryo"] if number % 5 == 0 else [], merit=merit
        )
        request.refresh_from_db()
        lead = User.objects.get(person=request.lead_id)
        requests.submit_request(request=request, user=lead, now=at)
        if number not in {13, 14}:  # which wait for their reviews
            requests.review_request(request=request, action="feasible", reason="", user=self.scientist, now=at)
            requests.review_request(request=request, action="safe", reason="", user=self.safety, now=at)

    def _plan(self, facility: Facility, instruments: list[Instrument]) -> YearPlan:
        zone = ZoneInfo(facility.time_zone)
        local = (self.now - timedelta(days=9)).astimezone(zone)
        begins = local.replace(hour=0, minute=0, second=0, microsecond=0)
        for row in instruments:
            for week in range(4):
                day = begins + timedelta(days=7 * week + 6)
                register.close_time(
                    instrument=row, starts_at=day, ends_at=day + timedelta(days=1), kind="machine_day", reason="",
                    user=self.manager, now=self.now,
                )  # fmt: skip
        at = self.now - timedelta(days=12)
        values = {"title": f"{begins:%Y} 秋季 Autumn", "starts_at": begins, "slots": 28 * 3, "slot_hours": 8}
        plan = planning.create_plan(facility=facility, values=values, user=self.manager, now=at)
        job = planning.start_solving(plan=plan, user=self.manager, now=at)
        result = planning.run_solving(job, silent, now=at)
        Job.objects.filter(pk=job.pk).update(state=JobState.DONE, result=result, started_at=at, finished_at=at)
        plan.refresh_from_db()
        running.publish_plan(plan=plan, version=plan.version, user=self.manager, now=at)
        plan.refresh_from_db()
        return plan

    def _run(self, plan: YearPlan) -> None:
        rows = plan.bookings.select_related(
            "request__proposal", "request__facility", "request__lead", "instrument__facility__organisation"
        ).order_by("starts_at")
        for number, row in enumerate(rows):
            if row.ends_at <= self.now:
                self._over(number, row)
            elif number % 3:
                running.confirm(booking=row, user=User.objects.get(person=row.request.lead_id), now=self.now)

    def _over(self, number: int, row: Any) -> None:
        if number % 9 == 4:
            running.miss(booking=row, user=self.scientist, now=row.starts_at + timedelta(hours=3))
            return
        if number % 9 == 7:
            running.lose(booking=row, reason="束流中断。 Beam lost.", user=self.scientist, now=row.starts_at)
            return
        lead = User.objects.get(person=row.request.lead_id)
        running.check_in(booking=row, user=lead, now=row.starts_at)
        whole = Decimal(8 * (row.stop - row.start))
        hours = {"prepare": Decimal(2), "measure": whole - 4, "post": Decimal(1)}
        running.finish(
            booking=row, hours=hours, rate="subsidised" if number % 2 else "full", mode="onsite", user=self.scientist,
            now=row.ends_at,
        )  # fmt: skip
        requests.add_product(
            request=row.request, kind="dataset", identifier=f"10.99999/demo.{row.pk}", title="实验数据（演示）",
            user=lead, now=row.ends_at,
        )  # fmt: skip
