"""After declines: empty slots filled anew in the background, everybody else kept or few moved."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl
from django.db import transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.audit.facade import append
from yuantou.apps.calls.models import Call
from yuantou.apps.files.facade import store
from yuantou.apps.jobs.facade import start
from yuantou.apps.jobs.models import Job
from yuantou.apps.proposals.facade import refuse_own_call
from yuantou.apps.review import inputs
from yuantou.apps.review.hand import officer_only
from yuantou.apps.review.models import Coverage, Expert, MatchRun
from yuantou.apps.review.phases import mix_rules
from yuantou.apps.review.results import latest_run, parquet, table_of
from yuantou.apps.review.runs import PARQUET, discard_proposed, store_pairs
from yuantou.apps.review.summaries import rebuild
from yuantou.apps.workflow.facade import SYSTEM
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress
from yuantou.pipelines.steps import PAIR


@transaction.atomic
def start_repair(*, call: Call, keep: str, user: User, now: datetime) -> MatchRun:
    """Fill the empty slots of a call in the background: ``keep`` says whether ``all`` others stay, or ``most``.

    Raises
    ------
    NotAllowedError
        If the user is no officer of the call, or nothing was matched yet.
    YuantouError
        If a run of this call is still going.
    """
    officer_only(user, call)
    refuse_own_call(user, call)
    before = latest_run(call)
    if before is None:
        raise NotAllowedError(
            LocalText("还没有匹配结果可以补缺。", "There is no assignment yet to repair."),
            LocalText("请先运行匹配。", "Run the matching first."),
            code="matching.nothing",
        )
    parameters = {**before.parameters, "keep": "most" if keep == "most" else "all"}
    # One kind for all runs of a call: a repair and a run never overlap.
    job = start("matching", subject=call.pk, owner=user, now=now, parameters=parameters)
    run = MatchRun.objects.create(
        call=call, job=job, parameters=parameters, candidates=None, record={"from": before.pk}, created_at=now
    )
    data = {"run": run.pk, "from": before.pk, "keep": parameters["keep"]}
    append(at=now, actor=user.actor, act="matching.repair", kind="call", key=call.pk, data=data)
    return run


def run_repair(run: MatchRun, progress: Progress, *, now: datetime) -> dict[str, Any]:
    """Do the work of a repair; nothing is stored unless all of it is."""
    from yuantou.pipelines.parameters import CallParameters
    from yuantou.pipelines.refill import refill

    call, before = run.call, MatchRun.objects.get(pk=run.record["from"])
    assert before.candidates is not None
    given: dict[str, Any] = {**run.parameters}
    keep = given.pop("keep")
    parameters = CallParameters.from_mapping({"steps": ["match"], "one_per_organisation": True, **given})
    wanted = Coverage.objects.filter(call=call).values_list("proposal_id", "proposal__discipline")
    proposals = pl.DataFrame(
        [(key, discipline, None) for key, discipline in wanted],
        schema={"proposal_id": pl.String, "discipline": pl.String, "demand": pl.Int64},
        orient="row",
    )
    standing = inputs.live_pairs(call)
    result = refill(
        table_of(before.candidates.sha256),
        proposals,
        inputs.people_table(inputs.active_experts(), now),
        parameters,
        standing=standing,
        firm=inputs.kept_pairs(call),
        barred=inputs.barred_pairs(call),
        keep=keep,
        rules=mix_rules(call),
        progress=progress,
    )
    pairs = _with_reasons(call, result.pairs, standing, now)
    certificate = result.certificate
    with transaction.atomic():
        Job.objects.select_for_update().get(pk=run.job_id)
        progress("store", 0, 1)
        moved = discard_proposed(call, now, but=pairs)
        count = store_pairs(run, pairs, now)
        rebuild(call)
        run.candidates, run.pairs = before.candidates, store(parquet(pairs), media_type=PARQUET, now=now)
        run.record = {**run.record, "method": {"assignment": result.method}, "input": certificate["input_hash"]}
        run.summary = _summary(certificate, result.shortage, before) | {"moved": moved, "new": count}
        run.save(update_fields=["candidates", "pairs", "record", "summary"])
        data = {"run": run.pk, "record": content_hash(run.record), "pairs": run.pairs.sha256, "new": count}
        append(at=now, actor=SYSTEM, act="matching.done", kind="call", key=call.pk, data=data | {"moved": moved})
    return {"run": run.pk, "assigned": count}


def _summary(certificate: Mapping[str, Any], shortage: Any, before: MatchRun) -> dict[str, Any]:
    figures = {name: certificate[name] for name in ("filled", "wanted", "value", "bound", "gap")}
    missing = {} if shortage is None else shortage.missing
    told = {
        "reason_zh": "已无可用的候选专家。",
        "reason_en": "No candidate is left who may be asked.",
        "remedy_zh": "请复核利益冲突、放宽限制，或补充专家后重新运行匹配。",
        "remedy_en": "Look at the conflicts, widen the limits, or add experts and run the matching anew.",
    }
    short = [{"proposal_id": key, "missing": lacking, **told} for key, lacking in sorted(missing.items())]
    return figures | {"shortage": short, "conflicts": before.summary.get("conflicts", 0)}


def _with_reasons(call: Call, pairs: pl.DataFrame, standing: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Add to the pairs that are new why they fit; of those that stand it was said before."""
    from yuantou.engines.matching import score_candidates
    from yuantou.pipelines.steps import explained

    new = pairs.join(standing, on=PAIR, how="anti")
    if new.is_empty():
        return pairs
    rows = Expert.objects.filter(pk__in=new["expert_id"].unique().to_list()).select_related("person")
    experts = list(rows.prefetch_related("person__affiliations__organisation"))
    people, works = inputs.expert_tables(experts, now)
    asked = inputs.proposal_table(call, only=new["proposal_id"].unique().to_list())
    reasons = explained(score_candidates(asked, people, works), new).drop("affinity", "rank")
    return pairs.join(reasons, on=PAIR, how="left", maintain_order="left")
