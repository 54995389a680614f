"""Who may read what of a project: a word is planted in every field and looked for in every page, list and search."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.projects.conftest import Award
from tests.conftest import drawn
from tests.engines.workflow.test_simulate import PATHS
from yuantou.apps.accounts.models import Role, RoleGrant, User
from yuantou.apps.projects.models import Change, Gate, Instalment, Part, Project, Report, Verdict
from yuantou.apps.proposals.models import Member
from yuantou.apps.registry.models import Person
from yuantou.apps.workflow.facade import visible_as
from yuantou.engines.workflow import visible_fields

pytestmark = pytest.mark.django_db
Make = Callable[[str], Award]
STATES = (
    *("awarded", "office_signing", "agency_signing", "active", "at_gate", "closing"),
    *("achieved", "diligent", "honourably_stopped", "merged", "terminated"),
)
CASES = [(path.stem, STATES[turn % len(STATES)]) for turn, path in enumerate(sorted(PATHS))]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Draw types and states for the matrix of projects."""
    if "type_id" in metafunc.fixturenames:
        metafunc.parametrize(("type_id", "state"), drawn(metafunc.config, CASES, 2))


FIELD = {
    "title": "title", "goals": "agreement", "task": "parts", "report": "reports", "remark": "reports",
    "tests": "gates", "results": "gates", "judgement": "gates", "payment": "instalments", "change": "changes",
    "answer": "changes", "outcome": "outcome", "tried": "dossier", "opinion": "opinions", "assessor": "assessors",
    "draft": "drafts",
}  # fmt: skip
ROLES = {
    "holder": {"holder"}, "member": {"member"}, "declined": {"declined_member"}, "office": {"institution"},
    "officer": {"officer"}, "signatory": {"signatory"}, "assessor": {"assessor"}, "former_assessor": set(),
    "other_office": set(), "other_officer": set(), "stranger": set(), "operator": set(), "public": set(),
    "conflicted_officer": {"member"},
}  # fmt: skip


@dataclass
class Planted:
    """A project in one state, full of words, and everybody who might look."""

    award: Award
    state: str
    words: dict[str, str] = field(default_factory=dict)
    users: dict[str, User | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        one, project = self.award, self.award.project
        now = one.now
        self.words = {name: f"zz{name}{self.state}zz" for name in FIELD}
        word = self.words
        project.proposal.title_zh = project.proposal.title_en = word["title"]
        project.proposal.save()
        project.plan, project.tried, project.outcome = {"goals": word["goals"]}, word["tried"], word["outcome"]
        project.state, project.starts_at, project.ends_at = self.state, now, now + dt.timedelta(days=700)
        project.save()
        Part.objects.create(project=project, position=9, name="x", task=word["task"])
        final = one.programme.project.final.id
        common = {"project": project, "plan_id": final, "due_at": now}
        Report.objects.create(**common, number=7, state="submitted", text=word["report"], submitted_at=now)
        Report.objects.create(**common, number=8, state="returned", text=word["draft"], remark=word["remark"])
        Report.objects.filter(number=8).update(submitted_at=now)
        for plan in one.programme.project.gates[:1]:
            Gate.objects.create(
                project=project, plan_id=plan.id, due_at=now, state="judged", tests=word["tests"], tests_hash="a" * 64,
                results=word["results"], results_hash="b" * 64, outcome="advance", reason=word["judgement"],
                registered_at=now, judged_at=now,
            )  # fmt: skip
        Instalment.objects.filter(position=1).update(paid_on=now.date(), reference=word["payment"], state="paid")
        Change.objects.create(
            project=project, plan_id="person", reason=word["change"], answer=word["answer"], asked_at=now
        )
        self._people(project, now)

    def _people(self, project: Project, now: dt.datetime) -> None:
        world = self.award.world
        Verdict.objects.create(
            project=project, person=self._named(self.words["assessor"]), state="given", opinion=self.words["opinion"],
            due_at=now, given_at=now, content_hash="c" * 64,
        )  # fmt: skip
        asked = world.user("asked", world.institute)
        Verdict.objects.create(project=project, person=asked.person, due_at=now)
        refused = world.user("refused", world.institute)
        Verdict.objects.create(project=project, person=refused.person, state="refused", due_at=now)
        joined, declined, conflicted = (world.user(n, world.university) for n in ("joined", "declined", "conflicted"))
        for user, state in ((joined, "confirmed"), (declined, "refused"), (conflicted, "confirmed")):
            Member.objects.create(
                proposal=project.proposal, email=user.email, person=user.person, state=state, invited_at=now
            )
        for user in (conflicted, declined):
            RoleGrant.objects.create(user=user, role="officer", organisation=world.agency)
            RoleGrant.objects.create(user=user, role="institution", organisation=world.university)
        others = {name: world.user(name, world.institute) for name in ("other_office", "other_officer")}
        RoleGrant.objects.create(user=others["other_office"], role="institution", organisation=world.institute)
        RoleGrant.objects.create(user=others["other_officer"], role="officer", organisation=world.institute)
        operator = User.objects.create_superuser("operator@example.org", "x")
        self.users = {
            "holder": self.award.lead, "member": joined, "declined": declined, "office": world.office,
            "officer": world.officer, "signatory": world.signatory, "assessor": asked, "former_assessor": refused,
            **others, "stranger": world.stranger, "operator": operator, "public": None,
            "conflicted_officer": conflicted,
        }  # fmt: skip

    def _named(self, name: str) -> Person:
        return Person.objects.create(name_zh=name, name_en=name)

    def granted(self, role: str) -> set[str]:
        """Return the words that the type grants to a role in this state; drafts are their writer's alone."""
        roles, fields = {"public"} | ROLES[role], set(FIELD.values())
        seen = visible_fields(self.award.programme, "project", state=self.state, roles=roles, fields=fields)
        found = {word for word, by in FIELD.items() if by in seen}
        if self.state == "awarded" and not roles & {"holder", "member"}:
            found.discard("goals")
        return found | ({"draft"} if role == "holder" else set())

    def browser(self, role: str) -> Client:
        """The browser of somebody."""
        client, user = Client(), self.users[role]
        if user is not None:
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    def pages(self) -> Iterator[str]:
        """Every address that shows something of the project."""
        project = self.award.project
        pk = project.pk
        for name in ("detail", "agreement", "change", "closure", "experts"):
            yield reverse(f"projects:{name}", args=[pk])
        for report in project.reports.all():
            yield reverse("projects:report", args=[pk, report.pk])
        for gate in project.gates.all():
            yield reverse("projects:gate", args=[pk, gate.pk])
            yield reverse("projects:compare", args=[project.call_id, gate.plan_id])
        for verdict in project.verdicts.all():
            yield reverse("projects:verdict", args=[pk, verdict.pk])
        for name in ("mine", "desk", "institution", "everybody"):
            yield reverse(f"projects:{name}")
        yield reverse("home")
        yield reverse("workflow:ledger", args=["project", pk])
        yield reverse("admin:projects_project_changelist")


def test_no_word_leaves_by_any_page_unless_granted(award: Make, type_id: str, state: str) -> None:
    planted, leaks, tally = Planted(award(type_id), state), [], Counter[str]()
    for role in ROLES:
        browser, granted = planted.browser(role), planted.granted(role)
        for url in planted.pages():
            answer = browser.get(url)
            assert answer.status_code in {200, 302, 403, 404}, (role, url, answer.status_code)
            text = answer.content.decode() + str(answer.headers)
            for name, word in planted.words.items():
                fate = "granted" if name in granted else "leak" if word in text else "kept"
                tally[fate] += 1
                leaks += [(role, url, name)] if fate == "leak" else []
    assert leaks == []
    assert tally["kept"] > 1_000


@pytest.mark.parametrize("state", ["awarded", "active", "closing"])
def test_lists_and_searches_obey_the_rule_of_records(award: Make, state: str) -> None:
    planted = Planted(award("strategic"), state)
    key = planted.award.project.pk
    for role, page in (("officer", "desk"), ("office", "institution"), ("holder", "mine"), ("member", "mine")):
        address = reverse(f"projects:{page}")
        for name, word in planted.words.items():
            found = [row.pk for row in planted.browser(role).get(address, {"q": word}).context["page"]]
            assert found == ([key] if name == "title" else []), (role, name)
    for role, standing in (
        ("other_officer", Role.OFFICER),
        ("conflicted_officer", Role.OFFICER),
        ("declined", Role.OFFICER),
    ):
        user = planted.users[role]
        assert user is not None
        assert not visible_as(Project, user, standing).exists()
        assert not visible_as(Project, user, Role.INSTITUTION).exists()


@pytest.mark.parametrize(("state", "seen"), [("closing", True), ("active", False), ("achieved", False)])
def test_an_assessor_reads_only_while_asked(award: Make, state: str, seen: bool) -> None:
    planted = Planted(award("young-lump-sum"), state)
    text = planted.browser("assessor").get(reverse("projects:detail", args=[planted.award.project.pk])).content
    assert (planted.words["tried"] in text.decode()) is seen


def test_opinions_reach_the_lead_without_names_and_only_at_the_end(award: Make) -> None:
    planted = Planted(award("young-lump-sum"), "achieved")
    page = reverse("projects:detail", args=[planted.award.project.pk])
    text = planted.browser("holder").get(page).content.decode()
    assert planted.words["opinion"] in text
    assert planted.words["assessor"] not in text
