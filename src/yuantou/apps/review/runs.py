"""Runs of the matching: started by an officer, done by the worker, stored whole or not at all."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl
from django.db import transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.audit.facade import Act, append, append_many
from yuantou.apps.calls.models import Call
from yuantou.apps.files.facade import store
from yuantou.apps.jobs.facade import start
from yuantou.apps.jobs.models import Job
from yuantou.apps.proposals.facade import refuse_own_call
from yuantou.apps.review.hand import officer_only, recall
from yuantou.apps.review.inputs import call_tables, kept_pairs, lost_pairs
from yuantou.apps.review.models import STANDING, Assignment, Conflict, ConflictStatus, MatchRun
from yuantou.apps.review.phases import Sides, entering, mix_rules
from yuantou.apps.review.results import parquet
from yuantou.apps.review.summaries import rebuild
from yuantou.apps.workflow.facade import SYSTEM, change_state
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.progress import Progress
from yuantou.pipelines.steps import PAIR

PARQUET = "application/vnd.apache.parquet"
EXPLAINED = ("works", "work_similarities", "terms", "term_shares", "rank")
BLOCK = 2000


@transaction.atomic
def start_matching(
    *,
    call: Call,
    user: User,
    now: datetime,
    reviews: int,
    max_load: int,
    seed: int,
    mix: Mapping[str, int] | None = None,
    apart: Sequence[Sequence[str]] = (),
    cap: bool = False,
) -> MatchRun:
    """Open the review if needed and start a matching run in the background.

    ``mix``, ``apart`` and ``cap`` are those of ``CallParameters``.

    Raises
    ------
    NotAllowedError
        If the user is no officer of the call, or no proposal passed the formal check.
    YuantouError
        If a run of this call is still going.
    """
    if call.is_now.received:
        start_review(call=call, user=user, now=now)
    officer_only(user, call)
    refuse_own_call(user, call)
    parameters: dict[str, Any] = {"reviews_per_proposal": reviews, "max_load": max_load, "seed": seed}
    wishes = {"mix": dict(mix or {}), "apart": [list(group) for group in apart], "cap": cap}
    parameters |= {name: wish for name, wish in wishes.items() if wish}
    job = start("matching", subject=call.pk, owner=user, now=now, parameters=parameters)
    run = MatchRun.objects.create(call=call, job=job, parameters=parameters, created_at=now)
    append(at=now, actor=user.actor, act="matching.start", kind="call", key=call.pk, data={"run": run.pk, **parameters})
    return run


@transaction.atomic
def start_review(*, call: Call, user: User, now: datetime) -> None:
    """Take a closed call to its first phase of review."""
    changes = entering(call, call.programme.phases[0])
    change_state(call, "start_review", user=user, now=now, changes=changes)


def run_matching(run: MatchRun, progress: Progress, *, now: datetime) -> dict[str, Any]:
    """Do the work of a run from the beginning; nothing is stored unless all of it is."""
    from yuantou.pipelines.parameters import CallParameters
    from yuantou.pipelines.steps import match_with_candidates

    job = run.job
    tables = call_tables(run.call, now=now).canonical()
    kept, barred, rules = kept_pairs(run.call), lost_pairs(run.call), mix_rules(run.call)
    parameters = CallParameters.from_mapping({"steps": ["match"], "one_per_organisation": True, **run.parameters})
    result, candidates = match_with_candidates(tables, parameters, progress, kept=kept, barred=barred, rules=rules)
    mix = {"mix": content_hash([[r.name, sorted(r.experts), r.at_least, r.at_most] for r in rules])} if rules else {}
    record = {
        "inputs": tables.hashes() | {"kept": content_hash(kept.rows()), "barred": content_hash(barred.rows())} | mix,
        "parameters": parameters.as_dict(),
        "method": dict(result.method),
    }
    shortage = result.tables.get("shortage")
    unmet = result.tables.get("unmet")
    summary = {
        **result.figures,
        "shortage": [] if shortage is None else shortage.to_dicts(),
        "unmet": [] if unmet is None else unmet.to_dicts(),
    }
    priced = _with_prices(candidates.to_frame(), result.tables.get("prices"))
    candidate_table = parquet(_with_chances(priced, result.tables.get("propensities")))
    pairs = result.tables["assignments"]
    assert job.owner is not None
    with transaction.atomic():
        Job.objects.select_for_update().get(pk=job.pk)
        progress("store", 0, 1)  # the last moment at which cancelling leaves nothing behind
        run.candidates = store(candidate_table, media_type=PARQUET, now=now)
        run.pairs = store(parquet(pairs), media_type=PARQUET, now=now)
        _store_conflicts(result.tables["conflicts"])
        discard_proposed(run.call, now)
        recalled = _recall_all(run.call, job.owner, now)
        count = store_pairs(run, pairs, now)
        rebuild(run.call)
        run.record = record
        run.summary = summary | {"conflicts": Conflict.objects.filter(proposal__call=run.call).count()}
        run.save(update_fields=["candidates", "pairs", "record", "summary"])
        data = {"run": run.pk, "record": content_hash(record), "assignments": count, "recalled": recalled}
        data |= {"candidates": run.candidates.sha256, "pairs": run.pairs.sha256}
        append(at=now, actor=SYSTEM, act="matching.done", kind="call", key=run.call_id, data=data)
    return {"run": run.pk, "assigned": count}


def _with_prices(scored: pl.DataFrame, prices: pl.DataFrame | None) -> pl.DataFrame:
    """Keep with a run what a place with each full expert was worth elsewhere, so that an absence can be explained."""
    if prices is None:
        return scored
    return scored.join(prices, on="expert_id", how="left", maintain_order="left").with_columns(
        pl.col("price").fill_null(0.0)
    )


def _with_chances(scored: pl.DataFrame, chances: pl.DataFrame | None) -> pl.DataFrame:
    """Keep with a run that was drawn how likely each pair was, so that the policy can be judged afterwards."""
    if chances is None:
        return scored
    return scored.join(chances, on=PAIR, how="left", maintain_order="left").with_columns(
        pl.col("probability").fill_null(0.0)
    )


def discard_proposed(call: Call, now: datetime, *, but: pl.DataFrame | None = None) -> int:
    """Drop what was only proposed, except some pairs; invitations, locked pairs and what was chosen by hand stay."""
    old = Assignment.objects.filter(call=call, phase=call.phase, state__means="planned", source="engine", locked=False)
    kept = set() if but is None else set(but.select(PAIR).iter_rows())
    rows = old.values_list("pk", "proposal_id", "expert_id")
    gone = [pk for pk, proposal, expert in rows if (proposal, expert) not in kept]
    for first in range(0, len(gone), BLOCK):
        old.filter(pk__in=gone[first : first + BLOCK]).delete()
    append_many(Act(now, SYSTEM, "assignment.discard", "assignment", pk) for pk in gone)
    return len(gone)


def _store_conflicts(found: pl.DataFrame) -> None:
    """Keep what officers decided; replace what was computed before."""
    proposals = found["proposal_id"].unique().to_list()
    Conflict.objects.filter(proposal__in=proposals, source="computed", status=ConflictStatus.POTENTIAL).delete()
    rows = [
        Conflict(proposal_id=row["proposal_id"], expert_id=row["expert_id"], kind=row["kind"], evidence=row["evidence"])
        for row in found.unique(["proposal_id", "expert_id", "kind"], keep="first", maintain_order=True).iter_rows(
            named=True
        )
        if row["kind"] != "unknown"
    ]
    Conflict.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BLOCK)


def _recall_all(call: Call, user: User, now: datetime) -> int:
    """End the reviews that a conflict found now overtook."""
    conflicts = Conflict.objects.filter(STANDING).select_related("proposal__call", "expert")
    asked = Assignment.objects.filter(call=call, state__means="unfinished").values("proposal", "expert")
    overtaken = conflicts.filter(proposal__call=call, expert__in=asked.values("expert"))
    pairs = {(row["proposal"], row["expert"]) for row in asked}
    found = [row for row in overtaken if (row.proposal_id, row.expert_id) in pairs]
    return sum(
        recall(proposal=row.proposal, expert=row.expert, reason=row.evidence or row.kind, user=user, now=now)
        for row in found
    )


def store_pairs(run: MatchRun, pairs: pl.DataFrame, now: datetime) -> int:
    """Propose the pairs of a run that do not stand yet; return how many."""
    live = Assignment.objects.filter(call=run.call, phase=run.call.phase, state__means="live")
    taken, sides = set(live.values_list("proposal_id", "expert_id")), Sides(run.call, live)
    rows = [
        Assignment(
            call_id=run.call_id,
            proposal_id=row["proposal_id"],
            expert_id=row["expert_id"],
            run=run,
            phase=run.call.phase,
            role=sides.next(row["proposal_id"]),
            affinity=row["affinity"],
            explanation={name: row.get(name) for name in EXPLAINED},
            created_at=now,
        )
        for row in pairs.iter_rows(named=True)
        if (row["proposal_id"], row["expert_id"]) not in taken
    ]
    Assignment.objects.bulk_create(rows, batch_size=BLOCK)
    append_many(
        Act(now, SYSTEM, "assignment.propose", "assignment", row.pk, {"proposal": row.proposal_id, "run": run.pk})
        for row in rows
    )
    return len(rows)
