"""Heads stamped by an outside authority, where a site has chosen one (``YUANTOU_TSA_URL``, ``YUANTOU_TSA_ROOTS``)."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from secrets import randbits

from cryptography import x509
from django.conf import settings

from yuantou.apps.audit.models import Stamp, TreeHead
from yuantou.connectors.timestamp import ask_authority
from yuantou.engines.ledger import verifier
from yuantou.engines.ledger.timestamp import check_answer, request_of

Ask = Callable[[str, bytes], bytes]


def message_of(head: TreeHead) -> bytes:
    """Return the bytes of a head that are signed and stamped."""
    return verifier.head_message(head.size, head.root, head.at)


@lru_cache(maxsize=4)
def _roots(path: Path) -> tuple[x509.Certificate, ...]:
    return tuple(x509.load_pem_x509_certificates(path.read_bytes()))


def stamp_heads(*, limit: int = 5, ask: Ask = ask_authority) -> int:
    """Have heads without a stamp stamped, the newest first; return how many. Nothing where no authority is chosen.

    No answer is kept that does not hold: it must be of this head and this request and lead to a trusted certificate.

    Raises
    ------
    InputError
        If the authority cannot be reached or its answer does not hold; what was stamped before stays.
    """
    if not settings.TSA_URL:
        return 0
    done, roots = 0, _roots(settings.TSA_ROOTS)
    for head in TreeHead.objects.filter(stamp=None).order_by("-size")[:limit]:
        nonce = randbits(63)
        answer = ask(settings.TSA_URL, request_of(message_of(head), nonce))
        found = check_answer(answer, message_of(head), roots=roots, nonce=nonce)
        Stamp.objects.get_or_create(
            head=head, defaults={"answer": answer, "at": found.at, "authority": found.authority[:300]}
        )
        done += 1
    return done
