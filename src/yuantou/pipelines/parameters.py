"""The parameters of a call run: read from settings, checked, written into the record."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Final, Literal, Self

from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.score import Scale

Step = Literal["match", "rank", "select"]
STEPS: Final[tuple[Step, ...]] = ("match", "rank", "select")
MIX: Final = ("senior_at_least", "abroad_at_least", "abroad_at_most", "region_at_most", "discipline_at_least")
REVIEWER_MODELS: Final = ("steep", "noisy", "graded", "joint")


@dataclass(frozen=True, slots=True)
class CallParameters:
    """Everything beside the tables that decides what a run gives.

    Parameters
    ----------
    seed:
        Seed of every random draw.
    steps:
        Which steps to run; a step whose tables are missing is passed over.
    reviews_per_proposal, max_load:
        Demand of a proposal and load of an expert where their rows do not say.
    candidates:
        Experts kept for each proposal before assigning.
    one_per_organisation:
        Whether a proposal gets at most one reviewer of each organisation.
    mix:
        Wishes for the reviewers of a proposal together, by name: ``senior_at_least``, ``abroad_at_least``,
        ``abroad_at_most``, ``region_at_most`` (of one region), ``discipline_at_least`` (who declare its discipline).
    apart:
        Groups of experts of whom no two review one proposal.
    cap:
        Draw so that no pair is likelier than one half; excludes ``mix`` and ``apart``.
    scale:
        The scale of the scores; needed for ranking.
    weights:
        Weight of each criterion in the overall score; empty means equal.
    reviewer_labels:
        ``unique`` (one label, one person, over the call) or ``by_panel`` (labels repeat in every panel).
    reviewer_model:
        What reviewers differ in beyond severity: any of ``steep``, ``noisy``, ``graded``, or ``joint`` alone.
    budget:
        Money to give where there is no table of budgets.
    rule:
        ``skip`` passes over a proposal that no longer fits and goes on; ``stop`` ends there.
    top:
        How many proposals lie within the line, for the chance of being there; none takes it from the budget.
    year:
        The year of the call, from which the window of co-authorship counts; none means the latest year of the works.
    """

    seed: int = 1
    steps: tuple[Step, ...] = STEPS
    reviews_per_proposal: int = 3
    max_load: int = 10
    candidates: int = 60
    one_per_organisation: bool = False
    mix: Mapping[str, int] = field(default_factory=dict)
    apart: tuple[tuple[str, ...], ...] = ()
    cap: bool = False
    scale: Scale | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    reviewer_labels: Literal["unique", "by_panel"] = "unique"
    reviewer_model: tuple[Literal["steep", "noisy", "graded", "joint"], ...] = ()
    budget: float | None = None
    rule: Literal["skip", "stop"] = "skip"
    top: int | None = None
    year: int | None = None

    def __post_init__(self) -> None:
        for name, least in (("reviews_per_proposal", 1), ("max_load", 1), ("candidates", 1), ("seed", 0)):
            if getattr(self, name) < least:
                raise _bad(name, f"不能小于 {least}。", f"cannot be below {least}.")
        if self.top is not None and self.top < 1:
            raise _bad("top", "不能小于 1。", "cannot be below 1.")
        if self.budget is not None and not 0 <= self.budget < float("inf"):
            raise _bad("budget", "不能小于零。", "cannot be below zero.")
        for name, allowed in (("rule", ("skip", "stop")), ("reviewer_labels", ("unique", "by_panel"))):
            if getattr(self, name) not in allowed:
                raise _bad(name, f"只能是 {' 或 '.join(allowed)}。", f"is one of {', '.join(allowed)}.")
        if unknown := next((step for step in self.steps if step not in STEPS), None):
            raise _bad("steps", f"没有步骤 {unknown}。", f"knows no step {unknown}.")
        if no_model := next((part for part in self.reviewer_model if part not in REVIEWER_MODELS), None):
            known = ", ".join(REVIEWER_MODELS)
            raise _bad(
                "reviewer_model", f"没有 {no_model}；可用：{known}。", f"knows no {no_model}; there are {known}."
            )

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> Self:
        """Read parameters from settings such as ``call.toml`` or a record.

        ``scale`` may be ``"1:5"``, ``"1:5:0.5"`` or a table with ``low``, ``high``, ``step``, ``higher_is_better``.

        Raises
        ------
        InputError
            For a name that is no parameter or a value that does not fit.
        """
        types = {item.name: item for item in fields(cls)}
        if unknown := next((name for name in settings if name not in types), None):
            raise _bad(
                unknown, f"不是参数；可用：{'、'.join(types)}。", f"is no parameter; there are {', '.join(types)}."
            )
        return replace(cls(), **{name: _value(name, value) for name, value in settings.items()})

    def as_dict(self) -> dict[str, Any]:
        """Return the parameters as JSON can hold them; ``from_mapping`` reads them back."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def parse_scale(text: str) -> Scale:
    """Read a scale from ``low:high`` or ``low:high:step``; ``high:low`` means that lower scores are better.

    >>> parse_scale("1:5:0.5")
    Scale(low=1.0, high=5.0, step=0.5, higher_is_better=True)
    >>> parse_scale("6:1").higher_is_better
    False

    Raises
    ------
    InputError
        If the text is no scale.
    """
    try:
        first, last, step = (*map(float, text.split(":")), 1.0)[:3]
        return Scale(min(first, last), max(first, last), step, first < last)
    except ValueError:
        raise _bad("scale", f"“{text}”应写成 1:5 或 1:5:0.5。", f"“{text}” should be written 1:5 or 1:5:0.5.") from None


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    try:
        return _READERS[name](value)
    except (TypeError, ValueError):
        raise _bad(name, f"不能是 {value!r}。", f"cannot be {value!r}.") from None


def _of_type(*types: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise TypeError(value)
        return value

    return read


def _scale(value: Any) -> Scale:
    if isinstance(value, Scale):
        return value
    return parse_scale(value) if isinstance(value, str) else Scale(**value)


def _weights(value: Any) -> dict[str, float]:
    weights = {name: float(_of_type(int, float)(weight)) for name, weight in dict(value).items()}
    if not all(0 < weight < float("inf") for weight in weights.values()):
        raise ValueError(value)
    return weights


def _mix(value: Any) -> dict[str, int]:
    wishes = {name: _of_type(int)(number) for name, number in dict(value).items()}
    if not all(name in MIX and number >= 0 for name, number in wishes.items()):
        raise ValueError(value)
    return wishes


_whole, _text = _of_type(int), _of_type(str)
_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "seed": _whole,
    "steps": lambda value: tuple(_of_type(list, tuple)(value)),
    "reviewer_model": lambda value: tuple(_of_type(list, tuple)(value)),
    "reviews_per_proposal": _whole,
    "max_load": _whole,
    "candidates": _whole,
    "one_per_organisation": _of_type(bool),
    "mix": _mix,
    "apart": lambda value: tuple(tuple(map(_text, _of_type(list, tuple)(group))) for group in value),
    "cap": _of_type(bool),
    "scale": _scale,
    "weights": _weights,
    "reviewer_labels": _text,
    "budget": lambda value: float(_of_type(int, float)(value)),
    "rule": _text,
    "top": _whole,
    "year": _whole,
}


def _bad(name: str, zh: str, en: str) -> InputError:
    return InputError(
        LocalText(f"参数 {name} {zh}", f"The parameter {name} {en}"),
        LocalText("请改正 call.toml 或命令行选项。", "Correct call.toml or the option on the command line."),
        code="input.parameter",
        place=Place(column=name),
    )
