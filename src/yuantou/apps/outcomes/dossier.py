"""The dossier of a project that was closed without reaching its goal, made of records of the ledger and nothing else.

Whoever holds it can check offline, with the one-file verifier, that every line stood in the ledger when the head was
signed: the legal condition of tolerance ("original records prove diligence") is the record itself. Nothing can be
written into a dossier afterwards; a text is named by the hash under which it was handed in.
"""

from datetime import datetime
from typing import Any

from yuantou.apps.audit.facade import history, receipt_of
from yuantou.apps.projects.models import Project
from yuantou.kernel.hashing import content_hash


def dossier_of(project: Project, *, now: datetime) -> dict[str, Any]:
    """Return the records of a project with the proof of each, and the checks of diligence that were met.

    Keys: ``project``, ``state``, ``checks`` (the five of its type, with whether they were met), ``texts`` (what was
    tried and what came out, each with its hash) and ``receipts`` (one for each entry of the ledger on the project, its
    reports, gates and opinions; each is a file that the verifier reads).
    """
    plan = project.programme.project
    return {
        "project": project.proposal.number or project.pk,
        "state": project.state,
        "checks": [
            {"id": item.id, "zh": item.name.zh, "en": item.name.en, "met": item.id in project.diligence}
            for item in plan.diligence
        ],
        "texts": [
            {"field": name, "text": text, "hash": content_hash(text)}
            for name, text in (("dossier", project.tried), ("outcome", project.outcome))
        ],
        "receipts": [receipt_of(index, now=now) for index in _entries(project)],
    }


def _entries(project: Project) -> list[int]:
    keys = [("project", project.pk)]
    keys += [("report", row.pk) for row in project.reports.all()]
    keys += [("gate", row.pk) for row in project.gates.all()]
    keys += [("verdict", row.pk) for row in project.verdicts.all()]
    return sorted(event.index for kind, key in keys for event in history(kind, key))
