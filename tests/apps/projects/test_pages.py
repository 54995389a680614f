"""Pages of projects, through the browser: who does what, who sees what, and how many queries it takes."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.projects.conftest import AMOUNT, Award
from yuantou.apps.accounts.models import User
from yuantou.apps.projects import assess
from yuantou.apps.projects.facade import follow_projects
from yuantou.apps.projects.models import Project
from yuantou.apps.projects.posted import VERBS
from yuantou.apps.projects.tables import my_duties
from yuantou.apps.workflow.facade import roles_of
from yuantou.apps.workflow.models import Letter

pytestmark = pytest.mark.django_db
Make = Callable[[str], Award]


def do(browser: Client, project: Project, verb: str, **values: object) -> int:
    """Press a button."""
    return browser.post(reverse("projects:act", args=[project.pk, verb]), values).status_code


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_project_goes_from_award_to_closure_in_the_browser(award: Make, language: str) -> None:
    one = award("horse-race")
    lead, officer, office = (one.browser(u) for u in (one.lead, one.world.officer, one.world.office))
    for browser in (lead, officer, office):
        browser.cookies["django_language"] = language
    page = reverse("projects:agreement", args=[one.project.pk])
    assert lead.get(page).status_code == 200
    posted = {"goals": "A gap", "pledge": "on", "hand": "1", "version": one.project.version}
    assert lead.post(page, posted).status_code == 302
    assert one.project.state == "office_signing"
    assert do(office, one.project, "endorse", seen=one.project.plan_hash) == 302
    assert do(officer, one.project, "countersign", seen=one.project.plan_hash) == 302
    assert one.project.state == "active"
    for gate in one.project.gates.all():
        url = reverse("projects:gate", args=[one.project.pk, gate.pk])
        assert lead.get(url).status_code == 200
        assert do(lead, one.project, "register", key=gate.pk, tests="Gap above 1 meV") == 302
    for report in one.project.reports.all():
        url = reverse("projects:report", args=[one.project.pk, report.pk])
        assert lead.get(url).status_code == 200
        assert lead.post(url, {"text": "Done", "version": 0, "submit": "1"}).status_code == 302
        assert officer.get(url).status_code == 200
        assert do(officer, one.project, "accept", key=report.pk) == 302
    assert do(lead, one.project, "dossier", tried="Two routes", outcome="A gap") == 302
    assert lead.get(reverse("projects:closure", args=[one.project.pk])).status_code == 200
    assert do(lead, one.project, "hand_in") == 403  # its gates have not been passed
    for url in ("projects:mine", "projects:everybody"):
        assert lead.get(reverse(url)).status_code == 200
    assert officer.get(reverse("projects:desk"), {"due": "soon", "q": "拓扑"}).status_code == 200
    assert office.get(reverse("projects:institution")).status_code == 200
    assert lead.get(reverse("projects:change", args=[one.project.pk])).status_code == 200


def test_a_gate_is_judged_and_closure_reached_in_the_browser(award: Make) -> None:
    one = award("strategic")
    one.signed()
    gate = one.answered()
    lead, officer = one.browser(one.lead), one.browser(one.world.officer)
    free = one.expert("free")
    listed = officer.get(reverse("projects:experts", args=[one.project.pk]))
    assert free.pk in listed.content.decode()
    assert do(officer, one.project, "appoint", key=gate.pk, expert=free.pk) == 302
    verdict = one.project.verdicts.get()
    judge = one.browser(free.person.user)
    page = reverse("projects:verdict", args=[one.project.pk, verdict.pk])
    assert judge.get(page).status_code == 200
    assert judge.get(reverse("projects:mine")).content.decode().count(page) == 1
    marks = {question.id: "met" for question in one.programme.project.evaluation.questions}
    assert do(judge, one.project, "give", key=verdict.pk, opinion="It holds.", **marks) == 302
    assert officer.get(reverse("projects:gate", args=[one.project.pk, gate.pk])).status_code == 200
    assert do(officer, one.project, "judge", key=gate.pk, outcome="advance", reason="Passed") == 302
    assert one.project.state == "active"
    paid = one.project.instalments.get(position=2)
    assert paid.state == "released"
    assert do(officer, one.project, "pay", key=paid.pk, paid_on="2028-01-02", reference="A-17") == 302
    one.reported()
    assert do(lead, one.project, "dossier", tried="Two routes", outcome="A gap") == 302
    assert do(lead, one.project, "hand_in") == 302
    one.judged(None, one.programme.project.evaluation.judges)
    assert officer.get(reverse("projects:closure", args=[one.project.pk])).status_code == 200
    assert do(officer, one.project, "close", action="close_achieved", reason="As judged") == 302
    assert one.project.state == "achieved"
    public = Client().get(reverse("projects:detail", args=[one.project.pk])).content.decode()
    assert "A gap" in public
    assert "Two routes" not in public
    assert "Well done." not in public
    assert "Well done." in lead.get(reverse("projects:detail", args=[one.project.pk])).content.decode()


def test_parallel_awards_stand_side_by_side(award: Make) -> None:
    one = award("horse-race")
    one.signed()
    officer = one.browser(one.world.officer)
    url = reverse("projects:compare", args=[one.world.call.pk, "gate1"])
    text = officer.get(url).content.decode()
    assert "2026-XX-000001" in text
    assert one.browser(one.lead).get(url).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_lists_take_a_constant_number_of_queries(award: Make, count: int, django_assert_num_queries) -> None:
    one = award("strategic")
    one.signed()
    for number in range(2, count + 1):
        user = one.world.user(f"lead{number}", one.world.university)
        one.begin(user, number=f"2026-XX-00000{number}")
    browser = one.browser(one.world.officer)
    browser.get(reverse("projects:desk"))
    with django_assert_num_queries(QUERIES_OF_DESK):
        assert browser.get(reverse("projects:desk")).context["page"].paginator.count == count


QUERIES_OF_DESK = 14


@pytest.mark.parametrize(("type_id", "reports"), [("young-lump-sum", 1), ("talent", 5)])
def test_the_page_of_a_project_takes_a_constant_number_of_queries(
    award: Make, type_id: str, reports: int, django_assert_num_queries
) -> None:
    one = award(type_id)
    one.signed()
    assert one.project.reports.count() == reports
    browser = one.browser(one.lead)
    url = reverse("projects:detail", args=[one.project.pk])
    browser.get(url)
    with django_assert_num_queries(QUERIES_OF_DETAIL):
        assert browser.get(url).status_code == 200


QUERIES_OF_DETAIL = 13


def test_strangers_and_rivals_see_nothing_but_the_public_part(award: Make) -> None:
    one = award("strategic")
    one.signed()
    gate = one.answered()
    report = one.project.reports.first()
    assert report is not None
    inner = [
        reverse("projects:agreement", args=[one.project.pk]),
        reverse("projects:report", args=[one.project.pk, report.pk]),
        reverse("projects:gate", args=[one.project.pk, gate.pk]),
        reverse("projects:change", args=[one.project.pk]),
        reverse("projects:closure", args=[one.project.pk]),
        reverse("projects:experts", args=[one.project.pk]),
        reverse("projects:desk"),
    ]
    stranger = one.browser(one.world.stranger)
    for url in inner:
        assert stranger.get(url).status_code == 404, url
    text = stranger.get(reverse("projects:detail", args=[one.project.pk])).content.decode()
    assert "1.2 meV" not in text
    assert "A gap of 1 meV" not in text
    for verb in VERBS:
        seen = {"key": gate.pk, "outcome": "advance", "reason": "x", "seen": one.project.plan_hash}
        assert do(stranger, one.project, verb, **seen, action="terminate") in {403, 404, 409, 422}, verb
    assert one.project.state == "at_gate"


def test_a_report_changed_in_another_window_loses_nothing(award: Make) -> None:
    one = award("talent")
    one.signed()
    row = one.project.reports.first()
    assert row is not None
    browser, keys = one.browser(one.lead), [one.project.pk, row.pk]
    saved = browser.post(reverse("projects:autosave", args=keys), {"text": "First", "version": "0"})
    assert saved.json()["version"] == 1
    stale = browser.post(reverse("projects:report", args=keys), {"text": "Second", "version": "0"})
    assert stale.status_code == 409
    assert "First" in stale.content.decode()
    assert "Second" in stale.content.decode()
    assert browser.post(reverse("projects:autosave", args=keys), {"text": "x", "version": "0"}).status_code == 409
    assert Client().post(reverse("projects:autosave", args=keys), {"text": "x"}).status_code == 401
    other = one.browser(one.world.officer)
    assert other.post(reverse("projects:autosave", args=keys), {"text": "x", "version": "1"}).status_code == 404


def test_an_agreement_changed_in_another_window_loses_nothing(award: Make) -> None:
    one = award("joint-bilateral")
    one.written()
    page = reverse("projects:agreement", args=[one.project.pk])
    stale = one.browser(one.lead).post(page, {"goals": "My goals", "version": "0", "amount_1": "7"})
    assert stale.status_code == 409
    assert "My goals" in stale.content.decode()
    assert one.project.plan["goals"] == "A gap of 1 meV"


def test_looking_as_an_assessor_does_not_tell_that_one_is(award: Make) -> None:
    one = award("strategic")
    one.signed()
    gate = one.answered()
    free = one.expert("free")
    [row] = assess.appoint(project=one.project, gate=gate, experts=[free], user=one.world.officer, now=one.now)
    user = free.person.user
    assert my_duties(user, one.now)
    assert "assessor" in roles_of(user, row)
    user.seen_by = one.world.stranger
    assert my_duties(user, one.now) == []
    assert "assessor" not in roles_of(user, row)
    assert "assessor" not in roles_of(user, one.project)


def test_letters_leave_in_the_language_of_each_and_once(award: Make) -> None:
    one = award("stable-support")
    User.objects.filter(pk=one.lead.pk).update(language="en")
    one.signed()
    first = one.project.reports.order_by("due_at").first()
    assert first is not None
    for days in (-20, -10, 1, 2):
        follow_projects(now=first.due_at + dt.timedelta(days=days))
    assert Letter.objects.filter(template="duty_soon", key=one.project.pk).count() == 1
    assert Letter.objects.filter(template="duty_late", key=one.project.pk).count() == 1
    assert Letter.objects.get(template="agreement_signed").subject.startswith("Agreement signed")
    assert Letter.objects.get(template="agreement_to_sign").subject.startswith("任务书待签署")
    assert "UTC+08:00" in Letter.objects.get(template="duty_late").body


def test_an_amount_is_split_without_loss(award: Make) -> None:
    one = award("horse-race")
    assert sum(row.amount for row in one.project.instalments.all()) == AMOUNT
