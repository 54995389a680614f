"""The terms of many texts counted at once, compiled: the same terms and numbers as ``terms.tokens`` and ``term_id``.

A text is read sign by sign by a table of kinds of signs. Numbers are the CRC-32 of a term's UTF-8 bytes, taken on while
the signs are read, so that no term is ever written down. About 30,000 abstracts a second on one core.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numba
import numpy as np

from yuantou.engines.text.terms import ENDINGS, HAN, HAN_FIRST, STOP, STOP_ZH, normalise

_LETTER, _DIGIT, _CHINESE, _SIGN, _HYPHEN, _CHINESE_STOP = 1, 2, 3, 4, 5, 6
_SLOTS: Final = 1 << 14
_LONGEST: Final = 16
"""Signs of the longest stop word or ending, and more."""


def count_block(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return how many different terms each text has (int64), and terms (int32, ascending) with counts (uint8) in order.

    A count above 255 is kept as 255. Time O(signs), without the interpreter's lock but for the folding of signs.
    """
    folded = [normalise(text) for text in texts]
    signs = np.frombuffer("".join(folded).encode("utf-32-le", "surrogatepass"), np.uint32)
    start = np.concatenate([[0], np.cumsum(np.fromiter(map(len, folded), np.int64, len(folded)))]).astype(np.int64)
    terms, counts = np.empty(2 * len(signs) + 1, np.int32), np.empty(2 * len(signs) + 1, np.uint8)
    lengths = np.empty(len(texts), np.int64)
    used = _count(signs, start, *_tables(), terms, counts, lengths)
    return lengths, terms[:used].copy(), counts[:used].copy()


@lru_cache(maxsize=1)
def _tables() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return kinds of signs, the table of CRC-32, stop words by their number, stop words and endings as signs."""
    kinds = np.zeros(0x110000, np.uint8)
    every = "".join(map(chr, range(0x110000)))
    for kind, pattern in (
        (_LETTER, r"[^\W_]"),
        (_DIGIT, r"\d"),
        (_SIGN, r"[^\w\s\-'’]"),
        (_HYPHEN, r"[-'’]"),
        (_CHINESE, r"[\u3400-\u9fff\uf900-\ufaff]"),
        (_CHINESE_STOP, f"[{''.join(sorted(STOP_ZH))}]"),
    ):
        kinds[[ord(sign) for sign in re.findall(pattern, every)]] = kind
    crc = np.arange(256, dtype=np.uint32)
    for _bit in range(8):
        crc = np.where(crc & 1, (crc >> np.uint32(1)) ^ np.uint32(0xEDB88320), crc >> np.uint32(1))
    stops = _words(sorted(STOP))
    slots = np.full(_SLOTS, -1, np.int16)
    for number, word in enumerate(stops):
        place = _crc(word[: np.count_nonzero(word)], crc) % _SLOTS
        assert slots[place] < 0, "two stop words fall into one slot: enlarge the table"
        slots[place] = number
    return kinds, crc, slots, stops, _words(ENDINGS)


def _words(words: Sequence[str]) -> np.ndarray:
    found = np.zeros((len(words), _LONGEST), np.uint32)
    for number, word in enumerate(words):
        found[number, : len(word)] = [ord(sign) for sign in word]
    return found


@numba.njit(cache=True, nogil=True)
def _byte(state: np.uint32, byte: np.uint32, crc: np.ndarray) -> np.uint32:
    return np.uint32(crc[(state ^ byte) & np.uint32(255)] ^ (state >> np.uint32(8)))


@numba.njit(cache=True, nogil=True)
def _take(state: np.uint32, sign: np.uint32, crc: np.ndarray) -> np.uint32:
    """Take one sign on, as UTF-8."""
    rest, high = np.uint32(63), np.uint32(128)
    if sign < 0x80:
        return _byte(state, sign, crc)
    if sign < 0x800:
        state = _byte(state, np.uint32(192) | (sign >> np.uint32(6)), crc)
        return _byte(state, high | (sign & rest), crc)
    if sign < 0x10000:
        state = _byte(state, np.uint32(224) | (sign >> np.uint32(12)), crc)
    else:
        state = _byte(state, np.uint32(240) | (sign >> np.uint32(18)), crc)
        state = _byte(state, high | ((sign >> np.uint32(12)) & rest), crc)
    state = _byte(state, high | ((sign >> np.uint32(6)) & rest), crc)
    return _byte(state, high | (sign & rest), crc)


@numba.njit(cache=True, nogil=True)
def _crc(signs: np.ndarray, crc: np.ndarray) -> np.uint32:
    state = np.uint32(0xFFFFFFFF)
    for sign in signs:
        state = _take(state, sign, crc)
    return np.uint32(state ^ np.uint32(0xFFFFFFFF))


@numba.njit(cache=True, nogil=True)
def _is(signs: np.ndarray, word: np.ndarray) -> bool:
    """Tell whether ``signs`` are those of a word that is filled up with zeros."""
    if len(signs) > len(word) or (len(signs) < len(word) and word[len(signs)] != 0):
        return False
    same = True
    for place in range(len(signs)):
        same = same and signs[place] == word[place]
    return same


@numba.njit(cache=True, nogil=True)
def _stemmed(word: np.ndarray, endings: np.ndarray) -> int:
    """Return how many signs of a word stay when its commonest ending is cut."""
    for number in range(len(endings)):
        size = 0
        while endings[number, size] != 0:
            size += 1
        if len(word) - size >= 4 and _is(word[len(word) - size :], endings[number]):
            return len(word) - size
    return len(word)


@numba.njit(cache=True, nogil=True)
def _number(state: np.uint32, first: np.uint32) -> int:
    number = np.int64(state ^ np.uint32(0xFFFFFFFF)) & (HAN - 1)
    return int(number | (HAN if first >= HAN_FIRST else 0))


@numba.njit(cache=True, nogil=True)
def _end(signs: np.ndarray, place: int, last: int, kinds: np.ndarray) -> int:
    """Return where the run of signs that begins at ``place`` ends."""
    kind, after = kinds[signs[place]], place + 1
    if kind == _DIGIT:
        while after < last and kinds[signs[after]] == _DIGIT:
            after += 1
        if after + 1 < last and signs[after] == 46 and kinds[signs[after + 1]] == _DIGIT:
            after += 2
            while after < last and kinds[signs[after]] == _DIGIT:
                after += 1
        return after
    if kind == _LETTER:
        while after < last:
            if kinds[signs[after]] == _HYPHEN and after + 1 < last and kinds[signs[after + 1]] in (_LETTER, _DIGIT):
                after += 1
            elif kinds[signs[after]] not in (_LETTER, _DIGIT):
                break
            after += 1
    return after


@numba.njit(cache=True, nogil=True)
def _count(
    signs: np.ndarray,
    start: np.ndarray,
    kinds: np.ndarray,
    crc: np.ndarray,
    slots: np.ndarray,
    stops: np.ndarray,
    endings: np.ndarray,
    terms: np.ndarray,
    counts: np.ndarray,
    lengths: np.ndarray,
) -> int:
    longest = 0
    for text in range(len(lengths)):
        longest = max(longest, start[text + 1] - start[text])
    found, written = np.empty(2 * longest + 1, np.int32), 0
    for text in range(len(lengths)):
        size = _read(signs, start[text], start[text + 1], kinds, crc, slots, stops, endings, found)
        before, first = -1, written
        for term in np.sort(found[:size]):
            if term != before:
                terms[written], counts[written], before = term, 0, term
                written += 1
            if counts[written - 1] < 255:
                counts[written - 1] += 1
        lengths[text] = written - first
    return written


@numba.njit(cache=True, nogil=True)
def _read(
    signs: np.ndarray,
    place: int,
    last: int,
    kinds: np.ndarray,
    crc: np.ndarray,
    slots: np.ndarray,
    stops: np.ndarray,
    endings: np.ndarray,
    found: np.ndarray,
) -> int:
    """Write the terms of one text in order; return how many there are. The states of CRC-32 are kept unfinished."""
    fresh, size = np.uint32(0xFFFFFFFF), 0
    joined, before, first = False, fresh, np.uint32(0)
    while place < last:
        kind = kinds[signs[place]]
        if kind in (0, _HYPHEN):  # blanks and lone hyphens neither say nor end anything
            place += 1
            continue
        if kind in (_CHINESE, _CHINESE_STOP):
            joined = False
            if kind == _CHINESE and place + 1 < last and kinds[signs[place + 1]] == _CHINESE:
                state = _take(_take(fresh, signs[place], crc), signs[place + 1], crc)
                found[size] = _number(state, signs[place])
                size += 1
            place += 1
            continue
        after = _end(signs, place, last, kinds)
        word = signs[place:after]
        stop = kind == _SIGN or len(word) < 2
        if not stop:
            slot = slots[_crc(word, crc) % np.uint32(_SLOTS)]
            stop = slot >= 0 and _is(word, stops[slot])
        if not stop:
            word = word[: _stemmed(word, endings)]
            state, pair = fresh, _byte(before, np.uint32(32), crc)
            for sign in word:
                state, pair = _take(state, sign, crc), _take(pair, sign, crc)
            found[size] = _number(state, word[0])
            size += 1
            if joined:
                found[size] = _number(pair, first)
                size += 1
            before, first = state, word[0]
        joined, place = not stop, after
    return size
