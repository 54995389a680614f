"""Standing roles are those that the rules of some record ask for."""

import pytest
from django.core.exceptions import ValidationError

from tests.apps.conftest import World
from yuantou.apps.accounts import models, roles
from yuantou.apps.accounts.models import RoleGrant, User, grantable
from yuantou.apps.accounts.roles import Grant
from yuantou.apps.accounts.rules import granted_in, has_role

pytestmark = pytest.mark.django_db


def test_a_role_that_some_rule_asks_for_can_be_granted_and_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "ASKED_FOR", set(models.ASKED_FOR))
    monkeypatch.setattr(roles, "ASKED_FOR", models.ASKED_FOR)
    grant = RoleGrant(user=world.stranger, role="steward", organisation=world.agency)
    with pytest.raises(ValidationError):
        grant.full_clean()
    steward = Grant("steward", "agency")
    grant.full_clean()
    grant.save()
    assert ("steward", "steward") in grantable()
    holder = User.objects.get(pk=world.stranger.pk)
    assert steward.held(holder, world.call) == {"steward"}
    assert list(steward.people(world.call, "steward")) == [holder]


def test_through_another_account_only_the_research_office_is_held(world: World) -> None:
    officer, office = (User.objects.get(pk=user.pk) for user in (world.officer, world.office))
    officer.seen_by = office.seen_by = world.stranger
    assert not has_role(officer, "officer", world.agency.pk)
    assert granted_in(office, "institution") == [world.university.pk]
