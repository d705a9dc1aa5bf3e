"""Sending with the key of a service account to which sending as the mailbox was delegated."""

# Google's client libraries carry no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from google.auth import jwt

from leave.adapters.gmail.credentials import SEND_SCOPE
from leave.domain.errors import MailCredentialsError, MailError, MailUnavailableError
from tests.leave.adapters.gmail.scripted_google import (
    DROP,
    HANG,
    TOKEN_PATH,
    Line,
    answer,
    gmail_error,
    oauth_error,
)
from tests.leave.builders import MAIL

if TYPE_CHECKING:
    from collections.abc import Callable

    from leave.adapters.gmail.credentials import Urllib3Http
    from leave.adapters.gmail.mailer import GmailMailer
    from tests.leave.adapters.gmail.scripted_google import ScriptedGoogle

ROBOT = "robot@leave.iam.gserviceaccount.com"
KEYS = ["client_email", "private_key_id", "private_key", "token_uri"]


def pem_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: bytes = b"") -> str:
    """Return a key as Google's console writes it, or locked with a password."""
    lock = serialization.BestAvailableEncryption(password) if password else None
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        lock or serialization.NoEncryption(),
    ).decode()


KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = pem_of(KEY)
PUBLIC = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


@pytest.fixture
def stored(google: ScriptedGoogle) -> dict[str, Any]:
    """Return what the secret holds."""
    return {
        "type": "service_account",
        "client_email": ROBOT,
        "client_id": "1234567890",
        "private_key_id": "key-1",
        "private_key": PEM,
        "token_uri": google.url + TOKEN_PATH,
        "sender": "leave-bot@foo.com",
        "scopes": [SEND_SCOPE],
    }


@pytest.fixture
def robot(mailer: GmailMailer, stored: dict[str, Any]) -> GmailMailer:
    """Return a mailer that sends with the service account."""
    mailer.read_credentials = lambda: stored
    return mailer


def test_it_acts_as_the_sender_and_may_do_nothing_but_send(
    robot: GmailMailer, google: ScriptedGoogle
) -> None:
    robot.send(MAIL)
    (post,) = google.posts
    assert post.bearer == "Bearer ya29.1"
    assert post.mail["From"] == "Leave <leave-bot@foo.com>"
    (exchange,) = google.refreshes
    assert exchange["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    claims: dict[str, Any] = jwt.decode(
        exchange["assertion"], PUBLIC, audience="https://oauth2.googleapis.com/token"
    )
    assert (claims["iss"], claims["sub"], claims["scope"]) == (
        ROBOT,
        "leave-bot@foo.com",
        SEND_SCOPE,
    )


def test_a_token_is_kept_while_it_is_warm(robot: GmailMailer, google: ScriptedGoogle) -> None:
    for _ in range(3):
        robot.send(MAIL)
    assert (len(google.posts), len(google.refreshes)) == (3, 1)


def test_a_token_that_was_revoked_early_is_renewed(
    robot: GmailMailer, google: ScriptedGoogle
) -> None:
    google.send_script.append(gmail_error(401, "authError"))
    robot.send(MAIL)
    assert [post.bearer for post in google.posts] == ["Bearer ya29.1", "Bearer ya29.2"]


@pytest.mark.parametrize("code", ["unauthorized_client", "invalid_grant", "access_denied"])
def test_a_delegation_that_is_missing_needs_an_operator(
    robot: GmailMailer, google: ScriptedGoogle, code: str
) -> None:
    google.token_script.append(oauth_error(401, code))
    with pytest.raises(MailCredentialsError, match=f"rejects the Gmail credentials: {code}"):
        robot.send(MAIL)
    assert google.posts == []


@pytest.mark.parametrize("line", [oauth_error(500, "internal_failure"), answer(502, ""), DROP])
def test_a_token_endpoint_in_trouble_is_unavailable(
    robot: GmailMailer, google: ScriptedGoogle, line: Line
) -> None:
    google.token_script.extend([line] * 3)
    with pytest.raises(MailUnavailableError):
        robot.send(MAIL)
    assert google.posts == []


def test_a_token_endpoint_that_is_silent_has_sent_nothing(
    robot: GmailMailer, google: ScriptedGoogle, transport_with: Callable[..., Urllib3Http]
) -> None:
    robot.transport = transport_with(read=0.3)
    google.token_script.append(HANG)
    with pytest.raises(MailUnavailableError, match="token endpoint did not answer"):
        robot.send(MAIL)
    assert google.posts == []


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("there", ["missing", "empty", "no text"])
def test_an_incomplete_key_names_what_it_lacks_and_the_cure(
    robot: GmailMailer, google: ScriptedGoogle, stored: dict[str, Any], key: str, there: str
) -> None:
    if there == "missing":
        del stored[key]
    else:
        stored[key] = "" if there == "empty" else 7
    with pytest.raises(MailCredentialsError, match=f"lacks {key}. Run `leave gmail authorize"):
        robot.send(MAIL)
    assert google.refreshes == []


@pytest.mark.parametrize(
    "key",
    [
        "must-not-leak",
        PEM[:200] + "must-not-leak",
        "-----BEGIN PRIVATE KEY-----\nAAA\n-----END PRIVATE KEY-----\n",  # pragma: allowlist secret
        pem_of(KEY, b"password"),
        pem_of(ec.generate_private_key(ec.SECP256R1())),
    ],
    ids=["no key", "half a key", "an odd key", "a locked key", "a key of another kind"],
)
def test_a_key_that_is_none_is_told_and_not_shown(
    robot: GmailMailer, google: ScriptedGoogle, stored: dict[str, Any], key: str
) -> None:
    stored["private_key"] = key
    with pytest.raises(MailCredentialsError, match="private_key in the Gmail secret") as caught:
        robot.send(MAIL)
    story = "".join(traceback.format_exception(caught.value))
    assert "must-not-leak" not in story
    assert not any(line in story for line in key.splitlines())
    assert google.refreshes == []


def test_a_type_that_nobody_knows_is_told(robot: GmailMailer, stored: dict[str, Any]) -> None:
    stored["type"] = "external_account"
    with pytest.raises(MailCredentialsError, match="unknown type, not one of authorized_user, ser"):
        robot.send(MAIL)


def test_no_project_is_billed_and_no_other_universe_is_asked(
    robot: GmailMailer, google: ScriptedGoogle, stored: dict[str, Any]
) -> None:
    """A key file may say more; what it says must not change where the assertion goes."""
    stored |= {"universe_domain": "example.com", "quota_project_id": "somebody-elses"}
    robot.send(MAIL)
    assert len(google.posts) == 1


def test_no_key_shows_in_an_error_or_its_causes(robot: GmailMailer, google: ScriptedGoogle) -> None:
    google.token_script.append(oauth_error(401, "unauthorized_client"))
    with pytest.raises(MailError) as caught:
        robot.send(MAIL)
    story = "".join(traceback.format_exception(caught.value))
    assert google.refreshes[0]["assertion"] not in story
    assert PEM.splitlines()[1] not in story
