"""A list of decisions as its rule makes it: by the order of a ranking, or by chances that wait for a draw."""

from datetime import datetime
from decimal import Decimal

from yuantou.apps.decisions.models import Decision, DecisionList, Draw, Outcome, Ranking
from yuantou.apps.decisions.rankings import inputs_of, parameters_of, ranked_step
from yuantou.pipelines.decision import Ruled, apply_rule


def ruled_by(ranking: Ranking, rule: str) -> Ruled:
    """Apply a rule to a ranking and the inputs that were frozen with it; nothing is stored."""
    step = ranked_step(ranking)
    variances = {name: float(ranking.summary.get(f"variance_{name}", 0) or 0) for name in ("proposal", "residual")}
    return apply_rule(inputs_of(ranking), step.tables["ranking"], parameters_of(ranking), rule, variances=variances)


def make_list(ranking: Ranking, now: datetime) -> DecisionList:
    """Write down what the rule of the programme type decides; who is neither sure nor out waits for the draw.

    Raises
    ------
    InputError
        If a proposal asks for no amount.
    """
    call = ranking.call
    ruled = ruled_by(ranking, call.programme.decision.rule)
    record = {"method": dict(ruled.method), "figures": dict(ruled.figures), "moved": dict(ruled.moved or {})}
    made = DecisionList.objects.create(
        call=call,
        ranking=ranking,
        rule=call.programme.decision.rule,
        budget=call.budget or 0,
        record=record,
        created_at=now,
    )
    rows = ruled.decisions.iter_rows(named=True)
    Decision.objects.bulk_create(
        Decision(
            decision_list=made,
            proposal_id=row["proposal_id"],
            position=row["rank"],
            by_rule=row["decision"],
            outcome=row["decision"],
            amount=None if row["amount"] is None else Decimal(str(row["amount"])),
            chance=row["chance"],
            reason_zh=row["reason_zh"],
            reason_en=row["reason_en"],
        )
        for row in rows
    )
    if ruled.frozen and made.decisions.filter(outcome=Outcome.DRAW).exists():
        Draw.objects.create(decision_list=made, frozen=dict(ruled.frozen))
    return made
