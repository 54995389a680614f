"""Real papers, reviews and budgets become calls that run and replay."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tests.data import data_folder
from yuantou.cli import main

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("goldstandard_call", "goldstandard"),
        ("snsf_mint_call", "reviews/snsf_mint"),
        pytest.param("catalyst_call", "reviews/catalyst", marks=pytest.mark.deep),
    ],
)
def test_real_data_run_and_replay(name: str, data: str, tmp_path: Path) -> None:
    source, converter = data_folder(data), example(name)
    converter.convert(source, tmp_path)
    assert main(["call", "run", str(tmp_path)]) == 0
    assert main(["call", "replay", str(tmp_path / "results")]) == 0
    agreement = converter.compare(source, tmp_path / "results")
    if name == "goldstandard_call":
        assert agreement["assigned"] == 472
        assert agreement["mean_expertise_assigned"] > agreement["mean_expertise_all"]
    elif name == "snsf_mint_call":
        assert agreement["funded"] == agreement["really_funded"] == 114
        assert agreement["same_decision"] >= 340
        assert agreement["rank_correlation"] > 0.999
    else:
        assert agreement["same_decision"] > agreement["same_by_chance"]
