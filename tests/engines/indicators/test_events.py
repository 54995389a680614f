"""Packs are read or refused with the place named; every shipped pack is sound."""

from importlib.resources import files

import pytest

from yuantou.engines.indicators.events import load_event_pack, to_sql
from yuantou.kernel.errors import InputError

FOLDER = files("yuantou") / "indicators"
SHARED = (FOLDER / "facility_measures.toml").read_text("utf-8")
PACKS = sorted(p.name for p in FOLDER.iterdir() if p.name.startswith("facility_") and "measures" not in p.name)


def test_sixty_indicators_are_shipped_and_each_names_its_source_in_both_languages() -> None:
    packs = [load_event_pack((FOLDER / name).read_text("utf-8"), measures=SHARED, name=name) for name in PACKS]
    every = [one for pack in packs for one in pack.indicators.values()]
    assert len(every) >= 60
    assert all(one.source and one.name.zh and one.name.en for one in every)


@pytest.mark.parametrize(
    ("formula", "said"),
    [("unheard_of / 2", "unknown name"), ("__import__('os')", "not allowed"), ("uses.real", "not allowed")],
)
def test_a_formula_that_names_what_is_not_declared_is_refused(formula: str, said: str) -> None:
    text = f"""id = "x"
name = {{ zh = "甲", en = "x" }}
edition = "1"
since = "2026-01-01"
indicator = [{{ id = "a", unit = "h", formula = "{formula}", source = "s", name = {{ zh = "乙", en = "a" }} }}]"""
    with pytest.raises(InputError) as refused:
        load_event_pack(text, measures=SHARED)
    assert said in refused.value.text("en")
    assert refused.value.place.column == "indicator.a"


def test_words_of_a_formula_cannot_break_out_of_the_query() -> None:
    with pytest.raises(ValueError, match="not allowed"):
        to_sql("kind == 'x; DROP'", {"kind": "kind"})
