"""A world with an integrity office, an earlier proposal of somebody else, and one that takes from it."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.apps.conftest import World
from tests.apps.proposals.conftest import ANSWERS
from tests.engines.reuse.test_reuse import chinese
from yuantou.apps.accounts.models import RoleGrant, User
from yuantou.apps.integrity.checking import check_submitted
from yuantou.apps.integrity.models import Check, Finding
from yuantou.apps.integrity.texts import submitted
from yuantou.apps.proposals.domain import save_answers, start_proposal, submit_proposal
from yuantou.apps.proposals.models import ProposalVersion

TAKEN = chinese(7, 240)
SECRET = chinese(8, 300)


@dataclass
class Desk:
    """The people of a finding, each at a browser of their own."""

    world: World
    office: User
    victim: User

    def browser(self, user: User | None) -> Client:
        client = Client(headers={"accept-language": "en"})
        if user is not None:
            client.force_login(user)
        return client

    def get(self, user: User | None, name: str, *key: object):
        return self.browser(user).get(reverse(f"integrity:{name}", args=key))

    def post(self, user: User | None, name: str, *key: object, **fields: object):
        return self.browser(user).post(reverse(f"integrity:{name}", args=key), fields)

    def submit(self, user: User, approach: str, *, days: int = 0) -> ProposalVersion:
        """Write and submit a proposal that many days after the beginning."""
        at = timezone.now() - dt.timedelta(hours=20) + dt.timedelta(hours=days)
        proposal = start_proposal(call=self.world.call, user=user, now=at)
        own = chinese(100 + user.pk, 200)
        posted = {
            **ANSWERS,
            "title_zh": own[:20],
            "title_en": f"Of {user.pk}",
            "question": own,
            "approach": approach,
            "representative_works": own[-30:],
        }
        proposal = save_answers(proposal=proposal, posted=posted, user=user, now=at, version=proposal.version)
        receipt = submit_proposal(proposal=proposal, user=user, now=at)
        return submitted().get(pk=receipt.pk)

    def check(self, version: ProposalVersion) -> Check:
        return check_submitted(version=version, now=timezone.now())

    def planted(self) -> Finding:
        """An earlier proposal of somebody else, and one of the applicant that takes 240 characters of it."""
        self.check(self.submit(self.victim, SECRET + TAKEN))
        made = self.check(self.submit(self.world.applicant, chinese(9, 300) + TAKEN, days=1))
        return made.findings.get()


@pytest.fixture
def desk(world: World, tmp_path: Path, settings: object) -> Desk:
    settings.REUSE_DIR = tmp_path / "reuse"  # type: ignore[attr-defined]
    now = timezone.now()
    world.call.opens_at, world.call.closes_at = now - dt.timedelta(days=1), now + dt.timedelta(days=1)
    world.call.save()
    office, victim = world.user("integrity", world.agency), world.user("victim", world.institute)
    RoleGrant.objects.create(user=office, role="integrity", organisation=world.agency)
    return Desk(world, office, victim)
