"""Fixtures that every test may use."""

import datetime as dt

import pytest

NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def now() -> dt.datetime:
    """A fixed instant: Monday 2 March 2026, 09:00 UTC."""
    return NOW
