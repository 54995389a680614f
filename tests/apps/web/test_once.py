"""Double click, retry and second tab: every form of the site has one effect, and the same answer each time."""

import datetime as dt
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

import yuantou
from tests.apps.conftest import World
from yuantou.apps.accounts.models import User
from yuantou.apps.audit.facade import append
from yuantou.apps.audit.models import Entry
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.workflow.models import Effect
from yuantou.apps.workflow.once import forget_effects

PACKAGE = Path(yuantou.__file__).parent
VALUES = {"int": "1", "slug": "a", "str": "a", "path": "a"}


def views_of(patterns: Any, prefix: str = "/", app: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the platform's own apps, with a value for each part of it."""
    for pattern in patterns:
        route = prefix + re.sub(r"<(\w+):\w+>", lambda part: VALUES[part[1]], str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from views_of(pattern.url_patterns, route, pattern.app_name or app)
        elif app not in {"", "admin"}:
            yield route, pattern


EVERY = dict(views_of(get_resolver().url_patterns))


@pytest.fixture
def client(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_user("a@example.org", "x"))
    return client


def key(client: Client, page: str = "/") -> str:
    """The key that the forms of a page carry now."""
    found = re.search(r'name="once" value="(\w+)"', client.get(page).content.decode())
    assert found
    return found[1]


def effect(request: HttpRequest, **_parts: Any) -> HttpResponse:
    """Make an entry each time it is called, and lead to a page of its own."""
    entry = append(at=timezone.now(), actor="x", act="x", kind="x", key="x")
    return redirect(f"/?entry={entry.index}")


def test_the_list_of_addresses_is_the_whole_site() -> None:
    assert len(EVERY) > 100


@pytest.mark.parametrize("address", EVERY)
def test_sent_twice_it_is_done_once(client: Client, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    once = "of a page"
    monkeypatch.setattr(EVERY[address], "callback", effect)
    first, second = (client.post(address, {"once": once, "reason": "same"}) for _ in range(2))
    assert (first.status_code, first.url) == (second.status_code, second.url)  # type: ignore[attr-defined]
    assert Entry.objects.count() == 1
    client.post(address, {"once": once, "reason": "another"})
    client.post(address, {"once": "of a page loaded later", "reason": "same"})
    assert Entry.objects.count() == 3


def test_every_form_carries_the_key() -> None:
    """The tag that Django asks for in every form prints the key; a form without it is refused by Django itself."""
    forms = [
        (path, form)
        for path in sorted(PACKAGE.rglob("templates/**/*.html"))
        for form in re.findall(r"<form\b[^>]*method=.post.*?</form>", path.read_text("utf-8"), re.DOTALL)
    ]
    assert len(forms) > 50
    assert [path for path, form in forms if "{% csrf_token %}" not in form] == []


def test_two_tabs_start_one_proposal(world: World, client: Client) -> None:
    client.force_login(world.applicant)
    world.call.closes_at = timezone.now() + dt.timedelta(days=1)
    world.call.save()
    start, page = reverse("proposals:start", args=[world.call.pk]), reverse("calls:detail", args=[world.call.pk])
    tabs = [key(client, page), key(client, page)]
    answers = [client.post(start, {"once": tab}).url for tab in tabs]  # type: ignore[attr-defined]
    assert answers[0] == answers[1]
    assert Proposal.objects.count() == 1
    assert key(client, answers[0]) not in tabs


def test_what_was_refused_may_be_sent_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[HttpResponseBase] = [HttpResponse("mend it"), HttpResponse(status=409), HttpResponse(status=403)]
    address = reverse("proposals:mine")
    once = key(client)
    for answer in answers:
        monkeypatch.setattr(EVERY[address], "callback", lambda _request, answer=answer: answer)
        assert client.post(address, {"once": once}).status_code == answer.status_code
    assert not Effect.objects.exists()


def test_a_failure_in_the_middle_leaves_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(request: HttpRequest) -> HttpResponse:
        effect(request)
        raise RuntimeError

    address, once = reverse("proposals:mine"), key(client)
    monkeypatch.setattr(EVERY[address], "callback", half)
    client.raise_request_exception = False
    assert client.post(address, {"once": once}).status_code == 500
    assert (Entry.objects.count(), Effect.objects.count()) == (0, 0)


def test_keys_are_forgotten_after_some_days(client: Client, monkeypatch: pytest.MonkeyPatch, now: Any) -> None:
    monkeypatch.setattr(EVERY[reverse("proposals:mine")], "callback", effect)
    client.post(reverse("proposals:mine"), {"once": key(client)})
    assert forget_effects(now=timezone.now()) == 0
    assert forget_effects(now=timezone.now() + dt.timedelta(days=3)) == 1


def test_the_key_is_of_the_session_alone(world: World) -> None:
    clients = [Client(), Client()]
    for one in clients:
        one.force_login(world.applicant)
    assert key(clients[0]) != key(clients[1])


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_at_the_same_instant_one_is_done(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("the database of the tests lives in the memory of one connection; run with DATABASE_URL")
    address, once, urls, go = reverse("proposals:mine"), key(client), [], threading.Barrier(6)
    monkeypatch.setattr(EVERY[address], "callback", effect)

    def click() -> None:
        twin = Client()
        twin.cookies = client.cookies
        go.wait()
        urls.append(twin.post(address, {"once": once}).url)  # type: ignore[attr-defined]
        connection.close()

    clicks: list[Callable[[], None]] = [click] * 6
    threads = [threading.Thread(target=one) for one in clicks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(urls), len(set(urls)), Entry.objects.count()) == (6, 1, 1)
