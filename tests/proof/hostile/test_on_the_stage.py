"""Forged tokens and broken requests, over HTTP, on the local stage."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from emulator.demo import web
from infrastructure.function_table import PUBLIC, ROUTES
from tests.end_to_end.people import Someone
from tests.end_to_end.traces import nothing_written
from tests.proof.reporting import Recorder
from tests.stage import LocalStage


def encoded(part: bytes | Mapping[str, Any]) -> str:
    """Return a part of a token as base64url."""
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(part: str) -> bytes:
    """Return what a part of a token says."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def public_pem(key: Mapping[str, str]) -> bytes:
    """Return the provider's published key as the text that one may take for a secret."""
    numbers = (int.from_bytes(decoded(key[name]), "big") for name in ("e", "n"))
    public = rsa.RSAPublicNumbers(*numbers).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def forgeries(good: str, key: Mapping[str, str]) -> dict[str, str]:
    """Return tokens that say what a good one says, or more, by way of the usual tricks."""
    head, body, signature = good.split(".")
    header: dict[str, Any] = json.loads(decoded(head))
    admin = encoded(json.loads(decoded(body)) | {"email": "admin@foo.com"})
    another = "A" if signature[0] != "A" else "B"
    hs256 = encoded(header | {"alg": "HS256"})
    made = {
        "no algorithm": f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{body}.",
        "no algorithm, oddly written": f"{encoded(header | {'alg': 'nOnE'})}.{body}.",
        "no algorithm, signed": f"{encoded(header | {'alg': 'none'})}.{body}.{signature}",
        "no signature": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "four parts": f"{good}.{signature}",
        "another's address": f"{head}.{admin}.{signature}",
        "a byte of the signature": f"{head}.{body}.{another}{signature[1:]}",
        "another key's name": f"{encoded(header | {'kid': '../../x'})}.{body}.{signature}",
        "its own key": f"{encoded(header | {'jwk': key, 'kid': 'x'})}.{body}.{signature}",
        "a key elsewhere": f"{encoded(header | {'jku': 'https://evil.example/k'})}.{body}.{signature}",
        "no JSON": f"{head}.{encoded(b'{')}.{signature}",
        "no base64": f"{head}.{body}.***",
        "very long": f"{head}.{'A' * 7_000}.{signature}",
        "nothing": "",
        "dots": "..",
    }
    for name, secret in {"the public key": public_pem(key), "nothing": b""}.items():
        proof = hmac.new(secret, f"{hs256}.{body}".encode(), hashlib.sha256).digest()
        made[f"signed by {name}"] = f"{hs256}.{body}.{encoded(proof)}"
    return made


pytestmark = pytest.mark.stage
PROMISE = "Hostile input is refused, and changes and tells nothing"
INSIDE = ("Traceback", 'File "', "arn:aws", "botocore", "leave-local", "/var/task")
SECURED = [key for name, keys in ROUTES.items() if name not in PUBLIC for key in keys.values()]
WRONG: dict[str, dict[str, Any]] = {
    "expired": {"expires_in": -60},
    "long expired": {"exp": 1},
    "without an expiry": {"exp": None},
    "for somebody else": {"aud": "somebody-else"},
    "for nobody": {"aud": None},
    "of another issuer": {"iss": "https://evil.example"},
    "of no issuer": {"iss": None},
    "of a key that is not published": {"forged": True},
    "not valid yet": {"nbf": 4_000_000_000},
    "of an address that is not verified": {"email_verified": False},
    "of another company": {"hd": "evil.example"},
    "of no company": {"hd": None},
}


def sent(
    stage: LocalStage, method: str, path: str, headers: dict[str, str], body: bytes = b""
) -> tuple[int, str]:
    """Send a request as it is, with a path that no client would send."""
    url = urlsplit(stage.facts.api_url)
    with closing(HTTPConnection(url.netloc, timeout=120)) as connection:
        connection.putrequest(method, url.path + path, skip_accept_encoding=True)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            connection.putheader(name, value.encode("latin-1"))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")


@pytest.fixture(autouse=True)
def nothing_is_written(stage: LocalStage) -> Iterator[None]:
    with nothing_written(stage):
        yield


def call(stage: LocalStage, route: str, token: str) -> tuple[int, str]:
    method, path = route.replace("{requestId}", "0" * 26).split(" ")
    body = b'{"date":"2099-01-05","employeeId":"E002"}' if method in {"POST", "PATCH"} else b""
    return sent(stage, method, path, {"Authorization": f"Bearer {token}"}, body)


def test_no_wrong_token_opens_any_route(stage: LocalStage, report: Recorder) -> None:
    jim = Someone(stage.facts, "jim@foo.com")
    good = jim.token()
    keys = web.get(f"{stage.facts.google_url}/.well-known/openid-configuration").fields()
    key = web.get(keys["jwks_uri"]).fields()["keys"][0]
    tokens = {name: jim.token(**claims) for name, claims in WRONG.items()} | forgeries(good, key)
    let_in: list[str] = []
    for name, token in tokens.items():
        for route in SECURED if name == "signed by the public key" else SECURED[:2]:
            status, text = call(stage, route, token)
            let_in += [f"{name}: {route} {status}"] * (status not in {400, 401, 403, 431})
            assert not [word for word in INSIDE if word in text], name
    report(PROMISE, "forged and wrong tokens over HTTP", len(tokens))
    assert let_in == []
    assert call(stage, "GET /leave_requests", good)[0] == 200, "the right one still does"


def test_a_token_counts_in_its_header_only(stage: LocalStage) -> None:
    good = Someone(stage.facts, "jim@foo.com").token()
    path = "/leave_requests"
    odd: tuple[tuple[str, dict[str, str]], ...] = (
        (path, {}),
        (path, {"Authorization": ""}),
        (path, {"Authorization": "Bearer"}),
        (path, {"Authorization": f"Basic {good}"}),
        (path, {"Authorization": f"Bearer {good} {good}"}),
        (path, {"Authorization": f"Bearer x, Bearer {good}"}),
        (path, {"Proxy-Authorization": f"Bearer {good}"}),
        (path, {"X-Authorization": f"Bearer {good}"}),
        (path, {"Cookie": f"Authorization=Bearer {good}"}),
        (f"{path}?access_token={good}", {}),
        (f"{path}?Authorization=Bearer%20{good}", {}),
    )
    for where, headers in odd:
        status, text = sent(stage, "GET", where, headers)
        assert status == 401, (where[:40], list(headers))
        assert not [word for word in INSIDE if word in text]


PATHS = (
    "/leave_lead_response/approved/%00",
    "/leave_lead_response/approved/%ff%fe",
    "/leave_lead_response/approved/%ED%A0%80",
    "/leave_lead_response/approved/..%2f..%2fhealth",
    "/leave_lead_response/approved/%250d%250aSet-Cookie:x=1",
    "/leave_lead_response/approved/%0d%0aSet-Cookie:x=1",
    "/leave_lead_response/approved/" + "A" * 6_000,
    "/leave_lead_response/%61pproved/x",
    "/leave_lead_response//x",
    "/calendar/%ED%A0%80.ics",
    "/calendar/..%2f..%2fhealth.ics",
    "/calendar/" + "A" * 6_000 + ".ics",
)
METHODS = ("GET", "HEAD", "POST", "OPTIONS", "PUT")


def test_an_odd_path_leads_nowhere(stage: LocalStage, report: Recorder) -> None:
    answers = {
        (method, path[:60]): sent(stage, method, path, {}, b"x=1" if method == "POST" else b"")
        for path in PATHS
        for method in METHODS
    }
    report(PROMISE, "odd paths over HTTP", len(answers))
    assert {key: status for key, (status, _) in answers.items() if status // 100 != 4} == {}
    assert [key for key, (_, text) in answers.items() if any(word in text for word in INSIDE)] == []


BODIES: tuple[tuple[dict[str, str], bytes], ...] = (
    ({}, b"\xff\xfe\x00"),
    ({"Content-Type": "application/json; charset=utf-16"}, '{"date":"x"}'.encode("utf-16")),
    ({"Content-Type": "multipart/form-data; boundary=b"}, b"--b\r\n\r\nx\r\n--b--"),
    ({"Content-Encoding": "gzip"}, b"\x1f\x8b\x08\x00"),
    ({"Idempotency-Key": "k\xe9y"}, b'{"date":"2099-01-05"}'),
    ({"Idempotency-Key": "k" * 4_000}, b'{"date":"2099-01-05"}'),
    ({"Accept-Language": "\xff;q=" + "9" * 300}, b"[" * 16_000),
    ({}, b"x" * 200_000),
)


def test_an_odd_request_for_leave_is_refused(stage: LocalStage) -> None:
    token = Someone(stage.facts, "jim@foo.com").token()
    for headers, body in BODIES:
        own = headers | {"Authorization": f"Bearer {token}"}
        status, text = sent(stage, "POST", "/request_leave", own, body)
        assert status in {400, 413}, headers
        assert not [word for word in INSIDE if word in text], headers
