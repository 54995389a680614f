"""The visibility matrix of evaluation, generated from its register: every state, reader, word and page.

Each field of a portfolio in each state holds a word of its own; a word may stand on a page of a reader only where the
register grants the field to the reader's role in that state, and must stand there where the page is theirs.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from yuantou.apps.accounts.models import RoleGrant, User
from yuantou.apps.outcomes.models import Assessment, LightCheck, Portfolio, RepresentativeWork, Round
from yuantou.apps.registry.models import Organisation, Person
from yuantou.apps.workflow.facade import register_of
from yuantou.engines.workflow import visible_fields

pytestmark = pytest.mark.django_db

FIELDS = {
    "candidate": "candidate",
    "statement": "statement",
    "work": "works",
    "venue": "works",
    "contribution": "works",
    "evidence": "works",
    "assessor": "assessors",
    "reason": "reasons",
}
"""Each word, and the field of the register that grants it."""
STATES = [state.id for state in register_of("evaluation").machine("portfolio").states]
ROUND_OF = {"draft": "open", "submitted": "assessing", "assessed": "concluded", "withdrawn": "open"}
READERS = {
    "candidate": "candidate",
    "manager": "manager",
    "asked": "assessor",
    "given": "assessor",
    "declined": "",
    "recalled": "",
    "other_candidate": "",
    "other_manager": "",
    "officer": "",
    "stranger": "",
    "operator": "",
    "public": "",
}
"""Every reader and the role they have towards the portfolio."""


@dataclass
class Planted:
    """One round and one portfolio in each state, its words and its people."""

    world: World
    words: dict[tuple[str, str], str] = field(default_factory=dict)
    users: dict[tuple[str, str], User | None] = field(default_factory=dict)
    rows: dict[str, Portfolio] = field(default_factory=dict)
    sheets: dict[str, dict[str, Assessment]] = field(default_factory=dict)

    def plant(self, state: str) -> None:
        world, number = self.world, STATES.index(state)
        word = {name: f"z{name}z{number}z" for name in FIELDS}
        self.words |= {(name, state): text for name, text in word.items()}
        far = Organisation.objects.create(id=f"far{number}", name_zh="远", name_en=f"Far {number}")
        house = Organisation.objects.create(id=f"house{number}", name_zh="院", name_en=f"House {number}")
        people = {name: self._user(name, number, far) for name in READERS if name not in {"public", "operator"}}
        for person, name in [("candidate", word["candidate"]), ("asked", word["assessor"])]:
            Person.objects.filter(pk=people[person].person_id).update(name_zh=name, name_en=name)
        RoleGrant.objects.create(user=people["manager"], role="institution", organisation=house)
        RoleGrant.objects.create(user=people["other_manager"], role="institution", organisation=far)
        RoleGrant.objects.create(user=people["officer"], role="officer", organisation=world.agency)
        operator = User.objects.create_superuser(f"op{number}@example.org", "x")
        self.users |= {(name, state): user for name, user in (people | {"operator": operator, "public": None}).items()}
        now = dt.datetime.now(dt.UTC)
        record = Round.objects.create(
            organisation=house,
            title_zh=f"评价{number}",
            title_en=f"Round {number}",
            category="basic",
            cycle=8,
            closes_at=now + dt.timedelta(days=9),
            due_at=now + dt.timedelta(days=19),
            state=ROUND_OF[state],
            created_at=now,
        )
        mine = self._portfolio(record, people["candidate"], state, word["statement"], now)
        self._portfolio(record, people["other_candidate"], "submitted", "Another question altogether.", now)
        RepresentativeWork.objects.create(
            portfolio=mine,
            position=0,
            kind="paper",
            title=word["work"],
            venue=word["venue"],
            contribution=word["contribution"],
            evidence=word["evidence"],
        )
        self.rows[state], self.sheets[state] = mine, {}
        for name in ("asked", "given", "declined", "recalled") if state in {"submitted", "assessed"} else ():
            self.sheets[state][name] = Assessment.objects.create(
                portfolio=mine,
                assessor=people[name],
                state=name,
                reasons={"originality": word["reason"]} if name == "given" else {},
                grades={"originality": 4} if name == "given" else {},
                asked_at=now,
            )
        if state == "assessed":
            result = {"mean": 4.0, "low": 3.5, "high": 4.5, "grade": [4, 4, 4]}
            Round.objects.filter(pk=record.pk).update(result={"portfolios": {mine.pk: result}})
        LightCheck.objects.create(portfolio=mine, due_on=now.date())

    def _user(self, name: str, number: int, house: Organisation) -> User:
        return self.world.user(f"{name.replace('_', '')}{number}", house)

    @staticmethod
    def _portfolio(record: Round, user: User, state: str, statement: str, now: dt.datetime) -> Portfolio:
        return Portfolio.objects.create(
            round=record, candidate=user.person, state=state, statement=statement, saved_at=now
        )

    def pages(self, state: str) -> Iterator[tuple[str, str]]:
        """Yield every page on which something of a portfolio might stand."""
        row = self.rows[state]
        yield "start", "/"
        yield "rounds", reverse("outcomes:rounds")
        yield "round", reverse("outcomes:round", args=[row.round_id])
        yield "portfolio", reverse("outcomes:portfolio", args=[row.pk])
        yield "light_check", reverse("outcomes:light_check", args=[row.checks.get().pk])
        for name, sheet in self.sheets[state].items():
            yield f"sheet of {name}", reverse("outcomes:assess", args=[sheet.pk])


def granted(reader: str, state: str) -> set[str]:
    """Return the words the register grants a reader."""
    role = READERS[reader]
    if role == "assessor" and state not in {"submitted", "assessed"}:
        role = ""  # nobody is asked about what was not handed in
    fields = visible_fields(
        register_of("evaluation"), "portfolio", state=state, roles={role} - {""}, fields=set(FIELDS.values())
    )
    words = {word for word, name in FIELDS.items() if name in fields}
    if role == "assessor":
        words -= {"venue"}  # hidden by the round
    own = {"candidate": "candidate", "asked": "assessor", "given": "reason"}.get(reader)
    return words | ({own} if own else set())


@pytest.fixture
def planted(world: World) -> Planted:
    built = Planted(world)
    for state in STATES:
        built.plant(state)
    return built


def test_no_page_shows_a_word_that_the_register_does_not_grant(planted: Planted) -> None:
    leaks, shown, cells = [], set(), 0
    for reader, state in product(READERS, STATES):
        browser, user = Client(headers={"accept-language": "en"}), planted.users[reader, state]
        if user is not None:
            browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        allowed = granted(reader, state)
        for page, address in planted.pages(state):
            text = _text(browser.get(address, follow=True))
            for name in FIELDS:
                cells += 1
                if planted.words[name, state] not in text:
                    continue
                shown.add((reader, state, name))
                if name not in allowed:
                    leaks.append((reader, state, page, name))
    assert leaks == []
    assert cells >= len(READERS) * len(STATES) * len(FIELDS) * 5
    missing = {
        (reader, state, name)
        for reader, state in product(READERS, STATES)
        for name in granted(reader, state)
        if reader not in {"asked", "given"}
    } - shown
    assert missing == set()


def _text(response: Any) -> str:
    return response.content.decode() if response.status_code == 200 else ""


def test_lists_take_the_same_number_of_queries_for_any_length(planted: Planted, django_assert_max_num_queries) -> None:
    user = planted.users["manager", "submitted"]
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    row = planted.rows["submitted"]
    for more in (0, 6):
        for number in range(more):
            person = Person.objects.create(name_zh=f"甲{number}", name_en=f"A {number}", email=f"a{number}@example.org")
            Portfolio.objects.create(
                round=row.round, candidate=person, state="submitted", saved_at=dt.datetime.now(dt.UTC)
            )
        with django_assert_max_num_queries(14):
            assert browser.get(reverse("outcomes:rounds")).status_code == 200
        with django_assert_max_num_queries(20):
            assert browser.get(reverse("outcomes:round", args=[row.round_id])).status_code == 200
