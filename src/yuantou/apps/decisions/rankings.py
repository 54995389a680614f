"""Ranking a call: inputs frozen under their hash, ranked in the background, and ranked again from what was frozen."""

from datetime import datetime
from typing import Any, Final

import polars as pl
from django.conf import settings
from django.db import transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.audit.facade import append
from yuantou.apps.calls.models import Call
from yuantou.apps.decisions.models import RankedProposal, Ranking
from yuantou.apps.files.facade import read, store
from yuantou.apps.jobs.facade import start
from yuantou.apps.jobs.models import Job
from yuantou.apps.proposals.facade import proposals_for_matching, refuse_own_call
from yuantou.apps.review.facade import reviews_since, reviews_to_rank
from yuantou.apps.workflow.facade import SYSTEM, roles_of
from yuantou.connectors.files.decision_file import frozen_members, pack, read_frozen, unpack
from yuantou.engines.workflow.pseudonym import pseudonyms
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.hashing import canonical_json, content_hash
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress, silent
from yuantou.pipelines.decision_record import evidence_of, made_with
from yuantou.pipelines.parameters import CallParameters
from yuantou.pipelines.steps import StepResult, rank
from yuantou.pipelines.tables import SCHEMAS, CallInput, table_hash

COLUMNS: Final = (
    *("n_reviews", "raw_mean", "mean", "sd", "expected_rank"),
    *("rank_low50", "rank_high50", "rank_low90", "rank_high90", "p_top"),
)
ASKED: Final = ("proposal_id", "discipline", "organisation", "requested")
"""What of a proposal a decision rests on; who asks for it is not among it."""
LARGEST: Final = 1 << 29
LEFT_OUT: Final = "left_out.json"


@transaction.atomic
def start_ranking(*, call: Call, user: User, now: datetime, seed: int) -> Ranking:
    """Start calibrating and ranking in the background, over the reviews as they stand.

    Raises
    ------
    NotAllowedError
        If the user is no officer of the call or its review is not finished.
    """
    refuse_own_call(user, call)
    if not call.is_now.deciding or "officer" not in roles_of(user, call):
        raise NotAllowedError(
            LocalText("评审结束后才能排序。", "Proposals are ranked once the review is finished."),
            LocalText("请先在评审进度页结束评审。", "Finish it on the page of progress."),
            code="ranking.state",
        )
    job = start("ranking", subject=call.pk, owner=user, now=now, parameters={"seed": seed})
    ranking = Ranking.objects.create(call=call, job=job, parameters={"seed": seed}, created_at=now)
    data = {"ranking": ranking.pk, "seed": seed}
    append(at=now, actor=user.actor, act="ranking.start", kind="call", key=call.pk, data=data)
    return ranking


def parameters_of(ranking: Ranking) -> CallParameters:
    """Return the parameters of a ranking as the pipeline takes them."""
    plan = ranking.call.programme.review
    return CallParameters(
        seed=ranking.parameters.get("seed", 1), steps=("rank", "select"), scale=plan.scale, weights=plan.weights
    )


def live_members(call: Call) -> dict[str, bytes]:
    """Return the records that a ranking rests on, as files: reviewers under the names that hold for this call alone."""
    found = reviews_to_rank(call)
    secret = settings.SECRET_KEY.encode()
    people = {*found.table["reviewer_id"], *(row["reviewer"] for row in found.left_out)}
    names = pseudonyms(secret, call=call.pk, persons=people)
    named = pl.col("reviewer_id").replace_strict(names, return_dtype=pl.String)
    rows = [
        {name: getattr(p, name) for name in ASKED} | {"title": p.proposal_id} for p in proposals_for_matching(call.pk)
    ]
    tables = CallInput(
        proposals=pl.DataFrame(rows, schema={name: SCHEMAS["proposals"][name] for name in (*ASKED, "title")}),
        reviews=found.table.with_columns(named),
        budgets=pl.DataFrame([{"pot": "total", "amount": float(call.budget or 0)}], schema=SCHEMAS["budgets"]),
    )
    left_out = [row | {"reviewer": names[row["reviewer"]]} for row in found.left_out]
    members = frozen_members(tables.canonical(), review_versions=found.versions.with_columns(named))
    return members | {LEFT_OUT: canonical_json(left_out)}


def frozen_members_of(ranking: Ranking) -> dict[str, bytes]:
    """Return the frozen files of a ranking; of one made before files were frozen, the records as they stand."""
    return unpack(read(ranking.frozen_id)) if ranking.frozen_id else live_members(ranking.call)


def inputs_of(ranking: Ranking) -> CallInput:
    """Return the tables that a ranking was made from."""
    return read_frozen(frozen_members_of(ranking))


def run_ranking(job: Job, progress: Progress, *, now: datetime) -> dict[str, Any]:
    """Do the work of a ranking job; all of it is stored or nothing."""
    ranking = Ranking.objects.select_related("call__programme_type").get(job=job)
    members = live_members(ranking.call)
    tables, parameters = read_frozen(members), parameters_of(ranking)
    result = rank(tables, parameters, progress)
    counted = tables.reviews.select("proposal_id", "reviewer_id").n_unique()
    evidence = evidence_of(tables, parameters, result) | {"made_with": made_with(), "reviews": counted}
    record = record_of(tables, ranking, result)
    with transaction.atomic():
        progress("store", 0, 1)
        RankedProposal.objects.bulk_create(
            RankedProposal(
                ranking=ranking,
                proposal_id=row["proposal_id"],
                position=position,
                **{name: row[name] for name in COLUMNS},
            )
            for position, row in enumerate(result.tables["ranking"].iter_rows(named=True), 1)
        )
        ranking.record, ranking.input_hash = record, content_hash(record["inputs"])
        ranking.summary = {
            **result.figures,
            "problems": [[p.message.as_dict(), p.remedy.as_dict()] for p in result.problems],
            "strictness": result.tables["reviewers"].to_dicts(),
        }
        ranking.evidence, ranking.frozen_at = evidence, now
        ranking.frozen = store(pack(members), media_type="application/zip", now=now, largest=LARGEST)
        ranking.save(update_fields=["record", "input_hash", "summary", "evidence", "frozen", "frozen_at"])
        data = {"ranking": ranking.pk, "record": content_hash(record), "frozen": ranking.frozen_id}
        append(at=now, actor=SYSTEM, act="ranking.done", kind="call", key=ranking.call_id, data=data)
    return {"ranking": ranking.pk}


def record_of(tables: CallInput, ranking: Ranking, result: StepResult) -> dict[str, Any]:
    """Return what is needed to do it again: input hashes, parameters, method, hash of the outcome."""
    return {
        "inputs": {
            name: digest for name, digest in tables.hashes().items() if name in {"proposals", "reviews", "budgets"}
        },
        "parameters": parameters_of(ranking).as_dict(),
        "method": dict(result.method),
        "output": table_hash(result.tables["ranking"]),
    }


def replay(ranking: Ranking, progress: Progress = silent) -> list[str]:
    """Rank again from the frozen inputs and return the names of everything that differs; empty if identical."""
    tables = inputs_of(ranking)
    again = record_of(tables, ranking, rank(tables, parameters_of(ranking), progress))
    before = ranking.record
    changed = [name for name in before["inputs"] if before["inputs"][name] != again["inputs"][name]]
    return changed + [name for name in ("parameters", "method", "output") if before[name] != again[name]]


def changed_since(ranking: Ranking) -> int:
    """Count the reviews handed in, changed or withdrawn after a ranking was frozen: it does not rest on them."""
    if ranking.frozen_at is None or not ranking.call.is_now.deciding:
        return 0
    counted = ranking.evidence.get("reviews")
    return reviews_since(ranking.call, ranking.frozen_at, counted) if counted is not None else 0


def ranked_step(ranking: Ranking) -> StepResult:
    """Return a ranking as the pipeline gave it, read back from its records."""
    names = ("proposal_id", *COLUMNS)
    schema = {"proposal_id": pl.String, "n_reviews": pl.Int64} | dict.fromkeys(COLUMNS[1:], pl.Float64)
    table = pl.DataFrame(list(ranking.rows.order_by("position").values_list(*names)), schema=schema, orient="row")
    people = {"reviewer_id": pl.String, "n": pl.Int64, "effect": pl.Float64, "sd": pl.Float64}
    reviewers = pl.DataFrame(ranking.summary.get("strictness", []), schema=people)
    figures = {name: value for name, value in ranking.summary.items() if name not in {"problems", "strictness"}}
    method = ranking.record.get("method", {})
    return StepResult(method, {"ranking": table, "reviewers": reviewers}, figures)
