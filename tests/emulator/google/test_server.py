from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from emulator.errors import StageError
from emulator.google import GoogleStandIn
from tests.emulator.google.callers import AUDIENCES, SEND_PATH, SENDER, call

if TYPE_CHECKING:
    from pathlib import Path


def spoken(google: GoogleStandIn, data: bytes) -> bytes:
    """Send bytes on a connection of their own and return everything that comes back."""
    address = urlsplit(google.url)
    with socket.create_connection((str(address.hostname), int(address.port or 0)), 5) as line:
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(65_536), b""))


def test_it_listens_on_loopback_only(google: GoogleStandIn) -> None:
    assert urlsplit(google.url).hostname == "127.0.0.1"
    assert google.inbox_url == f"{google.url}/inbox"
    hexadecimal = f":{urlsplit(google.url).port:04X}"
    with open("/proc/net/tcp", encoding="ascii") as table:  # noqa: PTH123
        listening = [row.split()[1] for row in table if row.split()[3] == "0A"]
    assert [entry for entry in listening if entry.endswith(hexadecimal)] == [
        f"0100007F{hexadecimal}"
    ]


def test_a_taken_port_is_named(google: GoogleStandIn, tmp_path: Path) -> None:
    port = int(urlsplit(google.url).port or 0)
    second = GoogleStandIn(port=port, audiences=AUDIENCES, mailbox=SENDER, state_dir=tmp_path)
    with pytest.raises(StageError, match=f"Port {port} of the Google stand-in is taken") as taken:
        second.start()
    assert "Choose another port" in str(taken.value)
    second.stop()


def test_a_port_that_is_none_is_named(state_dir: Path) -> None:
    second = GoogleStandIn(port=70_000, audiences=AUDIENCES, mailbox=SENDER, state_dir=state_dir)
    with pytest.raises(StageError, match="Port 70000"):
        second.start()


def test_the_address_is_known_only_while_it_runs(google: GoogleStandIn) -> None:
    with pytest.raises(RuntimeError, match="started already"):
        google.start()
    google.stop()
    with pytest.raises(RuntimeError, match="not started"):
        _ = google.url
    google.stop()


def test_stopping_is_prompt_with_idle_and_half_sent_requests(google: GoogleStandIn) -> None:
    address = ("127.0.0.1", int(urlsplit(google.url).port or 0))
    lines = [socket.create_connection(address, 5) for _ in range(20)]
    for line in lines[:10]:
        line.sendall(b"POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc")
    time.sleep(0.1)
    started = time.monotonic()
    google.stop()
    assert time.monotonic() - started < 30
    for line in lines:
        line.settimeout(30)
        assert line.recv(1) == b""
        line.close()


def test_a_connection_serves_many_requests(google: GoogleStandIn) -> None:
    one = b"GET /oauth2/v3/certs HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert spoken(google, one * 3).count(b"HTTP/1.1 200 OK") == 3


def test_head_answers_without_a_body(google: GoogleStandIn) -> None:
    answer = call(google, "HEAD", "/inbox")
    assert answer.status == 200
    assert int(answer.headers["Content-Length"]) > 1000
    assert answer.body == b""


def test_an_unknown_path_is_a_404_and_a_wrong_method_a_405(google: GoogleStandIn) -> None:
    assert call(google, "GET", "/nothing/here").status == 404
    assert call(google, "GET", "/_fake/messages/../../etc/passwd").status == 404
    answer = call(google, "GET", "/token")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert call(google, "PUT", "/_fake/faults").headers["Allow"] == "DELETE, GET, HEAD, POST"


def test_an_unknown_parameter_is_refused_rather_than_ignored(google: GoogleStandIn) -> None:
    answer = call(google, "GET", "/_fake/messages?too=jim@foo.com")
    assert answer.status == 400
    assert "allowed are text and to" in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_it_answers_to_its_own_names(google: GoogleStandIn, host: str) -> None:
    for name in (host, f"{host}:{urlsplit(google.url).port}"):
        assert call(google, "GET", "/inbox", headers={"Host": name}).status == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost:1", ""])
def test_no_web_page_can_rebind_its_name_to_it(google: GoogleStandIn, host: str) -> None:
    answer = call(google, "GET", "/_fake/messages", headers={"Host": host})
    assert answer.status == 421


def test_a_body_over_the_limit_is_a_413(google: GoogleStandIn) -> None:
    body = b"x" * (64 * 1024 + 1)
    for path in ("/token", "/_fake/faults", "/_fake/id_token", "/inbox"):
        assert call(google, "POST", path, body=body).status == 413
    assert call(google, "POST", "/token", body=body[1:]).status == 400


def test_a_huge_announced_body_is_refused_before_it_is_read(google: GoogleStandIn) -> None:
    head = f"POST {SEND_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {10**15}\r\n\r\n"
    assert spoken(google, head.encode()).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "٣", "+5", " "])
def test_an_odd_content_length_is_a_400(google: GoogleStandIn, length: str) -> None:
    head = f"POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
    answer = spoken(google, head.encode())
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Connection: close" in answer


def test_a_chunked_body_is_a_411(google: GoogleStandIn) -> None:
    head = b"POST /token HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert spoken(google, head).startswith(b"HTTP/1.1 411 ")


@pytest.mark.parametrize(
    "noise",
    [
        b"GARBAGE\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"BREW /inbox HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"GET /inbox?" + b"a=1&" * 300 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)
def test_noise_gets_a_json_refusal_and_no_traceback(
    google: GoogleStandIn, capfd: pytest.CaptureFixture[str], noise: bytes
) -> None:
    answer = spoken(google, noise)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5"))
    assert b"application/json" in head
    assert b'"message"' in body
    assert capfd.readouterr() == ("", "")
    assert call(google, "GET", "/inbox").status == 200


def test_it_is_silent(google: GoogleStandIn, capfd: pytest.CaptureFixture[str]) -> None:
    call(google, "GET", "/inbox")
    call(google, "GET", "/nothing")
    spoken(google, b"POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc")
    assert capfd.readouterr() == ("", "")


def test_audiences_must_be_named() -> None:
    with pytest.raises(ValueError, match="audiences"):
        GoogleStandIn(audiences=[], mailbox=SENDER)


def test_a_defect_is_a_500_that_names_itself(
    google: GoogleStandIn, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("boom")

    monkeypatch.setattr("emulator.google.inbox.threads", broken)
    answer = call(google, "GET", "/inbox")
    assert answer.status == 500
    assert "a defect of the stand-in: KeyError: 'boom'" in answer.json["error"]["message"]
    assert capfd.readouterr() == ("", "")


FOREIGN = [
    "https://evil.example",
    "null",
    "",
    "http://127.0.0.1",
    "http://127.0.0.1:1",
    "https://127.0.0.1:{port}",
    "http://127.0.0.1:{port}.evil.example",
    "http://evil.example:{port}",
]
CHANGING = [
    ("POST", "/_fake/id_token"),
    ("POST", "/_fake/faults"),
    ("POST", "/_fake/consent"),
    ("DELETE", "/_fake/messages"),
    ("DELETE", "/_fake/access_tokens"),
    ("POST", "/token"),
    ("POST", "/revoke"),
    ("POST", SEND_PATH),
    ("DELETE", "/inbox"),
]


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize(("method", "path"), CHANGING)
def test_a_web_page_of_another_origin_changes_nothing(
    google: GoogleStandIn, method: str, path: str, origin: str
) -> None:
    port = str(urlsplit(google.url).port)
    headers = {"Origin": origin.replace("{port}", port), "Content-Type": "text/plain"}
    answer = call(google, method, path, body={"email": SENDER}, headers=headers)
    assert answer.status == 403
    assert "another origin" in answer.json["error"]["message"]


def test_tools_and_the_stand_ins_own_pages_go_on_working(google: GoogleStandIn) -> None:
    wanted = {"email": SENDER}
    assert call(google, "POST", "/_fake/id_token", body=wanted).status == 200
    for name in ("127.0.0.1", "localhost"):
        own = {"Origin": f"http://{name}:{urlsplit(google.url).port}"}
        assert call(google, "POST", "/_fake/id_token", body=wanted, headers=own).status == 200
    foreign = {"Origin": "https://evil.example"}
    assert call(google, "GET", "/inbox", headers=foreign).status == 200
