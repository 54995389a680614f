"""The record of a list of decisions as one document, kept at the signature and run again from its frozen inputs."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from yuantou.apps.accounts.facade import User
from yuantou.apps.decisions.drafting import ruled_by
from yuantou.apps.decisions.models import DecisionList, Draw, Outcome
from yuantou.apps.decisions.rankings import LEFT_OUT, frozen_members_of, parameters_of, ranked_step
from yuantou.apps.files.facade import read, store
from yuantou.apps.files.models import StoredFile
from yuantou.apps.workflow.facade import enough
from yuantou.connectors.files.decision_file import DECISION, decision_file, read_frozen, unpack
from yuantou.kernel.errors import Problem
from yuantou.pipelines.decision_record import RECORD, machine_blocks
from yuantou.pipelines.decision_record import replay as replay_record

RETENTION: Final = timedelta(days=3653)
"""How long a record is kept at least, counted from its signature, unless the agency's rules ask for longer."""
LARGEST: Final = 1 << 29


def document_of(decision_list: DecisionList, members: Mapping[str, bytes]) -> dict[str, Any]:
    """Return every field of the record of a decision: what follows from the frozen tables, and what people did."""
    ranking, rule = decision_list.ranking, decision_list.rule
    draw = Draw.objects.filter(decision_list=decision_list).first()
    held = draw.document if draw and draw.held else None
    call, parameters = read_frozen(members), parameters_of(ranking)
    blocks = machine_blocks(
        call, parameters, rule, ranked_step(ranking), ranking.evidence, ruled_by(ranking, rule), held
    )
    return {
        "record": RECORD,
        "call": _call_block(decision_list),
        **blocks,
        "left_out": json.loads(members[LEFT_OUT]),
        "outcomes": [
            [row.proposal_id, row.outcome, None if row.amount is None else float(row.amount)]
            for row in decision_list.decisions.order_by("position")
        ],
        "human": _human_block(decision_list, draw),
        "publication": _publication_block(decision_list),
        "made_with": ranking.evidence["made_with"],
    }


def _call_block(decision_list: DecisionList) -> dict[str, Any]:
    call, ranking = decision_list.call, decision_list.ranking
    programme, kind = call.programme, call.programme_type
    assert ranking.frozen_at is not None  # none is kept otherwise
    return {
        "id": call.pk,
        "title": {"zh": call.title_zh, "en": call.title_en},
        "programme_type": {"id": kind.type_id, "version": kind.version, "hash": kind.source_hash},
        "legal_basis": list(programme.clauses),
        "ranking": ranking.pk,
        "frozen": ranking.frozen_id,
        "frozen_at": ranking.frozen_at.isoformat(),
        "list": decision_list.pk,
        "criteria": {c.id: {"zh": c.name.zh, "en": c.name.en, "weight": c.weight} for c in programme.review.criteria},
        "reviewers": "HMAC-SHA-256 under a key of the call; unique over the call",
    }


def _human_block(decision_list: DecisionList, draw: Draw | None) -> dict[str, Any]:
    changed = decision_list.decisions.exclude(override_reason="").select_related("overridden_by").order_by("position")
    return {
        "departures": [
            {
                "proposal": row.proposal_id,
                "by_rule": row.by_rule,
                "outcome": row.outcome,
                "reason": row.override_reason,
                "who": row.overridden_by.actor if row.overridden_by else "",
            }
            for row in changed
        ],
        "meetings": [
            {"id": key, "minutes": digest}
            for key, digest in decision_list.meetings.exclude(minutes_hash="").values_list("pk", "minutes_hash")
        ],
        "lost_secret": {k: v for k, v in draw.fallback.items() if k != "values"} if draw else {},
        "witnesses": _witnesses(draw) if draw else {},
        "signed_by": decision_list.signed_by.actor if decision_list.signed_by else "",
        "signed_at": decision_list.signed_at.isoformat() if decision_list.signed_at else "",
        "content": decision_list.content_hash,
    }


def _witnesses(draw: Draw) -> dict[str, str]:
    people = User.objects.in_bulk(list(draw.parties.values()))
    return {party: people[key].actor for party, key in sorted(draw.parties.items())}


def _publication_block(decision_list: DecisionList) -> dict[str, Any]:
    rows = decision_list.decisions.all()
    total, funded = rows.count(), rows.filter(outcome=Outcome.FUND).count()
    signed = decision_list.signed_at
    return {
        "applicants": "reason_zh, reason_en of each proposal, with the own interval; comments without names",
        "aggregate": {"decided": total, "funded": funded} if enough(total) else {},
        "retention_until": (signed + RETENTION).date().isoformat() if signed else "",
        "languages": ["zh", "en"],
    }


def keep_document(decision_list: DecisionList, now: datetime) -> StoredFile | None:
    """Store the record of a list that is being signed; none for a ranking made before inputs were frozen."""
    if decision_list.ranking.frozen_id is None:
        return None
    members = frozen_members_of(decision_list.ranking)
    content = decision_file(members, document_of(decision_list, members))
    return store(content, media_type="application/zip", now=now, largest=LARGEST)


def file_of(decision_list: DecisionList) -> bytes | None:
    """Return the record of a list in one file: as signed, or as it stands; none where nothing was frozen."""
    if decision_list.document_id:
        return read(decision_list.document_id)
    if decision_list.ranking.frozen_id is None:
        return None
    members = frozen_members_of(decision_list.ranking)
    return decision_file(members, document_of(decision_list, members))


def replay_list(decision_list: DecisionList) -> list[Problem]:
    """Rank, decide and draw again from the frozen inputs; return what differs from the record, nothing if identical."""
    content = file_of(decision_list)
    if content is None:
        return []
    members = unpack(content)
    return replay_record(json.loads(members[DECISION]), read_frozen(members))
