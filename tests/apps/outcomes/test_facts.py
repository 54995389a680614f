"""What stands against a step of an evaluation is said on its page, and refused in the same words."""

import datetime as dt
from importlib.resources import files

import pytest
from django.urls import reverse

from tests.apps.agreement import agree
from tests.apps.conftest import World
from tests.apps.outcomes.test_rounds import House
from tests.conftest import NOW
from yuantou.apps.accounts.models import User
from yuantou.apps.outcomes import domain
from yuantou.apps.outcomes.assess import ONE_PAGE, hand_in_check
from yuantou.apps.outcomes.models import Assessment, LightCheck, Portfolio, Round
from yuantou.apps.workflow.facade import acts_of, change_state
from yuantou.apps.workflow.vocabulary import vocabulary
from yuantou.engines.workflow import load_register
from yuantou.kernel.errors import NotAllowedError

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(world: World) -> House:
    built = House(world)
    Round.objects.update(closes_at=NOW + dt.timedelta(days=30))
    built.round.refresh_from_db()
    return built


def reads(house: House, user: User, name: str, key: str, *said: str) -> str:
    """Open a page in both languages; each text stands in one of them."""
    pages, browser = [], house.browser(user)
    for language in ("zh-hans", "en"):
        User.objects.filter(pk=user.pk).update(language=language)
        answer = browser.get(reverse(f"outcomes:{name}", args=[key]), headers={"accept-language": language})
        pages.append(answer.content.decode())
    assert not [text for text in said if not any(text in page for page in pages)]
    return pages[1]


def steps(user: User, record: object, machine: str) -> dict[str, str]:
    acts = acts_of(user, record, now=NOW)
    return {act.transition.id: " ".join(why.message.en for why in act.lacking) for act in acts}


def test_code_answers_all_that_the_register_asks() -> None:
    source = (files("yuantou") / "registers" / "evaluation.toml").read_text("utf-8")
    assert load_register(source, known=vocabulary()).machines


def test_assessment_begins_once_the_time_is_over_and_something_is_handed_in(house: House, world: World) -> None:
    early = "Portfolios may be handed in until 2026-04-01"
    page = reads(house, world.office, "round", house.round.pk, "材料提交至 2026-04-01", early, "No portfolio has been")
    action = f'action="{reverse("outcomes:move_round", args=[house.round.pk, "assess"])}"'
    assert action not in page
    answer = house.post(world.office, "move_round", house.round.pk, "assess")
    assert answer.status_code == 403
    assert early in answer.content.decode()
    with pytest.raises(NotAllowedError):
        domain.move_round(record=house.round, action="assess", user=world.office, now=house.round.closes_at)
    house.portfolio(world.applicant)
    Round.objects.update(closes_at=NOW)
    assert action in reads(house, world.office, "round", house.round.pk)
    house.begin_assessing()
    assert house.round.state == "assessing"


def test_a_round_is_concluded_by_its_assessments_and_nobody_can_say_it_has_them(house: House, world: World) -> None:
    mine = house.portfolio(world.applicant)
    house.begin_assessing()
    said = "Portfolios still to be assessed: 1 (each by 2 at least, with nobody still asked)."
    reads(house, world.office, "round", house.round.pk, "还有 1 份材料评议未齐", said)
    assert said in house.post(world.office, "move_round", house.round.pk, "conclude").content.decode()
    with pytest.raises(NotAllowedError):
        change_state(house.round, "conclude", user=world.office, now=NOW, changes={"result": {"x": 1}})
    for assessor in house.assessors[:2]:
        Assessment.objects.create(portfolio=mine, assessor=assessor, state="given", asked_at=NOW)
    assert steps(world.office, house.round, "round") == {"conclude": ""}


def test_a_round_opens_while_there_is_time_to_hand_in(house: House, world: World) -> None:
    house.round.state = "draft"
    assert steps(world.office, house.round, "round")["open"] == ""
    house.round.closes_at = NOW
    assert steps(world.office, house.round, "round")["open"] == "The time for handing in is over already."
    house.round.title_en = " "
    assert "title" in steps(world.office, house.round, "round")["open"]


def test_a_portfolio_is_handed_in_whole_and_while_the_round_is_open(house: House, world: World) -> None:
    mine = house.portfolio(world.applicant, **{"works-0-evidence": ""})
    button = 'name="submit" value="1"'
    assert button in reads(house, world.applicant, "portfolio", mine.pk, "Give the evidence for work 1.")
    with pytest.raises(NotAllowedError) as told:
        domain.move_portfolio(portfolio=mine, action="submit", user=world.applicant, now=NOW)
    assert [problem.code for problem in told.value.problems] == ["portfolio.lacks"]
    Round.objects.update(closes_at=NOW)
    said = ("本轮评价未在受理。", "This round does not take portfolios now.")
    assert button not in reads(house, world.applicant, "portfolio", mine.pk, *said)
    Portfolio.objects.update(state="submitted")
    action = reverse("outcomes:move_portfolio", args=[mine.pk, "take_back"])
    assert action not in reads(house, world.applicant, "portfolio", mine.pk, *said)
    answer = house.post(world.applicant, "move_portfolio", mine.pk, "take_back")
    assert answer.status_code == 403
    assert said[1] in answer.content.decode()
    Round.objects.update(closes_at=NOW + dt.timedelta(days=1))
    assert action in reads(house, world.applicant, "portfolio", mine.pk)


def test_a_sheet_tells_at_once_what_is_missing_and_what_must_not_count(house: House, world: World) -> None:
    mine = house.portfolio(world.applicant)
    house.begin_assessing()
    house.ask(mine, house.assessors[0])
    row = Assessment.objects.get()
    row.grades, row.reasons = {"rigour": 4}, {"rigour": "发表SCI论文12篇，影响因子高。"}
    row.save()
    with pytest.raises(NotAllowedError) as told:
        change_state(row, "give", user=house.assessors[0], now=NOW)
    assert {problem.code for problem in told.value.problems} == {"assessment.lacks", "assessment.banned"}
    assert 'name="give"' in reads(house, house.assessors[0], "assess", row.pk)
    Round.objects.update(state="concluded")
    page = reads(
        house, house.assessors[0], "assess", row.pk, "本轮评价未在评议阶段。", "This round is not being assessed"
    )
    assert 'name="give"' not in page


@pytest.mark.parametrize(("length", "fits"), [(0, False), (ONE_PAGE, True), (ONE_PAGE + 1, False)])
def test_the_form_and_the_register_agree_on_what_a_page_is(house: House, length: int, fits: bool) -> None:
    user = house.world.applicant
    portfolio = Portfolio.objects.create(round=house.round, candidate=user.person, saved_at=NOW)
    check = LightCheck.objects.create(portfolio=portfolio, due_on=dt.date(2029, 1, 1))
    if fits:
        hand_in_check(check=check, text=f" {'x' * length} ", user=user, now=NOW)
        assert check.state == "noted"
    else:
        with pytest.raises(NotAllowedError):
            hand_in_check(check=check, text="x" * length, user=user, now=NOW)


def test_roles_in_a_round_read_the_same_for_one_for_lists_and_for_letters(house: House, world: World) -> None:
    mine = house.portfolio(world.applicant)
    house.begin_assessing()
    house.ask(mine, *house.assessors[:2])
    tried = agree(list(User.objects.order_by("pk")))
    assert "manager" in tried["Round"]
    assert tried["Portfolio"] == {"candidate", "assessor", "manager"}
