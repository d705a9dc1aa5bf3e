"""Reading the OAuth client that leads sign in with, whose secret never shows."""

from __future__ import annotations

import json
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from leave.adapters.secretsmanager import KEEP_SECONDS, SignInSecret
from leave.domain.errors import UnavailableError

if TYPE_CHECKING:
    import boto3

KEY = "k" * 43
CLIENT = {"client_id": "id", "client_secret": "must-not-leak", "signing_key": KEY}


class Seconds:
    """A clock that stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def secret(aws: boto3.Session, clock: Seconds) -> SignInSecret:
    """Return the entry as the Pulumi program makes it: without a value."""
    client: Any = aws.client("secretsmanager")
    arn = client.create_secret(Name="leave/test/sign-in")["ARN"]
    return SignInSecret(client=client, secret_id=arn, clock=clock)


def put(secret: SignInSecret, text: str) -> None:
    secret.client.put_secret_value(SecretId=secret.secret_id, SecretString=text)


def test_the_client_is_read_and_its_secret_hidden(secret: SignInSecret) -> None:
    put(secret, json.dumps(CLIENT))
    assert secret.read().client_id == "id"
    assert secret.read().client_secret.reveal() == "must-not-leak"
    assert secret.read_signing_key().reveal() == KEY
    assert not {"must-not-leak", KEY} & set(repr(secret.read()).split("'"))


def test_a_warm_function_goes_by_what_it_read_for_a_minute(
    secret: SignInSecret, clock: Seconds
) -> None:
    put(secret, json.dumps(CLIENT))
    secret.read()
    put(secret, json.dumps(CLIENT | {"signing_key": "n" * 43}))
    clock.now += KEEP_SECONDS - 1
    assert secret.read_signing_key().reveal() == KEY
    clock.now += 1
    assert secret.read_signing_key().reveal() == "n" * 43


def test_a_failure_is_not_kept(secret: SignInSecret) -> None:
    with pytest.raises(UnavailableError):
        secret.read()
    put(secret, json.dumps(CLIENT))
    assert secret.read().client_id == "id"


def test_an_entry_without_a_value_is_told_with_its_cure(secret: SignInSecret) -> None:
    with pytest.raises(UnavailableError, match=r"no value\. Run `leave sign-in configure"):
        secret.read()


@pytest.mark.parametrize(
    "text",
    [
        "must-not-leak",
        '["must-not-leak"]',
        "{}",
        '{"client_secret": "must-not-leak"}',
        *(
            json.dumps({**CLIENT, name: odd})
            for name in CLIENT
            for odd in ("", 1, None, ["must-not-leak"])
        ),
        json.dumps({**CLIENT, "signing_key": "k" * 42}),
        json.dumps({**CLIENT, "signing_key": "must-not-leak"}),
    ],
)
def test_a_value_that_is_no_client_is_told_without_its_text(
    secret: SignInSecret, text: str
) -> None:
    put(secret, text)
    with pytest.raises(UnavailableError, match="Run `leave sign-in configure") as caught:
        secret.read()
    assert "must-not-leak" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_a_refusal_of_secrets_manager_is_told_by_its_code(secret: SignInSecret, code: str) -> None:
    with Stubber(secret.client) as stub:
        stub.add_client_error("get_secret_value", code)
        with pytest.raises(UnavailableError, match=f"Secrets Manager: {code}"):
            secret.read()


def test_no_answer_is_told(secret: SignInSecret, monkeypatch: pytest.MonkeyPatch) -> None:
    def drop(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://secretsmanager")

    monkeypatch.setattr(secret.client, "get_secret_value", drop)
    with pytest.raises(UnavailableError, match="EndpointConnectionError"):
        secret.read()


def test_a_secret_without_a_signing_key_is_told_with_the_command_that_makes_one(
    secret: SignInSecret,
) -> None:
    put(secret, json.dumps({"client_id": "id", "client_secret": "must-not-leak"}))
    with pytest.raises(UnavailableError) as caught:
        secret.read_signing_key()
    assert str(caught.value) == (
        "The sign-in secret lacks signing_key. Run `leave sign-in configure --stage STAGE"
        " --client-file FILE`."
    )
