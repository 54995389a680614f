"""Time-stamps of heads: asked for and checked offline against an authority of the test's own, made with OpenSSL."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509

from yuantou.engines.ledger.timestamp import check_answer, request_of
from yuantou.engines.ledger.verifier import head_message
from yuantou.kernel.errors import InputError

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority of this test needs openssl")
MESSAGE = head_message(7, "ab" * 32, "2026-03-02T09:00:00Z")
NONCE = 2**63 + 12345


class Authority:
    """A certificate authority and a time-stamping unit under it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        folder.joinpath("ext").write_text("extendedKeyUsage=critical,timeStamping\n")
        folder.joinpath("ts.cnf").write_text(
            "[tsa]\ndefault_tsa=t\n[t]\nserial=serial\nsigner_digest=sha256\ndefault_policy=1.2.3.4\n"
            "digests=sha256\naccuracy=secs:1\nordering=yes\ness_cert_id_alg=sha256\n"
        )
        self.run("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=Root")
        self.run("ecparam -name prime256v1 -genkey -noout -out tsa.key")
        self.run("req -new -key tsa.key -out tsa.csr -subj /CN=Unit")
        self.run("x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile ext -out tsa.pem")

    def run(self, arguments: str) -> str:
        said = subprocess.run(["openssl", *arguments.split()], cwd=self.folder, check=True, capture_output=True)
        return said.stdout.decode(errors="replace")

    def answer(self, request: bytes) -> bytes:
        self.folder.joinpath("q").write_bytes(request)
        self.run("ts -reply -config ts.cnf -queryfile q -signer tsa.pem -inkey tsa.key -chain ca.pem -out r")
        return self.folder.joinpath("r").read_bytes()

    @property
    def root(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.folder.joinpath("ca.pem").read_bytes())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "one")


@pytest.fixture(scope="module")
def answer(authority: Authority) -> bytes:
    return authority.answer(request_of(MESSAGE, NONCE))


def test_a_head_is_stamped_and_the_stamp_holds_offline(authority: Authority, answer: bytes) -> None:
    stamp = check_answer(answer, MESSAGE, roots=[authority.root], nonce=NONCE)
    shown = authority.run("ts -reply -in r -text")
    assert f"Time stamp: {stamp.at:%b} {stamp.at.day:2} {stamp.at:%H:%M:%S} {stamp.at.year} GMT" in shown
    assert stamp.authority == "CN=Unit"
    assert check_answer(answer, MESSAGE, roots=[authority.root]) == stamp
    authority.folder.joinpath("m").write_bytes(MESSAGE)
    authority.run("ts -verify -data m -in r -CAfile ca.pem")  # the other implementation agrees on question and answer


def test_a_stamp_of_another_head_request_or_authority_is_refused(
    authority: Authority, answer: bytes, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="something else"):
        check_answer(answer, head_message(8, "ab" * 32, "2026-03-02T09:00:00Z"), roots=[authority.root])
    with pytest.raises(InputError, match="another request"):
        check_answer(answer, MESSAGE, roots=[authority.root], nonce=NONCE + 1)
    with pytest.raises(InputError, match="authority we trust"):
        check_answer(answer, MESSAGE, roots=[Authority(tmp_path / "two").root], nonce=NONCE)
    with pytest.raises(InputError, match="authority we trust"):
        check_answer(answer, MESSAGE, roots=[])


def test_a_certificate_that_is_not_for_stamps_alone_does_not_stamp(tmp_path: Path) -> None:
    wide = Authority(tmp_path / "wide")
    answer = wide.answer(request_of(MESSAGE, NONCE))
    purpose = bytes.fromhex("06082b06010505070308")  # the only use that this certificate names
    assert answer.count(purpose) == 1
    with pytest.raises(InputError, match="not one for time-stamps alone"):
        check_answer(answer.replace(purpose, purpose[:-1] + b"\x01"), MESSAGE, roots=[wide.root])


def test_no_changed_byte_passes_as_another_time(authority: Authority, answer: bytes) -> None:
    honest = check_answer(answer, MESSAGE, roots=[authority.root], nonce=NONCE)
    for place in range(0, len(answer), 7):
        forged = answer[:place] + bytes([answer[place] ^ 0x01]) + answer[place + 1 :]
        try:
            told = check_answer(forged, MESSAGE, roots=[authority.root], nonce=NONCE)
        except InputError:
            continue
        assert (told.at, told.serial) == (honest.at, honest.serial), place


def test_a_refusal_and_rubbish_are_told() -> None:
    with pytest.raises(InputError, match="refused"):
        check_answer(bytes.fromhex("30053003020102"), MESSAGE, roots=[])
    for rubbish in (b"", b"\x30", b"\x30\x84\xff\xff\xff\xff", b"<html>", bytes(40)):
        with pytest.raises(InputError):
            check_answer(rubbish, MESSAGE, roots=[])
