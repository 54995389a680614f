"""The atlas: what is worked out from a corpus once and read by pages and commands ever after.

``prepare`` writes a folder: search index, map, topics, frontier with backtest, fields, network of partners. Each
forecast is frozen in a file of its own date, so that it can be scored when it falls due. Only finished folders are
read.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from yuantou.connectors.search import FILTERS, LiteratureIndex, build_index
from yuantou.engines.literature.capacity import capacity
from yuantou.engines.literature.frontier import FrontierConfig, backtest, forecast, works_with
from yuantou.engines.literature.frontier_pairs import gaps
from yuantou.engines.literature.frontier_terms import TermUse, term_use
from yuantou.engines.literature.landscape import Landscape, landscape
from yuantou.engines.literature.partners import backtest_partners, network, network_table, suggest
from yuantou.kernel.errors import InputError, Place, YuantouError
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress, silent

BATCH: Final = 50_000
EVIDENCE: Final = 12
COLUMNS: Final = ("work_id", "title", "abstract", "year", "authors", "institutions", "countries", "funders", "venue")


def read_works(source: Path) -> pl.DataFrame:
    """Read works from a lake or from a Parquet, CSV or JSON-lines file.

    Returns ``work_id``, ``title``, ``abstract``, ``year``, ``venue`` and the lists ``authors``, ``institutions``,
    ``countries``, ``funders``; what the source does not say is empty.

    Raises
    ------
    InputError
        If there is no such file, or no column of titles or years.
    """
    frame = _from_lake(source) if (source / "lake.json").exists() else _from_file(source)
    for column in ("title", "year"):
        if column not in frame.columns:
            raise InputError(
                LocalText(f"“{source.name}”缺少“{column}”列。", f"“{source.name}” has no column “{column}”."),
                LocalText("请补上该列。", "Please add it."),
                place=Place(source.name, column=column),
            )
    lists = {"authors", "institutions", "countries", "funders"}
    made = []
    for name in COLUMNS:
        if name not in frame.columns:
            made.append(
                (pl.lit([], dtype=pl.List(pl.String)) if name in lists else pl.lit(None, pl.String)).alias(name)
            )
        elif name in lists and frame.schema[name] == pl.String:
            made.append(pl.col(name).str.split(";").list.eval(pl.element().str.strip_chars()).alias(name))
        else:
            made.append(pl.col(name))
    if "work_id" not in frame.columns:
        frame = frame.with_row_index("work_id").with_columns(pl.col("work_id").cast(pl.String))
    wide = frame.select(made).filter(pl.col("title").is_not_null() & pl.col("year").is_not_null())
    return wide.with_columns(pl.col("year").cast(pl.Int64), pl.col("work_id").cast(pl.String)).sort(
        "year", maintain_order=True
    )


def _from_file(source: Path) -> pl.DataFrame:
    readers = {".parquet": pl.read_parquet, ".csv": pl.read_csv, ".jsonl": pl.read_ndjson}
    if source.suffix not in readers or not source.is_file():
        raise InputError(
            LocalText(f"找不到文献文件“{source.name}”。", f"There is no such file of works: “{source.name}”."),
            LocalText(
                "请给出文献库文件夹，或 Parquet、CSV、JSONL 文件。", "Give a lake, or a Parquet, CSV or JSONL file."
            ),
            place=Place(source.name),
        )
    frame = readers[source.suffix](source)  # type: ignore[operator]
    given = {"id": "work_id", "booktitle": "venue"}
    dropped = [new for old, new in given.items() if old in frame.columns and new in frame.columns]
    return frame.drop(dropped).rename({old: new for old, new in given.items() if old in frame.columns})


def _from_lake(source: Path) -> pl.DataFrame:
    from yuantou.connectors.literature import open_lake

    lake = open_lake(source)
    works = lake.scan("works").select("work", "work_id", "title", "abstract", "year", "venue_id", "funders")
    signed = (
        lake.scan("authorships")
        .sort("work", "position")
        .group_by("work", maintain_order=True)
        .agg(
            pl.col("name").drop_nulls().unique(maintain_order=True).alias("authors"),
            pl.col("institution").drop_nulls().unique(maintain_order=True).alias("institutions"),
            pl.col("country").drop_nulls().unique(maintain_order=True).alias("countries"),
        )
    )
    venues = lake.scan("venues").select("venue_id", pl.col("name").alias("venue"))
    return works.join(signed, on="work", how="left").join(venues, on="venue_id", how="left").collect()


@dataclass(frozen=True, slots=True)
class Plan:
    """What to work out: the year of the forecast (0: the last but one, being whole), backtest years, topics, seed."""

    year: int = 0
    tested: tuple[int, ...] = ()
    topics: int = 0
    seed: int = 1
    notice_zh: str = ""
    notice_en: str = ""
    frontier: FrontierConfig = FrontierConfig()  # noqa: RUF009 frozen


def prepare(
    works: pl.DataFrame, folder: Path, *, plan: Plan, now: datetime, progress: Progress = silent
) -> dict[str, Any]:
    """Work out the atlas of a corpus and return its manifest; a part the corpus is too small for is named in it."""
    folder.mkdir(parents=True, exist_ok=True)
    use = term_use(works, progress=progress)
    year = plan.year or int(np.quantile(use.years, 1.0)) - 1
    land = landscape(use, topics=plan.topics, seed=plan.seed)
    works = works.with_columns(topic=pl.Series(land.topic))
    works.drop("abstract").write_parquet(folder / "works.parquet")
    np.save(folder / "places.npy", land.places.astype(np.float32))
    _write(folder / "map.json", _map(land, use, works, year))
    build_index(folder / "index", _batches(works), progress=progress, total=works.height)
    left_out: dict[str, dict[str, str]] = {}
    for name, make in {
        "frontier": lambda: _frontier(use, works, year, plan, progress),
        "fields": lambda: _fields(works, land, year, plan),
        "partners": lambda: _partners(works, land, year),
    }.items():
        try:
            _write(folder / f"{name}.json", make())
        except YuantouError as error:
            (folder / f"{name}.json").unlink(missing_ok=True)
            left_out[name] = {"zh": error.text("zh-hans"), "en": error.text("en")}
    manifest = {
        "works": works.height,
        "first": int(use.years[0]),
        "last": int(use.years[-1]),
        "year": year,
        "topics": len(land.names),
        "made_at": now.isoformat(),
        "seed": plan.seed,
        "left_out": left_out,
        "notice": {"zh": plan.notice_zh, "en": plan.notice_en},
    }
    frozen = folder / "forecasts"
    frozen.mkdir(exist_ok=True)
    if (folder / "frontier.json").exists():
        (frozen / f"{year}-{now:%Y%m%d}.json").write_bytes((folder / "frontier.json").read_bytes())
    _write(folder / "atlas.json", manifest)
    return manifest


def _batches(works: pl.DataFrame) -> Any:
    shown = works.with_columns(
        pl.col("countries").alias("country"),
        pl.col("institutions").alias("institution"),
        pl.col("funders").alias("funder"),
        pl.col("authors").alias("author"),
        pl.col("topic").cast(pl.String),
    )
    kept = [name for name in ("work_id", "title", "abstract", "year", *FILTERS) if name in shown.columns]
    return shown.select(kept).iter_slices(BATCH)


def _map(land: Landscape, use: TermUse, works: pl.DataFrame, year: int) -> dict[str, Any]:
    recent = (use.years > year - 3) & (use.years <= year)
    size = np.bincount(land.topic, minlength=len(land.names))
    lately = np.bincount(land.topic[recent], minlength=len(land.names))
    mean_year = np.bincount(land.topic, weights=use.years, minlength=len(land.names)) / size.clip(1)
    topics = [
        {
            "id": number,
            "name": names[0],
            "terms": list(names),
            "works": int(size[number]),
            "recent": int(lately[number]),
            "mean_year": round(float(mean_year[number]), 1),
            "x": round(float(land.centres[number, 0]), 4),
            "y": round(float(land.centres[number, 1]), 4),
            "r": round(float(land.radii[number]), 4),
        }
        for number, names in enumerate(land.names)
    ]
    links = [[int(one), int(other), round(float(close), 3)] for one, other, close in land.links]
    return {"topics": topics, "links": links}


def _frontier(use: TermUse, works: pl.DataFrame, year: int, plan: Plan, progress: Progress) -> dict[str, Any]:
    config = plan.frontier
    said = forecast(use, year, seed=plan.seed, config=config, progress=progress)
    rows = []
    for row in said.terms.head(100).iter_rows(named=True):
        ids = works_with(use, row["column"], last=year)
        rows.append({**_short(row), "works": ids[:EVIDENCE]})
    tested: dict[str, Any] = {"years": [], "bins": [], "rows": []}
    last = int(use.years[-1]) - config.horizon
    years = plan.tested or tuple(range(last - 4, last + 1))
    try:
        found = backtest(use, years, seed=plan.seed, config=config, progress=progress)
        best = (
            found.rows.sort(["year", "chance"], descending=[True, True]).group_by("year", maintain_order=True).head(50)
        )
        tested = {
            "years": found.years.to_dicts(),
            "bins": found.bins.to_dicts(),
            "rows": [
                {**_short(row), "year": row["year"], "grew": row["grew"], "after": round(row["after"], 3)}
                for row in best.iter_rows(named=True)
            ],
        }
    except YuantouError as error:
        tested["why"] = {"zh": error.text("zh-hans"), "en": error.text("en")}
    open_pairs = gaps(use, year, horizon=config.horizon, first=60).to_dicts()
    return {
        "year": year,
        "horizon": said.horizon,
        "base_rate": said.base_rate,
        "method": said.method,
        "learned_from": list(said.closed),
        "terms": rows,
        "backtest": tested,
        "gaps": open_pairs,
    }


def _short(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "term": row["term"],
        "recent": row["recent"],
        "chance": round(row["chance"], 3),
        "growth": round(row["growth"], 3),
        "burst": round(row["burst"], 3),
        "past_growth": round(row["past_growth"], 3),
    }


def _fields(works: pl.DataFrame, land: Landscape, year: int, plan: Plan) -> dict[str, Any]:
    table = capacity(works.with_columns(pl.col("topic").cast(pl.String).alias("field")), year=year, seed=plan.seed)
    rows = [{**row, "name": land.names[int(row["field"])][0]} for row in table.iter_rows(named=True)]
    return {"year": year, "rows": rows}


def _partners(works: pl.DataFrame, land: Landscape, year: int) -> dict[str, Any]:
    party = "institutions" if works["institutions"].list.len().sum() else "authors"
    near = np.clip(land.vectors @ land.vectors.T, 0, 1)
    found = network(works, party=party, least=3 if party == "institutions" else 8)
    countries = network(works, party="countries", least=1)
    tested = [{"year": cut, **backtest_partners(works, near, year=cut, party=party)} for cut in (year - 5, year - 3)]
    some = found.parties[:60]
    suggestions = {name: suggest(found, name, near, first=8).to_dicts() for name in some}
    return {
        "party": party,
        "links": network_table(found, first=100).to_dicts(),
        "countries": network_table(countries, first=60).to_dicts() if len(countries.parties) > 1 else [],
        "backtest": tested,
        "suggestions": suggestions,
    }


def _write(path: Path, content: Any) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    part.replace(path)


class Atlas:
    """A prepared atlas, opened for reading; every part is read once."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "atlas.json").exists():
            raise InputError(
                LocalText("尚未准备文献图谱。", "No atlas has been prepared yet."),
                LocalText("请运行 yuantou atlas prepare。", "Run “yuantou atlas prepare”."),
                code="atlas.none",
                place=Place(folder.name),
            )
        self.folder = folder

    def part(self, name: str) -> dict[str, Any]:
        """Return ``map``, ``frontier``, ``fields`` or ``partners``; empty if the corpus was too small for it."""
        kept: dict[str, dict[str, Any]] = self.__dict__.setdefault("_parts", {})
        if name not in kept:
            path = self.folder / f"{name}.json"
            kept[name] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        return kept[name]

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Size, years, date and seed of the atlas."""
        return dict(json.loads((self.folder / "atlas.json").read_text("utf-8")))

    @cached_property
    def index(self) -> LiteratureIndex:
        """The search index."""
        return LiteratureIndex(self.folder / "index")

    @cached_property
    def works(self) -> pl.DataFrame:
        """The works in the order of the map, without abstracts."""
        return pl.read_parquet(self.folder / "works.parquet")

    def points(self) -> bytes:
        """Return the works for drawing: n (uint32), then n × 2 float32, n uint16 topics, n uint16 years."""
        places = np.load(self.folder / "places.npy")
        columns = [self.works[name].to_numpy().astype(np.uint16) for name in ("topic", "year")]
        head = np.array([len(places)], dtype=np.uint32)
        return b"".join(part.tobytes() for part in (head, places.astype(np.float32), *columns))

    def mask(
        self, *, countries: str = "", institutions: str = "", funders: str = "", authors: Sequence[str] = ()
    ) -> np.ndarray:
        """Return which works (in the order of the map) have a country, an institution, a funder, one of some people."""
        chosen = np.ones(self.works.height, dtype=bool)
        for column, value in {"countries": countries, "institutions": institutions, "funders": funders}.items():
            if value:
                chosen &= self.works[column].list.contains(value).fill_null(value=False).to_numpy()
        if authors:
            wanted = pl.col("authors").list.eval(pl.element().is_in(list(authors))).list.any().fill_null(value=False)
            chosen &= self.works.select(wanted).to_series().to_numpy()
        return chosen

    def mask_like(self, text: str, *, limit: int = 300) -> np.ndarray:
        """Return the works most like a text: the overlay of a call or a direction."""
        found = {hit.work_id for hit in self.index.like(text, limit=limit).hits}
        return self.works["work_id"].is_in(sorted(found)).to_numpy()
