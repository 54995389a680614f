"""Asks a time-stamping authority over HTTP (RFC 3161, section 3.4)."""

from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText

LARGEST = 100_000


def ask_authority(address: str, request: bytes, *, seconds: float = 20) -> bytes:
    """Return the DER answer of an authority to a DER request.

    Raises
    ------
    InputError
        If the address is not one of the web, or the authority cannot be reached or answers something else.
    """
    if urlsplit(address).scheme not in {"https", "http"}:
        raise _failed("时间戳机构的地址应以 https:// 开头。", "The address of the authority must begin with https://.")
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    try:
        with urlopen(Request(address, data=request, headers=headers), timeout=seconds) as answer:  # noqa: S310
            kind, content = answer.headers.get_content_type(), answer.read(LARGEST)
    except OSError as error:
        raise _failed(f"无法连接时间戳机构：{error}", f"The authority cannot be reached: {error}") from error
    if kind != "application/timestamp-reply":
        raise _failed("时间戳机构的答复不是时间戳。", "The authority answered with something else.")
    return bytes(content)


def _failed(zh: str, en: str) -> InputError:
    return InputError(
        LocalText(zh, en),
        LocalText("请检查 YUANTOU_TSA_URL；稍后会自动再试。", "Check YUANTOU_TSA_URL; it is tried again by itself."),
        code="ledger.authority",
    )
