"""Wishes for the reviewers of a proposal together, as an officer states them, read as rules of the engine.

Beside the table of experts they need its columns ``seniority`` (years since the first independent post), ``region``,
``country`` and ``fields`` (codes of disciplines). Whoever does not say is on neither side: not senior, not
foreign, of no region.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from yuantou.engines import matching
from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress
from yuantou.kernel.seed import Seed
from yuantou.pipelines.parameters import CallParameters

SENIOR_YEARS: Final = 10
"""From so many years of independent work on somebody counts as senior."""
HOME: Final = "CN"
PAIR: Final = ["proposal_id", "expert_id"]
_NAMES: Final[Mapping[str, LocalText]] = {
    "senior": LocalText("资深评审人", "senior reviewers"),
    "abroad": LocalText("境外评审人", "reviewers from abroad"),
    "home": LocalText("境内评审人", "reviewers from home"),
    "foreign": LocalText("境外评审人", "reviewers from abroad"),
    "peer": LocalText("同行评审人", "reviewers who are peers"),
    "user": LocalText("应用方评审人", "reviewers from the side of users"),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a run chose: the assignment, wishes that could not be met, and the chances of pairs if it was drawn."""

    assignment: matching.Assignment
    unmet: pl.DataFrame
    support: pl.DataFrame | None = None


def choose(
    candidates: matching.Candidates,
    proposals: pl.DataFrame,
    experts: pl.DataFrame,
    parameters: CallParameters,
    *,
    fixed: pl.DataFrame | None,
    progress: Progress,
    rules: Sequence[matching.Rule] = (),
    **given: Any,
) -> Chosen:
    """Assign under limits, wishes and the cap on chances, whichever of them the parameters name.

    ``rules`` come on top of the wishes: what the programme itself asks of the reviewers of a proposal.

    Raises
    ------
    InputError
        If wishes contradict one another, or a draw is asked for together with wishes.
    """
    rules = all_rules(parameters, proposals, experts, rules)
    config = matching.AssignConfig(one_per_group=parameters.one_per_organisation)
    seed, nothing = Seed(parameters.seed).stream("assignment"), _unmet([])
    if parameters.cap:
        if rules:
            raise _contradiction()
        return _drawn(candidates, fixed, config, seed, progress, **given)
    if not rules:
        found = matching.assign(candidates, fixed=fixed, config=config, seed=seed, progress=progress, **given)
        return Chosen(found, nothing)
    panels = matching.assign_panels(
        candidates, rules, fixed=fixed, config=config, seed=seed, progress=progress, **given
    )
    return Chosen(panels.assignment, _unmet(panels.unmet.rows()))


def all_rules(
    parameters: CallParameters, proposals: pl.DataFrame, experts: pl.DataFrame, more: Sequence[matching.Rule] = ()
) -> list[matching.Rule]:
    """Return the rules of the programme, of the mix and of the groups kept apart.

    Raises
    ------
    InputError
        If there are more than the engine can hold.
    """
    groups = _known(parameters.apart, experts["expert_id"])
    rules = [*more, *rules_of(parameters.mix, proposals, experts), *matching.apart(*groups)]
    if len(rules) > MOST_RULES:
        raise _too_many(len(rules))
    return rules


def rules_of(mix: Mapping[str, int], proposals: pl.DataFrame, experts: pl.DataFrame) -> list[matching.Rule]:
    """Return the rules that a mix stands for."""
    rules: list[matching.Rule] = []
    if least := mix.get("senior_at_least", 0):
        senior = experts.filter(pl.col("seniority") >= SENIOR_YEARS)["expert_id"]
        rules.append(matching.Rule("senior", frozenset(senior), at_least=least))
    abroad = frozenset(experts.filter(pl.col("country").fill_null(HOME) != HOME)["expert_id"])
    least, most = mix.get("abroad_at_least", 0), mix.get("abroad_at_most")
    if least or most is not None:
        rules.append(matching.Rule("abroad", abroad, at_least=least, at_most=most))
    if of_one_region := mix.get("region_at_most"):
        home = dict(experts.select("expert_id", pl.col("region").fill_null("")).iter_rows())
        rules += _able_to_crowd(matching.spread(home, of_one_region))
    if least := mix.get("discipline_at_least", 0):
        rules += _disciplines(proposals, experts, least)
    return rules


MOST_RULES: Final = 63


def _able_to_crowd(rules: tuple[matching.Rule, ...]) -> list[matching.Rule]:
    """Leave out regions of so few experts that no proposal can have too many of them."""
    return [rule for rule in rules if rule.at_most is not None and len(rule.experts) > rule.at_most]


def _disciplines(proposals: pl.DataFrame, experts: pl.DataFrame, least: int) -> list[matching.Rule]:
    """Ask for reviewers who declare the discipline of the proposal."""
    asked = proposals.drop_nulls("discipline").group_by("discipline").agg("proposal_id").sort("discipline")
    rules = []
    for name, members in asked.iter_rows():
        able = frozenset(experts.filter(pl.col("fields").list.contains(name))["expert_id"])
        rules.append(matching.Rule(name, able, at_least=least, proposals=frozenset(members)))
    return rules


def _drawn(
    candidates: matching.Candidates,
    fixed: pl.DataFrame | None,
    config: matching.AssignConfig,
    seed: int,
    progress: Progress,
    *,
    demand: Mapping[str, int],
    load: Mapping[str, int],
    group: Mapping[str, str] | None,
    forbidden: pl.DataFrame | None,
) -> Chosen:
    """Draw what is open beside the pairs that stand; those are certain and count against all limits."""
    standing = pl.DataFrame(schema=dict.fromkeys(PAIR, pl.String)) if fixed is None else fixed.select(PAIR)
    taken = [dict(standing[key].value_counts().iter_rows()) for key in PAIR]
    open_demand = {name: number - taken[0].get(name, 0) for name, number in demand.items()}
    open_load = {name: number - taken[1].get(name, 0) for name, number in load.items()}
    barred = [
        part.select(PAIR)
        for part in (forbidden, standing, _colleagues(candidates, standing, group))
        if part is not None
    ]
    drawn = matching.draw_assignment(
        candidates,
        demand=open_demand,
        load=open_load,
        group=group,
        forbidden=pl.concat(barred),
        config=config,
        seed=seed,
        progress=progress,
    )
    scored = candidates.to_frame()
    certain = standing.join(scored, on=PAIR, how="left").with_columns(probability=pl.lit(1.0))
    columns = [*PAIR, "affinity", "rank", "probability"]
    pairs = pl.concat([drawn.pairs.select(columns), certain.select(columns)], how="vertical_relaxed").sort(PAIR)
    wanted, filled = sum(demand.values()), pairs.height
    # The bound of twice the demand under twice the load bounds the expected sum of affinities by its half.
    value = float(pairs["affinity"].sum())
    expected = drawn.support.certificate["value"] / 2 + float(certain["affinity"].fill_null(0).sum())
    bound = drawn.support.certificate["bound"] / 2 + float(certain["affinity"].fill_null(0).sum())
    figures = {
        **drawn.support.certificate,
        "value": value,
        "expected": expected,
        "bound": bound,
        "gap": (bound - expected) / expected if expected else 0.0,
        "filled": filled,
        "wanted": wanted,
    }
    shortage = matching.Shortage(drawn.missing, ()) if drawn.missing else None
    support = drawn.support.pairs.select([*PAIR, "probability"])
    return Chosen(matching.Assignment(pairs, figures, shortage, drawn.method), _unmet([]), support)


def _colleagues(
    candidates: matching.Candidates, standing: pl.DataFrame, group: Mapping[str, str] | None
) -> pl.DataFrame | None:
    """Return the pairs of a proposal and a colleague of somebody who stands there already."""
    if not group or standing.is_empty():
        return None
    homes = pl.DataFrame(list(group.items()), schema=["expert_id", "home"], orient="row").filter(pl.col("home") != "")
    there = standing.join(homes, on="expert_id").select("proposal_id", "home").unique()
    return candidates.to_frame().select(PAIR).join(homes, on="expert_id").join(there, on=["proposal_id", "home"])


def _unmet(rows: list[tuple[str, str, int]]) -> pl.DataFrame:
    """Return a row for each wish that could not be met, with its name in both languages."""
    told = [(p, rule, _NAMES.get(rule, LocalText(rule, rule)), lacking) for p, rule, lacking in rows]
    return pl.DataFrame(
        [(p, rule, name.in_language("zh"), name.in_language("en"), lacking) for p, rule, name, lacking in told],
        schema={"proposal_id": pl.String, "rule": pl.String, "rule_zh": pl.String, "rule_en": pl.String}
        | {"lacking": pl.Int64},
        orient="row",
    )


def _known(groups: tuple[tuple[str, ...], ...], experts: pl.Series) -> list[list[str]]:
    """Leave out whoever is no expert of this run; a group of one says nothing."""
    there = set(experts)
    return [known for group in groups if len(known := [name for name in group if name in there]) > 1]


def _contradiction() -> InputError:
    return InputError(
        LocalText(
            "随机抽取（概率上限）不能与评审人组合要求同时使用。",
            "A draw (cap on chances) cannot be combined with wishes for the reviewers together.",
        ),
        LocalText("请去掉其中之一。", "Leave out one of the two."),
        code="matching.cap_and_mix",
        place=Place(column="cap"),
    )


def _too_many(number: int) -> InputError:
    return InputError(
        LocalText(
            f"组合要求共 {number} 条，多于 {MOST_RULES} 条。", f"The wishes are {number} rules, more than {MOST_RULES}."
        ),
        LocalText("请减少要求。", "Ask for less at once."),
        code="matching.rule",
        place=Place(column="mix"),
    )
