"""Score files of conferences: read as their matcher reads them, refused by file and row where it would guess."""

import json
from pathlib import Path

import polars as pl
import pytest

from yuantou.connectors.score_files import read_score_files, write_assignments
from yuantou.engines.matching import assign
from yuantou.kernel.errors import InputError

SCORES = "p1,r1,0.5\np1,r2,2.5\n\np2,r1,1\np2,r3,0\n"


def put(folder: Path, **files: str) -> dict[str, Path]:
    paths = {name: folder / name.replace("_", ".") for name in files}
    for name, text in files.items():
        paths[name].write_text(text, encoding="utf-8")
    return paths


def test_scores_add_up_by_weight_and_keep_their_order(tmp_path: Path) -> None:
    files = put(
        tmp_path, a_csv=SCORES, b_csv="p1,r1,4\np3,r9,-1\n", c_csv="p1,r2,-1\np2,r1,1\np2,r2,0\n", q_csv="r1,1\n"
    )
    call = read_score_files(
        [files["a_csv"], files["b_csv"]], weights=[1, 0.5], constraints=files["c_csv"], quotas=files["q_csv"], demand=2
    )
    pairs = call.candidates.to_frame()
    assert {(p, e): round(a / call.scale, 5) for p, e, a, _ in pairs.iter_rows()} == {
        ("p1", "r1"): 2.5,
        ("p1", "r2"): 2.5,
        ("p2", "r1"): 1.0,
    }
    assert call.demand == {"p1": 2, "p2": 2, "p3": 2}
    assert call.load == {"r1": 1, "r2": 6, "r3": 6, "r9": 6}
    assert call.forbidden.rows() == [("p1", "r2")]
    assert call.fixed.rows() == [("p2", "r1")]
    assert read_score_files([files["a_csv"]], zero=True).candidates.to_frame().height == 4


def test_one_json_holds_everything_and_results_go_back_as_json(tmp_path: Path) -> None:
    data = {
        "reviewers": ["r1", "r2"],
        "papers": ["p1"],
        "maximums": [3, 1],
        "demands": [1],
        "scores_by_type": {"affinity": {"edges": [["p1", "r1", 0.2], ["p1", "r2", "0.9"]]}},
        "weight_by_type": {"affinity": 10},
        "constraints": [["p1", "r2", -1]],
    }
    files = put(tmp_path, m_json=json.dumps(data))
    call = read_score_files([files["m_json"]])
    assert call.load == {"r1": 3, "r2": 1}
    result = assign(call.candidates, demand=call.demand, load=call.load, forbidden=call.forbidden)
    write_assignments(tmp_path / "out.json", result.pairs, call.scale)
    written = json.loads((tmp_path / "out.json").read_text())
    assert written == {"p1": [{"aggregate_score": pytest.approx(2, abs=1e-4), "user": "r1"}]}


@pytest.mark.parametrize(
    ("text", "named"),
    [("p1,r1\n", "row 1"), ("p1,r1,1\np1,r2,good\n", "row 2"), ("p1,,1\n", "row 1"), ("p1,r1,nan\n", "row 1")],
)
def test_a_row_that_is_not_a_score_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(InputError, match=named):
        read_score_files([put(tmp_path, a_csv=text)["a_csv"]])


def test_what_else_cannot_be_read_is_named(tmp_path: Path) -> None:
    files = put(tmp_path, a_csv=SCORES, q_csv="r1,many\n", m_json="{", n_json='{"scores_by_type": []}')
    with pytest.raises(InputError, match=r"q\.csv, row 1"):
        read_score_files([files["a_csv"]], quotas=files["q_csv"])
    with pytest.raises(InputError, match="no file"):
        read_score_files([tmp_path / "none.csv"])
    with pytest.raises(InputError, match="weights"):
        read_score_files([files["a_csv"]], weights=[1, 2])
    for name in ("m_json", "n_json"):
        with pytest.raises(InputError, match=files[name].name):
            read_score_files([files[name]])


def test_scores_that_leave_nothing_give_an_empty_call(tmp_path: Path) -> None:
    call = read_score_files([put(tmp_path, a_csv="p1,r1,0\n")["a_csv"]])
    assert isinstance(call.fixed, pl.DataFrame)
    assert call.candidates.proposal_ids == ("p1",)
    assert assign(call.candidates, demand=call.demand, load=call.load).shortage is not None
