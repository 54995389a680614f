"""A round of evaluation by representative works: handed in, judged in words, concluded with intervals."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from tests.conftest import NOW
from yuantou.apps.accounts.models import User
from yuantou.apps.audit.facade import history
from yuantou.apps.outcomes.assess import ONE_PAGE
from yuantou.apps.outcomes.models import Assessment, LightCheck, Portfolio, Round
from yuantou.apps.proposals.models import Member
from yuantou.apps.registry.models import Organisation
from yuantou.apps.workflow.models import Letter

pytestmark = [pytest.mark.django_db, pytest.mark.database]

CONTRIBUTION = "I found the criterion and wrote the proof of the main theorem."
WORDS = "The idea of section two was not there before; others began to use it."


class House:
    """A university with a round; candidates of its own and assessors from elsewhere."""

    def __init__(self, world: World, **changes: object) -> None:
        self.world = world
        far = Organisation.objects.create(id="far", name_zh="远山大学", name_en="Far Hills University")
        self.assessors = [world.user(f"assessor{n}", far) for n in range(4)]
        later = world.now + dt.timedelta(days=30)
        self.round = Round.objects.create(
            **{
                "organisation": world.university,
                "title_zh": "基础研究评价",
                "title_en": "Evaluation of basic research",
                "category": "basic",
                "cycle": 8,
                "judges": 2,
                "closes_at": later,
                "due_at": later + dt.timedelta(days=60),
                "created_at": world.now,
                "state": "open",
                **changes,
            }
        )

    def browser(self, user: User) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(user)
        return client

    def get(self, user: User, name: str, *key: object):
        return self.browser(user).get(reverse(f"outcomes:{name}", args=key))

    def post(self, user: User, name: str, *key: object, **fields: object):
        return self.browser(user).post(reverse(f"outcomes:{name}", args=key), fields)

    def portfolio(self, user: User, **changes: str) -> Portfolio:
        self.post(user, "begin", self.round.pk)
        found = Portfolio.objects.get(round=self.round, candidate=user.person)
        fields = {
            "version": "0",
            "statement": "When is the solution of such an equation unique?",
            "works-TOTAL_FORMS": "5",
            "works-INITIAL_FORMS": "0",
            "works-0-kind": "paper",
            "works-0-title": "A groundbreaking criterion for uniqueness",
            "works-0-venue": "Annals of Imagined Mathematics",
            "works-0-roles": "conceptualization",
            "works-0-contribution": CONTRIBUTION,
            "works-0-evidence": "Sections 3 and 4 of the work.",
            "submit": "1",
        }
        self.post(user, "portfolio", found.pk, **{**fields, **changes})
        found.refresh_from_db()
        return found

    def ask(self, portfolio: Portfolio, *assessors: User) -> None:
        emails = " ".join(user.email for user in assessors)
        self.post(self.world.office, "ask", portfolio.pk, emails=emails)

    def assess(self, portfolio: Portfolio, user: User, grade: int, words: str = WORDS):
        row = Assessment.objects.get(portfolio=portfolio, assessor=user)
        fields = {"version": str(row.version), "give": "1"}
        for key in ("originality", "rigour", "openness", "advance"):
            fields |= {f"grade-{key}": str(grade), f"reason-{key}": words}
        return self.post(user, "assess", row.pk, **fields)

    def begin_assessing(self) -> None:
        Round.objects.filter(pk=self.round.pk).update(closes_at=NOW - dt.timedelta(minutes=1))
        self.post(self.world.office, "move_round", self.round.pk, "assess")
        self.round.refresh_from_db()


@pytest.fixture
def house(world: World, monkeypatch: pytest.MonkeyPatch) -> House:
    built = House(world)
    Round.objects.update(closes_at=NOW + dt.timedelta(days=30))
    built.round.refresh_from_db()
    return built


def test_a_round_runs_from_its_opening_to_results_with_intervals(house: House, world: World) -> None:
    mine, other = house.portfolio(world.applicant), house.portfolio(world.member)
    assert [mine.state, other.state] == ["submitted", "submitted"]
    house.begin_assessing()
    assert house.round.state == "assessing"
    for portfolio in (mine, other):
        house.ask(portfolio, *house.assessors[:3])
    assert Letter.objects.filter(template="asked").count() == 6
    assert house.post(world.office, "move_round", house.round.pk, "conclude").status_code == 403
    for number, assessor in enumerate(house.assessors[:3]):
        assert house.assess(mine, assessor, 5 - number % 2).status_code == 302
        assert house.assess(other, assessor, 3 - number % 2).status_code == 302
    assert house.post(world.office, "move_round", house.round.pk, "conclude").status_code == 302
    assert Letter.objects.filter(template="assessed").count() == 2
    house.round.refresh_from_db()
    results = house.round.result["portfolios"]
    assert results[mine.pk]["mean"] > results[other.pk]["mean"]
    assert all(
        row["low"] < row["mean"] < row["high"] or row["low"] == 1 or row["high"] == 5 for row in results.values()
    )
    page = house.get(world.applicant, "portfolio", mine.pk).content.decode()
    assert WORDS in page
    assert not any(user.person.name in page for user in house.assessors if user.person)
    assert "rank" not in house.round.result
    assert {event.act for event in history("round", house.round.pk)} >= {"round.assess", "round.conclude"}
    dues = LightCheck.objects.filter(portfolio=mine).values_list("due_on__year", flat=True)
    year = NOW.year
    assert list(dues) == [year + 3, year + 6]


def test_a_round_is_not_concluded_before_each_portfolio_has_as_many_assessments_as_it_asks(
    house: House, world: World
) -> None:
    mine = house.portfolio(world.applicant)
    house.begin_assessing()
    first, second, busy = house.assessors[:3]
    assert house.post(world.office, "move_round", house.round.pk, "conclude").status_code == 403, "nobody was asked"
    house.ask(mine, first, busy)
    house.assess(mine, first, 4)
    declined = Assessment.objects.get(assessor=busy)
    house.post(busy, "end_assessment", declined.pk, "decline", reason="No time this year.")
    declined.refresh_from_db()
    assert declined.state == "declined"
    assert house.post(world.office, "move_round", house.round.pk, "conclude").status_code == 403, "one of two was given"
    house.round.refresh_from_db()
    assert (house.round.state, house.round.result) == ("assessing", Round().result)
    house.ask(mine, second)
    house.assess(mine, second, 4)
    assert house.post(world.office, "move_round", house.round.pk, "conclude").status_code == 302


def test_a_grade_without_words_and_a_reason_that_counts_are_refused_with_the_clause(house: House, world: World) -> None:
    mine = house.portfolio(world.applicant)
    house.begin_assessing()
    house.ask(mine, house.assessors[0])
    assert house.assess(mine, house.assessors[0], 4, words="good").status_code == 422
    answer = house.assess(mine, house.assessors[0], 4, words="发表SCI论文12篇，影响因子高。")
    assert answer.status_code == 422
    assert "教科技〔2020〕2号" in answer.content.decode()
    row = Assessment.objects.get()
    assert row.state == "asked"
    assert row.reasons["rigour"].startswith("发表SCI")  # nothing typed is lost


def test_conflicts_are_found_in_the_record_and_refused_with_evidence(house: House, world: World) -> None:
    mine = house.portfolio(world.applicant)
    shared = world.proposal(created_at=NOW)
    Member.objects.create(
        proposal=shared, person=house.assessors[1].person, email="a@example.org", invited_at=world.now
    )
    house.begin_assessing()
    house.ask(mine, world.member, house.assessors[1], world.applicant, world.office, house.assessors[0])
    assert [row.assessor for row in Assessment.objects.all()] == [house.assessors[0]]


def test_assessors_read_no_journals_and_the_neutral_wording_is_dealt_to_half(house: House, world: World) -> None:
    Round.objects.update(wording_trial=True)
    mine = house.portfolio(world.applicant, **{"works-0-contribution": f"This groundbreaking work: {CONTRIBUTION}"})
    house.begin_assessing()
    house.ask(mine, *house.assessors)
    rows = list(Assessment.objects.all())
    assert sum(row.as_written for row in rows) == 2
    for row in rows:
        page = house.get(row.assessor, "assess", row.pk).content.decode()
        assert "Annals of Imagined Mathematics" not in page
        assert ("This groundbreaking work" in page) == row.as_written
    assert "Annals of Imagined Mathematics" in house.get(world.applicant, "portfolio", mine.pk).content.decode()


def test_incomplete_portfolios_are_kept_and_not_handed_in(house: House, world: World) -> None:
    mine = house.portfolio(world.applicant, **{"works-0-evidence": "", "statement": "Short"})
    assert mine.state == "draft"
    assert mine.works.get().contribution == CONTRIBUTION
    page = house.get(world.applicant, "portfolio", mine.pk).content.decode()
    assert "Give the evidence for work 1." in page
    stale = house.post(
        world.applicant,
        "autosave",
        mine.pk,
        version="0",
        statement="x",
        **{"works-TOTAL_FORMS": "0", "works-INITIAL_FORMS": "0"},
    )
    assert stale.status_code == 409


def test_who_sees_what(house: House, world: World) -> None:
    mine = house.portfolio(world.applicant)
    asked = house.assessors[0]
    for user, status in [
        (world.applicant, 200),
        (world.office, 200),
        (world.stranger, 404),
        (world.member, 404),
        (asked, 404),
    ]:
        assert house.get(user, "portfolio", mine.pk).status_code == status
    draft = Portfolio.objects.create(round=house.round, candidate=world.member.person, saved_at=world.now)
    assert house.get(world.office, "portfolio", draft.pk).status_code == 404
    house.begin_assessing()
    house.ask(mine, asked)
    row = Assessment.objects.get()
    assert house.get(asked, "assess", row.pk).status_code == 200
    for user in (world.applicant, world.office, house.assessors[1]):
        assert house.get(user, "assess", row.pk).status_code == 404
    assert house.post(world.applicant, "move_round", house.round.pk, "conclude").status_code == 403
    assert house.post(world.office, "begin", house.round.pk).status_code == 403


def test_a_light_check_is_one_page_and_has_no_grade(house: House, world: World) -> None:
    mine = house.portfolio(world.applicant)
    check = LightCheck.objects.create(portfolio=mine, due_on=dt.date(2029, 1, 1))
    assert house.post(world.applicant, "light_check", check.pk, text="x" * (ONE_PAGE + 1)).status_code == 403
    page = house.get(world.applicant, "light_check", check.pk).content.decode()
    assert not re.search(r'name="grade', page)
    assert house.post(world.applicant, "light_check", check.pk, text="One route failed; two go on.").status_code == 302
    check.refresh_from_db()
    assert check.state == "noted"
    assert house.get(world.stranger, "light_check", check.pk).status_code == 404


def test_an_office_writes_a_round_and_wrong_cycles_are_named(house: House, world: World) -> None:
    fields = {
        "organisation": world.university.pk,
        "title_zh": "支撑评价",
        "title_en": "Support",
        "category": "support",
        "cycle": "8",
        "closes_at": "2030-01-01T10:00",
        "due_at": "2030-02-01T10:00",
        "judges": "2",
    }
    assert "Cycles of" in house.post(world.office, "new_round", **fields).content.decode()
    assert house.post(world.office, "new_round", **{**fields, "cycle": "5"}).status_code == 302
    made = Round.objects.exclude(pk=house.round.pk).get()
    assert house.get(world.applicant, "round", made.pk).status_code == 404
    assert house.post(world.office, "move_round", made.pk, "open").status_code == 302
    assert house.get(world.applicant, "round", made.pk).status_code == 200
    assert house.get(world.applicant, "rounds").status_code == 200
    assert house.get(world.stranger, "new_round").status_code == 404
