"""The start page: for visitors what is open, for people what needs them now."""

import datetime as dt

from tests.apps.conftest import World
from yuantou.apps.proposals.models import Member
from yuantou.web.needs import needs_of, needs_of_call


def titles(user: object, now: dt.datetime) -> set[str]:
    return {need.url.split("?")[0] for need in needs_of(user, now)}


def test_everybody_is_told_what_waits_for_them(world: World) -> None:
    draft = world.proposal()
    Member.objects.create(proposal=draft, email=world.member.email, invited_at=world.now)
    world.proposal(state="institution_check", number="2026-FE-000001")
    world.proposal(state="submitted", number="2026-FE-000002")
    assert f"/proposals/{draft.pk}/edit/" in titles(world.applicant, world.now)
    assert any(link.startswith("/proposals/invitation/") for link in titles(world.member, world.now))
    assert "/institution/" in titles(world.office, world.now)
    assert f"/calls/{world.call.pk}/check/" in titles(world.officer, world.now)
    assert titles(world.stranger, world.now) == set()


def test_what_presses_comes_first(world: World) -> None:
    world.proposal()
    world.proposal(state="returned")
    needs = needs_of(world.applicant, world.now)
    assert [need.urgent for need in needs] == sorted((need.urgent for need in needs), reverse=True)


def test_a_call_past_its_last_instant_asks_to_be_closed(world: World) -> None:
    after = world.call.last_instant + dt.timedelta(seconds=1)  # type: ignore[operator]
    assert any(need.urgent for need in needs_of_call(world.call, {}, after))
    assert not needs_of_call(world.call, {}, world.now)
