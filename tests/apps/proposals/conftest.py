"""What tests of proposals share: complete answers, and a browser for each person."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from tests.apps.conftest import World
from yuantou.apps.accounts.models import User
from yuantou.apps.proposals.models import Proposal

ANSWERS = {
    "title_zh": "拓扑超导中马约拉纳零能模的输运判据",
    "title_en": "Transport criteria for Majorana zero modes",
    "discipline": "A01",
    "keywords_zh": "拓扑超导；马约拉纳；输运",
    "keywords_en": "topological superconductivity; Majorana; transport",
    "requested": "50 万",
    "months": "36",
    "abstract_zh": "摘要",
    "abstract_en": "Abstract",
    "question": "问题",
    "approach": "方案",
    "representative_works": "一篇",
    "excluded_reviewers": "请回避某某",
    "pledge": "on",
}


@pytest.fixture
def live(world: World) -> World:
    """The call is open from yesterday to tomorrow by the clock that pages read."""
    now = timezone.now()
    world.call.opens_at, world.call.closes_at = now - dt.timedelta(days=1), now + dt.timedelta(days=1)
    world.call.save()
    return world


@pytest.fixture
def as_(client: Client) -> Callable[[User | None], Client]:
    """A browser signed in as somebody."""

    def signed_in(user: User | None) -> Client:
        browser = Client()
        if user is not None:
            browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return browser

    return signed_in


@pytest.fixture
def complete(world: World) -> Callable[..., Proposal]:
    """A draft with every answer given."""
    from yuantou.apps.proposals.domain import save_answers

    def build(**extra: object) -> Proposal:
        draft = world.proposal(**extra)
        return save_answers(proposal=draft, posted=ANSWERS, user=world.applicant, now=world.now, version=0)

    return build
