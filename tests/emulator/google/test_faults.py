# Google's client libraries carry no types.
# pyright: reportUnknownMemberType=false
from __future__ import annotations

import http.client
import time
from typing import TYPE_CHECKING, Any

import pytest
from google.auth.exceptions import RefreshError, TransportError
from googleapiclient.errors import HttpError

from tests.emulator.google.callers import (
    SEND_PATH,
    Gmail,
    bearer,
    call,
    credentials,
    inject,
    mails,
    mime,
    raw,
    refresh,
)

if TYPE_CHECKING:
    from emulator.google import GoogleStandIn

QUOTA = "usageLimits"


def post(google: GoogleStandIn, token: dict[str, str]) -> Any:
    return call(google, "POST", SEND_PATH, body={"raw": raw(mime())}, headers=token)


@pytest.mark.parametrize(
    ("fault", "reason", "domain", "status"),
    [
        ("400failedPrecondition", "failedPrecondition", "global", "FAILED_PRECONDITION"),
        ("400invalidArgument", "invalidArgument", "global", "INVALID_ARGUMENT"),
        ("401", "authError", "global", "UNAUTHENTICATED"),
        ("403rateLimitExceeded", "rateLimitExceeded", QUOTA, "PERMISSION_DENIED"),
        ("403userRateLimitExceeded", "userRateLimitExceeded", QUOTA, "PERMISSION_DENIED"),
        ("403dailyLimitExceeded", "dailyLimitExceeded", QUOTA, "PERMISSION_DENIED"),
        ("403quotaExceeded", "quotaExceeded", QUOTA, "PERMISSION_DENIED"),
        ("403domainPolicy", "domainPolicy", "global", "PERMISSION_DENIED"),
        ("403insufficientPermissions", "insufficientPermissions", "global", "PERMISSION_DENIED"),
        ("403accessNotConfigured", "accessNotConfigured", QUOTA, "PERMISSION_DENIED"),
        ("404", "notFound", "global", "NOT_FOUND"),
        ("413", "uploadTooLarge", "global", None),
        ("429", "rateLimitExceeded", "global", "RESOURCE_EXHAUSTED"),
        ("500", "internalError", "global", "INTERNAL"),
        ("502", "backendError", "global", None),
        ("503", "backendError", "global", "UNAVAILABLE"),
    ],
)
def test_a_send_fault_is_googles_error_once(
    google: GoogleStandIn, fault: str, reason: str, domain: str, status: str | None
) -> None:
    token = bearer(google)
    inject(google, "send", fault)

    failed, sent = post(google, token), post(google, token)

    error = failed.json["error"]
    (entry,) = error["errors"]
    assert failed.status == error["code"] == int(fault[:3])
    assert (entry["reason"], entry["domain"], error.get("status")) == (reason, domain, status)
    assert error["message"]
    assert entry["message"]
    assert sent.status == 200
    assert len(mails(google)) == 1


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("403rate", "403rateLimitExceeded"),
        ("403 rateLimitExceeded", "403rateLimitExceeded"),
        ("rateLimitExceeded", "403rateLimitExceeded"),
        ("USERRATELIMITEXCEEDED", "403userRateLimitExceeded"),
        ("dailyLimitExceeded", "403dailyLimitExceeded"),
        ("domainPolicy", "403domainPolicy"),
        ("failedPrecondition", "400failedPrecondition"),
        ("400", "400invalidArgument"),
        ("403", "403insufficientPermissions"),
        ("drop-after", "drop_after"),
    ],
)
def test_faults_have_short_names(google: GoogleStandIn, short: str, full: str) -> None:
    inject(google, "send", short)
    assert call(google, "GET", "/_fake/faults").json == {"send": [full], "token": []}


def test_a_number_is_a_fault_too(google: GoogleStandIn) -> None:
    order = {"endpoint": "send", "faults": [429, 500]}
    answer = call(google, "POST", "/_fake/faults", body=order)
    assert answer.json["send"] == ["429", "500"]


def test_faults_are_taken_in_order_one_by_each_call(google: GoogleStandIn) -> None:
    token = bearer(google)
    inject(google, "send", "503", "429")
    inject(google, "send", "403domainPolicy")
    inject(google, "token", "500")
    assert [post(google, token).status for _ in range(4)] == [503, 429, 403, 200]
    assert call(google, "GET", "/_fake/faults").json == {"send": [], "token": ["500"]}


def test_faults_can_be_taken_back(google: GoogleStandIn) -> None:
    inject(google, "send", "503")
    inject(google, "token", "invalid_grant")
    assert call(google, "DELETE", "/_fake/faults").status == 204
    assert post(google, bearer(google)).status == 200


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ({"endpoint": "send", "faults": ["500", "nope"]}, "allowed are 400failedPrecondition, "),
        ({"endpoint": "send", "faults": ["invalid_grant"]}, "unknown faults ['invalid_grant']"),
        ({"endpoint": "token", "faults": ["403rate"]}, "allowed are invalid_grant, "),
        ({"endpoint": "send", "faults": [None]}, "unknown faults [None]"),
        ({"endpoint": "send", "faults": "500"}, "faults must be a list"),
        ({"endpoint": "send"}, "faults must be a list"),
        ({"endpoint": "drive", "faults": []}, "endpoint must be one of send, token"),
        ({"faults": []}, "endpoint must be one of send, token"),
        ({"endpoint": [], "faults": []}, "endpoint must be one of send, token"),
        ({"endpoint": "send", "faults": [], "times": 2}, "unknown fields ['times']"),
        ([], "no object"),
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 50_000, "not JSON"),
    ],
)
def test_an_odd_order_is_refused_as_a_whole(google: GoogleStandIn, order: Any, said: str) -> None:
    answer = call(google, "POST", "/_fake/faults", body=order)
    assert answer.status == 400
    assert said in answer.json["error"]["message"]
    assert call(google, "GET", "/_fake/faults").json == {"send": [], "token": []}


def test_a_drop_closes_the_connection_and_stores_nothing(google: GoogleStandIn) -> None:
    token = bearer(google)
    inject(google, "send", "drop")
    with pytest.raises(http.client.RemoteDisconnected):
        post(google, token)
    assert mails(google) == []
    assert post(google, token).status == 200


def test_drop_after_stores_the_mail_and_closes_the_connection(google: GoogleStandIn) -> None:
    token = bearer(google)
    inject(google, "send", "drop_after")
    with pytest.raises(http.client.RemoteDisconnected):
        post(google, token)
    assert len(mails(google)) == 1


@pytest.mark.parametrize(("fault", "stored"), [("hang", 0), ("hang_after", 1)])
def test_a_hang_gives_no_answer(google: GoogleStandIn, fault: str, stored: int) -> None:
    token = bearer(google)
    inject(google, "send", fault)
    connection = http.client.HTTPConnection(google.url.removeprefix("http://"), timeout=0.5)
    connection.request("POST", SEND_PATH, f'{{"raw": "{raw(mime())}"}}', token)
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()
    deadline = time.monotonic() + 60
    while len(mails(google)) < stored:
        assert time.monotonic() < deadline, "the mail was not taken"
    assert len(mails(google)) == stored


def test_stopping_ends_what_hangs(google: GoogleStandIn) -> None:
    token = bearer(google)
    inject(google, "send", "hang")
    connection = http.client.HTTPConnection(google.url.removeprefix("http://"), timeout=60)
    connection.request("POST", SEND_PATH, f'{{"raw": "{raw(mime())}"}}', token)
    google.stop()
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        connection.getresponse()
    connection.close()


def test_googles_client_sees_the_error_it_would_see(google: GoogleStandIn, gmail: Gmail) -> None:
    inject(google, "send", "403domainPolicy")
    with pytest.raises(HttpError) as refused:
        gmail.send(mime())
    assert refused.value.resp.status == 403
    assert refused.value.error_details == [
        {
            "message": "The domain administrators have disabled Gmail apps.",
            "domain": "global",
            "reason": "domainPolicy",
        }
    ]


def test_googles_client_gets_over_one_401(google: GoogleStandIn, gmail: Gmail) -> None:
    inject(google, "send", "401")
    gmail.send(mime())
    assert len(mails(google)) == 1


@pytest.mark.parametrize("fault", ["invalid_grant", "invalid_client", "unauthorized_client"])
def test_a_token_fault_is_an_oauth_error(google: GoogleStandIn, fault: str) -> None:
    inject(google, "token", fault)
    with pytest.raises(RefreshError) as refused:
        refresh(credentials(google))
    assert refused.value.args[1]["error"] == fault
    assert refused.value.retryable is False


@pytest.mark.parametrize(("fault", "status"), [("429", 429), ("500", 500), ("503", 503)])
def test_a_passing_token_fault_is_tried_again_by_google_auth(
    google: GoogleStandIn, monkeypatch: pytest.MonkeyPatch, fault: str, status: int
) -> None:
    def at_once(_: float) -> None: ...

    monkeypatch.setattr("google.auth._exponential_backoff.time.sleep", at_once)
    inject(google, "token", fault)
    assert call(google, "POST", "/token", form={}).status == status
    inject(google, "token", fault)
    granted = credentials(google)
    refresh(granted)
    assert granted.valid


@pytest.mark.parametrize("fault", ["drop", "drop_after"])
def test_a_token_call_can_be_dropped(google: GoogleStandIn, fault: str) -> None:
    # httplib2 tries a dropped request once more by itself.
    inject(google, "token", fault, fault)
    with pytest.raises((TransportError, http.client.HTTPException, ConnectionError)):
        refresh(credentials(google))
    assert call(google, "GET", "/_fake/faults").json["token"] == []


def test_a_token_call_can_hang(google: GoogleStandIn) -> None:
    inject(google, "token", "hang")
    with pytest.raises((TransportError, TimeoutError)):
        refresh(credentials(google), timeout=0.5)
