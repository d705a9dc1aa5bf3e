"""A stage that sends mail in moto, its secret, and the handles of the stand-in for Google."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import boto3

from tests.cli.consenting import AUDIENCE

if TYPE_CHECKING:
    from emulator.google import GoogleStandIn
    from tests.cli.aws_stage import AwsStage

SENDER = "leave@foo.com"
BEFORE = '{"what": "was there before"}'


def deploy(stage: AwsStage, gmail: str, *, api: bool = True, **variables: str) -> None:
    """Make what sends mail through Gmail at this address, with something in its secret."""
    stage.make_functions(
        "process-lead-response",
        **{
            "LEAVE_GMAIL_SECRET": "leave/test/gmail",
            "LEAVE_GMAIL_ENDPOINT": gmail,
            "LEAVE_MAIL_SENDER": SENDER,
            **variables,
        },
    )
    if api:
        stage.make_api(AUDIENCE)
    stage.make_secret()
    secrets().put_secret_value(SecretId="leave/test/gmail", SecretString=BEFORE)


def secrets() -> Any:
    """Return a client of Secrets Manager."""
    return boto3.client("secretsmanager")  # pyright: ignore[reportUnknownMemberType]


def text_stored() -> str:
    """Return what is in the secret."""
    return secrets().get_secret_value(SecretId="leave/test/gmail")["SecretString"]


def ask(google: GoogleStandIn, method: str, path: str, **body: Any) -> Any:
    """Turn a handle of the stand-in, and return what it says."""
    request = urllib.request.Request(  # noqa: S310
        google.url + path, data=json.dumps(body).encode() if body else None, method=method
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        return json.loads(answer.read() or b"null")
