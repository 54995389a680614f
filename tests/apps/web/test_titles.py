"""The title of a page says where one is, then whose site it is."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("language", "site"), [("en", "Yuantou"), ("zh-hans", "源头")])
def test_titles_have_their_parts_apart(world: World, language: str, site: str) -> None:
    browser = Client(HTTP_ACCEPT_LANGUAGE=language)
    titles = {}
    for name in ("home", "calls:list"):
        page = browser.get(reverse(name)).content.decode()
        titles[name] = " ".join(re.search(r"<title>(.*?)</title>", page, re.S)[1].split())
    assert titles["home"] == site
    assert re.fullmatch(rf"\S.* · {site}", titles["calls:list"])
