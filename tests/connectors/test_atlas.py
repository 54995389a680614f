"""An atlas is worked out from a file of works and read back: map, search, masks, frontier, fields, partners, pages."""

import datetime as dt
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.engines.literature.test_frontier import QUICK, planted
from yuantou.connectors.atlas import Atlas, Plan, prepare, read_works
from yuantou.connectors.vosviewer import from_vosviewer, to_svg, to_vosviewer
from yuantou.kernel.errors import InputError

NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)


def corpus() -> pl.DataFrame:
    """Planted titles with countries, institutions and a funder; one title is Chinese."""
    rows = planted(years=22, per_year=60).with_row_index("n")
    return rows.with_columns(
        pl.when(pl.col("n") == 0).then(pl.lit("量子纠缠与复杂网络的关系")).otherwise(pl.col("title")).alias("title"),
        pl.lit("本文研究网络。").alias("abstract"),
        pl.concat_list(pl.when(pl.col("n") % 3 == 0).then(pl.lit("CN")).otherwise(pl.lit("FR"))).alias("countries"),
        pl.concat_list(
            pl.format("Institute {}", pl.col("n") % 7), pl.format("Institute {}", pl.col("n") % 5 + 4)
        ).alias("institutions"),
        pl.concat_list(pl.lit("Fund")).alias("funders"),
    ).drop("n")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("atlas")
    corpus().write_parquet(base / "works.parquet")
    made = prepare(read_works(base / "works.parquet"), base / "atlas", plan=Plan(topics=12, frontier=QUICK), now=NOW)
    assert made["works"] == 1320
    assert not made["left_out"]
    return base / "atlas"


def test_every_work_lies_in_its_topic_and_topics_do_not_overlap(folder: Path) -> None:
    atlas = Atlas(folder)
    topics = atlas.part("map")["topics"]
    raw = atlas.points()
    count = int(np.frombuffer(raw, np.uint32, 1)[0])
    places = np.frombuffer(raw, np.float32, 2 * count, 4).reshape(-1, 2)
    numbers = np.frombuffer(raw, np.uint16, count, 4 + 8 * count)
    years = np.frombuffer(raw, np.uint16, count, 4 + 10 * count)
    assert len(raw) == 4 + 12 * count
    assert years.min() == 1990
    centres = np.array([[topic["x"], topic["y"]] for topic in topics])
    radii = np.array([topic["r"] for topic in topics])
    assert (np.linalg.norm(places - centres[numbers], axis=1) <= radii[numbers] + 1e-3).all()
    assert np.abs(places).max() <= 1
    apart = np.linalg.norm(centres[:, None] - centres[None], axis=2) + np.eye(len(topics)) * 9
    assert (apart > 0.9 * (radii[:, None] + radii[None])).all()
    assert sum(topic["works"] for topic in topics) == count


def test_same_works_same_map(folder: Path, tmp_path: Path) -> None:
    prepare(read_works(folder.parent / "works.parquet"), tmp_path, plan=Plan(topics=12, frontier=QUICK), now=NOW)
    for name in ("map.json", "frontier.json", "fields.json", "partners.json"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_masks_light_what_was_asked(folder: Path) -> None:
    atlas = Atlas(folder)
    assert atlas.mask().all()
    assert atlas.mask(countries="CN").sum() == 440
    assert not atlas.mask(countries="CN", funders="Other").any()
    assert atlas.mask_like("量子纠缠").sum() >= 1
    author = atlas.works["authors"].explode()[0]
    assert atlas.mask(authors=[author]).any()


def test_forecasts_are_frozen_and_open_to_their_works(folder: Path) -> None:
    content = json.loads((folder / "frontier.json").read_text("utf-8"))
    assert list((folder / "forecasts").iterdir())
    assert content["backtest"]["years"]
    known = set(Atlas(folder).works["work_id"])
    assert all(row["works"] and set(row["works"]) <= known for row in content["terms"])


def test_partners_are_new_and_tested(folder: Path) -> None:
    content = Atlas(folder).part("partners")
    assert content["party"] == "institutions"
    together = {frozenset((row["one"], row["other"])) for row in content["links"]}
    for party, rows in content["suggestions"].items():
        assert not {frozenset((party, row["party"])) for row in rows} & together
    assert {"recall", "recall_common", "recall_size", "recall_chance"} <= set(content["backtest"][0])


def test_vosviewer_there_and_back_keeps_names_places_and_links(folder: Path, tmp_path: Path) -> None:
    content = Atlas(folder).part("map")
    path = tmp_path / "map.json"
    path.write_text(json.dumps(to_vosviewer(content)), "utf-8")
    back = from_vosviewer(path)
    assert [topic["name"] for topic in back["topics"]] == [topic["name"] for topic in content["topics"]]
    assert [row[:2] for row in back["links"]] == [row[:2] for row in content["links"]]
    first, other = np.array([[[t["x"], t["y"]] for t in c["topics"]] for c in (content, back)])
    assert np.corrcoef(first.ravel(), other.ravel())[0, 1] > 0.999


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "network"),
        ('{"network": {"items": [{"id": 1, "label": "a", "x": 1}]}}', "y"),
        (
            json.dumps({"network": {"items": [{"id": 1, "label": "a", "x": 1, "y": 1}], "links": [{"target_id": 9}]}}),
            "unknown",
        ),
    ],
)
def test_a_wrong_vosviewer_file_is_refused_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "map.json"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=said):
        from_vosviewer(path)


def test_chinese_names_are_whole_inside_the_picture() -> None:
    name = "高温超导电子配对机理与量子材料"
    topic = {
        "id": 0,
        "name": name,
        "terms": [name],
        "works": 9,
        "recent": 1,
        "mean_year": 2020,
        "x": 1.0,
        "y": 0.0,
        "r": 0.1,
    }
    picture = to_svg({"topics": [topic], "links": []}, title="地图 <1>")
    assert name in picture
    assert "地图 &lt;1&gt;" in picture
    at = float(picture.split('<text x="')[1].split('"')[0])
    assert at + len(name) * 15 / 2 <= 1200


def test_a_file_that_cannot_be_works_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.csv"):
        read_works(tmp_path / "nothing.csv")
    (tmp_path / "w.csv").write_text("title\nx\n", "utf-8")
    with pytest.raises(InputError, match="year"):
        read_works(tmp_path / "w.csv")
    with pytest.raises(InputError, match="prepared"):
        Atlas(tmp_path)
