"""Canonical JSON and content hashes: equal content gives equal bytes on every machine."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical_json(value: Any) -> bytes:
    """Return sorted, compact UTF-8 JSON (in the spirit of RFC 8785).

    Raises
    ------
    ValueError
        For NaN or infinity, which JSON cannot say.
    TypeError
        For a value that JSON cannot hold.

    >>> canonical_json({"b": 1, "a": "源"}).decode()
    '{"a":"源","b":1}'
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def content_hash(content: bytes | str | Mapping[str, Any] | list[Any]) -> str:
    """Return the SHA-256 of bytes, text (UTF-8) or canonical JSON, as 64 hexadecimal digits."""
    if isinstance(content, str):
        content = content.encode()
    elif not isinstance(content, bytes):
        content = canonical_json(content)
    return hashlib.sha256(content).hexdigest()
