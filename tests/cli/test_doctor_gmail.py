"""`leave doctor`, on whether the stage can send mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from emulator.google import GoogleStandIn
from tests.cli.loopback import DROPPED, Loopback, Reply, Script, replying
from tests.cli.service_accounts import a_key_file

if TYPE_CHECKING:
    from tests.cli.aws_stage import AwsStage
    from tests.cli.terminal import Terminal

DOCTOR = ("doctor", "--stage", "test")
SECRET = {
    "type": "authorized_user",
    "client_id": "client-id",
    "client_secret": "client-secret-that-must-not-leak",
    "refresh_token": "refresh-token-that-must-not-leak",
    "token_uri": "https://oauth2.example.com/token",
}
pytestmark = pytest.mark.usefixtures("no_waiting")
AUTHORIZE = "Run `leave gmail authorize --stage test --client-file client_secret.json`."


def about_mail(leave: Terminal, *options: str) -> list[str]:
    """Return what is found about mail, a line each."""
    result = leave(*DOCTOR, *options)
    assert "leak" not in result.out + result.err
    return [line for line in result.out.splitlines() if "mail" in line.split(":")[0].lower()]


def put_secret(**values: Any) -> None:
    client: Any = boto3.client("secretsmanager")  # pyright: ignore[reportUnknownMemberType]
    client.put_secret_value(SecretId="leave/test/gmail", **values)


def test_a_secret_without_a_value_is_told(leave: Terminal, empty_stage: AwsStage) -> None:
    empty_stage.make_secret()
    (told,) = about_mail(leave)
    assert told.startswith("problem  Gmail secret: The Gmail secret has no value.")
    assert told.endswith(AUTHORIZE)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"SecretString": "must-not-leak"}, "The Gmail secret is not a JSON object."),
        ({"SecretString": '["must-not-leak"]'}, "The Gmail secret is not a JSON object."),
        ({"SecretBinary": b"must-not-leak"}, "The Gmail secret is not a JSON object."),
        (
            {"SecretString": '{"client_id": "must-not-leak", "token_uri": ""}'},
            "It lacks client_secret, refresh_token, token_uri.",
        ),
    ],
)
def test_a_secret_that_is_incomplete_is_told_by_its_keys_only(
    value: dict[str, Any], told: str, leave: Terminal, empty_stage: AwsStage
) -> None:
    empty_stage.make_secret()
    put_secret(**value)
    result = leave(*DOCTOR)
    assert f"Gmail secret: {told}" in result.out
    assert AUTHORIZE in result.out
    assert "must-not-leak" not in result.out + result.err


def test_google_is_only_asked_on_demand(leave: Terminal, empty_stage: AwsStage) -> None:
    with Loopback(Script(replying(200, {"access_token": "ya29.x"}))) as google:
        empty_stage.make_secret(**(SECRET | {"token_uri": google.url}))
        leave(*DOCTOR)
        assert google.received == []
        assert (
            "ok       Gmail: Google accepts the credentials." in leave(*DOCTOR, "--probe-gmail").out
        )
    (call,) = google.received
    assert call.form["grant_type"] == "refresh_token"


def test_the_credentials_of_the_stand_in_are_accepted_until_they_are_revoked(
    leave: Terminal, empty_stage: AwsStage
) -> None:
    with GoogleStandIn(audiences=["x"], mailbox="leave@foo.com") as google:
        empty_stage.make_secret(**google.gmail_credentials())
        result = leave(*DOCTOR, "--probe-gmail")
        assert "Gmail: Google accepts the credentials." in result.out


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (
            replying(400, {"error": "invalid_grant"}),
            f"Google rejects the credentials: invalid_grant. {AUTHORIZE}",
        ),
        (
            Reply(status=502),
            (
                "Google's token endpoint gave an invalid OAuth answer. The credentials are"
                " not the cause. Try again later."
            ),
        ),
        (
            replying(503, {"error": "temporarily_unavailable"}),
            "The credentials are not the cause. Try again later.",
        ),
        (
            replying(200, {"access_token": "ya29.x", "scope": "openid email"}),
            f"The credentials may not send mail. {AUTHORIZE}",
        ),
        (DROPPED, "Check the network."),
    ],
)
def test_credentials_that_google_does_not_accept_are_told(
    reply: Reply, told: str, leave: Terminal, empty_stage: AwsStage
) -> None:
    with Loopback(Script(reply)) as google:
        empty_stage.make_secret(**(SECRET | {"token_uri": google.url}))
        result = leave(*DOCTOR, "--probe-gmail")
    (line,) = [line for line in result.out.splitlines() if line.startswith("problem  Gmail:")]
    assert line.endswith(told)
    assert "leak" not in result.out


def test_credentials_are_sent_to_safe_addresses_only(
    leave: Terminal, empty_stage: AwsStage
) -> None:
    empty_stage.make_secret(**(SECRET | {"token_uri": "http://evil.example.com"}))
    assert any(
        "token_uri of the credentials must be an https:// address" in told
        for told in about_mail(leave, "--probe-gmail")
    )


@pytest.fixture
def mailing(empty_stage: AwsStage) -> AwsStage:
    """Return a stage that sends as leave@foo.com."""
    empty_stage.make_functions("process-lead-response", LEAVE_MAIL_SENDER="leave@foo.com")
    return empty_stage


def test_credentials_of_another_mailbox_are_told(leave: Terminal, mailing: AwsStage) -> None:
    mailing.make_secret(**SECRET, sender="other@foo.com")
    assert (
        "problem  Gmail sender: The credentials are for other@foo.com, the stage sends as"
        f" leave@foo.com. {AUTHORIZE}" in about_mail(leave)
    )


@pytest.mark.parametrize("kept", [{"sender": "Leave@Foo.com"}, {}])
def test_credentials_of_the_sender_are_sound(
    leave: Terminal, mailing: AwsStage, kept: dict[str, str]
) -> None:
    mailing.make_secret(**SECRET, **kept)
    (found,) = about_mail(leave)
    assert found.startswith("ok       Gmail secret:")


def test_where_all_mail_is_redirected_to_is_told(leave: Terminal, empty_stage: AwsStage) -> None:
    empty_stage.make_functions("process-lead-response", LEAVE_MAIL_REDIRECT="dev@foo.com")
    empty_stage.make_secret(**SECRET)
    first, _ = about_mail(leave)
    assert first == (
        "warning  mail: All mail goes to dev@foo.com, and none to leads and employees. If they"
        " are to get it, empty `leave:mail-redirect` and run `pulumi up -s test`."
    )


def test_a_type_of_credentials_that_nobody_knows_is_told(
    leave: Terminal, empty_stage: AwsStage
) -> None:
    empty_stage.make_secret(**SECRET | {"type": "external_account"})
    (found,) = about_mail(leave)
    assert found == (
        "problem  Gmail secret: It is of none of the types authorized_user, service_account."
        f" {AUTHORIZE}"
    )


def test_a_service_account_is_accepted_where_sending_is_delegated_to_it(
    leave: Terminal, mailing: AwsStage
) -> None:
    with GoogleStandIn(audiences=["x"], mailbox="leave@foo.com") as google:
        mailing.make_secret(**a_key_file(google))
        assert about_mail(leave, "--probe-gmail") == [
            (
                "ok       Gmail secret: leave/test/gmail has client_email, private_key_id,"
                " private_key, token_uri."
            ),
            "ok       Gmail: Google accepts the credentials.",
        ]


def test_a_service_account_without_delegation_is_told_with_what_to_enter_where(
    leave: Terminal, mailing: AwsStage
) -> None:
    with GoogleStandIn(audiences=["x"], mailbox="leave@foo.com") as google:
        key = a_key_file(google, delegated=False)
        mailing.make_secret(**key)
        _, found = about_mail(leave, "--probe-gmail")
    assert found.startswith("problem  Gmail: Google rejects the credentials: unauthorized_client.")
    assert f"the client ID {key['client_id']} and the scope https://www.googleapis.com/" in found


def test_a_service_account_that_is_incomplete_is_told(
    leave: Terminal, empty_stage: AwsStage
) -> None:
    empty_stage.make_secret(type="service_account", client_email="robot@x.com")
    (found,) = about_mail(leave)
    assert found == (
        "problem  Gmail secret: It lacks private_key_id, private_key, token_uri."
        " Run `leave gmail authorize --stage test --service-account FILE`."
    )


def test_a_service_account_whose_key_is_none_is_told(leave: Terminal, mailing: AwsStage) -> None:
    with GoogleStandIn(audiences=["x"], mailbox="leave@foo.com") as google:
        mailing.make_secret(**a_key_file(google) | {"private_key": "key-that-must-not-leak"})
        _, found = about_mail(leave, "--probe-gmail")
    assert found.startswith(
        "problem  Gmail: They are incomplete, or their private_key is none. Run"
    )


def about_the_client(leave: Terminal) -> list[str]:
    lines = leave(*DOCTOR).out.splitlines()
    return [line for line in lines if line.split(":")[0].endswith("OAuth client")]


def test_a_client_of_the_mailbox_that_employees_sign_in_with_is_told_with_its_cure(
    leave: Terminal, empty_stage: AwsStage
) -> None:
    empty_stage.make_api("another-client", "client-id")
    empty_stage.make_secret(**SECRET, sender="leave@foo.com")
    assert about_the_client(leave) == [
        (
            "problem  OAuth client: client-id is one of `leave:oidc-audiences`, so that the API"
            " would accept the ID tokens of the mailbox's credentials. A reader of that secret"
            " could call the API as leave@foo.com. Create another OAuth client of the type"
            f" 'Desktop app' for the mailbox alone. {AUTHORIZE}"
        )
    ]


def test_a_client_of_its_own_is_sound(leave: Terminal, empty_stage: AwsStage) -> None:
    empty_stage.make_api("of employees")
    empty_stage.make_secret(**SECRET)
    assert about_the_client(leave) == [
        "ok       OAuth client: The API accepts no ID token of client-id, which the mailbox has."
    ]


def test_a_client_without_an_api_that_would_accept_it_can_not_be_looked_at(
    leave: Terminal, empty_stage: AwsStage
) -> None:
    empty_stage.make_secret(**SECRET)
    (told,) = about_the_client(leave)
    assert "There is no API leave-test in eu-central-1; finish the stage with" in told


def test_a_service_account_has_no_client_to_look_at(leave: Terminal, empty_stage: AwsStage) -> None:
    with GoogleStandIn(audiences=["x"], mailbox="leave@foo.com") as google:
        empty_stage.make_secret(**a_key_file(google))
    assert about_the_client(leave) == []
