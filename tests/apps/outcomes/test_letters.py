"""Letters of an evaluation go out with the step, to whom the register says, in its words."""

import pytest

from tests.apps.conftest import World
from tests.apps.outcomes.test_rounds import House
from tests.apps.outcomes.test_rounds import house as house  # noqa: PLC0414  a fixture
from tests.apps.rewording import reword
from yuantou.apps.workflow.facade import SYSTEM, change_state
from yuantou.apps.workflow.models import Letter

pytestmark = pytest.mark.django_db

ASSESSED = '[letter.assessed]\nto = ["candidate"'


def test_the_register_says_to_whom_a_result_is_told(
    house: House, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("您的代表作评议已完成，结果、区间和每条理由见：", "“{round}”的代表作评议已完成：")
    reword(monkeypatch, "evaluation", (ASSESSED, f'{ASSESSED}, "assessor"'), words)
    portfolio = house.portfolio(world.applicant)
    house.begin_assessing()
    house.ask(portfolio, *house.assessors[:2])
    asked = {user.email for user in house.assessors[:2]}
    assert set(Letter.objects.values_list("template", "address")) == {("asked", address) for address in asked}
    Letter.objects.all().delete()
    change_state(portfolio, "settle", user=SYSTEM, now=world.now)
    assert {letter.address for letter in Letter.objects.all()} == asked | {world.applicant.email}
    assert all("“基础研究评价”的代表作评议已完成：" in letter.body for letter in Letter.objects.all())
