"""The site as a user starts it, and a browser before it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import drawn
from tests.database import migrated

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]


@dataclass(frozen=True)
class Site:
    """A running site: its address and its data folder."""

    url: str
    data: Path


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """`yuantou up` on an empty data folder, stopped at the end."""
    data = tmp_path_factory.mktemp("site")
    if migrated().exists():
        shutil.copy(migrated(), data / "yuantou.sqlite3")
    process, port, seen = _start(data)
    for _again in range(2):
        if process.poll() is None or not _taken(port):
            break
        process, port, seen = _start(data)  # somebody else took the port between its choice and the start
    if process.poll() is not None:
        pytest.fail("the site did not start:\n" + seen)
    try:
        yield Site(f"http://localhost:{port}", data)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _start(data: Path) -> tuple["subprocess.Popen[str]", int, str]:
    """Start the site on a free port and wait until it runs or has ended; also what it said."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if name not in {"DJANGO_SETTINGS_MODULE", "YUANTOU_URL"}},
        "YUANTOU_DATA_DIR": str(data),
        "YUANTOU_PORT": str(port),
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-m", "yuantou.web.launch"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    seen = ""
    try:
        for line in process.stdout:
            seen += line
            if line.startswith("[6/6]"):
                return process, port, seen
        process.wait(timeout=30)
    except BaseException:
        process.terminate()
        raise
    return process, port, seen


def _taken(port: int) -> bool:
    """Tell whether somebody answers there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The journey of a call is made in both languages, the others in one that the seed of the run draws."""
    if "language" in metafunc.fixturenames:
        both = metafunc.module.__name__.endswith("test_journey")
        languages = ["zh", "en"]
        metafunc.parametrize("language", languages if both else drawn(metafunc.config, languages, 1))


@pytest.fixture(scope="session", autouse=True)
def _thorough(request: pytest.FixtureRequest) -> None:
    """With `--deep` accessibility is checked on every page, known shapes or not."""
    from tests.web.test_journey import Person

    Person.thorough = request.config.getoption("--deep")


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, driven by Playwright."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def known(browser: Any, site: Site, language: str) -> Iterator[Any]:
    """Return somebody signed in by account, at the same browser each time; closed at the end.

    The page to sign in has its test in the journey of a call.
    """
    from tests.web.test_journey import Known

    opened: dict[str, Any] = {}

    def person(name: str) -> Any:
        if name not in opened:
            opened[name] = Known(browser, site, name, language)
        return opened[name]

    yield person
    for somebody in opened.values():
        somebody.close()
