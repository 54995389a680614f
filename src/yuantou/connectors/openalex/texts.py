"""From places in JSON text to columns: strings unescaped, abstracts rebuilt, laid out as Arrow does."""

from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa
from numba import njit

_LONGEST: Final = 30_000
"""Words of an abstract beyond this position are left out."""


def strings(text: np.ndarray, start: np.ndarray, end: np.ndarray) -> pl.Series:
    """Return the strings at the given places; null where ``start`` is negative, ``�`` for bytes that are no UTF-8."""
    return _series(*_gather(text, start, end))


def tails(text: np.ndarray, start: np.ndarray, end: np.ndarray) -> pl.Series:
    """Return what follows the last slash of the strings at the given places."""
    return _series(*_gather(text, _after_slash(text, start, end), end))


def integers(text: np.ndarray, start: np.ndarray, end: np.ndarray) -> pl.Series:
    """Return the whole numbers at the given places (int32), null where there is none or it is no such number."""
    values, known = _integers(text, start, end)
    return pl.DataFrame({"value": values, "known": known}).select(pl.when("known").then("value"))["value"]


def lists(text: np.ndarray, start: np.ndarray, end: np.ndarray, counts: np.ndarray) -> pl.Series:
    """Return lists of strings, ``counts`` of them in each, never null."""
    values = _series(*_gather(text, start, end)).to_arrow().cast(pa.large_string())
    offsets = pa.array(np.concatenate(([0], np.cumsum(counts))).astype(np.int64), pa.int64())
    return pl.Series(pl.from_arrow(pa.LargeListArray.from_arrays(offsets, values)))


def abstracts(text: np.ndarray, start: np.ndarray, end: np.ndarray) -> pl.Series:
    """Return texts from inverted indexes (``{"word": [0, 5], …}``); null where there is none or nothing in it."""
    return _series(*_rebuild(text, start, end))


def _series(offsets: np.ndarray, data: np.ndarray, present: np.ndarray) -> pl.Series:
    buffers = [pa.py_buffer(np.packbits(present, bitorder="little")), pa.py_buffer(offsets), pa.py_buffer(data)]
    found = pa.Array.from_buffers(pa.large_string(), len(present), buffers)
    try:
        found.validate(full=True)
    except pa.ArrowInvalid:
        raw = bytes(data)
        found = pa.array(
            [
                raw[a:b].decode("utf-8", "replace") if here else None
                for a, b, here in zip(offsets, offsets[1:], present, strict=False)
            ],
            pa.large_string(),
        )
    return pl.Series(pl.from_arrow(found))


@njit(cache=True, nogil=True)
def _after_slash(text: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    found = start.copy()
    for n in range(len(start)):
        if start[n] >= 0:
            i = end[n]
            while i > start[n] and text[i - 1] != 47:
                i -= 1
            found[n] = i
    return found


@njit(cache=True, nogil=True)
def numbers_of(text: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the digits at the end of addresses as numbers, -1 where there is no address."""
    found = np.full(len(start), -1, np.int64)
    for n in range(len(start)):
        if start[n] >= 0:
            i = end[n]
            while i > start[n] and 48 <= text[i - 1] <= 57:
                i -= 1
            value = 0
            while i < end[n]:
                value = value * 10 + int(text[i]) - 48
                i += 1
            found[n] = value
    return found


@njit(cache=True, nogil=True)
def _integers(text: np.ndarray, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values = np.zeros(len(start), np.int32)
    known = np.zeros(len(start), np.bool_)
    for n in range(len(start)):
        i = start[n]
        if i < 0 or end[n] - i > 9 or end[n] == i:
            continue
        value = 0
        while i < end[n] and 48 <= text[i] <= 57:
            value = value * 10 + text[i] - 48
            i += 1
        if i == end[n]:
            values[n], known[n] = value, True
    return values, known


@njit(cache=True, nogil=True)
def _gather(text: np.ndarray, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    offsets = np.zeros(len(start) + 1, np.int64)
    present = np.zeros(len(start), np.bool_)
    size = 0
    for n in range(len(start)):
        if start[n] >= 0:
            size += end[n] - start[n]
    data = np.empty(size + 8, np.uint8)
    at = 0
    for n in range(len(start)):
        if start[n] >= 0:
            at = _copy(text, start[n], end[n], data, at)
            present[n] = True
        offsets[n + 1] = at
    return offsets, data[:at].copy(), present


@njit(cache=True, nogil=True)
def _copy(text: np.ndarray, i: int, end: int, data: np.ndarray, at: int) -> int:
    """Copy a JSON string without its escapes; an escape is never shorter than what it stands for."""
    while True:
        while i < end and text[i] != 92:
            data[at] = text[i]
            at += 1
            i += 1
        if i >= end:
            return at
        c = text[i + 1] if i + 1 < end else 92
        if c == 117 and i + 6 <= end:
            point = _hex(text, i + 2)
            i += 6
            if 0xD800 <= point < 0xDC00 and i + 6 <= end and text[i] == 92 and text[i + 1] == 117:
                low = _hex(text, i + 2)
                if 0xDC00 <= low < 0xE000:
                    point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00)
                    i += 6
            if point < 0 or 0xD800 <= point < 0xE000:
                point = 0xFFFD
            at = _utf8(point, data, at)
            continue
        i += 2
        if c == 110 or c == 114 or c == 116:
            data[at] = 32
        elif c == 98 or c == 102:
            continue
        else:
            data[at] = c
        at += 1


@njit(cache=True, nogil=True)
def _hex(text: np.ndarray, i: int) -> int:
    value = 0
    for k in range(i, i + 4):
        c = np.int64(text[k])
        if 48 <= c <= 57:
            value = value * 16 + int(c) - 48
        elif 97 <= c <= 102:
            value = value * 16 + int(c) - 87
        elif 65 <= c <= 70:
            value = value * 16 + int(c) - 55
        else:
            return -1
    return int(value)


@njit(cache=True, nogil=True)
def _utf8(point: int, data: np.ndarray, at: int) -> int:
    if point < 0x80:
        data[at] = point
        return at + 1
    if point < 0x800:
        data[at] = 0xC0 | point >> 6
        data[at + 1] = 0x80 | point & 63
        return at + 2
    if point < 0x10000:
        data[at] = 0xE0 | point >> 12
        data[at + 1] = 0x80 | point >> 6 & 63
        data[at + 2] = 0x80 | point & 63
        return at + 3
    data[at] = 0xF0 | point >> 18
    data[at + 1] = 0x80 | point >> 12 & 63
    data[at + 2] = 0x80 | point >> 6 & 63
    data[at + 3] = 0x80 | point & 63
    return at + 4


@njit(cache=True, nogil=True)
def _rebuild(text: np.ndarray, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    offsets = np.zeros(len(start) + 1, np.int64)
    present = np.zeros(len(start), np.bool_)
    begin_of = np.zeros(_LONGEST, np.int32)
    end_of = np.zeros(_LONGEST, np.int32)
    size = 64
    for n in range(len(start)):
        if start[n] >= 0:
            size += end[n] - start[n]
    data = np.empty(size, np.uint8)
    at = 0
    for n in range(len(start)):
        if start[n] >= 0:
            last = _positions(text, start[n], end[n], begin_of, end_of)
            first = at
            for p in range(last + 1):
                if end_of[p] == 0:
                    continue
                need = end_of[p] - begin_of[p] + 8
                if at + need > len(data):
                    data = np.concatenate((data, np.empty(max(len(data), need), np.uint8)))
                if at > first:
                    data[at] = 32
                    at += 1
                at = _copy(text, begin_of[p], end_of[p], data, at)
                end_of[p] = 0
            present[n] = at > first
        offsets[n + 1] = at
    return offsets, data[:at].copy(), present


@njit(cache=True, nogil=True)
def _positions(text: np.ndarray, i: int, end: int, begin_of: np.ndarray, end_of: np.ndarray) -> int:
    """Put the place of each word at its positions; returns the last position."""
    last = -1
    while i < end:
        if text[i] != 34:
            i += 1
            continue
        begin = i + 1
        i = begin
        while i < end and text[i] != 34:
            i += 2 if text[i] == 92 else 1
        stop = i
        i += 1
        while i < end and text[i] != 34:
            if 48 <= text[i] <= 57:
                position = 0
                while i < end and 48 <= text[i] <= 57:
                    position = min(position * 10 + text[i] - 48, _LONGEST)
                    i += 1
                if position < _LONGEST:
                    begin_of[position], end_of[position] = begin, stop
                    last = max(last, position)
                continue
            i += 1
    return last
