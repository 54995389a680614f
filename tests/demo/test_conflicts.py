"""The conflicts put into the demonstration on purpose are there, and those who review have none."""

from collections import Counter

import polars as pl
import pytest

from yuantou.demo.cast import related
from yuantou.demo.generate import demo_call, demo_records
from yuantou.engines.matching import find_conflicts

PEOPLE = {person["person_id"]: person for person in demo_records("people")}
PROPOSALS = {proposal["proposal_id"]: proposal for proposal in demo_records("proposals")}
SEEDED = demo_records("conflicts")


def of_kind(kind):
    found = [entry for entry in SEEDED if entry["kind"] == kind]
    assert found
    return [(PROPOSALS[entry["proposal_id"]], PEOPLE[entry["expert_id"]]) for entry in found]


def printed_together(proposal, expert):
    """Names under which the applicant stands on a work of the expert in the last five years."""
    return {
        author["name"]
        for work in demo_records("works")
        if work["year"] >= 2021 and expert["person_id"] in {author["person_id"] for author in work["authors"]}
        for author in work["authors"]
        if author["person_id"] == proposal["applicant"]
    }


def test_every_proposal_has_one_and_each_kind_is_there():
    hidden = [entry for entry in SEEDED if not entry["declared"] and entry["conflict"]]
    assert {entry["proposal_id"] for entry in hidden} == set(PROPOSALS)
    kinds = Counter(entry["kind"] for entry in SEEDED)
    assert kinds == {
        **dict.fromkeys(
            ["coauthor", "coauthor_alias", "organisation", "past_organisation", "related_organisation"], 12
        ),
        "participant": 4,
        "namesake": 3,
        "declared": 5,
    }


def test_co_authors_are_printed_in_characters():
    for proposal, expert in of_kind("coauthor"):
        assert PEOPLE[proposal["applicant"]]["name_zh"] in printed_together(proposal, expert)


def test_aliases_are_printed_in_pinyin_or_with_initials():
    names = [name for pair in of_kind("coauthor_alias") for name in printed_together(*pair)]
    assert len(names) == 12
    assert all(name.isascii() or "ü" in name for name in names)
    assert sum(". " in name for name in names) == 6


def test_organisations_are_shared_as_promised():
    for proposal, expert in of_kind("organisation"):
        assert expert["affiliations"][0]["organisation_id"] == proposal["organisation_id"]
    for proposal, expert in of_kind("past_organisation"):
        now, *past = expert["affiliations"]
        assert not related(now["organisation_id"], proposal["organisation_id"])
        assert [stay["end"] for stay in past if stay["organisation_id"] == proposal["organisation_id"]] == [
            "2023-08-31"
        ]
    for proposal, expert in of_kind("related_organisation"):
        assert expert["affiliations"][0]["organisation_id"] != proposal["organisation_id"]
        assert related(expert["affiliations"][0]["organisation_id"], proposal["organisation_id"])


def test_participants_are_on_the_team():
    for proposal, expert in of_kind("participant"):
        assert expert["person_id"] in proposal["co_applicants"]


def test_namesakes_are_other_people():
    for proposal, expert in of_kind("namesake"):
        applicant = PEOPLE[proposal["applicant"]]
        alike = [
            person for person in PEOPLE.values() if person["name_zh"] == applicant["name_zh"] and person != applicant
        ]
        assert len(alike) == 1
        assert alike[0]["orcid"] != applicant["orcid"]
        assert not printed_together(proposal, expert)


def test_nobody_else_shares_a_name():
    names = Counter(person["name_zh"] for person in PEOPLE.values() if person["name_zh"])
    assert sum(count > 1 for count in names.values()) == 3


def test_reviewers_are_several_and_have_no_conflict():
    call = demo_call()
    found = set(
        find_conflicts(call.proposals, call.experts, call.works, call.conflicts)
        .filter(pl.col("kind") != "unknown")
        .select("proposal_id", "expert_id")
        .rows()
    )
    reviews = [(review["proposal_id"], review["reviewer_id"]) for review in demo_records("reviews")]
    assert not found & set(reviews)
    assert set(Counter(proposal for proposal, _ in reviews).values()) == {3, 4, 5}
    assert max(Counter(reviewer for _, reviewer in reviews).values()) <= 6


@pytest.mark.parametrize("kind", ["coauthor", "organisation", "past_organisation", "participant", "declared"])
def test_the_engine_finds_them(kind):
    call = demo_call()
    found = set(
        find_conflicts(call.proposals, call.experts, call.works, call.conflicts)
        .select("proposal_id", "expert_id")
        .rows()
    )
    wanted = {(entry["proposal_id"], entry["expert_id"]) for entry in SEEDED if entry["kind"] == kind}
    assert wanted <= found
