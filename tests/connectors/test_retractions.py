"""The open retraction data is read row by row; a broken file is named with its place."""

import pytest

from yuantou.connectors.retractions import read_retractions
from yuantou.kernel.errors import InputError

HEAD = "Record ID,Title,RetractionDate,OriginalPaperDOI,RetractionNature,Reason,Notes\n"


def test_rows_become_notices(tmp_path) -> None:
    path = tmp_path / "retractions.csv"
    path.write_text(
        HEAD + '1,"Frogs, again",5/1/2024 0:00,10.1000/A,Retraction,+Fake Data;+Image;,\n2,,1/2/2023,unavailable,,,\n',
        "utf-8-sig",
    )
    (notice,) = read_retractions(path)
    assert (notice.doi, notice.title, notice.date) == ("10.1000/A", "Frogs, again", "2024-05-01")
    assert notice.reason == "Fake Data; Image"


def test_a_missing_column_and_a_wrong_date_are_named(tmp_path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Title,Reason\n", "utf-8")
    with pytest.raises(InputError, match="RetractionDate"):
        list(read_retractions(path))
    path.write_text(HEAD + "1,T,soon,10.1/a,Retraction,,\n", "utf-8")
    with pytest.raises(InputError, match="row 1"):
        list(read_retractions(path))
