"""People of a browser test who are signed in already: the page to sign in has its test in the journey of a call."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.conftest import Site
from tests.web.test_journey import Known


@pytest.fixture
def known(browser: Any, site: Site, language: str) -> Iterator[Any]:
    """Return somebody by account, at the same browser each time; closed at the end."""
    opened: dict[str, Known] = {}

    def person(name: str) -> Known:
        if name not in opened:
            opened[name] = Known(browser, site, name, language)
        return opened[name]

    yield person
    for somebody in opened.values():
        somebody.close()
