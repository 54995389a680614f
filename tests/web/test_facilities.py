"""Time at a facility: request reviewed, outage mended, booking dragged, report opened."""

import datetime as dt
import re
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


WORDS = {
    "zh": {"reason": "真空泵故障", "effect": "改期的影响", "same": "逐位复算一致"},
    "en": {"reason": "A vacuum pump failed", "effect": "Effect of the move", "same": "reproduces to the digit"},
}


def test_from_a_request_to_a_mended_plan_and_its_report(known: Any, language: str) -> None:
    scientist, manager, words = known("scientist"), known("manager"), WORDS[language]
    scientist.go("/facilities/?stage=operation")
    facility = scientist.page.locator("a.card").first.get_attribute("href")
    scientist.go(f"{facility}requests/?state=technical")
    address = scientist.page.locator("tbody th a").first.get_attribute("href")
    number = scientist.page.locator("tbody td").first.inner_text()
    scientist.go(address).post("/do/feasible/")
    known("safety").go(address).post("/do/safe/")
    manager.go(facility)
    plan = manager.page.locator('a[href*="/facilities/plans/"]').first.get_attribute("href")
    manager.go(plan)
    day = dt.datetime.now(dt.UTC) + dt.timedelta(days=5 if language == "zh" else 6)
    form = manager.page.locator('form[action$="/outage/"]')
    form.locator("select").select_option(index=1)
    manager.post(
        "/do/outage/", starts_at=f"{day:%Y-%m-%dT08:00}", ends_at=f"{day:%Y-%m-%dT16:00}", reason=words["reason"]
    )
    draft = manager.page.url
    assert draft != manager.site.url + plan
    assert number in manager.page.content()  # the request reviewed just now has found a place
    manager.post("/do/publish/")
    bar = manager.page.locator("svg [data-booking].published").last
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    manager.page.mouse.move(box["x"] + 8, box["y"] + 10)
    manager.page.mouse.down()
    manager.page.mouse.move(box["x"] + 48, box["y"] + 10, steps=4)
    with manager.page.expect_navigation(url=re.compile("/effect/")):
        manager.page.mouse.up()
    manager.check()
    assert manager.page.locator("h1").inner_text() == words["effect"]
    manager.go(f"{facility}reports/")
    manager.page.fill("#start", f"{day - dt.timedelta(days=20):%Y-%m-%d}")
    manager.page.fill("#end", f"{day:%Y-%m-%d}")
    manager.follow(manager.page.locator("main form button.primary"))
    assert manager.page.locator(".pill.settled").first.inner_text() == words["same"]
    manager.follow(manager.page.locator("tbody td a").first)
    assert manager.page.locator("tbody tr").count() > 0
