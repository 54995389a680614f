"""Loads the demonstration: fictional people, three calls at three stages, through the same verbs that people use."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from yuantou.apps.accounts.models import Role, RoleGrant, User
from yuantou.apps.audit.facade import Act, append_many
from yuantou.apps.calls.domain import close_call, create_call, publish_call, save_call
from yuantou.apps.calls.models import Call
from yuantou.apps.proposals.domain import (
    accept_proposals,
    endorse_proposals,
    save_answers,
    start_proposal,
    submit_proposal,
)
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.proposals.team import answer_invitation, invite_member
from yuantou.apps.registry.models import Affiliation, Authorship, Discipline, Organisation, Person, Work
from yuantou.apps.review.domain import accept_invitation, finish_review, release, save_review, submit_review
from yuantou.apps.review.models import Assignment, Expert, Review
from yuantou.apps.workflow.facade import SYSTEM, change_state, publish_programme_types
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.demo.generate import demo_records
from yuantou.engines.workflow.model import FieldType
from yuantou.kernel.local_text import LocalText
from yuantou.web.demonstration_directions import load_directions
from yuantou.web.demonstration_evaluation import Evaluations
from yuantou.web.demonstration_facilities import Facilities
from yuantou.web.demonstration_integrity import PlantedReuse
from yuantou.web.demonstration_projects import PastCalls

PASSWORD: Final = "spring-2026"  # noqa: S105 printed at the start of every demonstration
DOMAIN: Final = "demo.example"
AGENCY: Final = "DEMO-AGENCY"


TERMS = {
    "target": (
        "在留出数据上，误差低于现有最好方法的一半，且可由独立小组重复。\n"
        "Less than half the error of the best known method on held-out data, repeatable by another group."
    ),
    "gate_rules": (
        "每关的测试由各队事先登记，写明数据、测量与合格线；未登记者不予考核。\n"
        "Each team registers its tests beforehand: data, measurement, and what passes; nothing else is judged."
    ),
}
"""What the calls of the demonstration freeze when they open."""


@dataclass(frozen=True, slots=True)
class Login:
    """A demonstration account to try a role with."""

    email: str
    role: LocalText


LOGINS: Final = (
    Login(f"officer@{DOMAIN}", LocalText("项目主管", "Programme officer")),
    Login(f"signatory@{DOMAIN}", LocalText("签批人", "Signatory")),
    Login(f"office@{DOMAIN}", LocalText("依托单位科研管理员", "Research office")),
    Login(f"applicant@{DOMAIN}", LocalText("申请人", "Applicant")),
    Login(f"lead@{DOMAIN}", LocalText("项目负责人", "Project lead")),
    Login(f"reviewer@{DOMAIN}", LocalText("评审专家", "Reviewer")),
    Login(f"manager@{DOMAIN}", LocalText("设施管理员", "Facility manager")),
    Login(f"integrity@{DOMAIN}", LocalText("诚信办公室", "Integrity office")),
    Login(f"author@{DOMAIN}", LocalText("待说明文本的申请人", "Author of a text to explain")),
    Login(f"operator@{DOMAIN}", LocalText("系统运维", "Operator")),
)

Records = Iterable[dict[str, Any]]


def load_demonstration(*, now: datetime | None = None) -> str:
    """Load the demonstration if there is no call yet; say in one line what there is now."""
    publish_programme_types(now=now or timezone.now())
    if not Call.objects.exists():
        with transaction.atomic():
            loader = _Loader(now or timezone.now())
            loader.load()
            PastCalls(loader).load()
            Facilities(loader).load()
            Evaluations(loader).load()
            PlantedReuse(loader).load()
            agency = Organisation.objects.get(pk=AGENCY)
            scientist = User.objects.get(email=f"reviewer@{DOMAIN}")
            load_directions(officer=loader.officer, scientist=scientist, agency=agency, now=loader.now)
    return f"{Call.objects.count()} calls, {Proposal.objects.count()} proposals, {Expert.objects.count()} experts"


class _Loader:
    """Keeps what later steps need: who is who, and the instant at which it is "now"."""

    def __init__(self, now: datetime) -> None:
        self.now = now.replace(microsecond=0)
        self.password = make_password(PASSWORD)
        self.users: dict[str, User] = {}
        self.sources: dict[str, str] = {}

    def load(self) -> None:
        """Registry, accounts, then four calls: open, to be matched, in review, to be decided."""
        self._registry()
        self._staff()
        proposals = list(demo_records("proposals"))
        shares = [proposals[n::10] for n in range(10)]  # every call gets something of every discipline
        self._open_call(shares[0])
        self._call_to_match([record for share in shares[1:5] for record in share])
        self._call_in_review([record for share in shares[5:7] for record in share])
        self._call_to_decide([record for share in shares[7:] for record in share])

    # --- the record ----------------------------------------------------------------------------------------------

    def _registry(self) -> None:
        Discipline.objects.bulk_create(
            Discipline(code=d["code"], name_zh=d["name_zh"], name_en=d["name_en"]) for d in demo_records("disciplines")
        )
        self._organisations(demo_records("organisations"))
        people = demo_records("people")
        Person.objects.bulk_create(_person(record) for record in people)
        Affiliation.objects.bulk_create(stay for record in people for stay in _affiliations(record))
        self._works(demo_records("works"))
        Expert.objects.bulk_create(
            Expert(
                id=record["person_id"],
                person_id=record["person_id"],
                topics=record["topics_zh"] + record["topics_en"],
                max_load=record["max_load"],
            )
            for record in people
            if record["expert"]
        )
        accounts = [
            User(email=_address(record["person_id"]), password=self.password, person_id=record["person_id"])
            for record in people
        ]
        self.users = {str(user.person_id): user for user in User.objects.bulk_create(accounts)}

    def _organisations(self, records: Records) -> None:
        ordered = sorted(records, key=lambda record: record["parent"] is not None)
        Organisation.objects.bulk_create(
            Organisation(
                id=record["organisation_id"],
                name_zh=record["name_zh"],
                name_en=record["name_en"],
                parent_id=record["parent"],
                city=record["city_zh"],
                country=record["country"],
                fictional=True,
            )
            for record in ordered
        )
        Organisation.objects.create(
            id=AGENCY,
            name_zh="云岭科学基金会（虚构）",
            name_en="Yunling Science Foundation (fictional)",
            fictional=True,
        )

    def _works(self, records: Records) -> None:
        Work.objects.bulk_create(
            Work(
                id=record["work_id"],
                title=record["title"],
                abstract=record["abstract"],
                year=record["year"],
                venue=record["venue"],
                fictional=True,
            )
            for record in records
        )
        Authorship.objects.bulk_create(
            Authorship(work_id=record["work_id"], person_id=author["person_id"], name=author["name"], position=position)
            for record in records
            for position, author in enumerate(record["authors"], 1)
        )

    def _staff(self) -> None:
        self.officer = self._account("officer", "林主管", "Lin (officer)")
        self.signatory = self._account("signatory", "周签批", "Zhou (signatory)")
        self.office = self._account("office", "陈科管", "Chen (research office)")
        User.objects.create(email=f"operator@{DOMAIN}", password=self.password, is_staff=True, is_superuser=True)
        RoleGrant.objects.create(user=self.officer, role=Role.OFFICER, organisation_id=AGENCY)
        RoleGrant.objects.create(user=self.signatory, role=Role.SIGNATORY, organisation_id=AGENCY)
        hosts = Organisation.objects.exclude(pk=AGENCY)
        RoleGrant.objects.bulk_create(RoleGrant(user=self.office, role=Role.INSTITUTION, organisation=o) for o in hosts)

    def _account(self, name: str, zh: str, en: str) -> User:
        address = f"{name}@{DOMAIN}"
        person = Person.objects.create(id=f"DEMO-{name}"[:20], name_zh=zh, name_en=en, email=address, fictional=True)
        return User.objects.create(email=address, password=self.password, person=person)

    # --- the calls -----------------------------------------------------------------------------------------------

    def _call(
        self, zh: str, en: str, opens: datetime, closes: datetime, budget: int, type_id: str = "free-exploration"
    ) -> Call:
        programme = ProgrammeTypeVersion.objects.filter(type_id=type_id).latest("version")
        agency = Organisation.objects.get(pk=AGENCY)
        call = create_call(programme_type=programme, agency=agency, user=self.officer, now=opens - timedelta(days=20))
        values = {
            "title_zh": zh,
            "title_en": en,
            "guide_zh": GUIDE.zh,
            "guide_en": GUIDE.en,
            "opens_at": opens,
            "closes_at": closes,
            "budget": budget,
            "terms": {term.id: TERMS.get(term.id, "") for term in programme.programme.terms},
        }
        call = save_call(call=call, values=values, user=self.officer, version=call.version)
        Call.objects.filter(pk=call.pk).update(demonstration=True)
        publish_call(call=call, user=self.officer, now=opens - timedelta(days=10))
        call.refresh_from_db()
        return call

    def _open_call(self, records: list[dict[str, Any]]) -> None:
        opens, closes = self.now - timedelta(days=10), self.now + timedelta(days=20)
        call = self._call("自由探索项目（开放申报）", "Free exploration (open for proposals)", opens, closes, 4_000_000)
        for number, record in enumerate(records):
            proposal = self._draft(call, record, self.now - timedelta(days=4))
            if number:
                self._submit(proposal, self.now - timedelta(days=2))
            else:
                self._rename(record["applicant"], "applicant")

    def _call_to_match(self, records: list[dict[str, Any]]) -> None:
        self._accepted(
            "自由探索项目（待匹配评审专家）", "Free exploration (reviewers to be found)", records, 30, 9_000_000
        )

    def _call_in_review(self, records: list[dict[str, Any]]) -> None:
        call, proposals = self._accepted(
            "自由探索项目（评审中）", "Free exploration (in review)", records, 40, 5_000_000
        )
        invited = self._assign(call, proposals, self.now - timedelta(days=9))
        for number, row in enumerate(invited):
            if number % 3:
                self._review(row, self.now - timedelta(days=2))
        waiting = next(row for row in invited if row.state == "invited")
        self._rename(waiting.expert_id, "reviewer")

    def _call_to_decide(self, records: list[dict[str, Any]]) -> None:
        call, proposals = self._accepted(
            "自由探索项目（待决策）", "Free exploration (to be decided)", records, 70, 5_000_000
        )
        for row in self._assign(call, proposals, self.now - timedelta(days=40)):
            self._review(row, self.now - timedelta(days=20))
        call.refresh_from_db()
        finish_review(call=call, user=self.officer, now=self.now - timedelta(days=1))

    def _accepted(
        self,
        zh: str,
        en: str,
        records: list[dict[str, Any]],
        age: int,
        budget: int,
        type_id: str = "free-exploration",
    ) -> tuple[Call, dict[str, Proposal]]:
        """Take a call through submission, institution check and formal check."""
        closes = self.now - timedelta(days=age)
        call = self._call(zh, en, closes - timedelta(days=30), closes, budget, type_id)
        made = {}
        for record in records:
            proposal = self._draft(call, record, closes - timedelta(days=3))
            self._submit(proposal, closes - timedelta(days=2))
            made[record["proposal_id"]] = proposal
        close_call(call=call, user=self.officer, now=closes + timedelta(hours=1))
        fresh = Proposal.objects.filter(call=call)
        endorse_proposals(proposals=fresh, user=self.office, now=closes + timedelta(hours=2))
        accept_proposals(proposals=fresh.all(), user=self.officer, now=closes + timedelta(days=3))
        call.refresh_from_db()
        return call, made

    def _assign(self, call: Call, proposals: dict[str, Proposal], at: datetime) -> list[Assignment]:
        """Assign the reviewers of the simulated reviews and invite them."""
        change_state(call, "start_review", user=self.officer, now=at)
        rows = [
            Assignment(call=call, proposal=proposals[r["proposal_id"]], expert_id=r["reviewer_id"], created_at=at)
            for r in demo_records("reviews")
            if r["proposal_id"] in proposals
        ]
        Assignment.objects.bulk_create(rows)
        append_many(Act(at, SYSTEM, "assignment.propose", "assignment", row.pk) for row in rows)
        release(call=call, user=self.officer, now=at)
        self.sources = {proposal.pk: key for key, proposal in proposals.items()}
        related = ("proposal__call__programme_type", "expert__person")
        return list(Assignment.objects.filter(proposal__call=call).select_related(*related).order_by("expert_id", "pk"))

    def _review(self, row: Assignment, at: datetime) -> None:
        """Write the simulated review of an assignment."""
        source = (self.sources[row.proposal_id], row.expert_id)
        written = next(r for r in demo_records("reviews") if (r["proposal_id"], r["reviewer_id"]) == source)
        user = self.users[row.expert_id]
        accept_invitation(assignment=row, user=user, now=at - timedelta(days=1))
        review = Review.objects.select_related("assignment__proposal__call__programme_type").get(assignment=row)
        plan, given = row.proposal.programme.review, list(written["scores"].values())
        values = {f"score_{c.id}": str(given[n % len(given)]) for n, c in enumerate(plan.criteria)}
        values |= {"comments": f"{written['comment_zh']}\n{written['comment_en']}", "familiarity": "2"}
        save_review(review=review, values=values, user=user, now=at, version=review.version)
        submit_review(review=review, user=user, now=at)

    def _draft(self, call: Call, record: dict[str, Any], at: datetime) -> Proposal:
        user = self.users[record["applicant"]]
        proposal = start_proposal(call=call, user=user, now=at)
        posted = _answers(record) | {"representative_works": proposal.answers.get("representative_works") or WORKS.zh}
        long = [
            key for f in proposal.programme.fields if f.type == FieldType.LONG_TEXT and f.required for key in f.keys
        ]
        posted |= {key: posted["question"] for key in long if key not in posted}
        version = proposal.version
        save_answers(proposal=proposal, posted=posted, user=user, now=at, version=version)
        for member in record["co_applicants"]:
            other = self.users[member]
            invited = invite_member(proposal=proposal, email=other.email, role="", user=user, now=at)
            answer_invitation(member=invited, user=other, confirm=True, now=at)
        return Proposal.objects.get(pk=proposal.pk)

    def _submit(self, proposal: Proposal, at: datetime) -> None:
        submit_proposal(proposal=proposal, user=self.users[proposal.applicant_id], now=at)

    def _rename(self, person: str, name: str) -> None:
        """Give an account of the cast the address under which a visitor tries the role."""
        User.objects.filter(pk=self.users[person].pk).update(email=f"{name}@{DOMAIN}")


def _address(person: str) -> str:
    return f"{person.lower()}@{DOMAIN}"


def _person(record: dict[str, Any]) -> Person:
    return Person(
        id=record["person_id"],
        name_zh=record["name_zh"] or "",
        name_en=record["name_en"] or "",
        other_names=record["other_names"],
        orcid=record["orcid"],
        email=_address(record["person_id"]),
        fictional=True,
    )


def _affiliations(record: dict[str, Any]) -> Iterable[Affiliation]:
    for stay in record["affiliations"]:
        yield Affiliation(
            person_id=record["person_id"],
            organisation_id=stay["organisation_id"],
            start=date.fromisoformat(stay["start"]) if stay["start"] else None,
            end=date.fromisoformat(stay["end"]) if stay["end"] else None,
        )


def _answers(record: dict[str, Any]) -> dict[str, str]:
    """Return the form as an applicant would fill it in; long texts repeat what the abstract says."""
    return {
        "title_zh": record["title_zh"],
        "title_en": record["title_en"],
        "discipline": record["discipline"],
        "keywords_zh": "；".join(record["keywords_zh"]),
        "keywords_en": "; ".join(record["keywords_en"]),
        "requested": str(record["requested"]),
        "months": str(record["months"]),
        "abstract_zh": record["abstract_zh"],
        "abstract_en": record["abstract_en"],
        "question": f"{record['abstract_zh']}\n\n{record['abstract_en']}",
        "approach": f"{APPROACH.zh}\n\n{APPROACH.en}\n\n{record['abstract_zh']}",
        "risk": f"{RISK.zh}\n{RISK.en}",
        "public_summary_zh": record["abstract_zh"][:300],
        "public_summary_en": record["abstract_en"][:700],
        "pledge": "on",
    }


GUIDE: Final = LocalText(
    "本通知为演示用，人物、单位与项目均为虚构。\n\n支持科研人员自主选题，开展面向科学前沿的探索性基础研究。"
    "评审看问题的原创性、方案与团队的代表性工作，不看论文数量、影响因子和头衔。",
    "This call is a demonstration; people, institutions and projects are fictional.\n\nIt supports research on "
    "questions that scientists choose themselves. Reviewers judge the originality of the question, the approach and "
    "representative works, not numbers of papers, impact factors or titles.",
)
WORKS: Final = LocalText("代表性工作见附表（演示）。", "Representative works as listed (demonstration).")
APPROACH: Final = LocalText(
    "研究分三步：建立模型与判据；构建实验或数据体系；检验并比较竞争性解释。",
    "The work has three steps: model and criteria; experiments or data; tests against rival explanations.",
)
RISK: Final = LocalText(
    "主要风险是关键样品或数据不可得，届时改用备选体系。",
    "The main risk is that key samples or data are not to be had; alternatives are named.",
)
