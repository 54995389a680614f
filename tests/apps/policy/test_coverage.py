"""The public page of what works, and the same on the command line."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from yuantou.apps.policy.facade import mission
from yuantou.cli import main

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("language", "words"), [("en", "Working in part"), ("zh-hans", "部分可用")])
def test_everybody_reads_what_works_and_what_does_not(client: Client, language: str, words: str) -> None:
    page = client.get(reverse("policy:coverage"), HTTP_ACCEPT_LANGUAGE=language).content.decode()
    assert words in page
    for row in mission().rows:
        assert f'id="{row.id}"' in page
        assert escape(row.feature.in_language(language)) in page
        assert all(f'href="{reverse(name)}"' in page for name in row.pages)


def test_rows_are_filtered_by_state_and_words(client: Client) -> None:
    page = client.get(reverse("policy:coverage"), {"state": "partly", "q": "包干"}).content.decode()
    assert 'id="M25"' in page
    assert 'id="M24"' not in page
    nothing = client.get(reverse("policy:coverage"), {"q": "no such words"}).content.decode()
    assert 'id="M' not in nothing
    assert 'class="empty"' in nothing


def test_the_page_asks_the_database_nothing(client: Client, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        client.get(reverse("policy:coverage"))


def test_the_last_line_counts_what_works(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "coverage", "--short"]) == 0
    last = capsys.readouterr().out.strip().splitlines()[-1]
    assert last == f"{mission().counts()['working']}/69 working"
