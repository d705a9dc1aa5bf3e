"""Whatever a body, a header, a query or a claim holds, the answer is a proper refusal."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from infrastructure.function_table import PUBLIC, ROUTES
from leave.functions.inputs import FIELDS
from tests.leave.functions.events import JIMS_CLAIMS, api_event, leave_event, link_event
from tests.proof.conftest import ANY_TEXT, Size, each
from tests.proof.hostile.conftest import ALONE, JANES_ID, JIM, AttackedStage, claims_of, sent
from tests.proof.reporting import Recorder

# Thousands of examples take minutes, on a busy machine many.
pytestmark = pytest.mark.timeout(1800)
PROMISE = "Hostile input is refused, and changes and tells nothing"
AL, JIMS = claims_of(ALONE.email), claims_of(JIM.email)
GOOD = {"date": "2099-01-05", "reason": "x"}
CHANGE = "PATCH /leave_requests/{requestId}"
NAMES = st.sampled_from(FIELDS)
DAYS = st.sampled_from(
    [
        "0000-01-01",
        "0001-01-01",
        "9999-12-31",
        "2026-02-30",
        "2027-02-29",
        "2026-W01-1",
        "20261122",
        "2026-326",
        "2026-11-22T00:00:00",
        "\uff12\uff10\uff12\uff16-11-22",
        "2026-11-22\n",
        "+2026-11-22",
        "-001-01-01",
        "1e3",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | ANY_TEXT
    | DAYS
    | st.sampled_from(["annual", "morning", "afternoon", "E001", "E999", 10**400]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)
JSON = st.dictionaries(NAMES | ANY_TEXT, VALUES, max_size=8)
TRICKS = [
    "",
    " ",
    "null",
    "[]",
    "5",
    '"x"',
    "{}",
    "{" * 8_000,
    "[" * 16_000,
    '{"a":' * 3_000 + "1" + "}" * 3_000,
    '{"date":NaN}',
    '{"date":Infinity}',
    '{"date":-Infinity}',
    '{"date":' + "9" * 12_000 + "}",
    '{"date":-' + "9" * 12_000 + "}",
    '{"date":1e999999999}',
    '{"date":"2099-01-05","date":"2099-01-06"}',
    '{"date":"2099-01-05","d\\u0061te":"2099-01-06"}',
    '{"date":"2099-01-05"}{"date":"2099-01-05"}',
    '{"date":"2099-01-05"}\x00',
    '\ufeff{"date":"2099-01-05"}',
    '{"date":"2099-01-05","reason":"\\ud800"}',
    '{"date":"2099-01-05","reason":"\ud800"}',
    '{"date":"2099-01-05","\\udfff":"x"}',
    '{"date":"2099-01-05","type":"\\u0000"}',
    '{"date":"2099-01-05","reason":"\u202egnp.exe"}',
    '{"date":"2099-01-05","employeeId":"\\u202eE002"}',
    '{"date":"2099-01-05","__proto__":{"admin":true}}',
    '{"date":"2099-01-05","employeeId":["E002"]}',
    "{" + ",".join(f'"a{number}":1' for number in range(1_500)) + "}",
    json.dumps({"x" * 15_000: 1}),
    json.dumps({"date": "2099-01-05", "reason": "\N{PILE OF POO}" * 5_000}, ensure_ascii=False),
    "date=2099-01-05",
    "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
]


@pytest.mark.parametrize("route", ["POST /request_leave", CHANGE])
def test_a_crafted_body_is_refused(target: AttackedStage, route: str) -> None:
    path = {"requestId": JANES_ID} if "{" in route else {}
    for body in TRICKS:
        event = api_event(route, claims=JIMS, body=body, **path)
        event["body"] = body
        target.refused(event, 400, 413, 422)


def bodies() -> SearchStrategy[dict[str, Any]]:
    """Return calls that ask for leave with something that is nearly, or not at all, a body."""
    raw = st.one_of(st.binary(max_size=300), st.binary(max_size=40).map(lambda b: b * 900))
    encoded = raw.map(lambda b: base64.b64encode(b).decode())
    good = json.dumps(GOOD)
    cut = st.integers(0, len(good) - 1)
    texts = st.one_of(
        JSON.map(json.dumps),
        JSON.map(lambda value: json.dumps(value, ensure_ascii=False)),
        ANY_TEXT,
        st.builds(lambda at, tail: good[:at] + tail + good[at:], cut, ANY_TEXT),
        cut.map(lambda at: good[:at]),
        st.sampled_from(["utf-16", "utf-32", "utf-8-sig", "cp037"]).map(
            lambda code: good.encode(code).decode("latin-1")
        ),
    )
    return st.one_of(
        st.builds(lambda text: leave_event(text, claims=AL), texts),
        st.builds(
            lambda text: api_event(CHANGE, claims=JIMS, body=text, requestId=JANES_ID), texts
        ),
        st.builds(
            lambda text: leave_event(claims=AL) | {"body": text, "isBase64Encoded": True},
            encoded | ANY_TEXT,
        ),
    )


def test_a_random_body_is_refused(target: AttackedStage, size: Size, report: Recorder) -> None:
    number = each(
        bodies(),
        lambda one: target.refused(one, 400, 413, 422, 403),
        examples=size(small=300, full=4_000),
    )
    report(PROMISE, "random, cut and mixed bodies", number)


def queries() -> SearchStrategy[dict[str, Any]]:
    """Return reading calls with odd parameters and ids."""
    names = st.sampled_from(["employeeId", "status", "year", "cursor", "start", "end"]) | ANY_TEXT
    numbers = st.sampled_from(["0", "-1", "99999", "2026,2027", "\uff12\uff10\uff12\uff16", "2e3"])
    ids = st.sampled_from(["E002", "e002", "E002 ", "E003", "..", "%2e", "E002\x00", JANES_ID])
    values = ANY_TEXT | DAYS | numbers | ids
    query = st.dictionaries(names, values, min_size=1, max_size=4)
    routes = st.sampled_from(["GET /leave_requests", "GET /leave_balance", "GET /team_calendar"])
    one = "{} /leave_requests/{{requestId}}"
    return st.one_of(
        st.builds(
            lambda route, given: api_event(route, claims=JIMS) | {"queryStringParameters": given},
            routes,
            query,
        ),
        st.builds(
            lambda method, rid: (
                api_event(one.format(method), claims=JIMS, requestId="x")
                | {"pathParameters": {"requestId": rid}}
            ),
            st.sampled_from(["GET", "DELETE"]),
            values | st.just("\ud800" * 26),
        ),
        st.builds(
            lambda feed: (
                api_event("GET /calendar/{feed}", feed="x") | {"pathParameters": {"feed": feed}}
            ),
            values | ANY_TEXT.map(lambda text: f"{text}.ics"),
        ),
    )


def test_a_random_query_or_id_reads_nothing_of_others(
    target: AttackedStage, size: Size, report: Recorder
) -> None:
    def look(event: dict[str, Any]) -> None:
        reply = target.untouched(event)
        if reply.status >= 400:
            target.refused(event)
        assert "canary" not in reply.text or "canary" in sent(event)

    number = each(queries(), look, examples=size(small=200, full=4_000))
    report(PROMISE, "random queries, ids and feeds", number)


HEADERS = st.sampled_from(
    ["idempotency-key", "accept-language", "content-type", "cookie", "authorization", "host"]
)
FORMS = st.one_of(
    st.binary(max_size=300),
    st.sampled_from(
        [
            b"comment=x&" * 30,
            b"comment=%ff%fe&_charset_=utf-16",
            b"_charset_=utf-7&comment=%2BADw-script%2BAD4-",
            b"comment[]=x&comment[$gt]=",
            b'--b\r\nContent-Disposition: form-data; name="comment"\r\n\r\nx\r\n--b--',
            b"comment=" + b"%0a" * 5_000,
            b"comment=" + b"x" * 20_000,
            b"undo=1&undo=2",
            b"\xff" * 100,
        ]
    ),
)


def test_no_header_and_no_form_breaks_a_page(
    target: AttackedStage, size: Size, report: Recorder
) -> None:
    """With a link that opens nothing, so that nothing could be decided rightly."""
    forged = f"{JANES_ID}.{'A' * 43}"

    def send(raw: bytes, headers: dict[str, str], *, encoded: bool, method: str) -> None:
        event = link_event(method, "denied", forged)
        text = base64.b64encode(raw).decode() if encoded else raw.decode("utf-8", "surrogateescape")
        event |= {"body": text, "isBase64Encoded": encoded}
        event["headers"] |= headers
        target.refused(event, 400, 404, 413)

    shots = st.tuples(
        FORMS,
        st.dictionaries(HEADERS, ANY_TEXT | st.just("x" * 9_000)),
        st.booleans(),
        st.sampled_from(["GET", "HEAD", "POST"]),
    )
    number = each(
        shots,
        lambda one: send(one[0], one[1], encoded=one[2], method=one[3]),
        examples=size(small=150, full=4_000),
    )
    report(PROMISE, "random forms and headers", number)


@pytest.mark.parametrize(
    "key", ["", " ", "a b", "k\u00e9y", "x" * 256, "a\r\nb", "\ud800", "\uff21", "a\x00", "\u202e"]
)
def test_an_odd_idempotency_key_is_refused(target: AttackedStage, key: str) -> None:
    reply = target.refused(leave_event(GOOD, claims=AL, key=key), 400)
    assert [problem["field"] for problem in reply.fields()["errors"]] == ["Idempotency-Key"]


SECURED = [key for name, keys in ROUTES.items() if name not in PUBLIC for key in keys.values()]
ADDRESSES = st.sampled_from(
    [
        "jim@foo.com@evil.example",
        "evil@evil.example,jim@foo.com",
        "evil@evil.example\njim@foo.com",
        "jim@foo.com\x00@evil.example",
        "<jim@foo.com>",
        "Jim <jim@foo.com>",
        "jim+x@foo.com",
        " jim@foo.com",
        "jim@foo.com ",
        "jim@xfoo.com",
        "jim@foo.com.evil.example",
        "J\u0130M@foo.com",
        "j\u0131m@foo.com",
        "jim@\u24d5\u24de\u24de.com",
        "hr@foo.com\u200b",
        "h\u200br@foo.com",
        "[jim@foo.com]",
        "['jim@foo.com']",
        "*@foo.com",
        "@foo.com",
        "x" * 9_000 + "@foo.com",
    ]
)
CLAIM_VALUES = st.one_of(
    ANY_TEXT,
    ADDRESSES,
    st.none(),
    st.booleans(),
    st.integers(),
    st.lists(st.sampled_from(["jim@foo.com", "foo.com", "true"]), max_size=2),
    st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=2),
    st.sampled_from(["1", "yes", "TRUE\n", "true,false", "[true]", "evil.example", "foo.com."]),
)
CLAIMS = st.sampled_from(["email", "email_verified", "hd"])


def says_as_much(name: str, value: Any) -> bool:
    """Tell whether a claim is only another way to say what Jim's rightly says."""
    return str(value).lower() == str(JIMS_CLAIMS[name]).lower()


def test_no_odd_claim_lets_anybody_in(target: AttackedStage, size: Size, report: Recorder) -> None:
    def call(one: tuple[str, str, Any]) -> None:
        route, name, value = one
        path = {"requestId": JANES_ID, "employeeId": "E003"} if "{" in route else {}
        event = api_event(route, claims=JIMS_CLAIMS | {name: value}, body=GOOD, **path)
        target.refused(event, 401, 403)

    shots = st.tuples(st.sampled_from(SECURED), CLAIMS, CLAIM_VALUES)
    shots = shots.filter(lambda one: not says_as_much(one[1], one[2]))
    number = each(shots, call, examples=size(small=150, full=5_000))
    report(PROMISE, "odd claims of a token that API Gateway let through", number)


@pytest.mark.parametrize(
    "authorizer",
    [
        {},
        {"jwt": {}},
        {"jwt": {"claims": {}}},
        {"lambda": {"email": "jim@foo.com"}},
        {"claims": JIMS_CLAIMS},
    ],
    ids=str,
)
def test_without_claims_nobody_is_let_in(target: AttackedStage, authorizer: dict[str, Any]) -> None:
    """Should a route ever be without its authorizer, it is closed, not open."""
    for route in SECURED:
        path = {"requestId": JANES_ID, "employeeId": "E003"} if "{" in route else {}
        event = api_event(route, body={}, **path)
        event["requestContext"]["authorizer"] = authorizer
        target.refused(event, 401)
