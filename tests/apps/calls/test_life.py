"""The life of a call as its officer lives it, and what the public sees of it."""

import datetime as dt

import pytest
from django.test import Client

from tests.apps.conftest import World
from yuantou.apps.audit.facade import history
from yuantou.apps.calls import domain
from yuantou.apps.calls.models import Call, Notice
from yuantou.kernel.errors import NotAllowedError, StaleError
from yuantou.kernel.local_text import LocalText

REASON = LocalText("系统维护", "Maintenance of the system")


def browser(user: object = None) -> Client:
    client = Client(headers={"accept-language": "en"})
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    return client


@pytest.fixture
def draft(world: World) -> Call:
    return domain.create_call(programme_type=world.programme, agency=world.agency, user=world.officer, now=world.now)


def complete(draft: Call, world: World) -> Call:
    values = {
        **dict.fromkeys(("title_zh", "title_en", "guide_zh", "guide_en"), "x"),
        "opens_at": world.now,
        "closes_at": world.now + dt.timedelta(days=30),
        "budget": 1_000_000,
    }
    return domain.save_call(call=draft, values=values, user=world.officer, version=draft.version)


def test_a_call_takes_its_defaults_from_the_programme_type(draft: Call, world: World) -> None:
    plan = world.programme.programme.review
    assert (draft.reviews_wanted, draft.max_load, draft.state) == (plan.count, plan.max_load, "draft")
    assert [event.act for event in history("call", draft.pk)] == ["call.create"]


def test_only_a_complete_call_is_published(draft: Call, world: World) -> None:
    assert set(domain.missing_of(draft, now=world.now)) >= {"title_zh", "guide_en", "closes_at", "budget"}
    with pytest.raises(NotAllowedError):
        domain.publish_call(call=draft, user=world.officer, now=world.now)
    domain.publish_call(call=complete(draft, world), user=world.officer, now=world.now)
    assert Call.objects.get(pk=draft.pk).state == "published"


def test_a_deadline_in_the_past_keeps_a_call_from_being_published(draft: Call, world: World) -> None:
    late = world.now + dt.timedelta(days=31)
    assert "closes_at" in domain.missing_of(complete(draft, world), now=late)


@pytest.mark.parametrize("who", ["signatory", "office", "applicant", "stranger"])
def test_nobody_but_an_officer_of_the_agency_makes_or_changes_calls(world: World, draft: Call, who: str) -> None:
    user = getattr(world, who)
    with pytest.raises(NotAllowedError):
        domain.create_call(programme_type=world.programme, agency=world.agency, user=user, now=world.now)
    with pytest.raises(NotAllowedError):
        domain.save_call(call=draft, values={"title_en": "mine"}, user=user, version=0)
    with pytest.raises(NotAllowedError):
        domain.extend_deadline(
            call=world.call, closes_at=world.now + dt.timedelta(days=99), reason=REASON, user=user, now=world.now
        )
    for page in ("edit", "cancel", "extend"):
        assert browser(user).get(f"/calls/{draft.pk}/{page}/").status_code == 404
    for act in ("publish", "close"):
        assert browser(user).post(f"/calls/{draft.pk}/{act}/").status_code == 404
    assert browser(user).get("/calls/new/").status_code == 404


def test_a_draft_is_seen_by_its_officers_alone(world: World, draft: Call) -> None:
    for user in (None, world.applicant, world.office):
        assert browser(user).get(f"/calls/{draft.pk}/").status_code == 404
        assert draft.pk not in browser(user).get("/calls/").content.decode()
    assert browser(world.officer).get(f"/calls/{draft.pk}/").status_code == 200


def test_the_second_of_two_officers_keeps_what_they_typed(world: World, draft: Call) -> None:
    officer = browser(world.officer)
    page = {"time_zone": "Asia/Shanghai", "grace_minutes": 5, "reviews_wanted": 3, "max_load": 6, "version": 0}
    assert officer.post(f"/calls/{draft.pk}/edit/", {**page, "title_en": "First"}).status_code == 302
    second = officer.post(f"/calls/{draft.pk}/edit/", {**page, "title_en": "Second"})
    assert second.status_code == 409
    text = second.content.decode()
    assert "First" in text
    assert 'value="Second"' in text
    assert Call.objects.get(pk=draft.pk).title_en == "First"


def test_wall_clock_times_get_the_zone_of_the_call(world: World, draft: Call) -> None:
    page = {
        "time_zone": "America/New_York",
        "grace_minutes": 5,
        "reviews_wanted": 3,
        "max_load": 6,
        "version": 0,
        "opens_at": "2026-06-01T09:00",
        "closes_at": "2026-07-01T17:00",
    }
    browser(world.officer).post(f"/calls/{draft.pk}/edit/", page)
    assert Call.objects.get(pk=draft.pk).closes_at == dt.datetime(2026, 7, 1, 21, 0, tzinfo=dt.UTC)


def test_a_time_that_clocks_skip_is_refused(world: World, draft: Call) -> None:
    page = {"time_zone": "America/New_York", "grace_minutes": 5, "reviews_wanted": 3, "max_load": 6, "version": 0}
    answer = browser(world.officer).post(f"/calls/{draft.pk}/edit/", {**page, "closes_at": "2026-03-08T02:30"})
    assert "does not exist in the time zone" in answer.content.decode()


def test_extending_is_recorded_and_told_to_everybody(world: World) -> None:
    later = world.now + dt.timedelta(days=20)
    notice = domain.extend_deadline(call=world.call, closes_at=later, reason=REASON, user=world.officer, now=world.now)
    [event] = history("call", world.call.pk)
    assert (event.act, event.index) == ("call.extend", notice.ledger_index)
    assert "Maintenance" not in str(event.data)
    text = browser().get(f"/calls/{world.call.pk}/").content.decode()
    assert "Maintenance of the system" in text
    assert "Deadline extended" in text


@pytest.mark.parametrize("days", [10, 9, -1])
def test_a_deadline_never_moves_forward(world: World, days: int) -> None:
    with pytest.raises(NotAllowedError):
        domain.extend_deadline(
            call=world.call,
            closes_at=world.now + dt.timedelta(days=days),
            reason=REASON,
            user=world.officer,
            now=world.now,
        )
    assert not Notice.objects.exists()


def test_extending_twice_at_once_happens_once(world: World) -> None:
    twin = Call.objects.get(pk=world.call.pk)
    later = world.now + dt.timedelta(days=20)
    domain.extend_deadline(call=world.call, closes_at=later, reason=REASON, user=world.officer, now=world.now)
    with pytest.raises(StaleError):
        domain.extend_deadline(call=twin, closes_at=later, reason=REASON, user=world.officer, now=world.now)


def test_a_published_call_that_is_cancelled_stays_visible_with_its_reason(world: World, draft: Call) -> None:
    domain.cancel_call(call=world.call, reason=REASON, user=world.officer, now=world.now)
    domain.cancel_call(call=draft, reason=REASON, user=world.officer, now=world.now)
    assert "Maintenance of the system" in browser().get(f"/calls/{world.call.pk}/").content.decode()
    assert browser().get(f"/calls/{draft.pk}/").status_code == 404


def test_a_call_closes_only_after_its_last_instant(world: World) -> None:
    last = world.call.last_instant
    assert last is not None
    with pytest.raises(NotAllowedError):
        domain.close_call(call=world.call, user=world.officer, now=last)
    assert domain.close_due_calls(now=last) == 0
    assert domain.close_due_calls(now=last + dt.timedelta(seconds=1)) == 1
    assert Call.objects.get(pk=world.call.pk).state == "closed"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_needs_the_same_queries_for_any_length(world: World, rows: int, django_assert_num_queries) -> None:
    for _row in range(rows - 1):
        Call.objects.create(
            programme_type=world.programme,
            agency=world.agency,
            title_en="More",
            state="published",
            created_at=world.now,
        )
    with django_assert_num_queries(2):
        assert browser().get("/calls/").status_code == 200


@pytest.mark.parametrize(
    "query", ["q=explor", "status=open", "status=nonsense", "sort=-closes", "page=99", "sort=x;--"]
)
def test_filters_orders_and_pages_never_fail(world: World, query: str) -> None:
    assert browser().get(f"/calls/?{query}").status_code == 200


def test_the_room_shows_where_the_call_stands(world: World) -> None:
    world.proposal(state="submitted", number="2026-FE-000001")
    text = browser(world.officer).get(f"/calls/{world.call.pk}/room/").content.decode()
    assert f"/calls/{world.call.pk}/check/" in text
    assert browser(world.signatory).get(f"/calls/{world.call.pk}/room/").status_code == 200
    for user in (world.applicant, world.office, world.stranger):
        assert browser(user).get(f"/calls/{world.call.pk}/room/").status_code == 404
