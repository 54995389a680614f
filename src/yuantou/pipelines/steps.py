"""The steps of a call, each one engine or two: match, rank, select."""

import polars as pl

from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress
from yuantou.pipelines.call import CallInput, StepResult
from yuantou.pipelines.parameters import CallParameters


def match(call: CallInput, parameters: CallParameters, progress: Progress) -> StepResult:
    """Score expertise, find conflicts and assign reviewers to proposals."""
    raise _not_here("engines.matching")


def rank(call: CallInput, parameters: CallParameters, progress: Progress) -> StepResult:
    """Calibrate the reviews and rank the proposals with intervals."""
    raise _not_here("engines.calibration")


def select(call: CallInput, ranking: pl.DataFrame, parameters: CallParameters) -> StepResult:
    """Decide within the budgets."""
    raise _not_here("engines.selection")


def _not_here(engine: str) -> InputError:
    return InputError(LocalText(f"尚无 {engine}。", f"{engine} is not here yet."))
