"""Reading the Gmail credentials, whose text never shows."""

from __future__ import annotations

import json
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from leave.adapters.secretsmanager import GmailSecret
from leave.domain.errors import MailCredentialsError, MailError, MailUnavailableError

if TYPE_CHECKING:
    import boto3

CREDENTIALS = {
    "type": "authorized_user",
    "client_id": "id",
    "client_secret": "the-client-secret",
    "refresh_token": "1//the-refresh-token",
    "token_uri": "https://oauth2.googleapis.com/token",
}


@pytest.fixture
def secret(aws: boto3.Session) -> GmailSecret:
    """Return the entry as the Pulumi program makes it: without a value."""
    client: Any = aws.client("secretsmanager")
    arn = client.create_secret(Name="leave/test/gmail")["ARN"]
    return GmailSecret(client=client, secret_id=arn)


def put(secret: GmailSecret, text: str) -> None:
    secret.client.put_secret_value(SecretId=secret.secret_id, SecretString=text)


def story_of(error: BaseException) -> str:
    """Return all that a log would tell of an error, with its causes and local variables."""
    told = traceback.TracebackException.from_exception(error)
    return "".join(told.format(chain=True))


def test_the_stored_credentials_are_read(secret: GmailSecret) -> None:
    put(secret, json.dumps(CREDENTIALS))
    assert secret.read() == CREDENTIALS


def test_renewed_credentials_are_read_the_next_time(secret: GmailSecret) -> None:
    put(secret, json.dumps(CREDENTIALS))
    secret.read()
    put(secret, json.dumps(CREDENTIALS | {"refresh_token": "new"}))
    assert secret.read()["refresh_token"] == "new"


def test_an_entry_without_a_value_is_told_with_its_cure(secret: GmailSecret) -> None:
    with pytest.raises(MailCredentialsError, match=r"no value\. Run `leave gmail authorize"):
        secret.read()


def test_an_entry_that_is_gone_is_told_with_its_cure(secret: GmailSecret) -> None:
    secret.client.delete_secret(SecretId=secret.secret_id)
    with pytest.raises(MailCredentialsError, match="leave gmail authorize"):
        secret.read()


@pytest.mark.parametrize(
    "text",
    [
        "1//the-refresh-token",
        '{"refresh_token": "1//the-refresh-token"',
        '"1//the-refresh-token"',
        '["1//the-refresh-token"]',
        "42",
        "null",
    ],
)
def test_what_is_no_json_object_is_told_without_its_text(secret: GmailSecret, text: str) -> None:
    put(secret, text)
    with pytest.raises(
        MailCredentialsError, match=r"not a JSON object\. Run `leave gmail"
    ) as caught:
        secret.read()
    assert "the-refresh-token" not in story_of(caught.value)


def test_a_binary_value_is_told_like_any_other_that_is_no_json(secret: GmailSecret) -> None:
    secret.client.put_secret_value(SecretId=secret.secret_id, SecretBinary=b"\x00the-refresh-token")
    with pytest.raises(MailCredentialsError, match="leave gmail authorize") as caught:
        secret.read()
    assert "the-refresh-token" not in story_of(caught.value)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ResourceNotFoundException", MailCredentialsError),
        ("InvalidRequestException", MailCredentialsError),
        ("ThrottlingException", MailUnavailableError),
        ("InternalServiceError", MailUnavailableError),
        ("AccessDeniedException", MailUnavailableError),
        ("DecryptionFailure", MailUnavailableError),
    ],
)
def test_a_refusal_is_told_by_what_can_be_done_about_it(
    secret: GmailSecret, code: str, error: type[MailError]
) -> None:
    with Stubber(secret.client) as stub:
        stub.add_client_error("get_secret_value", code)
        with pytest.raises(error):
            secret.read()


def test_secrets_manager_out_of_reach_is_unavailable(secret: GmailSecret) -> None:
    def fail(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://secretsmanager")

    secret.client.meta.events.register("before-call.secrets-manager", fail)
    with pytest.raises(MailUnavailableError, match="EndpointConnectionError"):
        secret.read()
