"""Lists of decisions as a rule makes them: by the order of a ranking, or by chances that wait for a draw."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from yuantou.apps.decisions.chances import Entries, entries_of
from yuantou.apps.decisions.models import Decision, DecisionList, Draw, Outcome, Ranking
from yuantou.pipelines.call import StepResult


def list_by_order(ranking: Ranking, found: StepResult, now: datetime) -> DecisionList:
    """Write down what the order of the ranking decides within the budget."""
    made = _new_list(ranking, {"method": dict(found.method), "figures": dict(found.figures)}, now)
    Decision.objects.bulk_create(
        Decision(
            decision_list=made,
            proposal_id=row["proposal_id"],
            position=row["rank"],
            by_rule=row["decision"],
            outcome=row["decision"],
            amount=Decimal(str(row["amount"])) if row["decision"] == Outcome.FUND else None,
            reason_zh=row["reason_zh"],
            reason_en=row["reason_en"],
        )
        for row in found.tables["decisions"].iter_rows(named=True)
    )
    return made


def list_by_draw(ranking: Ranking, now: datetime) -> DecisionList:
    """Give every proposal its chance; who is neither sure nor out waits for the draw."""
    rule = ranking.call.programme.decision.rule
    entries = entries_of(ranking, rule)
    made = _new_list(ranking, entries.record(), now)
    requested = dict(ranking.rows.values_list("proposal_id", "proposal__requested"))
    positions = ranking.rows.values_list("proposal_id", "position")
    rows = [_entry(made, entries, key, position, requested[key]) for key, position in positions]
    Decision.objects.bulk_create(rows)
    if any(row.outcome == Outcome.DRAW for row in rows):
        Draw.objects.create(decision_list=made, frozen=entries.frozen)
    return made


def _entry(made: DecisionList, entries: Entries, key: str, position: int, amount: Decimal | None) -> Decision:
    outcome, reason = entries.standing(key)
    return Decision(
        decision_list=made,
        proposal_id=key,
        position=position,
        by_rule=outcome,
        outcome=outcome,
        amount=amount if outcome == Outcome.FUND else None,
        chance=entries.chance(key),
        reason_zh=reason.zh,
        reason_en=reason.en,
    )


def _new_list(ranking: Ranking, record: dict[str, Any], now: datetime) -> DecisionList:
    call = ranking.call
    return DecisionList.objects.create(
        call=call,
        ranking=ranking,
        rule=call.programme.decision.rule,
        budget=call.budget or 0,
        record=record,
        created_at=now,
    )
