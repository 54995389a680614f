"""The pages on the literature: without an atlas they say so; with one they show it to everybody."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.connectors.test_atlas import folder  # noqa: F401 a fixture

pytestmark = pytest.mark.django_db
PAGES = ["search", "map", "frontier", "fields", "partners"]


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.mark.parametrize("name", PAGES)
def test_without_an_atlas_a_page_says_what_to_do(name: str, client: Client, settings, tmp_path: Path) -> None:
    settings.ATLAS_DIR = tmp_path / "none"
    assert "yuantou atlas prepare" in client.get(reverse(f"directions:{name}")).content.decode()


def test_with_one_every_page_stands_in_both_languages(client: Client, settings, folder: Path) -> None:  # noqa: F811
    settings.ATLAS_DIR = folder
    for name in PAGES:
        assert client.get(reverse(f"directions:{name}")).status_code == 200
        page = client.get(reverse(f"directions:{name}"), headers={"accept-language": "zh-hans"}).content.decode()
        assert "文献" in page
    found = client.get(reverse("directions:search"), {"q": "量子纠缠"}).content.decode()
    assert ">量子纠缠</mark>" in found
    assert "1 work found" in found
    assert "<script>alert" not in client.get(reverse("directions:search"), {"q": "<script>alert(1)"}).content.decode()
    tested = client.get(reverse("directions:frontier")).content.decode()
    assert "The same method on the past" in tested
    assert "grew strongly" in tested
    assert client.get(reverse("directions:evidence", args=[0])).status_code == 200
    assert client.get(reverse("directions:evidence", args=[10_000])).status_code == 404
    topic = client.get(reverse("directions:topic", args=[0])).content.decode()
    assert "Neighbouring topics" in topic
    assert client.get(reverse("directions:topic", args=[10_000])).status_code == 404
    lit = client.get(reverse("directions:mask"), {"countries": "CN"}).content
    assert sum(lit) == 440
    assert client.get(reverse("directions:mask"), {"question": "unknown"}).status_code == 404
    assert client.get(reverse("directions:vosviewer")).json()["network"]["items"]
    assert b"<svg" in client.get(reverse("directions:map_svg")).content
    assert len(client.get(reverse("directions:points")).content) == 4 + 12 * 1320
    party = client.get(reverse("directions:partners"), {"party": "Institute 0"}).content.decode()
    assert "Brings most in" in party
