"""A small world for tests of the apps: two agencies and institutions, people with accounts, a published call."""

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest

from tests.watch import watching
from yuantou.apps.accounts.models import RoleGrant, User
from yuantou.apps.calls.models import Call
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.registry.models import Affiliation, Discipline, Organisation, Person
from yuantou.apps.workflow.facade import publish_programme_types
from yuantou.apps.workflow.models import ProgrammeTypeVersion


@dataclass
class World:
    """The records of the test world."""

    now: dt.datetime
    programme: ProgrammeTypeVersion
    agency: Organisation
    university: Organisation
    institute: Organisation
    call: Call
    officer: User
    signatory: User
    office: User
    applicant: User
    member: User
    reviewer: User
    stranger: User

    def user(self, name: str, organisation: Organisation) -> User:
        """Create a person with an account and an affiliation."""
        person = Person.objects.create(name_zh=name, name_en=name.title(), email=f"{name}@example.org", fictional=True)
        Affiliation.objects.create(person=person, organisation=organisation)
        return User.objects.create_user(f"{name}@example.org", "correct horse", person=person)

    def proposal(self, **extra: object) -> Proposal:
        """Create a proposal of the applicant."""
        defaults = {
            "call": self.call,
            "applicant": self.applicant.person,
            "organisation": self.university,
            "discipline_id": "A01",
            "title_zh": "拓扑超导",
            "title_en": "Topological superconductivity",
            "requested": 500_000,
            "created_at": self.now,
            "saved_at": self.now,
        }
        return Proposal.objects.create(**{**defaults, **extra})


@pytest.fixture(autouse=True)
def _clock(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages and jobs read the clock too: it starts at ``now`` whatever the date, and no two readings are the same."""
    readings = itertools.count(1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: now + dt.timedelta(milliseconds=next(readings)))


@pytest.fixture(autouse=True)
def _watched() -> Iterator[None]:
    """No app writes without a ledger entry in the same transaction, whatever the test is about."""
    with watching() as watch:
        yield
    assert watch.found == []


@pytest.fixture
def let_hold(monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, bool]], None]:
    """Say what holds, for tests of the machine alone; no caller of the product can."""

    def let(facts: Mapping[str, bool]) -> None:
        monkeypatch.setattr("yuantou.apps.workflow.domain.facts_of", lambda *_record, **_case: facts)

    return let


@pytest.fixture
def world(db: None, now: dt.datetime) -> World:
    """A published call that is open at ``now``, with one account for each role."""
    programme = next(row for row in publish_programme_types(now=now) if row.type_id == "free-exploration")
    agency = Organisation.objects.create(id="agency", name_zh="云岭科学基金", name_en="Yunling Science Fund")
    university = Organisation.objects.create(id="uni", name_zh="云泽大学", name_en="Yunze University")
    institute = Organisation.objects.create(id="inst", name_zh="海川研究所", name_en="Haichuan Institute")
    Discipline.objects.create(code="A01", name_zh="凝聚态物理", name_en="Condensed matter physics")
    call = Call.objects.create(
        programme_type=programme,
        agency=agency,
        title_zh="自由探索",
        title_en="Free exploration",
        opens_at=now - dt.timedelta(days=1),
        closes_at=now + dt.timedelta(days=10),
        budget=1_000_000,
        state="published",
        created_at=now,
    )
    built = World(now, programme, agency, university, institute, call, *[None] * 7)  # type: ignore[list-item]
    for name, home in {
        "officer": agency,
        "signatory": agency,
        "office": university,
        "applicant": university,
        "member": university,
        "reviewer": institute,
        "stranger": institute,
    }.items():
        setattr(built, name, built.user(name, home))
    RoleGrant.objects.create(user=built.officer, role="officer", organisation=agency)
    RoleGrant.objects.create(user=built.signatory, role="signatory", organisation=agency)
    RoleGrant.objects.create(user=built.office, role="institution", organisation=university)
    return built
