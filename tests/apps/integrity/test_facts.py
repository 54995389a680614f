"""What stands against a step of a case is said to whoever could take it, and refused in the same words."""

import datetime as dt
from importlib.resources import files

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.apps.integrity.conftest import Desk
from tests.apps.integrity.test_cases import WHAT, Court
from yuantou.apps.accounts.models import RoleGrant, User
from yuantou.apps.integrity.models import Case, Finding, Statement
from yuantou.apps.workflow.facade import SYSTEM, acts_of, change_state
from yuantou.apps.workflow.vocabulary import vocabulary
from yuantou.engines.workflow import load_register
from yuantou.kernel.errors import NotAllowedError

pytestmark = pytest.mark.django_db


@pytest.fixture
def court(desk: Desk) -> Court:
    return Court(desk)


def steps(user: User, case: Case, now: dt.datetime | None = None) -> dict[str, str]:
    """What somebody may do, each with what stands against it."""
    acts = acts_of(user, case, now=now or timezone.now())
    return {act.transition.id: " ".join(why.message.en for why in act.lacking) for act in acts}


def test_code_answers_all_that_the_register_asks() -> None:
    source = (files("yuantou") / "registers" / "integrity.toml").read_text("utf-8")
    assert load_register(source, known=vocabulary()).machines


def test_a_report_waits_for_a_whole_committee_and_every_opinion(court: Court) -> None:
    office, address = court.desk.office, reverse("integrity:case", args=[court.case.pk])
    court.do(office, "accept")
    court.do(office, "notify", text="Facts.")
    court.do(court.accused, "reply", text="My method.")
    browser = court.desk.browser(office)
    for language, said in (("zh-hans", "调查组至少 5 人，现有 0 人。"), ("en", "at least 5 members; there are 0.")):
        User.objects.filter(pk=office.pk).update(language=language)
        assert said in browser.get(address, headers={"accept-language": language}).content.decode()
    answer = court.desk.post(office, "act_on_case", court.case.pk, "conclude", text="Report.")
    assert answer.status_code == 403
    assert "at least 5 members; there are 0." in answer.content.decode()
    court.do(office, "seats", emails=" ".join(one.email for one in court.members))
    court.do(court.members[0], "opinion", misconduct="no", text="No.")
    assert steps(office, court.case)["conclude"] == "Opinions still to be given: 4."
    for member in court.members[1:]:
        court.do(member, "opinion", misconduct="no", text="No.")
    assert steps(office, court.case) == {"conclude": ""}
    action = f'action="{reverse("integrity:act_on_case", args=[court.case.pk, "conclude"])}"'
    assert action in browser.get(address).content.decode()


def test_nobody_is_notified_before_being_named(desk: Desk) -> None:
    desk.post(None, "report", agency="agency", kind="trade", text=WHAT)
    case = Case.objects.get()
    desk.post(desk.office, "act_on_case", case.pk, "accept")
    case.refresh_from_db()
    assert steps(desk.office, case)["notify"] == "The respondent is not named yet."
    answer = desk.post(desk.office, "act_on_case", case.pk, "notify", text="Facts.")
    assert "The respondent is not named yet." in answer.content.decode()
    desk.post(desk.office, "act_on_case", case.pk, "respondent", email=desk.world.applicant.email)
    case.refresh_from_db()
    assert steps(desk.office, case)["notify"] == ""


def test_a_decision_is_another_persons_and_an_appeal_a_third_ones(court: Court) -> None:
    office, signatory, now = court.desk.office, court.desk.world.signatory, timezone.now()
    RoleGrant.objects.create(user=office, role="signatory", organisation_id="agency")
    case = court.case
    Case.objects.update(state="deciding")
    Statement.objects.create(case=case, act="conclude", text="x", author=office, at=now, text_hash="x")
    case.refresh_from_db()
    ran = "Whoever ran the case cannot decide it."
    assert steps(office, case) == {"sanction": ran, "clear": ran}
    assert steps(signatory, case) == {"sanction": "", "clear": ""}
    with pytest.raises(NotAllowedError) as told:
        change_state(case, "clear", user=office, now=now, reason="x")
    assert ran in told.value.text("en")
    with pytest.raises(NotAllowedError) as told:
        change_state(case, "sanction", user=signatory, now=now, reason="x", given={"measure": "flogged"})
    assert "choose a measure" in told.value.text("en")
    Case.objects.update(state="under_appeal", decided_by=signatory)
    case.refresh_from_db()
    third = "An appeal is decided by somebody who neither ran nor decided the case."
    assert steps(signatory, case) == {"uphold": third, "overturn": third}
    assert steps(court.second, case) == {"uphold": "", "overturn": ""}
    Case.objects.update(state="cleared")
    case.refresh_from_db()
    assert steps(office, case) == {"close": ""}
    assert court.do(office, "close") == 302


def test_clocks_are_read_from_the_case_and_from_nobody_else(court: Court) -> None:
    due = timezone.now() + dt.timedelta(days=3)
    late = due + dt.timedelta(seconds=1)
    case = court.case
    Case.objects.update(state="sanctioned", due_at=due)
    case.refresh_from_db()
    assert steps(court.accused, case, due) == {"appeal": ""}
    assert steps(court.accused, case, late) == {"appeal": f"The time was over on {due:%Y-%m-%d}."}
    with pytest.raises(NotAllowedError):
        change_state(case, "appeal", user=court.accused, now=late, given={"text": "x"})
    with pytest.raises(NotAllowedError):
        change_state(case, "appeal", user=court.accused, now=due, given={"text": "  "})
    with pytest.raises(NotAllowedError):
        change_state(case, "enforce", user=SYSTEM, now=due)
    change_state(case, "enforce", user=SYSTEM, now=late)
    with pytest.raises(NotAllowedError):
        finding = Finding(state="with_author", due_at=due)
        change_state(finding, "lapse", user=SYSTEM, now=due)
