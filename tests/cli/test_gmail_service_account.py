"""`leave gmail authorize --service-account`, against the stand-in for Google."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from leave.adapters.gmail.credentials import SEND_SCOPE
from tests.cli.loopback import DROPPED, Loopback, Reply, Script, replying
from tests.cli.mailing import BEFORE, SENDER, ask, text_stored
from tests.cli.service_accounts import ROBOT, a_key_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from emulator.google import GoogleStandIn
    from tests.cli.aws_stage import AwsStage
    from tests.cli.terminal import Terminal

pytestmark = pytest.mark.usefixtures("no_waiting")


@pytest.fixture
def refused(leave: Terminal, mailing: AwsStage, tmp_path: Path) -> Callable[[Any], str]:
    """Offer a key file, which must be refused with nothing written; return why."""
    assert mailing

    def run(contents: Any) -> str:
        file = tmp_path / "key.json"
        text = contents if isinstance(contents, str) else json.dumps(contents)
        file.write_text(text, encoding="utf-8")
        told = leave.told("gmail", "authorize", "--stage", "test", "--service-account", file)
        assert text_stored() == BEFORE
        assert "PRIVATE KEY" not in told
        return told

    return run


def test_a_delegated_account_is_stored(
    leave: Terminal, mailing: AwsStage, google: GoogleStandIn, tmp_path: Path
) -> None:
    assert mailing
    file = tmp_path / "key.json"
    key = a_key_file(google)
    file.write_text(json.dumps(key), encoding="utf-8")
    result = leave.done(
        *("gmail", "authorize", "--stage", "test", "--service-account", file, "--send-test")
    )
    assert result.out.splitlines() == [
        "leave@foo.com sends the mails of stage test from now on.",
        "A test mail is on its way to leave@foo.com.",
    ]
    stored = json.loads(text_stored())
    assert stored.pop("created_at")
    assert "project_id" in key
    del key["project_id"]
    assert stored == {**key, "sender": SENDER, "scopes": [SEND_SCOPE]}
    (mail,) = ask(google, "GET", "/_fake/messages")
    assert mail["to"] == SENDER
    assert SENDER in mail["from"]


def test_a_delegation_that_is_missing_is_told_with_what_to_enter_where(
    refused: Any, google: GoogleStandIn
) -> None:
    key = a_key_file(google, delegated=False)
    assert refused(key) == (
        "Google rejects the credentials: unauthorized_client."
        f" {ROBOT} may not act for the company's mailboxes. A super administrator must open"
        " https://admin.google.com, Security, Access and data control, API controls, Manage Domain"
        f" Wide Delegation, Add new, and enter the client ID {key['client_id']} and the scope"
        f" {SEND_SCOPE}. It may take up to 24 hours until that counts. Nothing was written.\n"
    )


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (
            replying(400, {"error": "invalid_grant", "error_description": "Invalid email"}),
            "invalid_grant. Check that leave@foo.com is an account of the company and not",
        ),
        (DROPPED, "does not answer: "),
        (replying(502, {}), "gave an invalid OAuth answer."),
    ],
)
def test_an_account_that_google_does_not_accept_is_refused(
    reply: Reply, told: str, refused: Any, google: GoogleStandIn
) -> None:
    with Loopback(Script(reply)) as token:
        assert told in refused(a_key_file(google) | {"token_uri": f"{token.url}/token"})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"client_email": None}, "lacks client_email. Take the JSON key file"),
        ({"private_key": "", "client_id": None}, "lacks private_key, client_id. Take the JSON"),
        ({"type": "external_account"}, "holds no service account. Take the JSON key file"),
        ({"type": None}, "holds no service account."),
        ({"installed": {}}, "holds an OAuth client. Name it with --client-file, or: Take the"),
        ({"universe_domain": "example.com"}, "is for another universe than googleapis.com."),
        ({"token_uri": "http://evil.example.com/token"}, "must be an https:// address"),
        ({"private_key": "PRIVATE KEY"}, "is not an RSA key. Take the JSON key file"),
    ],
)
def test_a_key_file_that_is_none_is_told(
    changes: dict[str, Any], told: str, refused: Any, google: GoogleStandIn
) -> None:
    assert told in refused(a_key_file(google) | changes)


@pytest.mark.parametrize(("text", "told"), [("", "is not JSON."), ("[]", "holds no service acc")])
def test_a_file_of_something_else_is_told(text: str, told: str, refused: Any) -> None:
    assert told in refused(text)


def test_a_key_file_that_is_not_there_is_told(leave: Terminal, tmp_path: Path) -> None:
    missing = tmp_path / "none.json"
    told = leave.told("gmail", "authorize", "--stage", "test", "--service-account", missing)
    assert "none.json cannot be read: No such file or directory. Take the JSON key" in told
