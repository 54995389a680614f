"""Another app is reached by its façade; reading earlier models is allowed, and the fields of their forms."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import yuantou

APPS = Path(yuantou.__file__).parent / "apps"
OPEN = {"facade", "models", "forms"}


def reached(source: str, app: str) -> Iterator[str]:
    """Yield the modules of other apps that a source reaches past their façade."""
    for node in ast.walk(ast.parse(source)):
        name = node.module if isinstance(node, ast.ImportFrom) else None
        parts = (name or "").split(".")
        if parts[:2] == ["yuantou", "apps"] and len(parts) > 3 and parts[2] != app and parts[3] not in OPEN:
            yield ".".join(parts[2:])


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from yuantou.apps.review.domain import invite", ["review.domain"]),
        ("from yuantou.apps.review.facade import invite", []),
        ("from yuantou.apps.review.models import Review", []),
        ("from yuantou.apps.calls.domain import close_call", []),
    ],
)
def test_a_way_past_a_facade_would_be_found(source: str, found: list[str]) -> None:
    assert list(reached(source, "calls")) == found


def test_no_app_goes_past_the_facade_of_another() -> None:
    found = [
        f"{path.relative_to(APPS)}: {name}"
        for path in sorted(APPS.glob("*/**/*.py"))
        if "migrations" not in path.parts
        for name in reached(path.read_text("utf-8"), path.relative_to(APPS).parts[0])
    ]
    assert found == []
