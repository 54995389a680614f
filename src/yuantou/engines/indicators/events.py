"""Indicators over usage events: declared in packs, compiled to SQL, computed for every unit at once.

A pack names measures (what is summed or counted over events, instruments, persons, outages) and indicators (formulas
over measures and dated parameters). Nothing is computed that a pack does not declare, and every figure can be opened to
the events behind it. The caller brings a DuckDB connection with two relations:

``events``: ``event_id``, ``instrument``, ``unit``, ``kind``, ``mode`` (onsite, remote, data), ``external``,
``person``, ``organisation``, ``request``, ``starts``, ``ends``, ``prepare``, ``measure``, ``post`` (hours),
``charge``, ``rate``, ``corrects``, ``recorded``. ``instruments``: ``instrument``, ``unit``, ``value``, ``origin``,
``must_open``, ``is_open``, ``registered``, ``quota_hours``, ``open_hours``.
"""

import ast
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import polars as pl

from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText

EVENT: Final = frozenset(
    "kind mode external person organisation request starts ends prepare measure post charge rate hours".split()
)
INSTRUMENT: Final = frozenset("value origin must_open is_open registered quota_hours open_hours".split())
PERSON: Final = frozenset({"access", "visits", "outside"})
KINDS: Final = ("event", "distinct", "instrument", "person", "outage")
ONE_OUTAGE: Final = 1.0
"""Faults less than so many hours apart are one outage (Lüdeke et al. 2016, doi:10.1103/PhysRevAccelBeams.19.082802)."""
_ACCESS = "min(CASE mode WHEN 'onsite' THEN 1 WHEN 'remote' THEN 2 ELSE 3 END)"
_OPERATORS: Final[dict[type, str]] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Eq: "=", ast.NotEq: "<>", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">",
    ast.GtE: ">=", ast.And: "AND", ast.Or: "OR",
}  # fmt: skip
_FUNCTIONS: Final = {"min": "least", "max": "greatest"}


@dataclass(frozen=True, slots=True)
class Measure:
    """What is summed (``value``) or counted (no value) over rows of a kind where a condition holds."""

    id: str
    over: str
    value: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class EventIndicator:
    """A figure of a report: formula over measures and parameters, unit, decimals, and where it is defined."""

    id: str
    name: LocalText
    formula: str
    unit: str
    decimals: int
    source: str


@dataclass(frozen=True)
class EventPack:
    """An edition of a set of indicators; ``parameters`` are its weights and limits, ``since`` when it began."""

    id: str
    name: LocalText
    edition: str
    since: str
    measures: dict[str, Measure]
    indicators: dict[str, EventIndicator]
    parameters: dict[str, float] = field(default_factory=dict)
    source_hash: str = ""


def load_event_pack(source: str, *, measures: str = "", name: str = "pack") -> EventPack:
    """Read a pack; ``measures`` is the text of measures that packs share.

    Raises
    ------
    InputError
        If a key is missing, an expression is none, or a formula names what is not declared; the place is named.
    """
    try:
        table, shared = tomllib.loads(source), tomllib.loads(measures)
        found = {row["id"]: Measure(**row) for row in [*shared.get("measure", []), *table.get("measure", [])]}
        pack = EventPack(
            id=table["id"],
            name=LocalText.from_mapping(table["name"]),
            edition=str(table["edition"]),
            since=str(table["since"]),
            measures=found,
            indicators={row["id"]: _indicator(row, table) for row in table["indicator"]},
            parameters={row["id"]: float(row["value"]) for row in table.get("parameter", [])},
            source_hash=content_hash([table, shared]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _unsound(name, "", f"{type(error).__name__}: {error}") from error
    for where, text, known in _expressions(pack):
        try:
            to_sql(text, known)
        except (ValueError, SyntaxError) as error:
            raise _unsound(name, where, str(error)) from error
    return pack


def _indicator(row: Mapping[str, Any], table: Mapping[str, Any]) -> EventIndicator:
    name, source = LocalText.from_mapping(row["name"]), row.get("source", table.get("source", ""))
    return EventIndicator(row["id"], name, row["formula"], row["unit"], int(row.get("decimals", 1)), source)


def _expressions(pack: EventPack) -> list[tuple[str, str, Mapping[str, str]]]:
    events = [m for m in pack.measures.values() if m.over == "event"]
    columns: dict[str, frozenset[str]] = {
        "event": EVENT,
        "distinct": EVENT,
        "person": PERSON,
        "instrument": INSTRUMENT | {m.id for m in events},
        "outage": frozenset({"hours"}),
    }
    found: list[tuple[str, str, Mapping[str, str]]] = []
    for each in pack.measures.values():
        if each.over not in KINDS:
            raise _unsound(pack.id, each.id, f"over = {each.over}")
        known = {column: column for column in columns[each.over]}
        found += [(f"measure.{each.id}", text, known) for text in (each.value, each.where) if text]
    names = {name: name for name in [*pack.measures, *pack.parameters]}
    return found + [(f"indicator.{one.id}", one.formula, names) for one in pack.indicators.values()]


def _unsound(name: str, where: str, fault: str) -> InputError:
    return InputError(
        LocalText(f"指标定义有误：{fault}", f"The definition of indicators is wrong: {fault}"),
        LocalText("请更正所指之处。", "Correct the place named."),
        code="indicators.unsound",
        place=Place(name, column=where),
    )


def to_sql(text: str, names: Mapping[str, str]) -> str:
    """Return an expression (arithmetic, comparisons, ``and or not in``, ``min max``) as SQL over known names.

    >>> to_sql("min(a / b, 1) * 35", {"a": "a", "b": "b"})
    '(least((a / nullif(b, 0)), 1) * 35)'
    """
    return _sql(ast.parse(text, mode="eval").body, names)


def _sql(node: ast.expr, names: Mapping[str, str]) -> str:  # noqa: C901, PLR0911 one branch for each kind of node
    match node:
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.Name(id=name):
            raise ValueError(f"unknown name {name}")
        case ast.Constant(value=bool() as value):
            return str(value).upper()
        case ast.Constant(value=int() | float() as value):
            return repr(value)
        case ast.Constant(value=str() as value) if value.isidentifier():
            return f"'{value}'"
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return f"({_sql(left, names)} / nullif({_sql(right, names)}, 0))"
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return f"({_sql(left, names)} {_OPERATORS[type(op)]} {_sql(right, names)})"
        case ast.BoolOp(op=op, values=values):
            return "(" + f" {_OPERATORS[type(op)]} ".join(_sql(value, names) for value in values) + ")"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return f"(NOT {_sql(operand, names)})"
        case ast.Compare(left=left, ops=[ast.In()], comparators=[ast.Tuple(elts=elements)]):
            return f"({_sql(left, names)} IN ({', '.join(_sql(each, names) for each in elements)}))"
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPERATORS:
            return f"({_sql(left, names)} {_OPERATORS[type(op)]} {_sql(right, names)})"
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
            return f"{_FUNCTIONS[name]}({', '.join(_sql(each, names) for each in arguments)})"
    raise ValueError(f"not allowed here: {ast.unparse(node)}")


def compute_events(
    connection: Any, packs: Mapping[str, EventPack], *, start: datetime, end: datetime, cutoff: datetime
) -> pl.DataFrame:
    """Compute every indicator of the packs for every unit.

    Parameters
    ----------
    connection:
        DuckDB connection with ``events`` and ``instruments`` (module docstring).
    start, end:
        Period; events that begin in it count.
    cutoff:
        Only what was recorded until then counts, corrections included: an old report gives the same digits again.

    Returns
    -------
    pl.DataFrame
        ``unit``, ``pack``, ``indicator``, ``value`` (null where a formula divides by nothing), as rounded by the pack.
    """
    measures = {each.id: each for pack in packs.values() for each in pack.measures.values()}
    sql = measures_sql(measures, start, end, cutoff)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE unit_measures AS {sql}")
    columns: list[str] = []
    labels: list[tuple[str, str]] = []
    for key, pack in packs.items():
        known = {name: f"coalesce({name}, 0)::DOUBLE" for name in pack.measures}
        known |= {name: repr(value) for name, value in pack.parameters.items()}
        for one in pack.indicators.values():
            labels.append((key, one.id))
            columns.append(f"round(({to_sql(one.formula, known)})::DOUBLE, {one.decimals}) AS c{len(columns)}")
    rows = connection.execute(f"SELECT unit, {', '.join(columns)} FROM unit_measures ORDER BY unit").fetchall()  # noqa: S608
    numbers = {f"c{i}": pl.Float64 for i in range(len(labels))}
    wide = pl.DataFrame(rows, schema_overrides=numbers, schema=["unit", *numbers], orient="row")
    names = pl.DataFrame({"variable": [f"c{i}" for i in range(len(labels))], "pack": [pack for pack, _ in labels],
                          "indicator": [name for _, name in labels]})  # fmt: skip
    long = wide.unpivot(index="unit", variable_name="variable").join(names, on="variable", how="left")
    return long.select("unit", "pack", "indicator", "value").sort("unit", "pack", "indicator")


def measures_sql(measures: Mapping[str, Measure], start: datetime, end: datetime, cutoff: datetime) -> str:
    """Return the query that gives one row of measures for each unit."""
    by = {kind: [each for each in measures.values() if each.over == kind] for kind in KINDS}
    events = ", ".join(f"{_aggregate(each, EVENT, 'e.')} AS {each.id}" for each in by["event"])
    names = frozenset({*INSTRUMENT, *(each.id for each in by["event"])})
    sums = ", ".join(f"sum({each.id}) AS {each.id}" for each in by["event"])
    things = ", ".join(f"{_aggregate(each, names, '')} AS {each.id}" for each in by["instrument"])
    persons = ", ".join(f"{_aggregate(each, PERSON, '')} AS {each.id}" for each in by["person"])
    outages = ", ".join(f"{_aggregate(each, frozenset({'hours'}), '')} AS {each.id}" for each in by["outage"])
    distinct = ", ".join(
        f"count(DISTINCT {_expression(each.value, EVENT)}) FILTER ({_where(each, EVENT)}) AS {each.id}"
        for each in by["distinct"]
    )
    # Each event is read twice: once for sums, once for people and groups; only kinds in use are computed.
    parts = [f"by_unit AS (SELECT unit, {', '.join(filter(None, (sums, things)))} FROM by_instrument GROUP BY unit)"]  # noqa: S608
    joins = ""
    for name, columns, rows in (
        ("persons", persons, "by_person"), ("groups", distinct, "used"), ("outages", outages, "merged"),
    ):  # fmt: skip
        if columns:
            parts.append(f"{name} AS (SELECT unit, {columns} FROM {rows} GROUP BY unit)")  # noqa: S608
            joins += f" LEFT JOIN {name} USING (unit)"
    return f"""
WITH used AS ({events_sql(start, end, cutoff)}),
by_event AS (SELECT instrument, {events or "count(*) AS rows_"} FROM used e GROUP BY instrument),
by_instrument AS (SELECT i.*, b.* EXCLUDE (instrument) FROM instruments i LEFT JOIN by_event b USING (instrument)),
by_person AS (SELECT unit, person, {_ACCESS} AS access, count(*) AS visits, bool_or(external) AS outside
  FROM used WHERE kind = 'use' AND person IS NOT NULL GROUP BY unit, person),
faults AS (SELECT unit, instrument, starts, ends, starts > max(ends) OVER (PARTITION BY instrument ORDER BY starts, ends
  ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) + INTERVAL {int(ONE_OUTAGE * 60)} MINUTE AS apart
  FROM used WHERE kind = 'fault'),
numbered AS (SELECT *, sum(CASE WHEN coalesce(apart, TRUE) THEN 1 ELSE 0 END)
  OVER (PARTITION BY instrument ORDER BY starts, ends) AS outage FROM faults),
merged AS (SELECT unit, instrument, outage, date_diff('second', min(starts), max(ends)) / 3600.0 AS hours
  FROM numbered GROUP BY unit, instrument, outage),
{", ".join(parts)}
SELECT * FROM by_unit{joins}"""  # noqa: S608 every part is compiled from a pack


def events_sql(start: datetime, end: datetime, cutoff: datetime) -> str:
    """Return the query of events that count: begun in the period, recorded and not corrected until the cutoff."""
    moments = [f"TIMESTAMP '{moment:%Y-%m-%d %H:%M:%S}'" for moment in (start, end, cutoff)]
    return f"""SELECT *, date_diff('second', starts, ends) / 3600.0 AS hours FROM events
  WHERE starts >= {moments[0]} AND starts < {moments[1]} AND recorded <= {moments[2]} AND event_id NOT IN
  (SELECT corrects FROM events WHERE corrects IS NOT NULL AND recorded <= {moments[2]})"""  # noqa: S608 own texts


def events_behind(pack: EventPack, indicator: str) -> str:
    """Return the condition (SQL) of the events that an indicator counts; all uses where it asks for none by itself."""
    names = {node.id for node in ast.walk(ast.parse(pack.indicators[indicator].formula)) if isinstance(node, ast.Name)}
    conditions = set()
    for each in (pack.measures[name] for name in names if name in pack.measures):
        if each.over in {"event", "distinct"}:
            conditions.add(_where(each, EVENT).removeprefix("WHERE "))
        elif each.over == "outage":
            conditions.add("kind = 'fault'")
        elif each.over == "person":
            conditions.add("kind = 'use'")
        else:  # an instrument's own totals, if its measure asks for any
            inner = {node.id for node in ast.walk(ast.parse(each.where or "1")) if isinstance(node, ast.Name)}
            inner |= {node.id for node in ast.walk(ast.parse(each.value or "1")) if isinstance(node, ast.Name)}
            conditions |= {_where(pack.measures[n], EVENT).removeprefix("WHERE ") for n in inner & set(pack.measures)}
    return " OR ".join(sorted(conditions)) or "FALSE"


def _aggregate(each: Measure, names: frozenset[str], prefix: str) -> str:
    # Decimals sum to the same digits in whatever order rows come; floats do not.
    value = f"sum(({_expression(each.value, names)})::DECIMAL(18,4))" if each.value else "count(*)"
    return f"{value} FILTER ({_where(each, names)})"


def _expression(text: str, names: frozenset[str]) -> str:
    return to_sql(text, {name: f"coalesce({name}, 0)" if name not in EVENT | INSTRUMENT else name for name in names})


def _where(each: Measure, names: frozenset[str]) -> str:
    return f"WHERE {_expression(each.where, names)}" if each.where else "WHERE TRUE"
