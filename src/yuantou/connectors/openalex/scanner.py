"""One pass over JSON lines that stops only at the fields asked for.

A field is known by its path (``authorships.author.display_name``); arrays add nothing to a path. A value whose path is
not asked for is skipped by counting brackets. What is found is a list of events in order of the text, so that tables of
any nesting can be cut from them with array operations; nothing is built for what is not used. A record of another
generation of the schema simply has other events. Raw line ends cannot stand within a record, so a broken line never
reaches into the next.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numba import njit

SKIP: Final = 0
INNER: Final = 1  # an object or array to look into; its begin is an event if it has a code
LEAF: Final = 2
KEYS: Final = 3  # an array of addresses of works: their numbers are collected
WHOLE: Final = 4  # any value as it stands, for instance an inverted index

_DEPTH: Final = 24
_SHIFT: Final = 52
_SLOTS: Final = 1 << (64 - _SHIFT)
_OFFSET: Final = np.uint64(0xCBF29CE484222325)
_PRIME: Final = np.uint64(0x100000001B3)


class Fields(NamedTuple):
    """Paths asked for: a table by hash, their hashes, what to do with each, and the code of its events."""

    table: np.ndarray
    hashes: np.ndarray
    kinds: np.ndarray
    codes: np.ndarray


class Events(NamedTuple):
    """What a pass found.

    ``code``, ``record``, ``start``, ``end`` (int32; text without quotation marks), in order of the text; ``keys`` and
    ``key_records`` the numbers of referenced works; ``lines`` the line of each good record and ``bad`` those of broken
    ones, counted from 0.
    """

    code: np.ndarray
    record: np.ndarray
    start: np.ndarray
    end: np.ndarray
    keys: np.ndarray
    key_records: np.ndarray
    lines: np.ndarray
    bad: np.ndarray
    line_count: int


def fields(wanted: Mapping[str, tuple[int, int]]) -> Fields:
    """Prepare paths, each with kind and code; the containers on the way are added."""
    every = dict(wanted)
    for path in wanted:
        parts = path.split(".")
        for length in range(1, len(parts)):
            every.setdefault(".".join(parts[:length]), (INNER, -1))
    table = sorted((path_hash(path), kind, code) for path, (kind, code) in every.items())
    slots = np.full(_SLOTS, -1, np.int16)
    for n, (hashed, _kind, _code) in enumerate(table):
        at = hashed >> _SHIFT
        while slots[at] >= 0:
            at = (at + 1) % _SLOTS
        slots[at] = n
    return Fields(
        slots,
        np.array([row[0] for row in table], np.uint64),
        np.array([row[1] for row in table], np.int8),
        np.array([row[2] for row in table], np.int16),
    )


def path_hash(path: str) -> int:
    """Return the hash of a path (FNV-1a, a dot after each key)."""
    found = 0xCBF29CE484222325
    for byte in f"{path}.".encode():
        found = ((found ^ byte) * 0x100000001B3) % (1 << 64)
    return found


def scan(text: np.ndarray, length: int, wanted: Fields) -> Events:
    """Read the whole lines within ``text[:length]`` (uint8)."""
    size = max(1024, length // 24)
    while True:
        found = _scan(text, length, *wanted, size)
        if found[-1] >= 0:
            code, record, start, end, keys, owners, lines, bad, count = found
            return Events(code, record, start, end, keys, owners, lines, bad, count)
        size *= 2


@njit(cache=True, nogil=True)
def _scan(
    text: np.ndarray,
    length: int,
    table: np.ndarray,
    hashes: np.ndarray,
    kinds: np.ndarray,
    codes: np.ndarray,
    size: int,
) -> tuple:
    code = np.empty(size, np.int16)
    record = np.empty(size, np.int32)
    start = np.empty(size, np.int32)
    end = np.empty(size, np.int32)
    keys = np.empty(size, np.int64)
    owners = np.empty(size, np.int32)
    lines = np.empty(length // 2 + 1, np.int32)
    bad = np.empty(length // 2 + 1, np.int32)
    paths = np.zeros(_DEPTH, np.uint64)
    events = found_keys = records = broken = line = 0
    i = 0
    while i < length:
        c = text[i]
        if c == 10:
            line += 1
            i += 1
            continue
        if c <= 32:
            i += 1
            continue
        first, first_key = events, found_keys
        i, events, found_keys = _record(
            text,
            i,
            length,
            table,
            hashes,
            kinds,
            codes,
            code,
            record,
            start,
            end,
            keys,
            owners,
            paths,
            events,
            found_keys,
            records,
        )
        if i == -2:
            return code, record, start, end, keys, owners, lines, bad, -1
        good = i >= 0
        if good:
            while i < length and text[i] != 10:
                good = good and text[i] <= 32
                i += 1
        if good:
            lines[records] = line
            records += 1
        else:
            i = -i - 10 if i < 0 else i
            events, found_keys = first, first_key
            bad[broken] = line
            broken += 1
            while i < length and text[i] != 10:
                i += 1
    return (
        code[:events], record[:events], start[:events], end[:events], keys[:found_keys], owners[:found_keys],
        lines[:records].copy(), bad[:broken].copy(), line,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _record(
    text: np.ndarray,
    i: int,
    length: int,
    table: np.ndarray,
    hashes: np.ndarray,
    kinds: np.ndarray,
    codes: np.ndarray,
    code: np.ndarray,
    record: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    keys: np.ndarray,
    owners: np.ndarray,
    paths: np.ndarray,
    events: int,
    found_keys: int,
    number: int,
) -> tuple[int, int, int]:
    """Read one record; returns where it ends, -(place) - 10 where it is broken, -2 if the arrays are full.

    ``paths[depth]`` is the hash of the path of the container at that depth, ``slots[depth]`` its entry in the table;
    ``arrays`` has a bit for each depth that is an array.
    """
    arrays = 0  # bit per depth
    slot = -1
    slots = np.empty(_DEPTH, np.int16)
    depth = -1
    expect_value = True
    path = _OFFSET
    while True:
        while i < length and (text[i] == 32 or text[i] == 9 or text[i] == 13 or text[i] == 44):
            i += 1
        if i >= length or text[i] == 10:
            return -i - 10, events, found_keys
        if events + 2 >= len(code) or found_keys + 2 >= len(keys):
            return -2, events, found_keys
        c = text[i]
        if not expect_value:
            if c == 125 or c == 93:  # } ]
                if (c == 93) != ((arrays >> depth) & 1 == 1):
                    return -i - 10, events, found_keys
                arrays &= ~(1 << depth)
                depth -= 1
                i += 1
                if depth < 0:
                    return i, events, found_keys
                expect_value = False
                continue
            if (arrays >> depth) & 1:
                path, slot = paths[depth], slots[depth]
            else:  # a key
                if c != 34:
                    return -i - 10, events, found_keys
                begin = i + 1
                i = _string(text, i, length)
                if i < 0:
                    return -begin - 10, events, found_keys
                path = paths[depth]
                for k in range(begin, i - 1):
                    path = (path ^ np.uint64(text[k])) * _PRIME
                path = (path ^ np.uint64(46)) * _PRIME
                slot = _find(table, hashes, path)
                while i < length and (text[i] == 32 or text[i] == 58):
                    i += 1
                if i >= length or text[i] == 10:
                    return -i - 10, events, found_keys
                c = text[i]
        expect_value = False
        if depth < 0:
            if c != 123:
                return -i - 10, events, found_keys
            depth = 0
            paths[0], slots[0] = _OFFSET, -1
            i += 1
            continue
        kind = kinds[slot] if slot >= 0 else SKIP
        begin = i
        if kind == INNER and (c == 123 or c == 91):
            if depth + 1 >= _DEPTH:
                return -i - 10, events, found_keys
            depth += 1
            paths[depth], slots[depth] = path, slot
            if c == 91:
                arrays |= 1 << depth
            elif codes[slot] >= 0:
                code[events], record[events], start[events], end[events] = codes[slot], number, i, i
                events += 1
            i += 1
            continue
        if kind in (LEAF, KEYS) and c == 91:
            if depth + 1 >= _DEPTH:
                return -i - 10, events, found_keys
            depth += 1
            paths[depth], slots[depth] = path, slot
            arrays |= 1 << depth
            i += 1
            continue
        if c == 34:
            i = _string(text, i, length)
        elif c == 123 or c == 91:
            i = _nested(text, i, length)
        else:
            while i < length and text[i] != 44 and text[i] != 125 and text[i] != 93 and text[i] > 32:
                i += 1
            if i == begin:
                return -i - 10, events, found_keys
        if i < 0:
            return -begin - 10, events, found_keys
        if kind == KEYS and c == 34:
            key = _number(text, begin + 1, i - 1)
            if key > 0:
                keys[found_keys], owners[found_keys] = key, number
                found_keys += 1
        elif kind in (LEAF, WHOLE):
            if c == 34:
                code[events], record[events], start[events], end[events] = codes[slot], number, begin + 1, i - 1
                events += 1
            elif c != 110:  # null is no event
                code[events], record[events], start[events], end[events] = codes[slot], number, begin, i
                events += 1


@njit(cache=True, nogil=True, inline="always")
def _find(table: np.ndarray, hashes: np.ndarray, path: np.uint64) -> int:
    at = np.int64(path >> np.uint64(_SHIFT))
    while table[at] >= 0:
        if hashes[table[at]] == path:
            return table[at]
        at = (at + 1) & (_SLOTS - 1)
    return -1


@njit(cache=True, nogil=True, inline="always")
def _string(text: np.ndarray, i: int, length: int) -> int:
    """Return the place after the string that begins at ``i``, -1 if the line ends within it."""
    i += 1
    while i < length:
        c = text[i]
        if c == 34:
            return i + 1
        if c == 92:
            i += 2
            continue
        if c == 10:
            return -1
        i += 1
    return -1


@njit(cache=True, nogil=True)
def _nested(text: np.ndarray, i: int, length: int) -> int:
    """Return the place after the object or array that begins at ``i``, -1 if the line ends within it."""
    depth = 0
    while i < length:
        c = text[i]
        if c == 34:
            i = _string(text, i, length)
            if i < 0:
                return -1
            continue
        if c == 123 or c == 91:
            depth += 1
        elif c == 125 or c == 93:
            depth -= 1
            if depth == 0:
                return i + 1
        elif c == 10:
            return -1
        i += 1
    return -1


@njit(cache=True, nogil=True, inline="always")
def _number(text: np.ndarray, start: int, end: int) -> int:
    """Return the digits at the end of an address, 0 if there are none or they do not follow a W."""
    value, scale = 0, 1
    i = end - 1
    while i >= start and 48 <= text[i] <= 57 and scale < 10**17:
        value += (text[i] - 48) * scale
        scale *= 10
        i -= 1
    return value if i >= start and (text[i] == 87 or text[i] == 119) else 0


@njit(cache=True, nogil=True)
def distinct(keys: np.ndarray, owners: np.ndarray, records: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the numbers of works without repeats within a record, their records, and how many each record has."""
    found = np.empty_like(keys)
    records_of = np.empty_like(owners)
    counts = np.zeros(records, np.int32)
    write = i = 0
    while i < len(keys):
        j = i
        while j < len(keys) and owners[j] == owners[i]:
            j += 1
        ordered = np.sort(keys[i:j])
        for k in range(len(ordered)):
            if k == 0 or ordered[k] != ordered[k - 1]:
                found[write], records_of[write] = ordered[k], owners[i]
                counts[owners[i]] += 1
                write += 1
        i = j
    return found[:write], records_of[:write], counts
