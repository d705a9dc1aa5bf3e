# Google's client libraries carry no types.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Any

import pytest
from google.auth import jwt
from google.auth.crypt import RSASigner
from google.auth.exceptions import RefreshError
from google.oauth2 import service_account

from tests.emulator.google.callers import SEND_SCOPE, Gmail, call, credentials, mails, mime, refresh

if TYPE_CHECKING:
    from emulator.google import GoogleStandIn

ROBOT = "robot@leave.iam.gserviceaccount.com"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def token(google: GoogleStandIn, **fields: str) -> tuple[int, dict[str, Any]]:
    answer = call(google, "POST", "/token", form=fields)
    return answer.status, answer.json


def refusal(google: GoogleStandIn, **fields: str) -> tuple[int, str]:
    status, answer = token(google, **fields)
    return status, answer["error"]


def refresh_fields(google: GoogleStandIn, **changes: str) -> dict[str, str]:
    kept = google.gmail_credentials()
    names = ("client_id", "client_secret", "refresh_token")
    return {"grant_type": "refresh_token"} | {name: kept[name] for name in names} | changes


def key_file(google: GoogleStandIn, **wish: Any) -> dict[str, str]:
    answer = call(google, "POST", "/_fake/service_accounts", body={"email": ROBOT} | wish)
    assert answer.status == 200, answer.text
    return answer.json


def assertion(google: GoogleStandIn, key: dict[str, str], **claims: Any) -> str:
    now = int(time.time())
    good = {
        "iss": ROBOT,
        "sub": "bot@foo.com",
        "aud": f"{google.url}/token",
        "scope": SEND_SCOPE,
        "iat": now,
        "exp": now + 3600,
    }
    return jwt.encode(RSASigner.from_service_account_info(key), good | claims).decode()


def test_the_credentials_are_what_the_secret_holds(google: GoogleStandIn) -> None:
    kept = google.gmail_credentials()
    assert set(kept) == {
        *("type", "client_id", "client_secret", "refresh_token", "token_uri", "sender"),
    }
    assert kept["type"] == "authorized_user"
    assert kept["token_uri"] == f"{google.url}/token"
    assert google.gmail_credentials() == kept


def test_a_refresh_token_gives_an_access_token_for_an_hour(google: GoogleStandIn) -> None:
    status, answer = token(google, **refresh_fields(google))
    assert status == 200
    assert answer["access_token"].startswith("ya29.")
    assert answer | {"access_token": ""} == {
        "access_token": "",
        "expires_in": 3599,
        "scope": SEND_SCOPE,
        "token_type": "Bearer",
    }


def test_client_credentials_may_come_as_http_basic(google: GoogleStandIn) -> None:
    fields = refresh_fields(google)
    pair = f"{fields.pop('client_id')}:{fields.pop('client_secret')}"
    basic = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    assert call(google, "POST", "/token", form=fields, headers=basic).status == 200
    broken = {"Authorization": "Basic !"}
    assert call(google, "POST", "/token", form=fields, headers=broken).status == 401


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"refresh_token": "1//unknown"}, (400, "invalid_grant")),
        ({"refresh_token": ""}, (400, "invalid_grant")),
        ({"scope": f"{SEND_SCOPE} openid"}, (400, "invalid_scope")),
        ({"client_id": "nobody"}, (401, "invalid_client")),
        ({"client_secret": "wrong"}, (401, "invalid_client")),
        ({"client_secret": "wröng"}, (401, "invalid_client")),
        ({"grant_type": "password"}, (400, "unsupported_grant_type")),
        ({"grant_type": ""}, (400, "unsupported_grant_type")),
    ],
)
def test_a_refresh_is_refused_as_google_refuses_it(
    google: GoogleStandIn, changes: dict[str, str], refused: tuple[int, str]
) -> None:
    assert refusal(google, **refresh_fields(google, **changes)) == refused


def test_a_refresh_token_is_good_for_its_own_client_only(google: GoogleStandIn) -> None:
    other = google.client_file("leave-cli")["installed"]
    fields = refresh_fields(
        google, client_id=str(other["client_id"]), client_secret=str(other["client_secret"])
    )
    assert refusal(google, **fields) == (401, "unauthorized_client")


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=1&" * 300])
def test_a_body_that_is_no_form_is_an_invalid_request(google: GoogleStandIn, body: bytes) -> None:
    for path in ("/token", "/revoke"):
        answer = call(google, "POST", path, body=body)
        assert (answer.status, answer.json["error"]) == (400, "invalid_request")


def test_a_revoked_refresh_token_ends_what_came_from_it(google: GoogleStandIn) -> None:
    granted = credentials(google)
    gmail = Gmail(google, granted)
    gmail.send(mime())
    old = google.gmail_credentials()["refresh_token"]

    assert call(google, "POST", "/revoke", form={"token": old}).status == 200

    with pytest.raises(RefreshError) as refused:
        gmail.send(mime())
    assert refused.value.args[1]["error"] == "invalid_grant"
    assert refused.value.retryable is False
    assert len(mails(google)) == 1
    assert google.gmail_credentials()["refresh_token"] != old
    assert call(google, "POST", f"/revoke?token={old}").json["error"] == "invalid_token"
    gmail.close()


def test_an_access_token_can_be_revoked_too(google: GoogleStandIn) -> None:
    _, answer = token(google, **refresh_fields(google))
    old = refresh_fields(google)
    assert call(google, "POST", f"/revoke?token={answer['access_token']}").status == 200
    assert refusal(google, **old) == (400, "invalid_grant")


def test_a_service_account_sends_for_the_person_it_acts_for(google: GoogleStandIn) -> None:
    granted = service_account.Credentials.from_service_account_info(
        key_file(google), scopes=[SEND_SCOPE], subject="bot@foo.com"
    )
    gmail = Gmail(google, granted)
    gmail.send(mime())
    assert mails(google)[0]["from"] == "bot@foo.com"
    gmail.close()


def test_a_service_account_can_not_go_beyond_its_delegation(google: GoogleStandIn) -> None:
    granted = service_account.Credentials.from_service_account_info(
        key_file(google, scopes=["https://www.googleapis.com/auth/gmail.readonly"]),
        scopes=[SEND_SCOPE],
        subject="bot@foo.com",
    )
    with pytest.raises(RefreshError) as refused:
        refresh(granted)
    assert refused.value.args[1]["error"] == "unauthorized_client"


def test_a_scope_that_can_not_send_is_refused_by_gmail(google: GoogleStandIn) -> None:
    readonly = "https://www.googleapis.com/auth/gmail.readonly"
    key = key_file(google, scopes=[readonly])
    fields = {"grant_type": JWT_BEARER, "assertion": assertion(google, key, scope=readonly)}
    _, answer = token(google, **fields)
    sent = call(
        google,
        "POST",
        "/gmail/v1/users/me/messages/send",
        body={"raw": "VG8"},
        headers={"Authorization": f"Bearer {answer['access_token']}"},
    )
    assert sent.status == 403
    assert sent.json["error"]["errors"][0]["reason"] == "insufficientPermissions"


@pytest.mark.parametrize(
    ("claims", "refused"),
    [
        ({"iss": "stranger@foo.com"}, (400, "invalid_grant")),
        ({"aud": "https://accounts.example.com/token"}, (400, "invalid_grant")),
        ({"sub": "nobody"}, (400, "invalid_grant")),
        ({"scope": ""}, (400, "invalid_scope")),
        ({"iat": 0, "exp": 3600}, (400, "invalid_grant")),
        ({"exp": int(time.time()) + 86_400}, (400, "invalid_grant")),
        ({"iat": "now"}, (400, "invalid_grant")),
        ({"exp": None}, (400, "invalid_grant")),
    ],
)
def test_an_assertion_must_be_right_in_every_claim(
    google: GoogleStandIn, claims: dict[str, Any], refused: tuple[int, str]
) -> None:
    signed = assertion(google, key_file(google), **claims)
    assert refusal(google, grant_type=JWT_BEARER, assertion=signed) == refused


def test_an_assertion_must_be_signed_by_the_registered_key(google: GoogleStandIn) -> None:
    stranger = key_file(google, email="other@leave.iam.gserviceaccount.com")
    good = assertion(google, key_file(google))
    head, claims, signature = good.split(".")
    for forged in (
        assertion(google, stranger),
        f"{head}.{claims}.",
        f"{head}.{claims}.{signature[::-1]}",
        f"{head}.{claims}",
        f"{base64.urlsafe_b64encode(b'{}').decode()}.{claims}.{signature}",
        f"bm9uZQ.{claims}.{signature}",
        f"W10.W10.{signature}",
        "",
    ):
        assert refusal(google, grant_type=JWT_BEARER, assertion=forged) == (400, "invalid_grant")
    assert token(google, grant_type=JWT_BEARER, assertion=good)[0] == 200


@pytest.mark.parametrize(
    "wish",
    [{}, {"email": 7}, {"email": "x"}, {"email": ROBOT, "scopes": "x"}, {"email": ROBOT, "x": 1}],
)
def test_an_odd_service_account_is_refused(google: GoogleStandIn, wish: dict[str, Any]) -> None:
    assert call(google, "POST", "/_fake/service_accounts", body=wish).status == 400
