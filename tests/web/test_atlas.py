"""Literature, map, topic, frontier, weak fields and directions in a browser, on real works where they are at hand."""

import datetime as dt
import os
from pathlib import Path

import polars as pl
import pytest

from tests.engines.literature.test_frontier import QUICK
from yuantou.connectors.atlas import Plan, prepare, read_works

DATA = Path(os.environ.get("YUANTOU_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
PAPERS = DATA / "literature" / "acl-anthology-2022" / "papers.parquet"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.data,
    pytest.mark.skipif(not PAPERS.exists(), reason="no literature in YUANTOU_DATA"),
]


@pytest.fixture(scope="module")
def works(site, tmp_path_factory: pytest.TempPathFactory) -> int:
    """Every twentieth paper of the ACL Anthology since 1995, prepared as the atlas of the running site."""
    path = tmp_path_factory.mktemp("works") / "works.parquet"
    pl.read_parquet(PAPERS).filter(pl.col("year") >= 1995).sort("id").gather_every(20).write_parquet(path)
    plan = Plan(year=2020, topics=30, frontier=QUICK)
    made = prepare(read_works(path), site.data / "atlas", plan=plan, now=dt.datetime.now(dt.UTC))
    return int(made["works"])


WORDS = {
    "en": {
        "near": "Neighbouring topics",
        "past": "The same method on the past",
        "behind": "Works behind it",
        "light": "Light up",
        "priority": "Priority",
    },
    "zh": {
        "near": "相邻主题",
        "past": "同一方法的历史回测",
        "behind": "背后的文献",
        "light": "点亮",
        "priority": "优先",
    },
}


def test_from_the_map_to_the_works_behind_a_forecast(site, browser, works: int, language: str) -> None:
    words, locale = WORDS[language], "zh-CN" if language == "zh" else "en"
    context = browser.new_context(locale=locale, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    _map(page, site.url, works, words)
    page.goto(f"{site.url}/directions/literature/?q=%22machine+translation%22")
    assert page.locator("mark").first.inner_text().lower().startswith("machine translation")
    page.goto(f"{site.url}/directions/literature/frontier/")
    assert page.locator(f"text={words['past']}").count() == 1
    assert page.locator("text=Spearman").count() >= 1
    with page.expect_navigation():
        page.locator("table").first.locator("a").first.click()
    page.wait_for_selector(f"text={words['behind']}")
    page.goto(f"{site.url}/directions/literature/fields/?weak=1")
    assert page.locator(".pill").count() > 0
    page.goto(f"{site.url}/directions/")
    assert page.locator(".pill", has_text=words["priority"]).count() == 1
    with page.expect_navigation():
        page.locator("section.card li a").first.click()
    assert "/directions/question/" in page.url
    assert wrong == []
    context.close()


def _map(page, url: str, works: int, words: dict[str, str]) -> None:
    page.goto(f"{url}/directions/literature/map/")
    page.wait_for_selector(f"[data-map][data-ready='{works}']")
    names = page.locator(".atlas-labels a:visible")
    assert 5 < names.count() <= 64
    frame = page.locator("[data-map]").bounding_box()
    for place in range(names.count()):
        box = names.nth(place).bounding_box()
        assert box["x"] >= frame["x"] - 1
        assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
    drawn = page.evaluate(
        """() => { const gl = document.querySelector('[data-map] canvas').getContext('webgl');
        const side = 200, data = new Uint8Array(side * side * 4), w = gl.drawingBufferWidth, h = gl.drawingBufferHeight;
        gl.readPixels((w - side) / 2, (h - side) / 2, side, side, gl.RGBA, gl.UNSIGNED_BYTE, data);
        let inked = 0; for (let i = 3; i < data.length; i += 4) inked += data[i] > 0; return inked; }"""
    )
    assert drawn > 500
    page.fill("[name=first]", "2018")
    page.click(f"text={words['light']}")
    page.wait_for_function("every => document.querySelector('[data-map-status]').dataset.lit !== every", arg=str(works))
    lit = int(page.locator("[data-map-status]").get_attribute("data-lit") or 0)
    assert 0 < lit < works
    names.first.click()
    page.wait_for_selector(f"text={words['near']}")
