"""The texts of proposals as the comparison takes them, and the index of all that were submitted."""

import fcntl
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import QuerySet

from yuantou.apps.calls.models import Call
from yuantou.apps.proposals.models import MemberState, Proposal, ProposalVersion
from yuantou.connectors.reuse_index import add_documents, create_index, open_index, stored_ids
from yuantou.engines.reuse import Document, Index, Section, boilerplate
from yuantou.engines.workflow import ProgrammeType
from yuantou.engines.workflow.model import FieldType

LEARNED_FROM = 40
"""Texts from which on boilerplate is learned; with fewer a text copied a few times would pass for a template."""

_PROSE = (FieldType.TEXT, FieldType.LONG_TEXT)


def text_of_answers(programme: ProgrammeType, answers: Mapping[str, Any]) -> tuple[str, tuple[Section, ...]]:
    """Return the prose of a form as one text, and where each field begins in it (named by its key)."""
    parts, sections, at = [], [], 0
    for section in programme.form:
        for field in section.fields:
            for key in field.keys:
                text = str(answers.get(key) or "").strip()
                if field.type in _PROSE and text and not field.hidden_from and not key.startswith("public_summary"):
                    sections.append(Section(key, at))
                    parts.append(text)
                    at += len(text) + 1
    return "\n".join(parts), tuple(sections)


def document_of(proposal: Proposal, answers: Mapping[str, Any], *, key: str, date: str = "") -> Document:
    """Return a proposal as a document: who answers for it by the ids of the registry, never by names."""
    text, sections = text_of_answers(proposal.programme, answers)
    members = [m.person_id for m in proposal.members.all() if m.state == MemberState.CONFIRMED and m.person_id]
    return Document(key, text, str(proposal.applicant_id), tuple(map(str, members)), date, sections)


def document_of_version(version: ProposalVersion) -> Document:
    """Return a submitted text as a document."""
    date = version.submitted_at.date().isoformat()
    return document_of(version.proposal, version.answers, key=key_of(version), date=date)


def key_of(version: ProposalVersion) -> str:
    """Return the id of a text in the index: a database put back from a copy never meets texts of another."""
    return f"{version.pk}:{version.content_hash[:16]}"


def submitted() -> "QuerySet[ProposalVersion]":
    """Return every submitted text with what a document needs, oldest first."""
    rows = ProposalVersion.objects.select_related("proposal__call__programme_type")
    return rows.prefetch_related("proposal__members").order_by("pk")


def current_index() -> Index:
    """Return the index of all submitted texts, bringing it up to date first."""
    folder = Path(settings.REUSE_DIR)
    with _alone(folder):
        if not (folder / "index").exists():
            create_index(folder / "index", Index())
        known = set(stored_ids(folder / "index"))
        missing = [row.pk for row in ProposalVersion.objects.only("content_hash") if key_of(row) not in known]
        for first in range(0, len(missing), 1000):
            fresh = map(document_of_version, submitted().filter(pk__in=missing[first : first + 1000]))
            add_documents(folder / "index", list(fresh))
        stop = _boilerplate(folder, len(known) + len(missing))
    return replace(open_index(folder / "index"), stop=stop)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _boilerplate(folder: Path, texts: int) -> np.ndarray:
    """Return what is no reuse; learned anew when there is a call more or a fifth more texts."""
    path = folder / f"boilerplate-{Call.objects.count()}-{round(math.log(texts + 1, 1.2))}.npy"
    if not path.exists():
        learn = _to_learn()
        found = boilerplate.learned(learn, common=max(5, len(learn) // 20)) if learn else np.zeros(0, np.uint64)
        for old in folder.glob("boilerplate-*.npy"):
            old.unlink()
        np.save(path, np.union1d(found, boilerplate.declared(_declared())))
    return np.load(path)


def _to_learn() -> list[str]:
    """Return the latest text of different people, to learn boilerplate from; nothing while there are few."""
    seen: dict[str, str] = {}
    for row in submitted().order_by("-pk")[:2000]:
        one = document_of_version(row)
        seen.setdefault(one.lead, one.text)
    return list(seen.values()) if len(seen) >= LEARNED_FROM else []


def _declared() -> Iterable[str]:
    """Return what calls themselves say: guides, and the labels and helps of their forms."""
    types = {}
    for call in Call.objects.select_related("programme_type").order_by("-created_at")[:200]:
        yield from (call.guide_zh, call.guide_en)
        types[call.programme_type_id] = call.programme
    for programme in types.values():
        for field in (field for section in programme.form for field in section.fields):
            yield from (text for said in (field.label, field.help) if said for text in (said.zh, said.en))
