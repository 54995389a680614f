"""The reference names every table, column, heading and parameter."""

import tomllib
from dataclasses import fields
from pathlib import Path

from yuantou.connectors.files.call_tables import TABLES
from yuantou.pipelines.parameters import CallParameters

REFERENCE = (Path(__file__).parents[2] / "docs" / "reference" / "call-folder.md").read_text(encoding="utf-8")


def test_every_table_and_heading_is_documented() -> None:
    for table in TABLES:
        section = REFERENCE.split(f"### {table.name} ")[1].split("\n### ")[0]
        for name in table.known_as():
            assert f"`{name}`" in section
        for column in table.columns:
            (row,) = [line for line in section.splitlines() if line.startswith(f"| `{column.name}`")]
            assert (f"`{column.name}`*" in row) == column.required
            for heading in column.known_as():
                assert heading in row, (table.name, heading)


def test_every_parameter_is_documented() -> None:
    settings = REFERENCE.split("```toml")[1].split("```")[0]
    for item in fields(CallParameters):
        assert item.name == "steps" or item.name in settings


def test_documented_settings_are_accepted() -> None:
    settings = REFERENCE.split("```toml")[1].split("```")[0]
    assert CallParameters.from_mapping(tomllib.loads(settings)).weights == {"novelty": 2.0, "feasibility": 1.0}
