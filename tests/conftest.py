"""Fixtures that every test may use, what is left to `--deep`, and how long each test took."""

import datetime as dt
import json
import os
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

from tests.database import copy_instead_of_migrating

T = TypeVar("T")
NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
DURATIONS = Path(__file__).parents[1] / "var" / "durations.json"

# The default suite tries the same few examples each time, so that it fails for a change and never for a seed.
settings.register_profile("default", deadline=None, max_examples=20, derandomize=True, database=None)
settings.register_profile(
    "deep", deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--deep`: full matrices, long walks, big samples, many examples."""
    parser.addoption("--deep", action="store_true", help="run what is marked deep too, with many examples each")


def pytest_configure(config: pytest.Config) -> None:
    """Choose how many examples properties are tried on."""
    settings.load_profile("deep" if config.getoption("--deep") else "default")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked deep unless it is asked for."""
    if config.getoption("--deep"):
        return
    deep = [item for item in items if item.get_closest_marker("deep")]
    items[:] = [item for item in items if not item.get_closest_marker("deep")]
    config.hook.pytest_deselected(items=deep)


def drawn(config: pytest.Config, cases: Sequence[T], count: int) -> list[T]:
    """Return every case with `--deep`, else a few, drawn by the seed of the run."""
    if config.getoption("--deep"):
        return list(cases)
    return random.Random(config.getoption("randomly_seed")).sample(cases, count)


_took: dict[str, float] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up setup, call and teardown of each test."""
    _took[report.nodeid] = _took.get(report.nodeid, 0.0) + report.duration


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Keep the durations of SQLite, for `make quick` to choose by."""
    elsewhere = os.environ.get("PYTEST_XDIST_WORKER") or os.environ.get("DATABASE_URL")
    if elsewhere or session.config.getoption("--deep") or not _took:
        return
    ran = {node.partition("[")[0] for node in _took}  # cases that are no more, or not drawn today, are forgotten
    known = json.loads(DURATIONS.read_text("utf-8")) if DURATIONS.exists() else {}
    known = {node: took for node, took in known.items() if node.partition("[")[0] not in ran}
    fresh = DURATIONS.with_suffix(f".{os.getpid()}")
    fresh.parent.mkdir(exist_ok=True)
    fresh.write_text(json.dumps(known | {node: round(took, 3) for node, took in _took.items()}), "utf-8")
    fresh.replace(DURATIONS)


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    """The language in which one test asked for a page is not that of the next."""
    yield
    if "django.utils.translation" in sys.modules:
        sys.modules["django.utils.translation"].deactivate()


@pytest.fixture
def now() -> dt.datetime:
    """A fixed instant: Monday 2 March 2026, 09:00 UTC."""
    return NOW


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The embedded database is migrated once and copied; a server's is migrated by Django."""
    from django.db import connection

    if connection.vendor == "sqlite":
        copy_instead_of_migrating(connection)
