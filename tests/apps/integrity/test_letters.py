"""Letters of findings and cases go out with the step, to whom the register says, in its words."""

import pytest

from tests.apps.integrity.conftest import Desk
from tests.apps.integrity.test_cases import Court
from tests.apps.rewording import reword
from yuantou.apps.accounts.models import RoleGrant
from yuantou.apps.audit.models import Entry
from yuantou.apps.workflow.models import Letter

pytestmark = pytest.mark.django_db

SETTLED, NOTICE = '[letter.finding_settled]\nto = ["author"', '[letter.case_notice]\nto = ["respondent"'


def sent(template: str) -> set[str]:
    return set(Letter.objects.filter(template=template).values_list("address", flat=True))


def test_a_settled_finding_is_told_to_whom_the_register_says(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The office learns it as well, but not the one whose own text was taken from."""
    words = ("无须进一步处理。", "处理完毕：{reason}")
    reword(monkeypatch, "integrity", (SETTLED, f'{SETTLED}, "integrity"'), words)
    RoleGrant.objects.create(user=desk.victim, role="integrity", organisation=desk.world.agency)
    finding, author = desk.planted(), desk.world.applicant
    desk.post(author, "act_on_finding", finding.pk, "answer", text="From my own thesis.")
    desk.post(desk.office, "act_on_finding", finding.pk, "settle", text="A quotation.")
    assert sent("finding_new") == {author.email}
    assert sent("finding_settled") == {author.email, desk.office.email}
    letter = Letter.objects.get(template="finding_settled", recipient=author)
    assert f"《{finding.proposal.title_zh}》的文本核对已办结，处理完毕：A quotation." in letter.body
    assert letter.cause == Entry.objects.get(act="finding.explain").index


def test_a_step_of_a_case_writes_what_the_register_names(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Respondent and reporter are told that the case is open; the committee is told of a step that told nobody."""
    plead = 'to = "deciding", actors = ["respondent"], guards = ["reply_written"]'
    plain = '{ zh = "{number}", en = "{number}" }'
    heard = f'\n[letter.case_heard]\nto = ["committee", "signatory"]\nsubject = {plain}\nbody = {plain}\n'
    changes = (
        (NOTICE, f'{NOTICE}, "reporter"'),
        ("立案不等于认定。", "请放心。"),
        (plead, f'{plead}, letter = "case_heard"'),
    )
    reword(monkeypatch, "integrity", *changes, more=heard)
    court = Court(desk)
    court.to_deciding()
    assert court.case.state == "deciding"
    assert sent("case_received") == {court.reporter.email}
    assert sent("case_notice") == {court.accused.email, court.reporter.email}
    assert all("请放心。" in letter.body for letter in Letter.objects.filter(template="case_notice"))
    signatories = {desk.world.signatory.email, court.second.email}
    assert sent("case_heard") == {member.email for member in court.members} | signatories
    assert Letter.objects.filter(template="case_hearing").count() == 1
