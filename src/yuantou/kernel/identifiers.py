"""Public identifiers of research and their checksums."""

import re
import secrets

_ORCID = re.compile(r"^(?:https?://orcid\.org/)?(\d{4})-?(\d{4})-?(\d{4})-?(\d{3}[\dX])$", re.IGNORECASE)
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no 0/o, 1/i/l: safe to read out


def new_id(length: int = 12) -> str:
    """Return a random identifier that reveals neither order nor time (30^12 = 5·10^17 values at 12 characters)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def normalise_orcid(text: str) -> str:
    """Return an ORCID iD as ``0000-0000-0000-0000``.

    Raises
    ------
    ValueError
        If the form or the checksum (ISO 7064 MOD 11-2) is wrong.

    >>> normalise_orcid("https://orcid.org/0000-0002-1825-0097")
    '0000-0002-1825-0097'
    """
    match = _ORCID.match(text.strip())
    if not match:
        raise ValueError("an ORCID iD has four groups of four digits")
    digits = "".join(match.groups()).upper()
    total = 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    if digits[-1] != ("X" if check == 10 else str(check)):
        raise ValueError("the checksum of this ORCID iD is wrong")
    return "-".join(digits[i : i + 4] for i in range(0, 16, 4))
