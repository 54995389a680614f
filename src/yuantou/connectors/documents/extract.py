"""Runs the child that reads a file, and takes whatever becomes of it as a plain answer.

The child has no network (a namespace of its own where the kernel allows it; else the interpreter alone refuses
sockets, which native code could go round: ``isolation`` says which), may write no file, and is ended when its time,
memory or unpacked size is used up.
"""

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any, Final, Literal

Status = Literal["ok", "empty", "scanned", "encrypted", "broken", "too_large", "timeout", "unsupported"]
Isolation = Literal["namespace", "interpreter"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds of wall time, bytes of memory, bytes of unpacked content, pages, characters of text."""

    seconds: float = 60.0
    memory: int = 1 << 30
    unpacked: int = 200 << 20
    pages: int = 2000
    characters: int = 5_000_000


@dataclass(frozen=True, slots=True)
class Extracted:
    """``text`` page after page; ``invisible``: what is printed so that nobody sees it; ``scanned``: pages of pictures.

    ``cut`` tells that a limit ended the text early; everything before it is there.
    """

    status: Status
    text: str = ""
    kind: str = ""
    pages: int = 0
    scanned: tuple[int, ...] = ()
    invisible: tuple[str, ...] = ()
    cut: bool = False
    isolation: Isolation = "interpreter"


_UNSHARE: Final = ("unshare", "--user", "--map-root-user", "--net")


def extract_text(content: bytes, *, limits: Limits | None = None) -> Extracted:
    """Return the text of a file; never raises for what the file is, and never hangs.

    The kind is told from the bytes alone. Control and direction marks are kept: they are evidence.
    """
    chosen = limits or Limits()
    apart = _may_unshare()
    command = [*(_UNSHARE if apart else ()), sys.executable, "-I", "-c", _START, json.dumps(asdict(chosen))]
    environment = {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "YUANTOU_SOURCE": _source()}
    child = subprocess.Popen(  # noqa: S603 our own interpreter; the file goes to its input
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    isolation: Isolation = "namespace" if apart else "interpreter"
    try:
        answer, _nothing = child.communicate(content, timeout=chosen.seconds)
    except subprocess.TimeoutExpired:
        return Extracted("timeout", isolation=isolation)
    finally:
        _end(child)
    return _read(answer, child.returncode, isolation)


def ocr_installed() -> bool:
    """Tell whether a package that reads pictures of text is installed (``rapidocr``)."""
    return any(find_spec(name) is not None for name in ("rapidocr", "rapidocr_onnxruntime"))


_START: Final = (
    "import os, sys; sys.path.insert(0, os.environ['YUANTOU_SOURCE']); "
    "from yuantou.connectors.documents.child import main; main(sys.argv[1])"
)


def _source() -> str:
    import yuantou

    return os.path.dirname(os.path.dirname(os.path.abspath(yuantou.__file__)))  # noqa: PTH100, PTH120 a plain string


def _read(answer: bytes, code: int, isolation: Isolation) -> Extracted:
    try:
        row: dict[str, Any] = json.loads(answer)
        row |= {name: tuple(row[name]) for name in ("scanned", "invisible")} | {"isolation": isolation}
        return Extracted(**row)
    except (ValueError, KeyError, TypeError):
        # Ended by a limit (memory, processor time) or by a fault in the file: both are said, neither is ours to hide.
        ended = code in {-signal.SIGXCPU, -signal.SIGKILL}
        return Extracted("too_large" if ended else "broken", isolation=isolation)


def _end(child: "subprocess.Popen[bytes]") -> None:
    """End the child and all it started."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


@cache
def _may_unshare() -> bool:
    try:
        tried = subprocess.run([*_UNSHARE, "true"], capture_output=True, timeout=10, check=False)  # noqa: S603
        return tried.returncode == 0
    except OSError:
        return False
