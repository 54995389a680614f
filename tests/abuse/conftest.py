"""A call in review or after it, with people who mean no good."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.apps.conftest import World, _clock, _watched, let_hold, world
from yuantou.apps.accounts.models import User
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review.models import Assignment, Expert, Review

__all__ = ["_clock", "_watched", "let_hold", "world"]


@pytest.fixture
def as_() -> Callable[[User | None], Client]:
    """A browser signed in as somebody."""

    def signed_in(user: User | None) -> Client:
        browser = Client()
        if user is not None:
            browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return browser

    return signed_in


@pytest.fixture
def reviewed(world: World) -> Assignment:
    """A proposal in review with one submitted review that nobody but reviewer and officer may read."""
    world.call.state = "in_review"
    world.call.save()
    proposal = world.proposal(state="in_review", number="2026-FE-000001", answers={"question": "秘密的问题"})
    expert = Expert.objects.create(id="expert", person=world.reviewer.person)
    row = Assignment.objects.create(
        call=world.call, proposal=proposal, expert=expert, state="submitted", due_at=world.now, created_at=world.now
    )
    scores = {"question": 5, "approach": 5, "team": 5}
    Review.objects.create(
        assignment=row, comments="绝密评语", confidential="机密意见", scores=scores, submitted_at=world.now
    )
    return row


@pytest.fixture
def own(world: World) -> Proposal:
    """A proposal in review whose applicant is the officer of the call."""
    world.call.state = "in_review"
    world.call.save()
    return world.proposal(applicant=world.officer.person, state="in_review", number="2026-FE-000009")
