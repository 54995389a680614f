"""Names for people who stay unknown: the same person has one name within a call, and an unrelated one in the next."""

import base64
import hashlib
import hmac
from collections.abc import Collection

LENGTH = 6


def pseudonym(secret: bytes, *, call: str, person: str) -> str:
    """Return the name of a person within a call: six letters of HMAC-SHA-256 under a key of the call's own.

    Whoever lacks the secret can neither find the person nor link the names of two calls (a PRF; RFC 2104). Six letters
    tell thousands of reviewers of one call apart with few collisions and are never used as keys.

    Parameters
    ----------
    secret:
        The secret of the site.
    call, person:
        Their identifiers.
    """
    return _whole(secret, call, person)[:LENGTH]


def pseudonyms(secret: bytes, *, call: str, persons: Collection[str]) -> dict[str, str]:
    """Return the name of each person within a call, with as many letters more as keep all of them apart.

    Where six letters do, these are the names that ``pseudonym`` gives; so they may serve as keys of a table.
    """
    whole = {person: _whole(secret, call, person) for person in persons}
    length = LENGTH
    while len({name[:length] for name in whole.values()}) < len(whole):
        length += 1
    return {person: name[:length] for person, name in whole.items()}


def _whole(secret: bytes, call: str, person: str) -> str:
    key = hmac.digest(secret, f"pseudonym of call {call}".encode(), hashlib.sha256)
    return base64.b32encode(hmac.digest(key, person.encode(), hashlib.sha256)).decode()
