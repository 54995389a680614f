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
@pytest.mark.slow
def test_real_papers_and_researchers_are_assigned(tmp_path: Path) -> None:
    source, converter = data_folder("goldstandard"), example("goldstandard_call")
    converter.convert(source, tmp_path)
    assert main(["call", "run", str(tmp_path)]) == 0
    assert main(["call", "replay", str(tmp_path / "results")]) == 0
    agreement = converter.compare(source, tmp_path / "results")
    assert agreement["assigned"] == 472
    assert agreement["mean_expertise_assigned"] > agreement["mean_expertise_all"]


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "data", "rows"),
    [
        ("snsf_mint_call", "snsf_mint", {"proposals": 353, "reviews": 2838, "budgets": 4}),
        ("catalyst_call", "catalyst", {"proposals": 259, "reviews": 4866, "budgets": 9}),
    ],
)
def test_real_reviews_and_budgets_are_good_call_folders(name: str, data: str, rows: dict, tmp_path: Path) -> None:
    assert example(name).convert(data_folder(f"reviews/{data}"), tmp_path) == rows
    assert main(["call", "check", str(tmp_path)]) == 0
