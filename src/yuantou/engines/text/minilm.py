"""A small sentence encoder (MiniLM; Wang et al., 2020, arXiv 2002.10957) in NumPy alone: no GPU, no framework.

BERT layers (Devlin et al., 2019, arXiv 1810.04805) over WordPiece units, mean of the last layer, unit length
(Reimers and Gurevych, 2019, arXiv 1908.10084). About ten abstracts a second on one core. The public weights know
English; Chinese texts are better served by words.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import erf

from yuantou.engines.text.terms import normalise

_BATCH: Final = 16
_LONGEST_WORD: Final = 100


@dataclass(frozen=True)
class MiniLM:
    """The encoder: ``weights`` by their names in the published file, ``vocabulary`` from unit to number."""

    name: str
    weights: Mapping[str, np.ndarray]
    vocabulary: Mapping[str, int]
    heads: int = 12
    longest: int = 256

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return unit vectors (texts × width, float32). Texts are cut after ``longest`` units."""
        numbers = [self._numbers(text) for text in texts]
        order = sorted(range(len(texts)), key=lambda place: len(numbers[place]))
        found = np.zeros((len(texts), self.weights["embeddings.LayerNorm.weight"].shape[0]), np.float32)
        for first in range(0, len(order), _BATCH):
            batch = order[first : first + _BATCH]
            found[batch] = self._vectors([numbers[place] for place in batch])
        return found

    def _numbers(self, text: str) -> list[int]:
        found = [self.vocabulary["[CLS]"]]
        for word in words(text):
            found += pieces(word, self.vocabulary)
            if len(found) >= self.longest - 1:
                break
        return [*found[: self.longest - 1], self.vocabulary["[SEP]"]]

    def _vectors(self, numbers: Sequence[Sequence[int]]) -> np.ndarray:
        length = max(map(len, numbers))
        padded = np.array([[*row, *[0] * (length - len(row))] for row in numbers])
        seen = np.arange(length) < np.array([[len(row)] for row in numbers])
        table = self.weights["embeddings.word_embeddings.weight"]
        place = self.weights["embeddings.position_embeddings.weight"][:length]
        state = table[padded] + place + self.weights["embeddings.token_type_embeddings.weight"][0]
        state = self._even(state, "embeddings.LayerNorm")
        layer = 0
        while f"encoder.layer.{layer}.output.dense.weight" in self.weights:
            state = self._layer(state, seen, f"encoder.layer.{layer}")
            layer += 1
        mean = (state * seen[:, :, None]).sum(axis=1)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)

    def _layer(self, state: np.ndarray, seen: np.ndarray, name: str) -> np.ndarray:
        inner = f"{name}.attention.self"
        query, key, value = (self._split(self._linear(state, f"{inner}.{part}")) for part in ("query", "key", "value"))
        weight = query @ key.swapaxes(2, 3) / np.float32(np.sqrt(query.shape[-1]))
        weight = np.where(seen[:, None, None, :], weight, np.float32(-1e9))
        weight = np.exp(weight - weight.max(axis=-1, keepdims=True))
        mixed = (weight / weight.sum(axis=-1, keepdims=True)) @ value
        mixed = mixed.swapaxes(1, 2).reshape(state.shape)
        state = self._even(
            state + self._linear(mixed, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm"
        )
        wide = self._linear(state, f"{name}.intermediate.dense")
        wide = wide * 0.5 * (1 + erf(wide / np.float32(np.sqrt(2))))
        return self._even(state + self._linear(wide, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _linear(self, state: np.ndarray, name: str) -> np.ndarray:
        return state @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def _split(self, state: np.ndarray) -> np.ndarray:
        return state.reshape(*state.shape[:2], self.heads, -1).swapaxes(1, 2)

    def _even(self, state: np.ndarray, name: str) -> np.ndarray:
        apart = state - state.mean(axis=-1, keepdims=True)
        spread = np.sqrt((apart * apart).mean(axis=-1, keepdims=True) + np.float32(1e-12))
        return apart / spread * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]


def words(text: str) -> Iterator[str]:
    """Yield words, and each punctuation mark and Chinese character by itself; accents are dropped."""
    word = ""
    for sign in unicodedata.normalize("NFD", normalise(text)):
        kind = unicodedata.category(sign)
        if kind == "Mn":
            continue
        alone = kind[0] in "PS" or "㐀" <= sign <= "鿿"
        if alone or sign.isspace() or kind[0] == "C":
            if word:
                yield word
            word = ""
        if alone:
            yield sign
        elif not sign.isspace() and kind[0] != "C":
            word += sign
    if word:
        yield word


def pieces(word: str, vocabulary: Mapping[str, int]) -> list[int]:
    """Return the longest known pieces of a word from its start on (WordPiece), or the unknown one.

    >>> pieces("matching", {"match": 1, "##ing": 2, "[UNK]": 0})
    [1, 2]
    """
    found: list[int] = []
    first = 0
    while first < len(word) <= _LONGEST_WORD:
        for last in range(len(word), first, -1):
            number = vocabulary.get(("##" if first else "") + word[first:last])
            if number is not None:
                break
        else:
            return [vocabulary["[UNK]"]]
        found.append(number)
        first = last
    return found or [vocabulary["[UNK]"]]
