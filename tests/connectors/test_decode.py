"""Encodings are told, not guessed."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuantou.connectors.files.decode import decode
from yuantou.kernel.errors import InputError

TEXT = "项目编号,题目\nP1,拓扑超导中的马约拉纳零能模\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "gbk"]
)
def test_chinese_in_every_usual_encoding(encoding: str) -> None:
    assert decode(TEXT.encode(encoding))[0] == TEXT


def test_utf_16_with_either_mark() -> None:
    assert decode(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"))[0] == TEXT


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("José Ångström, Zürich, né", "latin-1"),
        (
            TEXT.replace("项", "項")
            .replace("题", "題")
            .replace("扑", "撲")
            .replace("导", "導")
            .replace("马约", "馬約")
            .replace("纳", "納")
            .replace("编号", "編號")
            .replace("颈", "頸"),
            "big5",
        ),
    ],
)
def test_other_encodings_are_refused_rather_than_garbled(text: str, encoding: str) -> None:
    with pytest.raises(InputError, match="UTF-8"):
        decode(text.encode(encoding), file="a.csv")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_utf_8_is_never_mistaken(text: str) -> None:
    assert decode(text.encode("utf-8-sig"))[0] == text
    assert decode(text.encode())[0] in {text, text.removeprefix("﻿")}
