"""Encoders: texts as dense vectors. Optional; without one everything works from words alone."""

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

import numpy as np


class Encoder(Protocol):
    """Turns texts into vectors, the same for the same text whatever stands beside it."""

    @property
    def name(self) -> str:
        """What it is, with its version: vectors of different names do not compare."""
        ...

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return unit vectors (texts × width, float32)."""
        ...


@dataclass(frozen=True)
class CachedEncoder:
    """An encoder that reads each text once: vectors are kept in ``store`` (a dict, a shelf, a table) by their hash."""

    encoder: Encoder
    store: MutableMapping[str, bytes] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the encoder behind it."""
        return self.encoder.name

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return unit vectors (texts × width, float32); only texts not seen before are computed."""
        keys = [sha256(f"{self.name}\0{text}".encode()).hexdigest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self.store}
        for key, vector in zip(new, self.encoder.encode(list(new.values())) if new else (), strict=True):
            self.store[key] = vector.astype(np.float32).tobytes()
        return np.array([np.frombuffer(self.store[key], np.float32) for key in keys], np.float32)
