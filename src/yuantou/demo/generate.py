"""The demonstration call as tables of the contract."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import polars as pl

from yuantou.pipelines.call import CallInput
from yuantou.pipelines.tables import SCHEMAS

DATA: Final = Path(__file__).parent / "data"
BUDGET: Final = 12_000_000.0
_TABLES: Final = ("disciplines", "organisations", "people", "proposals", "works", "reviews", "conflicts")


@cache
def demo_records(name: str) -> tuple[dict[str, Any], ...]:
    """Return one file of the demonstration as records.

    Parameters
    ----------
    name:
        ``disciplines``, ``organisations``, ``people``, ``proposals``, ``works``, ``reviews`` or ``conflicts``.
        The fields are listed in ``docs/reference/demonstration-call.md``.

    Raises
    ------
    KeyError
        If there is no such file.
    """
    if name not in _TABLES:
        raise KeyError(f"the demonstration has no {name}; it has {', '.join(_TABLES)}")
    text = (DATA / f"{name}.jsonl").read_text(encoding="utf-8")
    return tuple(json.loads(line) for line in text.splitlines())


def demo_call() -> CallInput:
    """Return the fictional demonstration call in the columns of the contract.

    Titles, abstracts and keywords hold both languages, Chinese first, so that works of either language match;
    the single languages are carried along in ``title_zh``, ``title_en`` and so on.
    People are named by their first script, organisations in Chinese. Reviews have one row for each criterion.
    """
    people = {person["person_id"]: person for person in demo_records("people")}
    return CallInput(
        proposals=_frame("proposals", [_proposal(record, people) for record in demo_records("proposals")]),
        experts=_frame("experts", [_expert(person) for person in people.values() if person["expert"]]),
        works=_frame("works", [row for work in demo_records("works") for row in _authorships(work, people)]),
        conflicts=_frame("conflicts", [entry for entry in demo_records("conflicts") if entry["declared"]]),
        reviews=_frame("reviews", [row for review in demo_records("reviews") for row in _scores(review)]),
        budgets=_frame("budgets", [{"pot": "", "amount": BUDGET}]),
    )


def _frame(name: str, records: list[dict[str, Any]]) -> pl.DataFrame:
    """Return records as a table: columns of the contract first, typed, then what is carried along."""
    schema = SCHEMAS[name]
    frame = pl.DataFrame(records, schema_overrides=schema, infer_schema_length=None)
    return frame.select(*schema, *(column for column in frame.columns if column not in schema))


def _name(person: dict[str, Any]) -> str:
    return person["name_zh"] if person["country"] == "CN" else person["name_en"]


@cache
def _organisation(identifier: str) -> dict[str, Any]:
    return next(entry for entry in demo_records("organisations") if entry["organisation_id"] == identifier)


def _parent(identifier: str) -> str | None:
    parent = _organisation(identifier)["parent"]
    return _organisation(parent)["name_zh"] if parent else None


def _proposal(record: dict[str, Any], people: dict[str, Any]) -> dict[str, Any]:
    applicant = people[record["applicant"]]
    return {
        **record,
        "title": f"{record['title_zh']} / {record['title_en']}",
        "abstract": f"{record['abstract_zh']}\n\n{record['abstract_en']}",
        "keywords": record["keywords_zh"] + record["keywords_en"],
        "applicant": _name(applicant),
        "applicant_id": applicant["person_id"],
        "applicant_orcid": applicant["orcid"],
        "participants": [_name(people[identifier]) for identifier in record["co_applicants"]],
        "organisation": _organisation(record["organisation_id"])["name_zh"],
        "organisation_parent": _parent(record["organisation_id"]),
        "demand": None,
    }


def _expert(person: dict[str, Any]) -> dict[str, Any]:
    now, *past = (_organisation(stay["organisation_id"])["name_zh"] for stay in person["affiliations"])
    return {
        "expert_id": person["person_id"],
        "name": _name(person),
        "orcid": person["orcid"],
        "organisation": now,
        "organisations": past,
        "organisation_parent": _parent(person["affiliations"][0]["organisation_id"]),
        "topics": person["topics_zh"] + person["topics_en"],
        "max_load": person["max_load"],
        "name_zh": person["name_zh"],
        "name_en": person["name_en"],
        "country": person["country"],
        "fictional": True,
    }


def _authorships(work: dict[str, Any], people: dict[str, Any]) -> list[dict[str, Any]]:
    shared = {
        **{key: work[key] for key in ("work_id", "title", "abstract", "year", "venue", "fictional")},
        "authors": [author["name"] for author in work["authors"]],
    }
    known = [author["person_id"] for author in work["authors"] if author["person_id"]]
    return [{**shared, "expert_id": identifier} for identifier in known if people[identifier]["expert"]]


def _scores(review: dict[str, Any]) -> list[dict[str, Any]]:
    shared = {key: review[key] for key in ("proposal_id", "reviewer_id", "panel", "fictional")}
    return [{**shared, "criterion": criterion, "score": score} for criterion, score in review["scores"].items()]
