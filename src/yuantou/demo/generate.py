"""The two calls that come with the platform: the demonstration and statistical ones; and writing any call as files."""

from functools import cache
from pathlib import Path
from typing import Any, Final

import polars as pl

from yuantou.connectors.files.outputs import csv_table, whole_folder
from yuantou.demo.records import demo_records
from yuantou.demo.statistical import generated_call
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText
from yuantou.pipelines.tables import SCHEMAS, CallInput

__all__ = ["BUDGET", "WEIGHTS", "demo_call", "demo_records", "generated_call", "write_call_folder"]

BUDGET: Final = 12_000_000.0
_SETTINGS: Final = """# Fictional: people, organisations, proposals and reviews are invented. · 内容均为虚构。
seed = 2026
year = 2026
scale = "1:5"
reviews_per_proposal = 3
max_load = 6
"""
WEIGHTS: Final = {"question": 0.4, "approach": 0.35, "team": 0.25}


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
        budgets=_frame("budgets", [{"pot": None, "amount": BUDGET}]),
    )


def _frame(name: str, records: list[dict[str, Any]]) -> pl.DataFrame:
    """Return records as a table: columns of the contract first, typed, then what is carried along."""
    schema = SCHEMAS[name]
    whole = [dict.fromkeys(schema) | record for record in records]
    frame = pl.DataFrame(whole, schema_overrides=schema, infer_schema_length=None)
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
        "organisations": past or None,
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


def write_call_folder(path: Path, call: CallInput, *, form: str = "jsonl", settings: str | None = None) -> Path:
    """Write a call as a folder that ``yuantou call run`` reads: one file for each table that has rows.

    Parameters
    ----------
    path:
        A folder that does not exist or is empty; it appears whole or not at all.
    call:
        The tables; columns beyond the contract are written too.
    form:
        ``jsonl`` (lists stay lists) or ``csv`` (lists joined by ``; ``).
    settings:
        Content of ``call.toml``; if left out, the settings of the demonstration, with its weights where there are
        criteria.

    Raises
    ------
    InputError
        If the form is unknown, the folder holds something, or it cannot be written.
    """
    if form not in {"jsonl", "csv"}:
        raise InputError(
            LocalText(f"不支持格式 {form}。", f"There is no form {form}."),
            LocalText("请用 jsonl 或 csv。", "Use jsonl or csv."),
            code="output.form",
        )
    with whole_folder(path) as fresh:
        for name, table in call.tables().items():
            if table.is_empty():
                continue
            if form == "jsonl":
                table.write_ndjson(fresh / f"{name}.jsonl")
            else:
                csv_table(table).write_csv(fresh / f"{name}.csv")
        (fresh / "call.toml").write_text(_settings(call) if settings is None else settings, encoding="utf-8")
    return path


def _settings(call: CallInput) -> str:
    found = set(call.reviews["criterion"].unique())
    lines = [f"{name} = {weight}" for name, weight in WEIGHTS.items() if name in found]
    return "\n".join([_SETTINGS, "[weights]", *lines, ""]) if lines else _SETTINGS
