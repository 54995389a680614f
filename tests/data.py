"""Published data that lie beside the repository, not in it."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).parents[2] / "shared" / "data"


def data_folder(name: str) -> Path:
    """Return a folder of published data, or skip the test where it is not there.

    The folder stands in ``YUANTOU_DATA`` or, without that, in ``shared/data`` beside the repository.
    """
    folder = Path(os.environ.get("YUANTOU_DATA") or _BESIDE) / name
    if not folder.is_dir():
        pytest.skip(f"no {name} in YUANTOU_DATA")
    return folder
