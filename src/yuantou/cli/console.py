"""What a run shows: progress, problems, a table of figures; errors on one line, never a traceback."""

import sys
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Final

from yuantou.cli.language import current, say
from yuantou.kernel.errors import Problem, YuantouError
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress

_STAGES: Final[Mapping[str, LocalText]] = {
    "read": LocalText("读取", "Reading"),
    "expertise": LocalText("匹配专长", "Matching expertise"),
    "conflicts": LocalText("检查回避", "Checking conflicts"),
    "assign": LocalText("分配", "Assigning"),
    "calibrate": LocalText("校准", "Calibrating"),
    "select": LocalText("遴选", "Deciding"),
    "write": LocalText("写出", "Writing"),
}
_SHOWN: Final = 20


@contextmanager
def watching() -> Generator[Progress]:
    """Yield a progress that draws bars on a terminal, and elsewhere prints one line when a stage is done."""
    if not sys.stderr.isatty():
        yield _plain()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True)) as bars:
        tasks = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(_stage(stage), total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield show


def _plain() -> Progress:
    told: set[str] = set()

    def show(stage: str, done: int, total: int) -> None:
        if done >= total and stage not in told:
            told.add(stage)
            print(f"{_stage(stage)} {done:,}/{total:,}", file=sys.stderr)

    return show


def _stage(stage: str) -> str:
    return _STAGES.get(stage, LocalText(stage, stage)).in_language(current())


def show_error(error: YuantouError) -> None:
    """Print an error, and the problems behind it, on standard error."""
    lead = say("错误", "Error")
    print(f"{lead}: {describe(Problem(error.code, error.message, error.remedy, error.place))}", file=sys.stderr)
    show_problems(error.problems)


def show_problems(problems: Iterable[Problem], *, limit: int | None = _SHOWN) -> None:
    """Print problems on standard error, the first ``limit`` of them in full."""
    listed = list(problems)
    for problem in listed[:limit]:
        print(f"  {'✗' if problem.fatal else '!'} {describe(problem)}", file=sys.stderr)
    if limit is not None and len(listed) > limit:
        more = len(listed) - limit
        print(say(f"  …… 另有 {more:,} 条，见 rejects.csv", f"  … {more:,} more, see rejects.csv"), file=sys.stderr)


def describe(problem: Problem) -> str:
    """Return place, reason and remedy on one line in the language in use."""
    place = problem.place
    row = say(f"第 {place.row} 行", f"row {place.row}") if place.row is not None else ""
    where = say("，", ", ").join(part for part in (place.file, row, place.column) if part)
    text = f"{problem.message.in_language(current())} {problem.remedy.in_language(current())}"
    return f"{where}{say('：', ': ')}{text}" if where else text
