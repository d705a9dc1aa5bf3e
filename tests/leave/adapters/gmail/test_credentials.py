"""What is stored for Gmail, the access token that it gives, and that nothing of it shows.

The token is got apart from the mail, so that its failures never leave a mail in doubt.
"""

# Google's client libraries carry no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import traceback
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from google.auth import jwt

from leave.adapters.gmail.credentials import SEND_SCOPE, Urllib3Http
from leave.adapters.gmail.mailer import GmailMailer
from leave.domain.errors import MailCredentialsError, MailError, MailUnavailableError
from leave.domain.values import replace
from tests.leave.adapters.gmail.scripted_google import (
    DROP,
    HANG,
    TOKEN_PATH,
    Line,
    ScriptedGoogle,
    answer,
    gmail_error,
    oauth_error,
)
from tests.leave.builders import MAIL

ROBOT = "robot@leave.iam.gserviceaccount.com"
USER_KEYS = ["client_id", "client_secret", "refresh_token", "token_uri"]
ROBOT_KEYS = ["client_email", "private_key_id", "private_key", "token_uri"]


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


def user_credentials(google: ScriptedGoogle) -> dict[str, Any]:
    """Return those of a person who agreed."""
    return google.credentials()


def robot_credentials(google: ScriptedGoogle) -> dict[str, Any]:
    """Return the key of a service account to which sending as the mailbox was delegated."""
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


KINDS = {"user": user_credentials, "robot": robot_credentials}


@pytest.fixture(params=KINDS)
def stored(request: pytest.FixtureRequest, google: ScriptedGoogle) -> dict[str, Any]:
    """Return what the secret holds, of either kind."""
    return KINDS[request.param](google)


@pytest.fixture
def sending(mailer: GmailMailer, stored: dict[str, Any]) -> GmailMailer:
    """Return a mailer that sends with it."""
    mailer.read_credentials = lambda: dict(stored)
    return mailer


only_user = pytest.mark.parametrize("stored", ["user"], indirect=True)
only_robot = pytest.mark.parametrize("stored", ["robot"], indirect=True)


def refused(mailer: GmailMailer, kind: type[MailError] = MailError) -> str:
    """Return why no mail can be sent, after a look at all that a log would tell of it."""
    with pytest.raises(kind) as caught:
        mailer.send(MAIL)
    story = "".join(traceback.format_exception(caught.value))
    for secret in ("the-client-secret", "the-refresh-token", "ya29.", "john@foo.com"):
        assert secret not in story
    assert PEM.splitlines()[1] not in story
    assert "must-not-leak" not in story
    return str(caught.value)


# What is stored


@pytest.mark.parametrize(
    ("stored", "key"),
    [*(("user", key) for key in USER_KEYS), *(("robot", key) for key in ROBOT_KEYS)],
    indirect=["stored"],
)
@pytest.mark.parametrize("there", ["missing", "empty", "no text"])
def test_incomplete_credentials_name_what_they_lack_and_the_cure(
    sending: GmailMailer, google: ScriptedGoogle, stored: dict[str, Any], key: str, there: str
) -> None:
    value = {"missing": None, "empty": "", "no text": 7}[there]
    del stored[key]
    if there != "missing":
        stored[key] = value
    assert f"lacks {key}. Run `leave gmail authorize" in refused(sending, MailCredentialsError)
    assert google.refreshes == google.posts == []


@only_user
def test_an_empty_secret_names_all_it_lacks(sending: GmailMailer) -> None:
    sending.read_credentials = dict
    assert ", ".join(USER_KEYS) in refused(sending, MailCredentialsError)


@only_user
def test_a_type_that_nobody_knows_is_named(sending: GmailMailer, stored: dict[str, Any]) -> None:
    stored["type"] = "external_account"
    expected = "unknown type, not one of authorized_user, ser"
    assert expected in refused(sending, MailCredentialsError)


@only_user
def test_a_secret_that_can_not_be_read_is_passed_on(
    sending: GmailMailer, google: ScriptedGoogle
) -> None:
    def down() -> dict[str, str]:
        raise MailUnavailableError("Secrets Manager: ThrottlingException")

    sending.read_credentials = down
    assert "Secrets Manager" in refused(sending, MailUnavailableError)
    assert google.posts == []


@only_user
@pytest.mark.parametrize("uri", ["not a url", "http://[::1", "ftp://host/token", ""])
def test_a_token_address_that_is_none_is_a_mail_error_too(
    sending: GmailMailer, google: ScriptedGoogle, stored: dict[str, Any], uri: str
) -> None:
    stored["token_uri"] = uri
    assert refused(sending)
    assert google.posts == []


@only_robot
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
def test_a_key_that_is_none_is_reported_and_not_shown(
    sending: GmailMailer, google: ScriptedGoogle, stored: dict[str, Any], key: str
) -> None:
    stored["private_key"] = key
    with pytest.raises(MailCredentialsError, match="private_key in the Gmail secret") as caught:
        sending.send(MAIL)
    story = "".join(traceback.format_exception(caught.value))
    assert "must-not-leak" not in story
    assert not any(line in story for line in key.splitlines())
    assert google.refreshes == []


# The token


@only_robot
def test_a_service_account_acts_as_the_sender_and_may_do_nothing_but_send(
    sending: GmailMailer, google: ScriptedGoogle, stored: dict[str, Any]
) -> None:
    """A key file may say more; what it says must not change where the assertion goes."""
    stored |= {"universe_domain": "example.com", "quota_project_id": "somebody-elses"}
    sending.send(MAIL)
    (post,) = google.posts
    assert post.bearer == "Bearer ya29.1"
    assert post.mail["From"] == "Leave <leave-bot@foo.com>"
    (exchange,) = google.refreshes
    assert exchange["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    public = KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    audience = "https://oauth2.googleapis.com/token"
    claims: dict[str, Any] = jwt.decode(exchange["assertion"], public, audience=audience)
    assert (claims["iss"], claims["sub"]) == (ROBOT, "leave-bot@foo.com")
    assert claims["scope"] == SEND_SCOPE


def test_a_token_is_kept_while_it_is_warm_and_renewed_when_it_was_revoked(
    sending: GmailMailer, google: ScriptedGoogle
) -> None:
    """A 401 sent nothing, so this is the one case in which posting twice is right."""
    for _ in range(3):
        sending.send(MAIL)
    assert (len(google.posts), len(google.refreshes)) == (3, 1)
    google.send_script.append(gmail_error(401, "authError"))
    sending.send(MAIL)
    assert [post.bearer for post in google.posts[3:]] == ["Bearer ya29.1", "Bearer ya29.2"]


@pytest.mark.parametrize(
    "code", ["invalid_grant", "invalid_client", "unauthorized_client", "access_denied"]
)
def test_rejected_credentials_send_nothing_and_need_an_operator(
    sending: GmailMailer, google: ScriptedGoogle, code: str
) -> None:
    google.token_script.append(oauth_error(400, code))
    assert refused(sending, MailCredentialsError) == (
        f"Google rejects the Gmail credentials: {code}"
    )
    assert google.posts == []


@only_robot
def test_no_assertion_shows_in_an_error_or_its_causes(
    sending: GmailMailer, google: ScriptedGoogle
) -> None:
    google.token_script.append(oauth_error(401, "unauthorized_client"))
    with pytest.raises(MailError) as caught:
        sending.send(MAIL)
    story = "".join(traceback.format_exception(caught.value))
    assert google.refreshes[0]["assertion"] not in story


@pytest.mark.parametrize("line", [DROP, gmail_error(400, "invalidArgument")])
def test_no_credential_shows_when_the_mail_itself_fails(
    sending: GmailMailer, google: ScriptedGoogle, line: Line
) -> None:
    google.send_script.append(line)
    assert refused(sending)


@pytest.mark.parametrize(
    "line",
    [
        oauth_error(500, "internal_failure"),
        answer(503, "<html>Down</html>"),
        answer(502, ""),
        answer(400, "<html>A proxy in between</html>"),
        answer(200, {"no": "token"}),
        DROP,
    ],
)
def test_a_token_endpoint_in_trouble_is_unavailable(
    sending: GmailMailer, google: ScriptedGoogle, line: Line
) -> None:
    google.token_script.extend([line] * 3)
    assert refused(sending, MailUnavailableError)
    assert google.posts == []


@pytest.mark.parametrize("line", [DROP, HANG])
def test_a_token_endpoint_that_does_not_answer_has_sent_nothing(
    sending: GmailMailer,
    google: ScriptedGoogle,
    transport_with: Callable[..., Urllib3Http],
    line: Line,
) -> None:
    sending.transport = transport_with(read=0.3)
    google.token_script.append(line)
    assert "token endpoint did not answer" in refused(sending, MailUnavailableError)
    assert google.posts == []


# Credentials that Google rejects when a mail is sent


@only_user
def test_credentials_that_were_renewed_meanwhile_are_read_again(
    sending: GmailMailer, google: ScriptedGoogle, stored: dict[str, Any]
) -> None:
    sending.send(MAIL)
    google.send_script.append(gmail_error(403, "insufficientPermissions"))
    stored["refresh_token"] = "1//renewed"
    sending.send(MAIL)
    assert google.refreshes[-1]["refresh_token"] == "1//renewed"
    assert len(google.posts) == 3


def test_fresh_credentials_that_are_rejected_are_not_tried_twice(
    mailer: GmailMailer, google: ScriptedGoogle, reads: list[None]
) -> None:
    google.send_script.append(gmail_error(403, "domainPolicy"))
    assert refused(mailer, MailCredentialsError)
    assert (len(google.posts), len(reads)) == (1, 1)
    mailer.send(MAIL)
    assert len(reads) == 2


def test_kept_credentials_are_tried_again_once_only(
    mailer: GmailMailer, google: ScriptedGoogle
) -> None:
    mailer.send(MAIL)
    google.send_script.extend([gmail_error(403, "domainPolicy")] * 2)
    assert refused(mailer, MailCredentialsError)
    assert len(google.posts) == 3
    mailer.send(replace(MAIL, subject="Later"))
    assert google.posts[-1].mail["Subject"] == "Later"


def test_credentials_that_are_rejected_in_the_middle_of_a_mail_have_sent_nothing(
    mailer: GmailMailer, google: ScriptedGoogle
) -> None:
    """Gmail says 401, and the token endpoint then no longer knows the refresh token."""
    google.send_script.append(gmail_error(401, "authError"))
    mailer.send(MAIL)
    google.send_script.append(gmail_error(401, "authError"))
    google.token_script.extend([oauth_error(400, "invalid_grant")] * 2)
    assert "invalid_grant" in refused(mailer, MailCredentialsError)
    assert len(google.posts) == 3
