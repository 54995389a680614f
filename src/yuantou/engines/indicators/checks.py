"""Trying what a text says against the numbers it rests on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from yuantou.engines.indicators.compute import compute, implied_whole, needed, total
from yuantou.engines.indicators.model import Level, Observation, RefusedError, Vintage
from yuantou.engines.indicators.pack import Check, Pack
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one check: whether the text agrees, and the sum that shows it."""

    check: Check
    agrees: bool
    shown: str


def run_checks(pack: Pack) -> tuple[Outcome, ...]:
    """Run every check of a pack.

    Raises
    ------
    InputError
        If a check names a rule or an observation that does not exist.
    """
    return tuple(_run(pack, check) for check in pack.checks)


def _run(pack: Pack, check: Check) -> Outcome:
    try:
        agrees, shown = _RULES[check.rule](pack, check.uses)
    except KeyError as error:
        raise InputError(
            LocalText(f"检查“{check.id}”：没有 {error}。", f"Check “{check.id}”: there is no {error}."),
            LocalText("请改正数据包。", "Correct the pack."),
        ) from error
    return Outcome(check, agrees, shown)


Result = tuple[bool, str]


def _observed(pack: Pack, key: str) -> Observation:
    return {row.id: row for row in pack.observations}[key]


def _arguments(uses: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "subject": uses.get("subject", "CN"),
        "level": Level(uses.get("level", "nation")),
        "period": uses["period"],
        "since": uses.get("since"),
        "vintage": Vintage(uses["vintage"]) if "vintage" in uses else None,
        "denominator": uses.get("denominator"),
    }


def _computes(pack: Pack, uses: Mapping[str, Any]) -> Result:
    """The figure, rounded as the text rounds it, is what the text says."""
    figure = compute(pack.registry, uses["indicator"], pack.observations, **_arguments(uses))
    said = Decimal(uses["said"])
    rounded = figure.value.quantize(said)
    return rounded == said, f"{' , '.join(str(part.value) for part in figure.parts)} → {figure.value:.3f} ≈ {said}"


def _refuses(pack: Pack, uses: Mapping[str, Any]) -> Result:
    """The computation is refused, for the reason named."""
    try:
        figure = compute(pack.registry, uses["indicator"], pack.observations, **_arguments(uses))
    except RefusedError as error:
        return error.code == f"indicator.{uses['why']}", str(error)
    return False, f"computed {figure.value:.3f}"


def _rounds(pack: Pack, uses: Mapping[str, Any]) -> Result:
    """A number in the text is a rounding of another one."""
    exact, said = _observed(pack, uses["exact"]), Decimal(uses["said"])
    return exact.value.quantize(said) == said, f"{exact.value} → {said}"


def _near(pack: Pack, uses: Mapping[str, Any]) -> Result:
    """“Close to”: below the number said, by no more than a stated part of it (per cent)."""
    exact, said = _observed(pack, uses["exact"]), Decimal(uses["said"])
    short = 100 * (said - exact.value) / said
    return 0 <= short <= Decimal(uses["within"]), f"{exact.value} is {short:.2f} % below {said}"


def _implies(pack: Pack, uses: Mapping[str, Any]) -> Result:
    """A rounded part and its rounded share leave an interval for the whole; the text's number, if any, lies in it."""
    low, high = implied_whole(_observed(pack, uses["part"]), _observed(pack, uses["share"]))
    bounds = [Decimal(bound) for bound in uses["between"]]
    return [low.quantize(bounds[0]), high.quantize(bounds[1])] == bounds, f"{low:.1f} … {high:.1f}"


def _adds(pack: Pack, uses: Mapping[str, Any]) -> Result:
    """The members add up to the whole."""
    members, whole = [_observed(pack, key).value for key in uses["members"]], _observed(pack, uses["whole"]).value
    return sum(members) == whole, f"{' + '.join(map(str, members))} = {sum(members)}; {whole}"


def _not_added(pack: Pack, uses: Mapping[str, Any]) -> Result:
    """Two numbers must not be put together."""
    try:
        found = total([_observed(pack, key) for key in uses["members"]])
    except RefusedError as error:
        return True, str(error)
    return False, f"added to {found[0]}"


def _at_least(pack: Pack, uses: Mapping[str, Any]) -> Result:
    row, bound = _observed(pack, uses["observed"]), Decimal(uses["bound"])
    return row.value >= bound, f"{row.value} ≥ {bound}"


def _at_most(pack: Pack, uses: Mapping[str, Any]) -> Result:
    row, bound = _observed(pack, uses["observed"]), Decimal(uses["bound"])
    return row.value <= bound, f"{row.value} ≤ {bound}"


def _first(pack: Pack, uses: Mapping[str, Any]) -> Result:
    """The bound is reached for the first time: by the later observation and by none of the earlier ones."""
    bound, down = Decimal(uses["bound"]), uses.get("lower_is_better", False)
    later, earlier = _observed(pack, uses["observed"]), [_observed(pack, key) for key in uses["earlier"]]

    def reached(row: Observation) -> bool:
        return row.value <= bound if down else row.value >= bound

    return reached(later) and not any(map(reached, earlier)), f"{later.value}; {[str(row.value) for row in earlier]}"


def _counts(pack: Pack, uses: Mapping[str, Any]) -> Result:
    """Enumerations have as many members as the text says; differences of years are right."""
    wrong = [entry["name"] for entry in uses["lists"] if len(entry["members"]) != entry["said"]]
    wrong += [f"{a} - {b}" for a, b, said in uses.get("differences", []) if a - b != said]
    return not wrong, f"{len(uses['lists'])} lists" if not wrong else str(wrong)


def _claims(pack: Pack, uses: Mapping[str, Any]) -> Result:
    """A claim without a number is kept as a claim: it has words and a period, and nothing is computed from it."""
    return bool(uses.get("words")) and not ({"value", "said"} & set(uses)), uses.get("words", "")


def _what_if(pack: Pack, uses: Mapping[str, Any]) -> Result:
    part, whole = _observed(pack, uses["part"]).value, Decimal(uses["whole"])
    later, growth = needed(
        part, whole, share=Decimal(uses["share"]), years=uses["years"], growth=Decimal(uses["growth"])
    )
    said, rate = Decimal(uses["said"]), Decimal(uses["said_growth"])
    agrees = later.quantize(said) == said and growth.quantize(rate) == rate
    return agrees, f"{later:.0f}, {growth:.2f} % a year"


def _all_of(pack: Pack, uses: Mapping[str, Any]) -> Result:
    results = [_RULES[part["rule"]](pack, part) for part in uses["parts"]]
    return all(agrees for agrees, _shown in results), "; ".join(shown for _agrees, shown in results)


_RULES: Final[Mapping[str, Callable[[Pack, Mapping[str, Any]], Result]]] = {
    "computes": _computes,
    "refuses": _refuses,
    "rounds": _rounds,
    "near": _near,
    "implies": _implies,
    "adds": _adds,
    "not_added": _not_added,
    "at_least": _at_least,
    "at_most": _at_most,
    "first": _first,
    "counts": _counts,
    "claims": _claims,
    "what_if": _what_if,
    "all_of": _all_of,
}
