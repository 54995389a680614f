"""Experts with works and accepted proposals, ready to be matched."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.registry.models import Affiliation, Authorship, Organisation, Person, Work
from yuantou.apps.review.models import Expert

TOPICS = {
    "topology": ("拓扑超导中的马约拉纳零能模", "Majorana zero modes in topological superconductors"),
    "arsenic": ("水稻根际铁膜对砷迁移的微生物调控", "Microbial control of arsenic by iron plaque on rice roots"),
}


@pytest.fixture
def panel(world: World) -> list[Expert]:
    """Three experts for each topic, each of an institution of its own; world.reviewer is the first of topology."""
    experts = []
    for topic, (zh, en) in TOPICS.items():
        for number in range(3):
            person = (
                world.reviewer.person if (topic, number) == ("topology", 0) else _person(world, f"{topic}-{number}")
            )
            expert = Expert.objects.create(id=f"{topic}-{number}", person=person)
            for n in range(4):
                work = Work.objects.create(title=f"{zh} {n}", abstract=f"{en} part {number} {n}", year=2024)
                Authorship.objects.create(work=work, person=person, name=str(person.name_en), position=1)
            experts.append(expert)
    return experts


def _person(world: World, name: str) -> Person:
    home = Organisation.objects.create(id=name, name_zh=f"研究所{name}", name_en=f"Institute {name}")
    person = Person.objects.create(name_zh="", name_en=f"Expert {name.title()}", email=f"{name}@example.org")
    Affiliation.objects.create(person=person, organisation=home)
    return person


@pytest.fixture
def accepted(world: World) -> list[Proposal]:
    """Two accepted proposals in a closed call."""
    world.call.state, world.call.reviews_wanted = "closed", 2
    world.call.closes_at = world.now - dt.timedelta(days=1)
    world.call.opens_at = world.now - dt.timedelta(days=30)
    world.call.save()
    found = []
    for number, (topic, (zh, en)) in enumerate(TOPICS.items()):
        applicant = world.applicant if number == 0 else world.member
        found.append(
            world.proposal(
                applicant=applicant.person,
                number=f"2026-FE-{number:06}",
                title_zh=zh,
                title_en=en,
                answers={"abstract_zh": zh, "abstract_en": en, "keywords_en": [topic]},
                state="accepted",
                requested=600_000,
            )
        )
    return found


@pytest.fixture
def run(django_capture_on_commit_callbacks) -> Callable[..., object]:
    """Post a form and let the background jobs it started run."""

    def post(client: Client, name: str, *arguments: str, **data: str) -> object:
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(reverse(name, args=arguments), data)
        assert answer.status_code == 302, answer.content[:2000]
        return answer

    return post


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def matched(world: World, panel: list[Expert], accepted: list[Proposal], run) -> World:
    """A call after matching."""
    run(as_(world.officer), "review:start", world.call.pk, reviews="3", max_load="3", seed="1")
    return world


@pytest.fixture
def released(matched: World, run) -> World:
    """A call with invitations out."""
    run(as_(matched.officer), "review:release", matched.call.pk)
    return matched
