"""The matching room in a real browser: run, lock, change, compare, release, decline, repair."""

import sqlite3
from typing import Any

import pytest

from tests.web.conftest import Site
from tests.web.test_journey import Person
from yuantou.web.demonstration import DOMAIN

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PAIRS = "SELECT proposal_id, expert_id FROM review_assignment WHERE call_id = ? AND state = ?"


def rows_of(site: Site, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with sqlite3.connect(site.data / "yuantou.sqlite3", timeout=20) as database:
        return database.execute(sql, values).fetchall()


def half_of_the_call(site: Site, language: str) -> str:
    """Give each language a call of its own with eight proposals of the one that waits for reviewers."""
    key = f"match-{language}"
    with sqlite3.connect(site.data / "yuantou.sqlite3", timeout=20) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(calls_call)")]
        old = database.execute("SELECT id FROM calls_call WHERE title_zh LIKE '%待匹配%'").fetchone()[0]
        values = ", ".join({"id": "?", "title_en": "'Matched in ' || ?"}.get(name, name) for name in columns)
        sql = f"INSERT INTO calls_call ({', '.join(columns)}) SELECT {values} FROM calls_call WHERE id = ?"
        database.execute(sql, [key, language, old])
        moved = [
            row[0]
            for row in database.execute("SELECT id FROM proposals_proposal WHERE call_id = ? ORDER BY title_en", [old])
        ][:8]
        marks = ", ".join("?" * len(moved))
        database.execute(f"UPDATE proposals_proposal SET call_id = ? WHERE id IN ({marks})", [key, *moved])
        database.execute(
            f"UPDATE review_coverage SET call_id = ? WHERE proposal_id IN ({marks})",
            [key, *moved],
        )
    return key


def watch_the_run(officer: Person, button: str) -> None:
    """Start a job and see the page renew itself once it is over: nobody reloads it."""
    page = officer.page
    with page.expect_navigation():
        page.click(button)
    page.wait_for_selector("form[action*='/start/'] button.primary:not([disabled])", timeout=60_000)
    page.wait_for_load_state()
    officer.check()


def test_from_run_to_release_decline_and_repair(browser: Any, site: Site, language: str) -> None:
    call = half_of_the_call(site, language)
    officer, room = Person(browser, site, "officer", language), f"/review/calls/{call}/"
    page = officer.go(room).page
    watch_the_run(officer, "form[action*='/start/'] button.primary")
    weakest = [float(text) for text in page.locator("tbody tr td:nth-of-type(4)").all_inner_texts()]
    assert len(weakest) == 8
    assert weakest == sorted(weakest)
    locked = lock_the_first_reviewer(officer)
    by_hand = {locked["reviewer"], exchange_by_dragging(officer)}

    officer.go(room)
    page.fill("[name=max_load]", "2")
    watch_the_run(officer, "form[action*='/start/'] button.primary")
    officer.go(f"{room}compare/")
    assert page.locator("table").count() >= 1
    page.goto(site.url + room)
    officer.follow(page.locator("tbody tr", has_text=locked["title"]).locator("th a"))
    assert by_hand <= set(page.locator("article h3 a").all_inner_texts())  # what was locked and chosen stands

    officer.go(room)
    officer.follow(page.locator("form[action*='/release/'] button"))
    invited = set(rows_of(site, PAIRS, call, "invited"))
    assert len(invited) == 24

    gone = decline_one(browser, site, call, language)
    officer.go(room)
    watch_the_run(officer, "form[action*='/repair/'] button.primary")
    assert set(rows_of(site, PAIRS, call, "invited")) == invited - {gone}  # nobody else was moved
    new = rows_of(site, PAIRS, call, "proposed")
    assert [proposal for proposal, _expert in new] == [gone[0]]
    assert new[0] != gone
    officer.follow(page.locator("form[action*='/release/'] button"))
    assert len(rows_of(site, PAIRS, call, "invited")) == 24
    officer.close()


def lock_the_first_reviewer(officer: Person) -> dict[str, str]:
    page = officer.page
    title = page.locator("tbody th a").first.inner_text()
    officer.follow(page.locator("tbody th a").first)
    card = page.locator("article.card").first
    assert card.locator("ul.terms li").count() > 0
    card.locator("form[action*='/lock/']").locator("xpath=ancestor::details").evaluate("node => { node.open = true }")
    card.locator("form[action*='/lock/'] [name=reason]").fill("The only one who knows this method")
    officer.follow(card.locator("form[action*='/lock/'] button"))
    return {"title": title, "reviewer": card.locator("h3 a").inner_text()}


def exchange_by_dragging(officer: Person) -> str:
    """Drag a candidate onto a reviewer who is not locked: the effect is shown, and only a reason makes the change."""
    page = officer.page
    before = page.locator("article h3 a").all_inner_texts()
    free = page.locator("article[data-drop]").filter(has_not=page.locator(".pill.settled"))
    page.set_viewport_size({"width": 1280, "height": 4000})  # both ends of the way in sight
    with page.expect_navigation():
        page.locator("tr[data-drag] td").first.drag_to(free.first.locator("h3"))
    page.set_viewport_size({"width": 1280, "height": 900})
    officer.check()
    assert page.locator("dl.figures dd").count() == 4
    assert page.locator(".notice.success").count() == 1  # no conflict stands
    page.fill("#reason", "Closer to the second half of the plan")
    officer.follow(page.locator("main button.primary").first)
    [chosen] = set(page.locator("article h3 a").all_inner_texts()) - set(before)
    return chosen


def decline_one(browser: Any, site: Site, call: str, language: str) -> tuple[str, str]:
    """One of those invited says no, with a reason."""
    sql = (
        "SELECT a.id, a.proposal_id, a.expert_id, u.email FROM review_assignment a JOIN review_expert e "
        "ON e.id = a.expert_id JOIN accounts_user u ON u.person_id = e.person_id "
        "WHERE a.call_id = ? AND a.state = 'invited' ORDER BY a.source DESC, a.affinity DESC LIMIT 1"
    )
    key, proposal, expert, email = rows_of(site, sql, call)[0]
    reviewer = Person(browser, site, email.removesuffix(f"@{DOMAIN}"), language)
    page = reviewer.go(f"/review/{key}/").page
    page.locator("details", has=page.locator("[name=decline]")).evaluate("node => { node.open = true }")
    page.check("[name=decline][value=busy]")
    reviewer.follow(page.locator("button[formaction*='/refuse/']"))
    reviewer.close()
    return proposal, expert
