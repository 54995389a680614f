"""The draw: a frozen list of entries, a seed nobody could choose, exactly k awards, and proof for anyone.

The document of a draw is plain JSON, and the whole algorithm needs SHA-256 and whole numbers only, so that a verifier
can be written in any language from this page:

1. chances are whole numbers of ``UNIT``; they sum to ``places`` times ``UNIT``;
2. ``entries_hash`` is the SHA-256 of the canonical JSON of entries, places and unit;
3. ``seed`` is the SHA-256 of the canonical JSON of the entries' hash and what was revealed after the freeze;
4. entries are put in the order of SHA-256("seed/id"), laid end to end, and a comb of teeth one ``UNIT`` apart, starting
   at SHA-256("seed/start") modulo ``UNIT``, takes whomever a tooth touches: systematic sampling in random order
   (Madow 1949, doi:10.1214/aoms/1177729988), which gives exactly k awards with exactly these chances.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from yuantou.kernel.errors import InputError, Problem
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText

METHOD: Final = "systematic-draw/1"
UNIT: Final = 1_000_000_000


def freeze_entries(chances: Mapping[str, float], places: int) -> dict[str, Any]:
    """Return the frozen list: ``method``, ``unit``, ``places``, ``entries`` by id and ``entries_hash``.

    Chances are rounded to whole units so that their sum is exact (largest remainders first, ties by id).

    Raises
    ------
    InputError
        If a chance lies outside [0, 1] or the chances do not sum to the places.
    """
    if any(not 0 <= chance <= 1 for chance in chances.values()) or abs(sum(chances.values()) - places) > 1e-6:
        raise InputError(
            LocalText("抽签机会应在 0 与 1 之间，且总和等于名额。", "Chances lie in 0 to 1 and sum to the places."),
            code="draw.chances",
        )
    whole = {name: int(chance * UNIT) for name, chance in chances.items()}
    missing = places * UNIT - sum(whole.values())
    order = sorted(whole, key=lambda name: (whole[name] - chances[name] * UNIT, name))
    step = 1 if missing > 0 else -1
    while missing:
        able = [name for name in order if 0 < whole[name] < UNIT] or [n for n in order if 0 <= whole[n] + step <= UNIT]
        each, rest = divmod(abs(missing), len(able))
        for place, name in enumerate(able):
            room = UNIT - whole[name] if step > 0 else whole[name]
            given = min(each + (place < rest), room)
            whole[name] += step * given
            missing -= step * given
    return _with_hash({"method": METHOD, "unit": UNIT, "places": places, "entries": dict(sorted(whole.items()))})


def commit(secret: str) -> str:
    """Return what a party publishes before the freeze; ``secret`` is at least 32 random characters, kept until after.

    Raises
    ------
    InputError
        If the secret is short enough to be guessed.
    """
    if len(secret) < 32:
        raise InputError(
            LocalText("密值过短。", "The secret is too short."),
            LocalText("请用至少 32 个随机字符。", "Use at least 32 random characters."),
            code="draw.secret",
        )
    return content_hash(f"commit/{secret}")


def by_reveal(commitments: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, Any]:
    """Return the source of a seed from what parties committed to before the freeze and revealed after it."""
    return {"kind": "commit-reveal", "commitments": dict(commitments), "secrets": dict(secrets)}


def by_beacon(beacon: str, pulse: int, published_at: datetime, value: str) -> dict[str, Any]:
    """Return the source of a seed from a public beacon, its round (``pulse``) named before the freeze."""
    return {
        "kind": "beacon",
        "beacon": beacon,
        "pulse": pulse,
        "published_at": published_at.isoformat(),
        "value": value,
    }


def hold_draw(frozen: Mapping[str, Any], *, frozen_at: datetime, source: Mapping[str, Any]) -> dict[str, Any]:
    """Draw from a frozen list; return the document that ``verify_draw`` checks.

    Raises
    ------
    InputError
        With every finding of ``verify_draw``, if the list was altered or the seed could have been chosen.
    """
    document: dict[str, Any] = {**frozen, "frozen_at": frozen_at.isoformat(), "source": dict(source)}
    if problems := _input_problems(document):
        raise InputError(
            LocalText("不能抽签。", "This draw cannot be held."), code="draw.input", problems=tuple(problems)
        )
    seed = _seed(document)
    awarded = _systematic(document["entries"], document["unit"], seed)
    return {
        **document,
        "seed": seed,
        "awarded": awarded,
        "result_hash": content_hash({"seed": seed, "awarded": awarded}),
    }


def verify_draw(document: Mapping[str, Any]) -> list[Problem]:
    """Check a draw from its document alone, without network; return what is wrong, or nothing. O(n log n)."""
    try:
        problems = _input_problems(document)
        if problems:
            return problems
        seed = _seed(document)
        awarded = _systematic(document["entries"], document["unit"], seed)
        return [
            _problem(name, zh, en)
            for name, zh, en, same in (
                ("seed", "种子与来源不符。", "The seed does not follow from its source.", document["seed"] == seed),
                ("awarded", "中签名单不符。", "The awards are not those of the draw.", document["awarded"] == awarded),
                (
                    "result_hash",
                    "结果散列值不符。",
                    "The hash of the result does not fit.",
                    document["result_hash"] == content_hash({"seed": seed, "awarded": awarded}),
                ),
            )
            if not same
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return [_problem("document", f"不是抽签记录：{error}", f"This is no document of a draw: {error}")]


def _with_hash(frozen: dict[str, Any]) -> dict[str, Any]:
    return {**frozen, "entries_hash": _entries_hash(frozen)}


def _entries_hash(document: Mapping[str, Any]) -> str:
    return content_hash({name: document[name] for name in ("method", "unit", "places", "entries")})


def _seed(document: Mapping[str, Any]) -> str:
    source = document["source"]
    revealed = (
        source["secrets"] if source["kind"] == "commit-reveal" else [source["beacon"], source["pulse"], source["value"]]
    )
    return content_hash({"entries_hash": document["entries_hash"], "revealed": revealed})


def _systematic(entries: Mapping[str, int], unit: int, seed: str) -> list[str]:
    order = sorted(entries, key=lambda name: hashlib.sha256(f"{seed}/{name}".encode()).digest())
    start = int(content_hash(f"{seed}/start"), 16) % unit
    awarded, reached = [], 0
    for name in order:
        before, reached = reached, reached + entries[name]
        if (before - start + unit - 1) // unit < (reached - start + unit - 1) // unit:
            awarded.append(name)
    return sorted(awarded)


def _input_problems(document: Mapping[str, Any]) -> list[Problem]:
    entries, unit = document["entries"], document["unit"]
    found = []
    if document["method"] != METHOD:
        found.append(_problem("method", "方法未知。", "The method is unknown."))
    if any(not isinstance(chance, int) or not 0 <= chance <= unit for chance in entries.values()):
        found.append(_problem("chance", "机会不在 0 与 1 之间。", "A chance lies outside 0 to 1."))
    elif sum(entries.values()) != document["places"] * unit:
        found.append(_problem("places", "机会之和不等于名额。", "The chances do not sum to the places."))
    if document["entries_hash"] != _entries_hash(document):
        found.append(_problem("entries", "名单在冻结后被改动。", "The list was changed after it was frozen."))
    return found + _source_problems(document["source"], document["frozen_at"])


def _source_problems(source: Mapping[str, Any], frozen_at: str) -> list[Problem]:
    if source["kind"] == "commit-reveal":
        return _reveal_problems(source["commitments"], source["secrets"])
    if source["kind"] != "beacon":
        return [_problem("source", "种子来源未知。", "The source of the seed is unknown.")]
    if datetime.fromisoformat(source["published_at"]) <= datetime.fromisoformat(frozen_at):
        return [_problem("beacon", "信标早于名单冻结。", "The beacon was known before the list was frozen.")]
    return []


def _reveal_problems(commitments: Mapping[str, str], secrets: Mapping[str, str]) -> list[Problem]:
    if not commitments:
        return [_problem("commitments", "没有承诺值。", "Nobody committed to a secret.")]
    parties: Sequence[str] = sorted({*commitments, *secrets})
    return [
        _problem("reveal", f"{party} 揭示的密值与承诺不符。", f"What {party} revealed does not fit the commitment.")
        for party in parties
        if not hmac.compare_digest(commitments.get(party, ""), content_hash(f"commit/{secrets.get(party, '')}"))
    ]


def _problem(code: str, zh: str, en: str) -> Problem:
    return Problem(f"draw.{code}", LocalText(zh, en), LocalText("此次抽签无效。", "This draw does not stand."))
