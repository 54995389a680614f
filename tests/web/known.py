"""People of a browser test who are signed in already: the page to sign in has its test in the journey of a call."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.conftest import Site
from tests.web.test_journey import Person
from yuantou.web.demonstration import PASSWORD


class Known(Person):
    """Somebody whose browser holds a session from the start."""

    def sign_in(self, email: str) -> None:
        """Send the form without opening a page."""
        address, client = f"{self.site.url}/accounts/login/", self.context.request
        client.get(address)
        token = next(one["value"] for one in self.context.cookies() if one["name"].endswith("csrftoken"))
        form = {"login": email, "password": PASSWORD, "csrfmiddlewaretoken": token}
        answer = client.post(address, form=form, headers={"Referer": address}, max_redirects=0)
        assert answer.status == 302, email


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
