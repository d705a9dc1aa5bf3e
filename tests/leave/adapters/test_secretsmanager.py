"""Reading the Gmail credentials and the OAuth client to sign in with, whose text never shows."""

import json
import traceback
from typing import Any, TypeVar

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from leave.adapters.secretsmanager import GmailSecret, SignInSecret
from leave.domain.errors import (
    LeaveError,
    MailCredentialsError,
    MailUnavailableError,
    UnavailableError,
)

S = TypeVar("S", GmailSecret, SignInSecret)

CREDENTIALS = {
    "type": "authorized_user",
    "client_id": "id",
    "client_secret": "must-not-leak",
    "refresh_token": "1//must-not-leak",
    "token_uri": "https://oauth2.googleapis.com/token",
}
KEY = "k" * 43
CLIENT = {"client_id": "id", "client_secret": "must-not-leak", "signing_key": KEY}


class Seconds:
    """A clock that stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def gmail(aws: boto3.Session) -> GmailSecret:
    """Return the entry as the Pulumi program makes it: without a value."""
    client: Any = aws.client("secretsmanager")
    arn = client.create_secret(Name="leave/test/gmail")["ARN"]
    return GmailSecret(client=client, secret_id=arn)


@pytest.fixture
def sign_in(gmail: GmailSecret) -> SignInSecret:
    """Return the entry of the OAuth client, without a value, too."""
    arn = gmail.client.create_secret(Name="leave/test/sign-in")["ARN"]
    return SignInSecret(client=gmail.client, secret_id=arn, clock=Seconds())


@pytest.fixture(params=["gmail", "sign_in"])
def secret(request: pytest.FixtureRequest) -> GmailSecret | SignInSecret:
    """Return each of the two."""
    return request.getfixturevalue(request.param)


def put(secret: S, value: object) -> S:
    text = value if isinstance(value, str) else json.dumps(value)
    secret.client.put_secret_value(SecretId=secret.secret_id, SecretString=text)
    return secret


def refusal(secret: GmailSecret | SignInSecret) -> LeaveError:
    """Return why it cannot be read, after a look at all that a log would tell of it."""
    with pytest.raises((MailCredentialsError, MailUnavailableError, UnavailableError)) as caught:
        secret.read()
    story = traceback.TracebackException.from_exception(caught.value).format(chain=True)
    assert "must-not-leak" not in "".join(story)
    return caught.value


CURES = {GmailSecret: "Run `leave gmail authorize", SignInSecret: "Run `leave sign-in configure"}


def test_the_stored_credentials_are_read_each_time(gmail: GmailSecret) -> None:
    assert put(gmail, CREDENTIALS).read() == CREDENTIALS
    assert put(gmail, CREDENTIALS | {"refresh_token": "new"}).read()["refresh_token"] == "new"


def test_the_client_is_read_and_its_secret_hidden(sign_in: SignInSecret) -> None:
    client = put(sign_in, CLIENT).read()
    assert (client.client_id, client.client_secret.reveal()) == ("id", "must-not-leak")
    assert sign_in.read_signing_key().reveal() == KEY
    assert "must-not-leak" not in repr(client)
    assert KEY not in repr(client)


def test_a_warm_function_goes_by_what_it_read_for_a_minute(sign_in: SignInSecret) -> None:
    put(sign_in, CLIENT).read()
    put(sign_in, CLIENT | {"signing_key": "n" * 43})
    sign_in.clock.now += 59  # type: ignore[attr-defined]
    assert sign_in.read_signing_key().reveal() == KEY
    sign_in.clock.now += 1  # type: ignore[attr-defined]
    assert sign_in.read_signing_key().reveal() == "n" * 43


def test_an_entry_without_a_value_is_named_with_the_cure_and_not_kept(
    secret: GmailSecret | SignInSecret,
) -> None:
    error = refusal(secret)
    assert f"no value. {CURES[type(secret)]}" in str(error)
    assert put(secret, CLIENT).read()


def test_an_entry_that_is_gone_is_named_with_the_cure(gmail: GmailSecret) -> None:
    gmail.client.delete_secret(SecretId=gmail.secret_id)
    assert CURES[GmailSecret] in str(refusal(gmail))


@pytest.mark.parametrize(
    "text",
    [
        "must-not-leak",
        '{"refresh_token": "must-not-leak"',
        '"must-not-leak"',
        '["must-not-leak"]',
        "42",
        "null",
    ],
)
def test_what_is_no_json_object_is_reported_without_its_text(
    secret: GmailSecret | SignInSecret, text: str
) -> None:
    error = refusal(put(secret, text))
    assert CURES[type(secret)] in str(error)
    if isinstance(secret, GmailSecret):
        assert isinstance(error, MailCredentialsError)
        assert "not a JSON object" in str(error)


def test_a_binary_value_is_reported_like_any_other_that_is_no_json(gmail: GmailSecret) -> None:
    gmail.client.put_secret_value(SecretId=gmail.secret_id, SecretBinary=b"\x00must-not-leak")
    assert CURES[GmailSecret] in str(refusal(gmail))


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"client_secret": "must-not-leak"},
        *({**CLIENT, name: odd} for name in CLIENT for odd in ("", 1, None, ["must-not-leak"])),
        {**CLIENT, "signing_key": "k" * 42},
        {**CLIENT, "signing_key": "must-not-leak"},
    ],
)
def test_a_value_that_is_no_client_is_reported_without_its_text(
    sign_in: SignInSecret, value: dict[str, Any]
) -> None:
    assert CURES[SignInSecret] in str(refusal(put(sign_in, value)))


def test_a_missing_part_is_named_with_the_command_that_makes_it(sign_in: SignInSecret) -> None:
    put(sign_in, {"client_id": "id", "client_secret": "must-not-leak"})
    with pytest.raises(UnavailableError) as caught:
        sign_in.read_signing_key()
    assert str(caught.value) == (
        "The sign-in secret lacks signing_key. Run `leave sign-in configure --stage STAGE"
        " --client-file FILE`."
    )


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ResourceNotFoundException", MailCredentialsError),
        ("InvalidRequestException", MailCredentialsError),
        ("ThrottlingException", MailUnavailableError),
        ("InternalServiceError", MailUnavailableError),
        ("AccessDeniedException", MailUnavailableError),
        ("DecryptionFailure", MailUnavailableError),
    ],
)
def test_a_refusal_is_reported_by_what_can_be_done_about_it(
    gmail: GmailSecret, code: str, kind: type[LeaveError]
) -> None:
    with Stubber(gmail.client) as stub:
        stub.add_client_error("get_secret_value", code)
        assert isinstance(refusal(gmail), kind)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_a_refusal_to_sign_in_is_reported_by_its_code(sign_in: SignInSecret, code: str) -> None:
    with Stubber(sign_in.client) as stub:
        stub.add_client_error("get_secret_value", code)
        assert f"Secrets Manager: {code}" in str(refusal(sign_in))


def test_secrets_manager_out_of_reach_is_unavailable(secret: GmailSecret | SignInSecret) -> None:
    def fail(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://secretsmanager")

    secret.client.meta.events.register("before-call.secrets-manager", fail)
    error = refusal(secret)
    assert "EndpointConnectionError" in str(error)
    assert isinstance(error, (MailUnavailableError, UnavailableError))
