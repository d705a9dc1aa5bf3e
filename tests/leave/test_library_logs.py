"""What libraries tell of what they send and receive stays out of the log, at every level."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from leave.adapters import system as aws
from leave.adapters.gmail.mailer import GmailMailer
from leave.adapters.secretsmanager import GmailSecret
from leave.adapters.system import connect
from leave.domain.errors import MailError
from tests.leave.adapters.gmail.scripted_google import DROP, ScriptedGoogle, gmail_error
from tests.leave.builders import MAIL

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "Kanarienvogel"


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let everybody log at DEBUG, and return what arrives, after the test."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", CANARY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CANARY)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    caplog.set_level(logging.DEBUG)
    # A session of its own, as in a function that starts.
    monkeypatch.setattr(aws, "_session", vars(aws)["_session"].__wrapped__)
    texts: list[str] = []
    yield texts
    texts += [f"{record.name}: {record.getMessage()}" for record in caplog.get_records("call")]
    assert not [text[:300] for text in texts if CANARY in text]


def test_what_is_written_to_aws_and_read_from_it_is_not_logged(heard: list[str]) -> None:
    assert heard == []
    with mock_aws():
        tables: Any = connect("dynamodb")
        tables.create_table(
            TableName=CANARY,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        )
        tables.put_item(TableName=CANARY, Item={"pk": {"S": CANARY}})
        secrets: Any = connect("secretsmanager")
        secrets.create_secret(Name="gmail", SecretString=f'{{"refresh_token": "{CANARY}"}}')
        secret = GmailSecret(client=secrets, secret_id="gmail")
        assert secret.read() == {"refresh_token": CANARY}


@pytest.mark.parametrize("refused", [False, True])
def test_mails_and_tokens_are_not_logged(heard: list[str], *, refused: bool) -> None:
    assert heard == []
    connect("sts")
    with ScriptedGoogle() as google:
        mailer = GmailMailer(
            read_credentials=lambda: google.credentials() | {"client_secret": CANARY},
            endpoint=google.url,
            sender=f"{CANARY}@foo.com",
            company_domain="foo.com",
        )
        if not refused:
            mailer.send(MAIL)
            return
        google.send_script += [gmail_error(400, "invalidArgument"), DROP]
        for _ in range(2):
            with pytest.raises(MailError):
                mailer.send(MAIL)
