"""What keeps an act of a project closed stands on its page, in both languages, and no caller can say otherwise."""

import datetime as dt
import html
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.agreement import agree
from tests.apps.projects.conftest import AMOUNT, Award
from yuantou.apps.accounts.models import User
from yuantou.apps.projects import assess, changes, closure, duties
from yuantou.apps.projects.calendar import follow_projects
from yuantou.apps.projects.models import Gate, Part
from yuantou.apps.projects.steps import take
from yuantou.apps.proposals.models import Member
from yuantou.apps.registry.models import Affiliation
from yuantou.apps.workflow.facade import SYSTEM, change_state
from yuantou.kernel.errors import NotAllowedError

pytestmark = pytest.mark.django_db
Make = Callable[[str], Award]
BOTH = ("zh-hans", "en")


def reading(one: Award, user: User, language: str) -> Client:
    """The browser of somebody who reads in a language."""
    browser = one.browser(user)
    browser.cookies["django_language"] = language
    return browser


def page(browser: Client, name: str, *keys: str) -> str:
    """A page as it is read."""
    answer = browser.get(reverse(f"projects:{name}", args=keys))
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def refused(browser: Client, one: Award, verb: str, **posted: object) -> str:
    """What somebody reads whose button was refused."""
    answer = browser.post(reverse("projects:act", args=[one.project_id, verb]), posted)
    assert answer.status_code == 403
    return html.unescape(answer.content.decode())


def test_the_page_of_closure_says_what_is_missing_and_opens_when_nothing_is(award: Make) -> None:
    one = award("young-lump-sum")
    one.signed()
    address = reverse("projects:act", args=[one.project_id, "hand_in"])
    for language, words in zip(BOTH, ("尚有 1 份报告未通过。", "Reports not accepted yet: 1."), strict=True):
        browser = reading(one, one.lead, language)
        shown = page(browser, "closure", one.project_id)
        assert words in shown
        assert address not in shown
        assert words in refused(browser, one, "hand_in")
    with pytest.raises(NotAllowedError):
        take(one.project, "hand_in", user=one.lead, now=one.now)
    one.reported()
    assert address in page(browser, "closure", one.project_id)
    assert browser.post(address).status_code == 302


def test_the_officer_reads_which_ends_are_closed(award: Make) -> None:
    one = award("young-lump-sum")
    one.signed()
    one.reported()
    closure.hand_in(project=one.project, user=one.lead, now=one.now)
    wanted = one.programme.project.evaluation.judges
    told = (
        f"专家意见须有 {wanted} 份，已出具 0 份，待出具 0 份。",
        f"Opinions wanted: {wanted}; given: 0; still to come: 0.",
    )
    for language, words in zip(BOTH, told, strict=True):
        browser = reading(one, one.world.officer, language)
        shown = page(browser, "closure", one.project_id)
        assert words in shown
        assert 'value="close_achieved"' not in shown
        assert 'value="terminate"' in shown
        assert words in refused(browser, one, "close", action="close_achieved", reason="x")
    one.judged(None, wanted, grade=2)
    shown = page(browser, "closure", one.project_id)
    assert 'value="close_achieved"' in shown
    assert 'value="close_diligent"' not in shown
    every = [item.id for item in one.programme.project.diligence]
    untold = "Please record first what was tried and what came out."
    assert untold in shown
    assert untold in refused(browser, one, "close", action="close_diligent", reason="x", diligence=every)
    type(one.project).objects.update(tried="Two routes")
    assert 'value="close_diligent"' in page(browser, "closure", one.project_id)
    missing = one.programme.project.diligence[-1]
    assert missing.name.en in refused(browser, one, "close", action="close_diligent", reason="x", diligence=every[:-1])


def test_a_gate_says_who_registers_and_that_its_day_has_not_come(award: Make) -> None:
    one = award("strategic")
    one.signed()
    gate = one.project.gates.get()
    officer, lead = (reading(one, user, "en") for user in (one.world.officer, one.lead))
    words = "The tests of this gate are registered by: Project lead."
    assert words in page(officer, "gate", one.project_id, gate.pk)
    assert words in refused(officer, one, "register", key=gate.pk, tests="Easier")
    assert "此关口的测试由项目负责人登记。" in page(
        reading(one, one.world.officer, "zh-hans"), "gate", one.project_id, gate.pk
    )
    assert reverse("projects:act", args=[one.project_id, "register"]) in page(lead, "gate", one.project_id, gate.pk)
    assert "Please write the tests" in refused(lead, one, "register", key=gate.pk, tests=" ")
    duties.register_tests(gate=gate, tests="Gap above 1 meV", user=one.lead, now=one.now)
    for language, early in zip(BOTH, ("项目未处于此关口。", "The project is not at this gate."), strict=True):
        browser = reading(one, one.lead, language)
        assert early in page(browser, "gate", one.project_id, gate.pk)
        assert early in refused(browser, one, "answer", key=gate.pk, results="1.2 meV")
    follow_projects(now=gate.due_at + dt.timedelta(minutes=1))
    assert reverse("projects:act", args=[one.project_id, "answer"]) in page(browser, "gate", one.project_id, gate.pk)
    assert "Please write the results." in refused(browser, one, "answer", key=gate.pk, results=" ")


def test_a_gate_says_which_opinions_it_waits_for(award: Make) -> None:
    one = award("strategic")
    one.signed()
    gate = one.answered()
    browser, address = reading(one, one.world.officer, "en"), reverse("projects:act", args=[one.project_id, "judge"])
    words = "Opinions wanted: 1; given: 0; still to come: 0."
    shown = page(browser, "gate", one.project_id, gate.pk)
    assert words in shown
    assert address not in shown
    assert words in refused(browser, one, "judge", key=gate.pk, outcome="advance", reason="x")
    one.judged(gate, 1)
    assert address in page(browser, "gate", one.project_id, gate.pk)


def test_who_has_come_into_conflict_reads_so_instead_of_the_form(award: Make) -> None:
    one = award("strategic")
    one.signed()
    free = one.expert("free")
    gate = one.answered()
    [row] = assess.appoint(project=one.project, gate=gate, experts=[free], user=one.world.officer, now=one.now)
    browser, address = reading(one, free.person.user, "en"), reverse("projects:act", args=[one.project_id, "give"])
    assert address in page(browser, "verdict", one.project_id, row.pk)
    left = refused(browser, one, "give", key=row.pk, opinion="Fine")
    assert all(question.name.en in left for question in one.programme.project.evaluation.questions)
    Affiliation.objects.create(person=row.person, organisation=one.world.university)
    shown = page(browser, "verdict", one.project_id, row.pk)
    assert "There is a conflict of interest." in shown
    assert address not in shown


def test_an_agreement_waits_for_its_partners_by_name(award: Make) -> None:
    one = award("consortium")
    partner = one.world.user("partner", one.world.institute)
    member = Member.objects.create(
        proposal=one.project.proposal, email=partner.email, person=partner.person, state="confirmed", invited_at=one.now
    )
    Part.objects.create(project=one.project, position=2, name="The Other House", member=member)
    for language, words in zip(
        BOTH,
        ("尚未确认分工与预算：The Other House。", "Not consented to their share yet: The Other House."),
        strict=True,
    ):
        browser = reading(one, one.lead, language)
        shown = page(browser, "agreement", one.project_id)
        assert words in shown
        assert 'name="hand"' not in shown
    assert "The agreement is not complete." in refused(browser, one, "hand_agreement")
    Part.objects.update(agreed_at=one.now)
    assert 'name="hand"' in page(browser, "agreement", one.project_id)


def test_a_gate_judged_before_does_not_carry_a_project_over_the_next(award: Make) -> None:
    one = award("horse-race")
    one.signed()
    first = one.answered()
    with pytest.raises(NotAllowedError):
        take(one.project, "advance", user=one.world.officer, now=one.now)
    one.judged(first, first.plan.judges)
    duties.judge_gate(gate=first, outcome="advance", reason="Passed", user=one.world.officer, now=one.now)
    second = one.project.gates.exclude(pk=first.pk).first()
    assert second is not None
    duties.register_tests(gate=second, tests="Gap above 2 meV", user=one.lead, now=one.now)
    duties.reach_gate(project=one.project, user=SYSTEM, now=second.due_at)
    with pytest.raises(NotAllowedError):
        take(one.project, "advance", user=one.world.officer, now=one.now)
    Gate.objects.filter(pk=second.pk).update(state="judged")
    take(one.project, "advance", user=one.world.officer, now=one.now)


def test_what_the_platform_does_by_itself_is_checked_too(award: Make) -> None:
    one = award("market-application")
    one.signed()
    extension = {"project": one.project, "kind": "extension", "reason": "Ill", "user": one.lead, "now": one.now}
    asked = changes.ask_change(values={"months": "13"}, **extension)
    with pytest.raises(NotAllowedError):
        take(asked, "approve_by_rule", user=SYSTEM, now=one.now)
    lines = {"line_equipment": str(AMOUNT // 2), "line_labour": str(AMOUNT // 2)}
    shifted = changes.ask_change(values=lines, **{**extension, "kind": "budget"})
    with pytest.raises(NotAllowedError):
        take(shifted, "approve_by_rule", user=SYSTEM, now=one.now)
    with pytest.raises(ValueError, match="within_rule"):
        change_state(asked, "approve_by_rule", user=SYSTEM, now=one.now, given={"within_rule": True})


def test_no_instalment_is_released_before_its_gate(award: Make) -> None:
    one = award("non-consensus")
    one.signed()
    waiting = one.project.instalments.get(state="planned")
    with pytest.raises(NotAllowedError):
        take(waiting, "release", user=SYSTEM, now=one.now)
    one.project.gates.filter(plan_id=waiting.plan.after).update(state="judged", outcome="stop_with_honour")
    with pytest.raises(NotAllowedError):
        take(waiting, "release", user=SYSTEM, now=one.now)
    one.project.gates.filter(plan_id=waiting.plan.after).update(outcome="advance")
    take(waiting, "release", user=SYSTEM, now=one.now)


def test_a_report_that_is_too_long_says_by_how_much(award: Make) -> None:
    one = award("stable-support")
    one.signed()
    row = one.project.reports.first()
    assert row is not None
    saved = duties.save_report(report=row, text="x" * 1001, user=one.lead, version=0)
    with pytest.raises(NotAllowedError) as error:
        duties.submit_report(report=saved, user=one.lead, now=one.now)
    assert error.value.message.en == "1001 characters are written; 1000 at most."
    with pytest.raises(NotAllowedError):
        take(duties.save_report(report=saved, text=" ", user=one.lead, version=1), "submit", user=one.lead, now=one.now)


def test_roles_in_a_project_read_the_same_for_one_for_lists_and_for_letters(award: Callable[[str], Award]) -> None:
    one = award("horse-race")
    one.signed()
    one.judged(one.answered(), 1)
    tried = agree(list(User.objects.order_by("pk")))
    assert tried["Project"] >= {"holder", "officer", "institution", "assessor"}
    assert tried["Verdict"] >= {"holder", "officer", "assessor"}
