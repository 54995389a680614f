"""Names for people who stay unknown: the same person has one name within a call, and an unrelated one in the next."""

import base64
import hashlib
import hmac

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
    key = hmac.digest(secret, f"pseudonym of call {call}".encode(), hashlib.sha256)
    digest = hmac.digest(key, person.encode(), hashlib.sha256)
    return base64.b32encode(digest).decode()[:LENGTH]
