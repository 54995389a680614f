"""Representative works in a real browser: a portfolio handed in, an assessment refused for counting, then given."""

from typing import Any

import pytest

from tests.web.conftest import Site
from tests.web.test_journey import Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
WORDS = "第三节的想法此前没有，最接近的工作只处理了对称情形。"


def test_a_portfolio_is_handed_in_and_another_is_assessed(browser: Any, site: Site, language: str) -> None:
    candidate = Person(browser, site, "applicant" if language == "zh" else "lead", language)
    candidate.go("/outcomes/evaluation/")
    page = candidate.page
    candidate.follow(page.locator("table a >> nth=0"))
    candidate.follow(page.locator("form[action*='/begin/'] button"))
    page.fill("#statement", "弱耦合条件下，判据何时成立？我们给出了充分条件与反例。")
    page.select_option("[name='works-0-kind']", "data")
    page.fill("[name='works-0-title']", "测试数据集")
    page.fill("[name='works-0-contribution']", "设计采样方案，完成全部标注核对，数据与脚本公开。")
    page.check("[name='works-0-roles'][value='data_curation']")
    page.wait_for_selector("[data-saved][data-state=saved]")
    candidate.follow(page.locator("button[name=submit]"))
    assert page.locator("[name='works-0-title']").input_value() == "测试数据集"  # the evidence is missing: kept, told
    page.fill("[name='works-0-evidence']", "公开数据记录第 3 节。")
    candidate.follow(page.locator("button[name=submit]"))
    assert page.locator(".pill.waiting").count()

    if language == "zh":
        return  # the one assessment that waits is given once, in English
    assessor = Person(browser, site, "reviewer", language)
    assessor.go("/outcomes/evaluation/")
    page = assessor.page
    assessor.follow(page.locator("a[href*='/evaluation/assess/']"))
    for field in page.locator("textarea[name^=reason-]").all():
        field.fill("发表SCI论文12篇，影响因子高。")
    for first in page.locator("input[type=radio][value='4']").all():
        first.check()
    assessor.follow(page.locator("button[name=give]"))
    assert page.locator(".error-summary li").count() >= 4
    for field in page.locator("textarea[name^=reason-]").all():
        field.fill(WORDS)
    assessor.follow(page.locator("button[name=give]"))
    assert page.url.endswith("/outcomes/evaluation/")
