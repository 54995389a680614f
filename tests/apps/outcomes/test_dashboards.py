"""Figures on pages: permitted units, withheld small numbers, decided calls only, definitions in every download."""

import csv
import datetime as dt
import io
import json
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from tests.data import data_folder
from yuantou.apps.decisions.models import Decision, DecisionList, Ranking
from yuantou.apps.jobs.models import Job
from yuantou.apps.outcomes.figures import lines_of, national_lines
from yuantou.apps.outcomes.observe import Subject, age_on
from yuantou.apps.outcomes.views import ADMITTED
from yuantou.apps.proposals.models import Member
from yuantou.apps.registry.models import Affiliation, Career, Organisation, Person
from yuantou.engines.indicators import Level

pytestmark = pytest.mark.django_db


def decided(world: World, *, funded: int, declined: int, state: str = "published") -> DecisionList:
    """A list of decisions with so many awards; leaders are 30 to 49 years old, one without a date of birth."""
    ranking = Ranking.objects.create(
        call=world.call, created_at=world.now, job=Job.objects.create(kind="rank", created_at=world.now)
    )
    made = DecisionList.objects.create(
        call=world.call,
        ranking=ranking,
        state=state,
        budget=1,
        created_at=world.now,
        published_at=world.now + dt.timedelta(days=100),
    )
    for number in range(funded + declined):
        person = Person.objects.create(name_en=f"P{number}", fictional=True)
        if number:
            Career.objects.create(person=person, birth_date=dt.date(1996 - number * 2, 6, 1))
        proposal = world.proposal(applicant=person, state="awarded" if number < funded else "declined")
        outcome = "fund" if number < funded else "decline"
        Decision.objects.create(
            decision_list=made, proposal=proposal, outcome=outcome, position=number + 1, amount=100_000
        )
    return made


def test_an_agency_sees_its_rates_with_both_denominators_and_its_young_leaders(world: World) -> None:
    decided(world, funded=6, declined=14)
    world.proposal(state="not_accepted")
    world.proposal(state="withdrawn")
    lines = {line.indicator.id: line for line in lines_of(Subject(Level.AGENCY, world.agency.pk))}
    assert lines["success_rate_reviewed"].latest.rounded == Decimal("30.0")
    assert lines["success_rate_submitted"].latest.rounded == Decimal("28.6")  # 6 of 21: the withdrawn one is out
    assert lines["young_35_share"].latest.value == 40  # 31, 33, 35, 37 and 39 years old on 1 January
    assert lines["money_awarded"].latest.rounded == 600_000


def test_money_of_the_young_and_partners_of_awards_are_shares_of_what_is_on_record(world: World) -> None:
    made = decided(world, funded=6, declined=0)
    rows = list(made.decisions.order_by("position"))
    Career.objects.filter(person=rows[5].proposal.applicant_id).update(birth_date=dt.date(1970, 1, 1))
    Decision.objects.filter(pk=rows[5].pk).update(amount=600_000)
    home = rows[0].proposal.organisation
    near = Organisation.objects.create(id="near", name_en="Near Institute", country=home.country)
    far = Organisation.objects.create(id="abroad", name_en="Institute Abroad", country="DE")
    for number, (house, state) in enumerate(
        [(home, "confirmed"), (near, "confirmed"), (far, "confirmed"), (far, "invited")]
    ):
        person = Person.objects.create(name_en=f"M{number}", fictional=True)
        Affiliation.objects.create(person=person, organisation=house)
        Member.objects.create(
            proposal=rows[number].proposal, person=person, email=f"{number}@x.org", state=state, invited_at=world.now
        )
    lines = {line.indicator.id: line for line in lines_of(Subject(Level.AGENCY, world.agency.pk))}
    assert lines["young_40_money_share"].latest.rounded == Decimal("40.0")  # 400 of 1,000 thousand; one age unknown
    assert lines["partner_share"].latest.rounded == Decimal("33.3")  # the one invited has not confirmed
    assert lines["abroad_share"].latest.rounded == Decimal("16.7")


def test_no_sum_over_few_people_tells_their_ages(world: World) -> None:
    decided(world, funded=4, declined=9)
    lines = {line.indicator.id: line for line in lines_of(Subject(Level.AGENCY, world.agency.pk))}
    assert lines["young_40_money_share"].latest is None
    assert lines["young_40_share"].latest is None


def test_nothing_of_a_call_under_way_counts(world: World) -> None:
    decided(world, funded=6, declined=14, state="draft")
    assert all(not line.figures for line in lines_of(Subject(Level.AGENCY, world.agency.pk)))
    assert Client().get(reverse("outcomes:agency", args=[world.agency.pk])).status_code == 404


def test_shares_of_fewer_than_five_are_withheld(world: World) -> None:
    decided(world, funded=3, declined=1)
    lines = {line.indicator.id: line for line in lines_of(Subject(Level.AGENCY, world.agency.pk))}
    assert lines["success_rate_reviewed"].latest is None
    assert lines["success_rate_reviewed"].withheld == (2026,)
    page = Client(headers={"accept-language": "en"}).get(reverse("outcomes:agency", args=[world.agency.pk]))
    assert "fewer than five, withheld" in page.content.decode()


def test_an_institution_is_shown_to_its_own_office_alone(world: World) -> None:
    decided(world, funded=6, declined=14)
    address = reverse("outcomes:institution", args=[world.university.pk])
    for user, status in [(world.office, 200), (world.officer, 404), (world.applicant, 404)]:
        client = Client()
        client.force_login(user)
        assert client.get(address).status_code == status
    export = reverse("outcomes:export", args=["institution", "csv"]) + f"?subject={world.university.pk}"
    assert Client().get(export).status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_level_has_a_page_whose_figures_open_to_their_parts(world: World, language: str) -> None:
    decided(world, funded=6, declined=14)
    client = Client(headers={"accept-language": language})
    names = [("national", ()), ("agencies", ()), ("agency", (world.agency.pk,)), ("programme", ("free-exploration",))]
    for name, key in [*names, ("registry", ()), ("checks", ()), ("read", ())]:
        assert client.get(reverse(f"outcomes:{name}", args=key)).status_code == 200
    client.force_login(world.office)
    assert client.get(reverse("outcomes:institution", args=[world.university.pk])).status_code == 200
    opened = reverse("outcomes:figure", args=["basic_share"])
    page = client.get(opened).content.decode()
    assert "36326.8" in page
    assert "2500.9" in page
    query = f"?level=agency&subject={world.agency.pk}"
    assert client.get(reverse("outcomes:figure", args=["success_rate_reviewed"]) + query).status_code == 200
    assert client.get(reverse("outcomes:figure", args=["hcr_share"]) + query).status_code == 404  # nations only


def test_the_weak_points_come_first_in_the_words_of_the_text(client: Client) -> None:
    page = client.get(reverse("outcomes:national")).content.decode()
    places = [page.index(words) for words in ADMITTED.values()]
    assert places == sorted(places)
    assert places[-1] < page.index("<table")
    source = data_folder("").parent / "mission" / "policy.zh.md"
    text = source.read_text("utf-8") if source.exists() else "".join(ADMITTED.values())
    assert all(words in text for words in ADMITTED.values())


def test_a_missing_total_is_said_and_not_rebuilt() -> None:
    share = next(line for line in national_lines() if line.indicator.id == "basic_share")
    assert [figure.period for figure in share.figures] == list(range(2012, 2025))
    assert share.refused is not None
    assert "2025" in share.refused.en


def test_what_if_says_what_a_share_takes_and_that_it_is_no_target(client: Client) -> None:
    page = client.get(
        reverse("outcomes:national"), {"share": "8", "year": "2030", "growth": "7"}, headers={"accept-language": "en"}
    )
    text = page.content.decode()
    assert "4,361" in text  # 36,326.8 · 1.07⁶ · 8 %
    assert "not a target" in text


def test_every_download_carries_definitions(client: Client) -> None:
    text = client.get(reverse("outcomes:export", args=["nation", "csv"])).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    share = next(row for row in rows if row["indicator"] == "basic_share" and row["period"] == "2024")
    assert share["numerator"] == "rd_basic=2500.9"
    assert "Frascati" in share["source"]
    assert share["definition_zh"]
    body = json.loads(client.get(reverse("outcomes:export", args=["nation", "json"])).content)
    assert [row["value"] for row in body] == [row["value"] for row in rows]
    assert client.get(reverse("outcomes:export", args=["nation", "xlsx"])).content[:2] == b"PK"
    assert client.get(reverse("outcomes:export", args=["person", "csv"])).status_code == 404


def test_a_text_is_read_and_marked_and_nothing_is_kept(client: Client) -> None:
    text = "申报人须以第一作者发表SCI论文5篇以上。鼓励以代表作说明贡献。"
    page = client.post(
        reverse("outcomes:read"), {"text": text}, headers={"accept-language": "zh-hans"}
    ).content.decode()
    assert page.count("<mark>") == 1
    assert "教科技〔2020〕2号" in page


@pytest.mark.parametrize(("born", "age"), [("1991-01-01", 35), ("1991-01-02", 34), ("1990-12-31", 35)])
def test_age_counts_on_the_first_of_january(born: str, age: int) -> None:
    assert age_on(dt.date.fromisoformat(born), dt.date(2026, 1, 1)) == age
