"""The whole of a call in a real browser, once in each language: from a new call to the public list of awards.

On the way every page that has an element in surroundings not yet seen is checked with axe (WCAG 2.2 AA; with `--deep`
every page), and each for messages of the content security policy.
"""

import sqlite3
import time
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error

from tests.web.conftest import Site
from yuantou.web.demonstration import DOMAIN, PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
COMMENT = (
    "问题重要而清晰，方案可行；备选路线还可以讲得更充分一些，请补充失败时的打算。 The question is important and clear."
)
TITLE = {"zh": "稻田土壤中砷的形态转化与微生物机制", "en": "Arsenic speciation in paddy soil and its microbes"}


# Each element of a page: its tag, attributes and whether it holds words, and the same of the two around it.
SHAPES = """() => {
  const one = node => node ? node.tagName + "." + [...node.classList].sort().join(".") + "[" +
    [...node.attributes].map(a => /^(role|type|lang)$/.test(a.name) ? a.name + a.value : a.name).sort() + "]" +
    ([...node.childNodes].some(c => c.nodeType === 3 && c.data.trim()) ? "t" : "") : "";
  const all = [...document.querySelectorAll("body *")].filter(node => !node.closest("svg") || node.tagName === "svg");
  return [...new Set(all.map(n => one(n) + "<" + one(n.parentElement) + "<" + one(n.parentElement.parentElement)))];
}"""


class Person:
    """Somebody at a browser of their own, signed in, in one language."""

    thorough = False
    known: set[str] = set()

    def __init__(self, browser: Any, site: Site, name: str, language: str) -> None:
        locale = "zh-CN" if language == "zh" else "en-GB"
        self.context = browser.new_context(locale=locale, viewport={"width": 1280, "height": 900})
        chosen = "zh-hans" if language == "zh" else "en"
        self.context.add_cookies([{"name": "django_language", "value": chosen, "url": site.url}])
        self.page = self.context.new_page()
        self.site, self.language, self.messages = site, language, []
        self.page.on("console", self._heard)
        self.sign_in(name if "@" in name else f"{name}@{DOMAIN}")

    def sign_in(self, email: str) -> None:
        """Come in by the page."""
        self.go("/accounts/login/")
        self.page.fill("input[name=login]:visible", email)
        self.page.fill("input[name=password]:visible", PASSWORD)
        with self.page.expect_navigation():
            self.page.press("input[name=password]:visible", "Enter")

    def _heard(self, message: Any) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.messages.append(message.text)

    def go(self, path: str) -> "Person":
        answer = self.page.goto(self.site.url + path)
        assert answer.status == 200, path
        self.check()
        return self

    def follow(self, target: Any) -> "Person":
        """Click what leads to another page, and check that page once it is there."""
        with self.page.expect_navigation():
            target.click()
        self.check()
        return self

    def check(self) -> None:
        """Look at the page; one that renews itself meanwhile, since a job is over, is looked at anew."""
        try:
            self._look()
        except Error as error:
            if "context was destroyed" not in error.message:
                raise
            self.page.wait_for_load_state()
            self._look()

    def _look(self) -> None:
        """No accessibility violation, no breach of the content policy, the right language."""
        shapes = set(self.page.evaluate(SHAPES))
        if self.thorough or shapes - self.known:
            found = Axe().run(self.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
            violations = [
                (one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found.response["violations"]
            ]
            assert violations == [], self.page.url
            self.known.update(shapes)
        assert self.messages == []
        assert self.page.evaluate("document.documentElement.lang").startswith(self.language)

    def post(self, action: str, **fields: str) -> "Person":
        """Fill and send the form whose address contains ``action``."""
        form = self.page.locator(f'form[action*="{action}"]').first
        for details in form.locator("xpath=ancestor::details").all():
            details.evaluate("node => { node.open = true }")
        for name, value in fields.items():
            form.locator(f'[name="{name}"]:visible').first.fill(value)
        return self.follow(form.locator("button").first)

    def close(self) -> None:
        self.context.close()


class Known(Person):
    """Somebody whose browser holds a session from the start: only the first of a journey comes in by the page."""

    def sign_in(self, email: str) -> None:
        """Send the form without opening a page."""
        address, client = f"{self.site.url}/accounts/login/", self.context.request
        client.get(address)
        token = next(one["value"] for one in self.context.cookies() if one["name"].endswith("csrftoken"))
        form = {"login": email, "password": PASSWORD, "csrfmiddlewaretoken": token}
        answer = client.post(address, form=form, headers={"Referer": address}, max_redirects=0)
        assert answer.status == 302, email


@pytest.fixture
def people(browser: Any, site: Site, language: str) -> Iterator[Any]:
    opened: dict[str, Person] = {}

    def person(name: str) -> Person:
        if name not in opened:
            opened[name] = (Known if opened else Person)(browser, site, name, language)
        return opened[name]

    yield person
    for somebody in opened.values():
        somebody.close()


def let_the_deadline_pass(site: Site, call: str) -> None:
    """A month goes by: the only thing in this test that no person does."""
    with sqlite3.connect(site.data / "yuantou.sqlite3", timeout=20) as database:
        moved = "opens_at = datetime('now', '-9 days'), closes_at = datetime('now', '-2 days')"
        database.execute(f"UPDATE calls_call SET {moved} WHERE id = ?", [call])


def close(officer: Person, site: Site, call: str) -> None:
    """The officer closes the call, unless the worker was quicker."""
    button = officer.go(f"/calls/{call}/room/").page.locator(f'form[action*="/calls/{call}/close/"] button').first
    if button.count():
        with officer.page.expect_navigation():
            button.click()
    with sqlite3.connect(site.data / "yuantou.sqlite3", timeout=20) as database:
        [state] = database.execute("SELECT state FROM calls_call WHERE id = ?", [call]).fetchone()
    assert state == "closed"


def wait_for_job(somebody: Person, path: str) -> None:
    """Look once; the page renews itself until no background job is shown as running."""
    somebody.page.goto(somebody.site.url + path)
    somebody.page.wait_for_selector("progress", state="detached", timeout=60_000)
    somebody.page.wait_for_load_state()
    somebody.check()


def test_a_call_from_first_draft_to_public_award(people: Any, site: Site, language: str) -> None:
    officer, applicant, office = people("officer"), people("applicant"), people("office")
    call = open_a_call(officer, language)
    proposal = write_and_submit(applicant, people, site, call, language)
    check_at_the_institution(office, language)
    let_the_deadline_pass(site, call)
    close(officer, site, call)
    accept_formally(officer, call)
    reviewers = match_and_release(officer, site, call)
    for place, name in enumerate(reviewers):
        review(people(name), in_two_windows=place == 0)
    officer.go(f"/review/calls/{call}/progress/").post("/finish/")
    decide(officer, people("signatory"), call)
    applicant.go(f"/decisions/outcome/{proposal}/")
    assert "The question is important and clear." in applicant.page.content()
    visitor = officer.page.context.browser.new_page()
    visitor.goto(f"{site.url}/decisions/awards/{proposal}/")
    assert TITLE["en"] in visitor.content() or TITLE["zh"] in visitor.content()
    visitor.close()


def open_a_call(officer: Person, language: str) -> str:
    officer.go("/").go("/calls/new/")
    card = officer.page.locator("section.card", has_text="自由探索" if language == "zh" else "Free exploration").first
    officer.follow(card.locator("button"))
    call = officer.page.url.split("/calls/")[1].split("/")[0]
    officer.go(f"/calls/{call}/edit/")
    values = {
        "title_zh": f"浏览器测试 {language}",
        "title_en": f"Browser test {language}",
        "guide_zh": "支持自由探索。",
        "guide_en": "Supports free exploration.",
        "opens_at": time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() + 8 * 3600 - 86400)),
        "closes_at": time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() + 8 * 3600 + 9 * 86400)),
        "budget": "2000000",
    }
    for name, value in values.items():
        officer.page.fill(f'[name="{name}"]', value)
    officer.follow(officer.page.locator("main form button.primary, main form button[type=submit]").first)
    officer.go(f"/calls/{call}/room/").post(f"/calls/{call}/publish/")
    return call


def write_and_submit(applicant: Person, people: Any, site: Site, call: str, language: str) -> str:
    applicant.go(f"/calls/{call}/").post(f"/proposals/start/{call}/")
    page = applicant.page
    proposal = page.url.rstrip("/").split("/")[-2]
    texts = {
        **{f"title_{side}": f"{TITLE[side]} {language}" for side in ("zh", "en")},
        "keywords_zh": "砷；水稻土；铁还原；微生物",
        "keywords_en": "arsenic; paddy soil; iron reduction; microbes",
        "requested": "500000",
        "months": "36",
        "abstract_zh": "研究水稻根际铁膜与微生物对砷形态转化和迁移的调控机制。" * 3,
        "abstract_en": "How iron plaque and microbes of the rice rhizosphere control arsenic speciation and migration. "
        * 3,
        "question": "砷在水稻土中如何转化？",
        "approach": "同位素示踪与宏基因组。",
        "representative_works": "一项关于砷的工作，本人负责实验设计。",
    }
    for name, value in texts.items():
        page.fill(f'[name="{name}"]', value)
    page.select_option('[name="discipline"]', index=1)
    page.check('input[type="checkbox"][name="pledge"]')
    wait_until_saved(page)
    page.reload()
    assert page.input_value('[name="question"]') == texts["question"]  # autosaved, no button pressed
    applicant.post("/invite/", email=f"reviewer@{DOMAIN}")
    member = people("reviewer")
    link = invitation_link(site, proposal)
    member.go(link)
    member.follow(member.page.locator('main form button[value="confirm"], main form button.primary').first)
    applicant.go(f"/proposals/{proposal}/submit/")
    assert page.locator("main .notice.warning li").all_inner_texts() == []  # nothing is missing
    applicant.follow(page.locator("main form button.seal"))
    assert any(len(text) == 64 for text in page.locator("main code").all_inner_texts())  # the receipt shows the hash
    return proposal


def wait_until_saved(page: Any) -> None:
    for _attempt in range(60):
        if page.locator('[data-saved][data-state="saved"]').count():
            return
        time.sleep(0.25)
    pytest.fail("autosave did not report success")


def invitation_link(site: Site, proposal: str) -> str:
    with sqlite3.connect(site.data / "yuantou.sqlite3", timeout=20) as database:
        found = database.execute("SELECT id FROM proposals_member WHERE proposal_id = ?", [proposal]).fetchone()
    return f"/proposals/invitation/{found[0]}/"


def check_at_the_institution(office: Person, language: str) -> None:
    office.go("/institution/")
    row = office.page.locator("tbody tr", has_text=f"{TITLE[language]} {language}").first
    row.locator("input[type=checkbox]").check()
    office.follow(office.page.locator("main form button.primary").first)


def accept_formally(officer: Person, call: str) -> None:
    officer.go(f"/calls/{call}/check/")
    officer.page.locator('input[name="proposal"]').first.check()
    officer.follow(officer.page.locator("main form button.primary").first)


def match_and_release(officer: Person, site: Site, call: str) -> list[str]:
    officer.go(f"/review/calls/{call}/").post(f"/review/calls/{call}/start/")
    wait_for_job(officer, f"/review/calls/{call}/")
    officer.follow(officer.page.locator("tbody th a").first)
    assert officer.page.locator("ul.terms li").count() > 0  # why: shared terms
    officer.go(f"/review/calls/{call}/").post(f"/review/calls/{call}/release/")
    with sqlite3.connect(site.data / "yuantou.sqlite3", timeout=20) as database:
        sql = (
            "SELECT u.email FROM review_assignment a JOIN proposals_proposal p ON p.id = a.proposal_id "
            "JOIN review_expert e ON e.id = a.expert_id JOIN accounts_user u ON u.person_id = e.person_id "
            "WHERE p.call_id = ? AND a.state = 'invited'"
        )
        emails = [row[0] for row in database.execute(sql, [call])]
    assert len(emails) == 3
    return [email.split("@")[0] for email in emails]


def review(reviewer: Person, *, in_two_windows: bool) -> None:
    reviewer.go("/review/?is=asked")
    title = "Browser test" if reviewer.language == "en" else "浏览器测试"
    reviewer.follow(reviewer.page.locator("tbody tr", has_text=title).last.locator("th a"))
    reviewer.post("/accept/")
    page = reviewer.page
    for name in ("score_question", "score_approach", "score_team"):
        page.check(f'input[name="{name}"][value="4"]')
    page.fill('[name="comments"]', COMMENT)
    wait_until_saved(page)
    if in_two_windows:
        write_in_two_windows(reviewer)
    reviewer.follow(page.locator('button[value="submit"]'))
    assert page.locator("[data-copy]").count() == 1


def write_in_two_windows(reviewer: Person) -> None:
    """The first window is told that the second saved, and what was typed in it is kept."""
    page = reviewer.page
    twin = reviewer.context.new_page()
    twin.goto(page.url)
    twin.fill('[name="confidential"]', "From the second window")
    wait_until_saved(twin)
    twin.close()
    page.fill('[name="confidential"]', "From the first window")
    for _attempt in range(40):
        if page.locator("dialog[open]").count():
            break
        time.sleep(0.25)
    assert page.locator("dialog[open]").count() == 1  # the first window is told, its text kept
    reviewer.follow(page.locator("dialog[open] [data-reload]"))
    assert page.input_value('[name="confidential"]') == "From the second window"


def decide(officer: Person, signatory: Person, call: str) -> None:
    room = f"/decisions/calls/{call}/"
    officer.go(room).post("/rank/")
    wait_for_job(officer, room)
    assert officer.page.locator("svg.plot").count() == 1
    officer.post("/draft/")
    signatory.go(room).post("/sign/")
    officer.go(room).post("/publish/")
    wait_for_job(officer, room)
