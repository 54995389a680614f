"""The main navigation: short for everybody, everything in it leads somewhere, the place one is at is marked."""

from typing import Any

import pytest
from django.test import Client

from tests.apps.conftest import World
from tests.apps.review.conftest import as_

pytestmark = pytest.mark.django_db


def nav_of(client: Client, address: str = "/") -> tuple[list[Any], list[Any]]:
    response = client.get(address)
    return response.context["bar"], response.context["more"]


@pytest.mark.parametrize("who", ["officer", "office", "applicant", "reviewer"])
def test_every_link_opens_and_the_bar_stays_short(world: World, who: str) -> None:
    client = as_(getattr(world, who))
    bar, more = nav_of(client)
    assert len(bar) <= 6
    for link in (*bar, *more):
        assert client.get(link.address).status_code == 200, link
    assert len({link.address for link in (*bar, *more)}) == len(bar) + len(more)


def test_a_visitor_sees_all_public_rooms_in_the_bar_and_no_room_of_others(world: World, client: Client) -> None:
    bar, more = nav_of(client)
    assert not more
    assert all(client.get(link.address).status_code == 200 for link in bar)


def test_a_page_below_marks_its_room(world: World) -> None:
    bar, more = nav_of(as_(world.applicant), "/outcomes/registry/")
    assert [link.address for link in (*bar, *more) if link.here] == ["/outcomes/"]
