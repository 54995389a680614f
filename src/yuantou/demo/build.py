"""Puts the demonstration data together from their hand-written sources: ``python -m yuantou.demo.build``.

The result stands in ``data/`` and is what the wheel carries; a test proves that it follows from the sources.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from yuantou.demo.cast import Cast, cast, organisations, person_record, proposal_id
from yuantou.demo.panel import reviews
from yuantou.demo.papers import work_record, works
from yuantou.demo.records import DATA
from yuantou.demo.sources import Theme, disciplines, themes


def records() -> dict[str, list[dict[str, Any]]]:
    """Return every table of the demonstration as records."""
    people = cast()
    written = works(people)
    return {
        "disciplines": [_discipline(entry) for entry in disciplines()],
        "organisations": [_organisation(entry) for entry in organisations().values()],
        "people": [person_record(person) for person in people.everybody()],
        "proposals": [_proposal(people, theme) for theme in themes()],
        "works": [work_record(number, work) for number, work in enumerate(written, 1)],
        "reviews": reviews(people, written),
        "conflicts": _conflicts(people),
    }  # fmt: skip


def lines(table: Iterable[dict[str, Any]]) -> str:
    """Return records as JSON lines."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in table)


def build(folder: Path = DATA) -> None:
    """Write every table as a file."""
    folder.mkdir(exist_ok=True)
    for name, table in records().items():
        (folder / f"{name}.jsonl").write_text(lines(table), encoding="utf-8")


def _discipline(entry: dict[str, str]) -> dict[str, Any]:
    return {"code": entry["code"], "fictional": True, "name_zh": entry["zh"], "name_en": entry["en"]}


def _organisation(entry: dict[str, str]) -> dict[str, Any]:
    return {**entry, "parent": entry["parent"] or None, "fictional": True}


def _proposal(people: Cast, theme: Theme) -> dict[str, Any]:
    """Return the proposal of a theme as one line of ``proposals.jsonl``."""
    written = theme.proposal
    texts = {
        f"{part}_{side}": written[f"{part}_{side}"]
        for part in ("title", "abstract", "keywords")
        for side in ("zh", "en")
    }
    return {
        "proposal_id": proposal_id(theme),
        "fictional": True,
        **texts,
        "theme": theme.key,
        "discipline": theme.discipline["code"],
        "discipline_zh": theme.discipline["zh"],
        "discipline_en": theme.discipline["en"],
        "research_type": written["type"],
        "applicant": people.applicants[theme.number].person_id,
        "co_applicants": [person.person_id for person in people.colleagues[theme.number]],
        "organisation_id": people.applicants[theme.number].organisation,
        "requested": written["requested"],
        "months": 48,
        "tags": written["tags"],
    }  # fmt: skip


def _conflicts(people: Cast) -> list[dict[str, Any]]:
    """Return the conflicts on purpose: declared ones, and those an engine has to find (or, a namesake, not to find)."""
    declared: list[dict[str, Any]] = [
        {
            "proposal_id": proposal,
            "expert_id": expert,
            "kind": kind,
            "declared": True,
            "conflict": True,
            "evidence": evidence,
        }
        for proposal, expert, kind, evidence in people.declared
    ]
    seeded: list[dict[str, Any]] = [
        {"proposal_id": tie.proposal_id, "expert_id": tie.expert_id, "kind": tie.kind, "declared": False,
         "conflict": tie.conflict, "evidence": None}
        for tie in people.seeded
    ]  # fmt: skip
    return [{**entry, "fictional": True} for entry in (*declared, *seeded)]


if __name__ == "__main__":
    build()
