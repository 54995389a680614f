"""Signed heads are stamped by an outside authority where a site has chosen one; only an answer that holds is kept."""

import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.engines.ledger.test_timestamp import Authority
from yuantou.apps.audit.facade import append, sign_head, stamp_heads
from yuantou.apps.audit.models import Stamp
from yuantou.kernel.errors import InputError

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority of this test needs openssl"),
]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "one")


@pytest.fixture(scope="module")
def address(authority: Authority) -> Iterator[str]:
    """The authority behind an address of this machine."""

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply" if self.path == "/tsa" else "text/html")
            self.end_headers()
            self.wfile.write(authority.answer(request))

        def log_message(self, *said: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Desk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_heads_are_stamped_once_and_anybody_may_check(settings, authority, address, client: Client, now) -> None:
    settings.TSA_URL, settings.TSA_ROOTS = f"{address}/tsa", authority.folder / "ca.pem"
    for number in range(3):
        append(at=now, actor="user:1", act="x", kind="call", key=str(number))
        sign_head(now=now)
    assert stamp_heads() == 3
    assert stamp_heads() == 0
    assert "CN=Unit" in client.get(reverse("audit:head", args=[2])).content.decode()
    for name in ("head_text", "stamp"):
        authority.folder.joinpath(name).write_bytes(client.get(reverse(f"audit:{name}", args=[2])).content)
    authority.run("ts -verify -data head_text -in stamp -CAfile ca.pem")


def test_an_answer_that_does_not_hold_is_not_kept(settings, authority, address, tmp_path: Path, now) -> None:
    append(at=now, actor="user:1", act="x", kind="call", key="1")
    sign_head(now=now)
    settings.TSA_ROOTS = authority.folder / "ca.pem"
    settings.TSA_URL = ""
    assert stamp_heads() == 0
    for url in (f"{address}/other", "http://127.0.0.1:1/tsa", "file:///etc/passwd"):
        settings.TSA_URL = url
        with pytest.raises(InputError):
            stamp_heads()
    settings.TSA_URL, settings.TSA_ROOTS = f"{address}/tsa", Authority(tmp_path / "two").folder / "ca.pem"
    with pytest.raises(InputError, match="trust"):
        stamp_heads()
    assert not Stamp.objects.exists()
