"""The demonstration data: whole, consistent, in both languages, and plainly fictional."""

from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

from yuantou.demo.build import lines, records
from yuantou.demo.generate import demo_call, demo_records
from yuantou.demo.records import DATA
from yuantou.kernel.identifiers import normalise_orcid

TABLES = ("disciplines", "organisations", "people", "proposals", "works", "reviews", "conflicts")
PEOPLE = {person["person_id"]: person for person in demo_records("people")}
EXPERTS = {key for key, person in PEOPLE.items() if person["expert"]}
PROPOSALS = {proposal["proposal_id"]: proposal for proposal in demo_records("proposals")}
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "demonstration-call.md"


def chinese(text):
    return sum("\u4e00" <= character <= "\u9fff" for character in text)


@pytest.mark.parametrize("name", TABLES)
def test_every_record_says_that_it_is_fictional(name):
    assert all(record["fictional"] is True for record in demo_records(name))


def test_the_files_follow_from_their_sources():
    for name, table in records().items():
        assert (DATA / f"{name}.jsonl").read_text(encoding="utf-8") == lines(table), (
            f"run python -m yuantou.demo.build: {name}"
        )


@pytest.mark.parametrize("name", TABLES)
def test_the_reference_names_every_file_with_its_rows_and_fields(name):
    line = next(
        line for line in REFERENCE.read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{name}.jsonl`")
    )
    assert int(line.split("|")[2]) == len(demo_records(name))
    for key in demo_records(name)[0]:
        shown = {f"`{key}`", f"`{key.rsplit('_', 1)[0]}_*`"}
        assert key == "fictional" or any(form in line for form in shown), key


def test_an_unknown_file_is_named():
    with pytest.raises(KeyError, match="no budgets"):
        demo_records("budgets")


def test_there_is_enough_to_show():
    assert len(PROPOSALS) == 60
    assert len(EXPERTS) == 150
    assert len(demo_records("disciplines")) >= 14
    assert demo_call().works.height >= 900
    abroad = sum(PEOPLE[key]["country"] != "CN" for key in EXPERTS)
    assert 0.15 <= abroad / len(EXPERTS) <= 0.25


@pytest.mark.parametrize(
    ("name", "key"),
    [("disciplines", "code"), ("organisations", "organisation_id"), ("people", "person_id"), ("people", "orcid"),
     ("proposals", "proposal_id"), ("proposals", "title_zh"), ("proposals", "title_en"), ("proposals", "theme"),
     ("works", "work_id"), ("works", "title"), ("works", "abstract")],
)  # fmt: skip
def test_nothing_is_there_twice(name, key):
    values = [record[key] for record in demo_records(name)]
    assert [value for value, count in Counter(values).items() if count > 1] == []


def test_orcid_ids_are_well_formed_and_given_to_nobody():
    for person in PEOPLE.values():
        assert normalise_orcid(person["orcid"]) == person["orcid"]
        assert person["orcid"].startswith("0009-99"), "the block of ORCID ends at 0009-0010"


@pytest.mark.parametrize("proposal", PROPOSALS.values(), ids=PROPOSALS)
def test_a_proposal_is_complete_in_both_languages(proposal):
    assert 180 <= len(proposal["abstract_zh"]) <= 400
    assert chinese(proposal["abstract_zh"]) > 150
    assert 100 <= len(proposal["abstract_en"].split()) <= 190
    assert chinese(proposal["abstract_en"] + proposal["title_en"]) == 0
    assert chinese(proposal["title_zh"]) >= 12
    assert max(len(proposal["title_zh"]), len(proposal["title_en"])) <= 140
    assert 4 <= len(proposal["keywords_zh"]) == len(proposal["keywords_en"]) <= 8
    assert 50_000 <= proposal["requested"] <= 3_000_000


def test_references_lead_somewhere():
    organisations = {entry["organisation_id"]: entry for entry in demo_records("organisations")}
    codes = {entry["code"] for entry in demo_records("disciplines")}
    assert {entry["parent"] for entry in organisations.values()} - {None} <= set(organisations)
    for proposal in PROPOSALS.values():
        assert proposal["discipline"] in codes
        assert proposal["organisation_id"] in organisations
        assert {proposal["applicant"], *proposal["co_applicants"]} <= set(PEOPLE)
        assert PEOPLE[proposal["applicant"]]["affiliations"][0]["organisation_id"] == proposal["organisation_id"]
    for person in PEOPLE.values():
        assert {stay["organisation_id"] for stay in person["affiliations"]} <= set(organisations)
    for work in demo_records("works"):
        assert {author["person_id"] for author in work["authors"]} - {None} <= set(PEOPLE)
    for record in chain(demo_records("reviews"), demo_records("conflicts")):
        assert record["proposal_id"] in PROPOSALS
        assert record.get("reviewer_id", record.get("expert_id")) in EXPERTS


def test_affiliations_follow_one_another():
    for person in PEOPLE.values():
        now, *past = person["affiliations"]
        assert now["end"] is None
        assert all(stay["start"] < stay["end"] <= now["start"] for stay in past)


def test_every_expert_has_works_on_each_of_the_themes():
    written = Counter(
        author["person_id"]
        for work in demo_records("works")
        for author in work["authors"]
        if author["person_id"] in EXPERTS
    )
    assert set(written) == EXPERTS
    assert 4 <= min(written.values()) <= max(written.values()) <= 12


def test_the_call_has_the_columns_of_the_contract():
    call = demo_call()
    assert call.canonical().proposals.height == len(PROPOSALS)
    assert set(call.experts["expert_id"]) == EXPERTS == set(call.works["expert_id"])
    assert call.works.select("work_id", "expert_id").is_unique().all()
    assert call.reviews.select("proposal_id", "reviewer_id", "criterion").is_unique().all()
    assert set(call.reviews["criterion"]) == {"question", "approach", "team"}
    assert call.proposals["requested"].sum() > 2 * call.budgets["amount"].sum(), "there has to be something to decide"
