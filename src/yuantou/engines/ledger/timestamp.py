"""Time-stamps of an outside authority (RFC 3161): the request, and the check of the answer offline.

A signed tree head proves order; a stamp proves to people who trust neither us nor our clock that the head was there at
an instant. Only what the standard needs of DER is read here; keys and certificates are ``cryptography``'s.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText

SHA256: Final = bytes.fromhex("0609608648016503040201")
SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
TST_INFO: Final = bytes.fromhex("060b2a864886f70d0109100104")
CONTENT_TYPE: Final = bytes.fromhex("06092a864886f70d010903")
MESSAGE_DIGEST: Final = bytes.fromhex("06092a864886f70d010904")
HASHES: Final = {
    SHA256: hashes.SHA256(),
    bytes.fromhex("0609608648016503040202"): hashes.SHA384(),
    bytes.fromhex("0609608648016503040203"): hashes.SHA512(),
}
DEPTH: Final = 6


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an authority confirmed: when (UTC), under which serial number, and its name."""

    at: datetime
    serial: int
    authority: str


@dataclass(frozen=True, slots=True)
class _Node:
    """One DER value: its tag, its content, and all of its bytes."""

    tag: int
    content: bytes
    whole: bytes

    def parts(self) -> "list[_Node]":
        """Return the values inside."""
        found, rest = [], self.content
        while rest:
            node, rest = _read(rest)
            found.append(node)
        return found


def request_of(message: bytes, nonce: int) -> bytes:
    """Return the DER request to stamp a message (only its SHA-256 leaves), asking for the certificate.

    >>> request_of(b"", 1).hex()[:10]
    '303b020101'
    """
    algorithm = _der(0x30, SHA256 + b"\x05\x00")
    imprint = _der(0x30, algorithm + _der(0x04, hashlib.sha256(message).digest()))
    return _der(0x30, _integer(1) + imprint + _integer(nonce) + b"\x01\x01\xff")


def check_answer(
    answer: bytes, message: bytes, *, roots: Iterable[x509.Certificate], nonce: int | None = None
) -> Stamp:
    """Return what an answer confirms of a message, after every check of RFC 3161 that needs no network.

    Parameters
    ----------
    answer : bytes
        The DER answer (``.tsr``).
    message : bytes
        What was to be stamped.
    roots : iterable of certificates
        Whom we trust: the signer's certificate must lead to one of them and be valid when it stamped.
    nonce : int, optional
        The number of the request; not known any more when a kept answer is checked again.

    Raises
    ------
    InputError
        If the answer refuses, is of another message or request, is signed by somebody else, or is no answer at all.
    """
    try:
        return _checked(answer, message, list(roots), nonce)
    except (IndexError, KeyError, ValueError, UnsupportedAlgorithm) as error:
        raise _refused("回执无法读取。", "The answer cannot be read.") from error


def _checked(answer: bytes, message: bytes, roots: list[x509.Certificate], nonce: int | None) -> Stamp:
    status, *token = _read(answer)[0].parts()
    if int.from_bytes(status.parts()[0].content, "big") not in {0, 1} or not token:
        raise _refused("时间戳机构拒绝了请求。", "The authority refused the request.")
    kind, wrapped = token[0].parts()
    if kind.whole != SIGNED_DATA:
        raise _refused("不是签名数据。", "This is no signed data.")
    parts = wrapped.parts()[0].parts()
    kind, held = parts[2].parts()
    if kind.whole != TST_INFO:
        raise _refused("不是时间戳。", "This is no time-stamp.")
    content = held.parts()[0].content
    certificates = [
        x509.load_der_x509_certificate(node.whole) for tag in parts if tag.tag == 0xA0 for node in tag.parts()
    ]
    stamp = _read_info(content, message, nonce)
    signer = _check_signature(parts[-1].parts()[0], content, certificates)
    _check_chain(signer, certificates, roots, stamp[0])
    return Stamp(*stamp, signer.subject.rfc4514_string())


def _read_info(content: bytes, message: bytes, nonce: int | None) -> tuple[datetime, int]:
    _version, _policy, imprint, serial, moment, *more = _read(content)[0].parts()
    algorithm, digest = imprint.parts()
    if algorithm.parts()[0].whole != SHA256 or digest.content != hashlib.sha256(message).digest():
        raise _refused("时间戳对应另一内容。", "The stamp is of something else.")
    numbers = [int.from_bytes(node.content, "big") for node in more if node.tag == 0x02]
    if nonce is not None and numbers != [nonce]:
        raise _refused("时间戳对应另一请求。", "The stamp answers another request.")
    text = moment.content.decode("ascii").rstrip("Z")
    form = "%Y%m%d%H%M%S.%f" if "." in text else "%Y%m%d%H%M%S"
    return datetime.strptime(text, form).replace(tzinfo=UTC), int.from_bytes(serial.content, "big")


def _check_signature(signer: _Node, content: bytes, certificates: list[x509.Certificate]) -> x509.Certificate:
    _version, identity, digest, attributes, _method, signature, *_rest = signer.parts()
    algorithm = HASHES.get(digest.parts()[0].whole)
    if algorithm is None or attributes.tag != 0xA0 or identity.tag != 0x30:
        raise _refused("签名方式不受支持。", "Signatures of this kind are not supported.")
    signed = {node.parts()[0].whole: node.parts()[1].parts()[0] for node in attributes.parts()}
    summary = hashlib.new(algorithm.name, content).digest()
    if signed[CONTENT_TYPE].whole != TST_INFO or signed[MESSAGE_DIGEST].content != summary:
        raise _refused("时间戳内容被改动。", "The stamp was changed.")
    issuer, number = identity.parts()
    serial = int.from_bytes(number.content, "big")
    found = [c for c in certificates if c.serial_number == serial and c.issuer.public_bytes() == issuer.whole]
    if not found:
        raise _refused("回执缺少签名者证书。", "The signer's certificate is missing.")
    try:
        _verify(found[0], signature.content, _der(0x31, attributes.content), algorithm)
    except InvalidSignature as error:
        raise _refused("签名不成立。", "The signature does not hold.") from error
    return found[0]


def _verify(by: x509.Certificate, signature: bytes, data: bytes, algorithm: hashes.HashAlgorithm) -> None:
    key = by.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, data, padding.PKCS1v15(), algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, data, ec.ECDSA(algorithm))
    else:
        raise _refused("密钥种类不受支持。", "Keys of this kind are not supported.")


def _check_chain(
    signer: x509.Certificate, certificates: list[x509.Certificate], roots: list[x509.Certificate], at: datetime
) -> None:
    try:
        purposes = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        purposes = None
    if purposes is None or not purposes.critical or list(purposes.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise _refused("证书不限于签发时间戳。", "The certificate is not one for time-stamps alone.")
    current = signer
    for _step in range(DEPTH):
        if not current.not_valid_before_utc <= at <= current.not_valid_after_utc:
            raise _refused("证书在签发时无效。", "A certificate was not valid at that time.")
        if current in roots:
            return
        above = next((c for c in [*roots, *certificates] if c != current and _issued(current, c)), None)
        if above is None:
            break
        current = above
    raise _refused("证书不出自受信任的机构。", "The certificate does not come from an authority we trust.")


def _issued(lower: x509.Certificate, upper: x509.Certificate) -> bool:
    try:
        authority = upper.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        lower.verify_directly_issued_by(upper)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return authority


def _read(data: bytes) -> tuple[_Node, bytes]:
    tag, length, start = data[0], data[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[2:start], "big")
    stop = start + length
    if stop > len(data):
        raise ValueError("shorter than it says")
    return _Node(tag, data[start:stop], data[:stop]), data[stop:]


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 0x80 else bytes([0x80 | (size.bit_length() + 7) // 8])
    if size >= 0x80:
        length += size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag]) + length + content


def _integer(number: int) -> bytes:
    return _der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _refused(zh: str, en: str) -> InputError:
    return InputError(
        LocalText(zh, en),
        LocalText("请核对时间戳机构及其根证书。", "Check the authority and its root certificate."),
        code="ledger.stamp",
    )
