"""``yuantou schedule``: a year of facility time from tables, with a proved bound and a reason for every refusal."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yuantou.cli.language import both, current, say
from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.local_text import LocalText

if TYPE_CHECKING:
    import polars as pl

    from yuantou.engines.scheduling import FacilityYear, Plan

Folder = Annotated[
    Path,
    typer.Argument(
        help=both(
            "含 intervals.csv、alternatives.csv 及可选的 setups、resources、shares 的文件夹。",
            "Folder with intervals.csv, alternatives.csv and, where they matter, setups, resources, shares.",
        ),
        file_okay=False,
        exists=True,
    ),
]
Out = Annotated[Path | None, typer.Option(help=both("结果文件夹。", "Folder for the result."))]
Seconds = Annotated[float, typer.Option(help=both("最长求解时间（秒）。", "Seconds to search at most."), min=1)]
Gap = Annotated[float, typer.Option(help=both("达到此差距即停止。", "Stop at this proved gap."), min=0)]
Seed = Annotated[int, typer.Option(help=both("随机种子。", "Seed."))]


def register(app: typer.Typer) -> None:
    """Add the command on schedules."""
    app.command(
        "schedule", help=both("排定设施机时：可证上界，逐项说明未排上的原因。", "Schedule facility time, with a bound.")
    )(schedule)


def schedule(folder: Folder, out: Out = None, seconds: Seconds = 60, gap: Gap = 0.001, seed: Seed = 1) -> None:
    """Exit status 1 if rows had to be left out."""
    import time

    from yuantou.connectors.files import whole_folder
    from yuantou.engines.scheduling import check_bookings, check_year, plans

    year, findings = check_year(read_year(folder))
    for found in findings:
        typer.echo(f"! {found.text(current())}", err=True)
    started, plan = time.monotonic(), None
    for plan in plans(year, seed=seed, rounds=1000):
        typer.echo(
            say(f"价值 {plan.value:,.1f}，差距 {plan.gap:.2%}", f"value {plan.value:,.1f}, gap {plan.gap:.2%}"),
            err=True,
        )
        if plan.gap <= gap or time.monotonic() - started > seconds:
            break
    assert plan is not None
    with whole_folder(out or folder / "plan") as fresh:
        _write(fresh, year, plan)
    broken = len(check_bookings(year, plan.bookings))
    placed, asked = plan.bookings.height, year.alternatives["request"].n_unique()
    typer.echo(
        say(
            f"已排 {placed}/{asked}，价值 {plan.value:,.1f}，上界 {plan.bound:,.1f}，差距 {plan.gap:.2%}，"
            f"违反规则 {broken} 条。",
            f"{placed} of {asked} placed, value {plan.value:,.1f}, bound {plan.bound:,.1f}, gap {plan.gap:.2%}, "
            f"{broken} rules broken.",
        )
    )
    if findings:
        raise typer.Exit(1)


def read_year(folder: Path) -> "FacilityYear":
    """Read the tables of a year; ``resources`` of an alternative are separated by semicolons.

    Raises
    ------
    InputError
        If a table is missing or cannot be read; the file is named.
    """
    import polars as pl

    from yuantou.engines.scheduling import FacilityYear

    intervals, alternatives = (_table(folder, name) for name in ("intervals", "alternatives"))
    if "resources" in alternatives.columns:
        parts = pl.col("resources").cast(pl.String).fill_null("").str.split(";")
        alternatives = alternatives.with_columns(parts.list.eval(pl.element().filter(pl.element() != "")))
    more: dict[str, Any] = {
        name: _table(folder, name) for name in ("setups", "resources", "shares") if (folder / f"{name}.csv").exists()
    }
    slots = max(intervals["stop"].to_list(), default=0) if "stop" in intervals.columns else 0
    return replace(FacilityYear(slots, intervals, alternatives), **more)


def _table(folder: Path, name: str) -> "pl.DataFrame":
    import polars as pl

    file = folder / f"{name}.csv"
    names = dict.fromkeys(
        ("instrument", "request", "configuration", "before", "after", "resource", "partner"), pl.String
    )
    try:
        return pl.read_csv(file, schema_overrides=names)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(
            LocalText(f"读不了 {name}.csv：{error}", f"{name}.csv cannot be read: {error}"),
            LocalText("请提供带表头的 UTF-8 CSV。", "Give a UTF-8 CSV with a heading."),
            place=Place(f"{name}.csv"),
        ) from error


def _write(folder: Path, year: "FacilityYear", plan: "Plan") -> None:
    import json

    import polars as pl

    from yuantou.engines.scheduling import explain_absences, resource_prices

    plan.bookings.write_csv(folder / "bookings.csv")
    rows = [
        (a.request, a.instrument, a.start, a.worth, a.price, a.reason.zh, a.reason.en)
        for a in explain_absences(year, plan)
    ]
    columns = ["request", "instrument", "start", "worth", "price", "reason_zh", "reason_en"]
    pl.DataFrame(rows, schema=columns, orient="row").write_csv(folder / "refusals.csv")
    resource_prices(plan).write_csv(folder / "prices.csv")
    record = {"value": plan.value, "bound": plan.bound, "gap": plan.gap, "seed": plan.seed, "method": plan.method}
    (folder / "record.json").write_text(json.dumps(record, indent=1), "utf-8")
