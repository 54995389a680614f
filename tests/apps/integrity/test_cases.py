"""A case from report to appeal; who decides is not who ran it, and who reported stays unnamed."""

import datetime as dt
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.apps.agreement import agree
from tests.apps.integrity.conftest import Desk
from yuantou.apps.accounts.models import RoleGrant, User
from yuantou.apps.audit.models import Entry
from yuantou.apps.integrity.facade import bar_of, follow_integrity
from yuantou.apps.integrity.models import Case
from yuantou.apps.integrity.rules import after_working_days
from yuantou.apps.proposals.domain import obstacles
from yuantou.apps.workflow.models import Letter

pytestmark = [pytest.mark.django_db, pytest.mark.database]
WHAT = "The approach was taken from the proposal of our group, word for word, in May."


class Court:
    """A case about the applicant's proposal, reported by a stranger."""

    def __init__(self, desk: Desk) -> None:
        self.desk, world = desk, desk.world
        self.reporter, self.accused = world.stranger, world.applicant
        version = desk.submit(world.applicant, "方案" * 40)
        answer = desk.post(
            self.reporter, "report", agency="agency", kind="plagiarism", text=WHAT, number=version.proposal.number
        )
        assert answer.status_code == 200
        self.code = answer.context["code"]
        self.proposal = version.proposal
        self.second = world.user("second", world.agency)
        RoleGrant.objects.create(user=self.second, role="signatory", organisation=world.agency)
        self.members = [world.user(f"judge{n}", world.institute) for n in range(5)]

    @property
    def case(self) -> Case:
        return Case.objects.get()

    def do(self, user: User, verb: str, **fields: object) -> int:
        return self.desk.post(user, "act_on_case", self.case.pk, verb, **fields).status_code

    def to_deciding(self) -> None:
        office = self.desk.office
        self.do(office, "accept")
        self.do(office, "notify", text="Passages of your approach stand in an earlier text.")
        self.do(self.accused, "reply", text="It is my own method.")
        self.do(office, "seats", emails=" ".join(one.email for one in self.members))
        for n, member in enumerate(self.members):
            self.do(member, "opinion", misconduct="yes" if n else "no", text=f"Opinion {n}.")
        self.do(office, "conclude", text="Four of five see misconduct.", measure="barred_3", until=self.until())
        self.do(self.accused, "plead", text="The term is too long.")

    def until(self, years: int = 2) -> str:
        return (timezone.now().date() + dt.timedelta(days=365 * years)).isoformat()


@pytest.fixture
def court(desk: Desk) -> Court:
    return Court(desk)


def test_from_report_to_appeal(court: Court) -> None:
    court.to_deciding()
    assert court.case.state == "deciding"
    signatory = court.desk.world.signatory
    assert court.do(signatory, "sanction", text="Barred.", measure="barred_3", until=court.until()) == 302
    assert bar_of(court.accused.person, timezone.now().date()) is None  # an appeal is open still
    assert court.do(court.accused, "appeal", text="The committee misread page 3.") == 302
    assert court.do(signatory, "uphold", text="I decided so before.") == 403
    assert court.do(court.second, "uphold", text="Read again: it stands.") == 302
    acts = list(Entry.objects.filter(kind="case", act__startswith="case.").values_list("act", flat=True))
    assert acts[0] == "case.report"
    assert [a.removeprefix("case.") for a in acts if a not in {"case.report", "case.committee", "case.opinion"}] == [
        *("accept", "notify", "reply", "conclude", "plead", "sanction", "appeal", "uphold"),
    ]
    bar = bar_of(court.accused.person, timezone.now().date())
    assert bar is not None
    said = [one.message.en for one in obstacles(court.proposal, timezone.now()) if one.key == "integrity"]
    assert said == [f"Decision {bar.number} bars you from applying until {bar.barred_until}."]
    assert bar_of(court.accused.person, bar.barred_until + dt.timedelta(days=1)) is None


def test_who_reported_is_told_to_nobody_but_the_office(court: Court) -> None:
    name, mail = court.reporter.person.name_en, court.reporter.email
    assert name in court.desk.get(court.desk.office, "case", court.case.pk).content.decode()
    court.to_deciding()
    for reader in (court.accused, court.members[0], court.desk.world.signatory):
        answer = court.desk.get(reader, "case", court.case.pk)
        assert name not in answer.content.decode()
        assert mail not in answer.content.decode()
    assert "It is my own method." in court.desk.get(court.accused, "case", court.case.pk).content.decode()
    assert WHAT not in court.desk.get(court.accused, "case", court.case.pk).content.decode()
    entries = Entry.objects.filter(kind="case")
    assert court.reporter.actor not in json.dumps(list(entries.values("actor", "data")))
    own = court.desk.get(court.reporter, "case", court.case.pk).content.decode()
    assert WHAT in own
    assert "It is my own method." not in own


def test_before_notice_the_case_does_not_exist_for_the_respondent(court: Court) -> None:
    court.do(court.desk.office, "accept")
    assert court.desk.get(court.accused, "case", court.case.pk).status_code == 404
    assert court.case.number not in court.desk.get(court.accused, "mine").content.decode()
    for user in (court.desk.world.officer, court.desk.world.member, court.members[0], court.desk.world.signatory):
        assert court.desk.get(user, "case", court.case.pk).status_code == 404


def test_a_report_without_a_name_is_followed_by_its_code(desk: Desk) -> None:
    answer = desk.post(None, "report", agency="agency", kind="trade", text=WHAT)
    case, code = Case.objects.get(), answer.context["code"]
    assert case.reporter is None
    assert code not in json.dumps(list(Entry.objects.values("actor", "data")))
    assert case.number in desk.post(None, "status", code=code).content.decode()
    assert case.number not in desk.post(None, "status", code="0" * 20).content.decode()
    assert desk.post(None, "report", agency="agency", kind="trade", text="short").status_code == 200
    assert Case.objects.count() == 1


def test_clocks_pass_a_silent_case_on(court: Court) -> None:
    office = court.desk.office
    court.do(office, "accept")
    court.do(office, "notify", text="Facts.")
    due = court.case.due_at
    assert due is not None
    assert due.date() == after_working_days(timezone.now(), 10).date()
    follow_integrity(now=due)
    assert court.case.state == "with_respondent"
    follow_integrity(now=due + dt.timedelta(minutes=1))
    assert court.case.state == "investigation"
    assert court.do(court.accused, "reply", text="Late.") == 403


def test_the_committee_is_whole_and_heard_before_a_report(court: Court) -> None:
    office = court.desk.office
    court.do(office, "accept")
    court.do(office, "notify", text="Facts.")
    court.do(court.accused, "reply", text="My method.")
    assert court.do(office, "conclude", text="Report.") == 403
    for wrong in (court.reporter, court.accused, office, court.desk.world.signatory):
        assert court.do(office, "seats", emails=wrong.email) == 403
    court.do(office, "seats", emails=" ".join(one.email for one in court.members))
    assert court.do(office, "conclude", text="Report.") == 403
    assert court.do(court.members[0], "opinion", misconduct="no", text="") == 403
    for member in court.members:
        assert court.do(member, "opinion", misconduct="no", text="No.") == 302
    assert court.do(court.members[0], "opinion", misconduct="yes", text="Again.") == 403
    assert court.do(office, "conclude", text="Report.") == 302


@pytest.mark.parametrize(("measure", "years"), [("barred_3", 4), ("barred_5", 2), ("barred_long", 3), ("barred_3", 0)])
def test_a_term_must_fit_its_severity(court: Court, measure: str, years: int) -> None:
    court.to_deciding()
    answer = court.do(court.desk.world.signatory, "sanction", text="x", measure=measure, until=court.until(years))
    assert (answer, court.case.state) == (403, "deciding")


def test_whoever_ran_the_case_cannot_decide_it(court: Court) -> None:
    RoleGrant.objects.create(user=court.desk.office, role="signatory", organisation_id="agency")
    court.to_deciding()
    assert court.do(court.desk.office, "clear", text="Nothing.") == 403
    assert court.do(court.desk.world.signatory, "clear", text="Nothing.") == 302
    assert court.case.measure == ""


def test_evidence_is_sealed_and_kept_from_whom_it_could_tell_too_much(court: Court) -> None:
    court.do(court.reporter, "file", file=SimpleUploadedFile("mail.txt", b"as the group leader wrote to me"))
    court.do(court.desk.office, "accept")
    court.do(court.desk.office, "notify", text="Facts.")
    court.do(court.accused, "file", file=SimpleUploadedFile("log.txt", b"lab book"))
    first, own = court.case.files.all()
    entries = Entry.objects.filter(act="case.file")
    assert [entry.data["sha256"] for entry in entries] == [first.file_id, own.file_id]
    assert (first.by, entries[0].actor) == (None, "reporter")
    assert court.desk.get(court.accused, "file", court.case.pk, own.pk).status_code == 200
    assert court.desk.get(court.accused, "file", court.case.pk, first.pk).status_code == 404
    assert court.desk.get(court.desk.office, "file", court.case.pk, first.pk).status_code == 200
    assert court.do(court.accused, "file", file=SimpleUploadedFile("x.txt", b"MZ\0\0")) == 422


def test_letters_of_a_case_name_no_reporter(court: Court) -> None:
    court.to_deciding()
    letters = Letter.objects.filter(kind="case").exclude(recipient=court.reporter)
    assert {letter.address for letter in letters} == {court.accused.email}
    assert not any(court.reporter.person.name_en in letter.body for letter in letters)


def test_roles_in_a_case_read_the_same_for_one_for_lists_and_for_letters(court: Court) -> None:
    court.to_deciding()
    tried = agree(list(User.objects.order_by("pk")))
    assert tried["Case"] >= {"respondent", "reporter", "committee", "integrity", "signatory"}
