"""A finding in a real browser: from flag through the author's answer to the decision."""

import sqlite3
import time
from typing import Any

import pytest

from tests.web.conftest import Site
from tests.web.test_journey import Known

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SAID = {
    "zh": {
        "answer": "其中一段来自课题组共用的材料，未注明出处。",
        "case": "一段文字与他人申请相同，未注明出处。",
        "notify": "您的申请中有一段与他人申请相同。",
        "reply": "系疏忽，愿意更正。",
        "opinion": "引用未注明出处。",
        "conclude": "五位委员一致认为引用不规范。",
        "plead": "接受处理意见。",
        "sanction": "给予科研诚信诫勉谈话。",
    },
    "en": {
        "answer": "One passage comes from material the group shares; its source is not named.",
        "case": "A passage stands in somebody else's proposal; its source is not named.",
        "notify": "A passage of your proposal stands in somebody else's.",
        "reply": "It was an oversight; I shall mend it.",
        "opinion": "A quotation without its source.",
        "conclude": "All five members hold that the passage was quoted improperly.",
        "plead": "I accept the outcome.",
        "sanction": "An admonition talk on research integrity.",
    },
}


def ask(site: Site, question: str, *values: object) -> list[tuple[Any, ...]]:
    with sqlite3.connect(site.data / "yuantou.sqlite3", timeout=20) as database:
        return database.execute(question, values).fetchall()


def wait_for_a_finding(site: Site) -> str:
    """The worker compares the planted proposal after the start; each language takes a finding of its own."""
    planted = (
        "SELECT f.id FROM integrity_finding f JOIN proposals_proposal p ON p.id = f.proposal_id "
        "JOIN accounts_user u ON u.person_id = p.applicant_id "
        "WHERE f.state = 'with_author' AND u.email LIKE 'author@%' ORDER BY f.size DESC, f.id"
    )
    for _attempt in range(240):
        found = ask(site, planted)
        if found:
            return str(found[0][0])
        time.sleep(0.5)
    pytest.fail("the check of the planted proposal did not end")


def give_opinion(member: Known, path: str, text: str) -> None:
    member.go(path)
    member.page.check('input[name="misconduct"][value="yes"]')
    member.page.fill('[name="text"]:visible', text)
    member.follow(member.page.locator('form[action*="/opinion/"] button'))


def choose(person: Known, step: str) -> None:
    person.page.locator(f'details:has(form[action*="/{step}/"])').evaluate("node => { node.open = true }")
    person.page.select_option(f"#measure-{step}", "admonished")


def test_from_flag_through_answer_to_decision(known: Any, site: Site, language: str) -> None:
    key, said = wait_for_a_finding(site), SAID[language]
    author, office, signatory = known("author"), known("integrity"), known("signatory")
    office.go(f"/integrity/findings/{key}/")
    assert office.page.locator("mark.passage").count() == 0  # the author has the first word
    author.go("/").go(f"/integrity/findings/{key}/")
    author.page.keyboard.press("j")
    assert author.page.locator("mark.here").count() >= 2  # the passage and its other half
    assert author.page.locator('[data-side="old"]').first.inner_text().strip()
    author.post("/answer/", text=said["answer"])
    office.go(f"/integrity/findings/{key}/").post("/do/case/", text=said["case"])
    path = office.page.url.removeprefix(site.url)
    office.post("/do/accept/").post("/do/notify/", text=said["notify"])
    author.go(path).post("/do/reply/", text=said["reply"])
    emails = ask(
        site,
        "SELECT u.email FROM accounts_user u JOIN review_expert e ON e.person_id = u.person_id "
        "WHERE u.email NOT LIKE 'author@%' AND u.id NOT IN (SELECT user_id FROM accounts_rolegrant) "
        "ORDER BY u.id LIMIT 5",
    )
    office.go(path).post("/do/seats/", emails=" ".join(email for (email,) in emails))
    for (email,) in emails:
        give_opinion(known(email), path, said["opinion"])
    office.go(path)
    choose(office, "conclude")
    office.post("/do/conclude/", text=said["conclude"])
    author.go(path).post("/do/plead/", text=said["plead"])
    signatory.go(path)
    choose(signatory, "sanction")
    signatory.post("/do/sanction/", text=said["sanction"])
    author.go(path)
    assert said["sanction"] in author.page.content()
    case = path.rstrip("/").rsplit("/", 1)[-1]
    acts = [
        act for (act,) in ask(site, 'SELECT act FROM audit_entry WHERE "key" IN (?, ?) ORDER BY "index"', key, case)
    ]
    assert acts[0] == "finding.answer"
    assert acts.count("case.opinion") == 5
    assert acts[-1] == "case.sanction"
