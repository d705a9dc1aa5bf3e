"""`leave gmail authorize` in a browser, against the stand-in for Google."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cli.account.sign_in import SignIn
from cli.stage import Stage
from leave.adapters.gmail.credentials import SEND_SCOPE
from tests.cli.consenting import AUDIENCE, a_client_file, consenting
from tests.cli.loopback import DROPPED, Loopback, Reply, Script, an_id_token, replying
from tests.cli.mailing import BEFORE, SENDER, ask, deploy, secrets, text_stored
from tests.docs.markdown import DEPLOY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from emulator.google import GoogleStandIn
    from tests.cli.aws_stage import AwsStage
    from tests.cli.consenting import Browser
    from tests.cli.terminal import Result, Terminal

EMAIL_SCOPE = "https://www.googleapis.com/auth/userinfo.email"

pytestmark = pytest.mark.usefixtures("no_waiting")


@pytest.fixture
def client_file(google: GoogleStandIn, tmp_path: Path) -> Path:
    file = tmp_path / "client_secret.json"
    file.write_text(json.dumps(google.client_file()), encoding="utf-8")
    return file


@pytest.fixture
def authorize(leave: Terminal, client_file: Path) -> Callable[..., Result]:
    return lambda *options: leave(
        "gmail", "authorize", "--stage", "test", "--client-file", client_file, *options
    )


@pytest.fixture
def refused(authorize: Callable[..., Result]) -> Callable[..., str]:
    """Run the command, which has to fail with nothing written, and return what it says."""

    def run(*options: object) -> str:
        result = authorize(*options)
        assert result.code == 1, result
        assert "Traceback" not in result.err
        assert "must-not-leak" not in result.err + result.out
        assert text_stored() == BEFORE
        return result.err

    return run


def test_the_mailbox_agrees_and_the_stage_has_its_credentials(
    authorize: Any, mailing: AwsStage, browser: Browser, google: GoogleStandIn
) -> None:
    assert mailing
    result = authorize()
    assert (result.code, result.out.splitlines()) == (
        0,
        [
            "Sign in as leave@foo.com, and agree to everything.",
            "leave@foo.com sends the mails of stage test from now on.",
        ],
    ), result.err
    (url,) = browser.opened
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert asked["scope"].split() == [SEND_SCOPE, "openid", EMAIL_SCOPE]
    assert (asked["login_hint"], asked["hd"]) == (SENDER, "foo.com")
    assert (asked["access_type"], asked["prompt"]) == ("offline", "consent")
    assert (asked["code_challenge_method"], len(asked["code_challenge"])) == ("S256", 43)
    stored = json.loads(text_stored())
    client: Any = google.client_file()["installed"]
    assert stored.pop("refresh_token").startswith("1//")
    made = datetime.fromisoformat(stored.pop("created_at"))
    assert abs((datetime.now(UTC) - made).total_seconds()) < 60
    assert stored == {
        "type": "authorized_user",
        "client_id": client["client_id"],
        "client_secret": client["client_secret"],
        "token_uri": f"{google.url}/token",
        "sender": SENDER,
        "scopes": sorted([SEND_SCOPE, "openid", EMAIL_SCOPE]),
    }
    assert ask(google, "GET", "/_fake/messages") == []


def test_no_secret_is_printed(authorize: Any, mailing: AwsStage, browser: Browser) -> None:
    assert mailing
    result = authorize("--send-test")
    assert browser.opened
    stored = json.loads(text_stored())
    for name in ("client_secret", "refresh_token"):
        assert stored[name] not in result.out + result.err


def test_the_readme_shows_what_the_secret_holds(
    authorize: Any, mailing: AwsStage, browser: Browser
) -> None:
    assert mailing
    authorize()
    assert browser.opened
    shown: dict[str, Any] = json.loads(DEPLOY.block_with("json", "1//"))
    stored: dict[str, Any] = json.loads(text_stored())
    assert shown.keys() == stored.keys()
    assert shown["scopes"] == stored["scopes"]


def test_a_test_mail_goes_to_the_mailbox_itself(
    authorize: Any, mailing: AwsStage, browser: Browser, google: GoogleStandIn
) -> None:
    assert mailing
    result = authorize("--send-test")
    assert browser.opened
    assert result.out.splitlines()[-1] == "A test mail is on its way to leave@foo.com."
    (mail,) = ask(google, "GET", "/_fake/messages")
    assert mail["to"] == SENDER
    assert "stage test" in mail["subject"]


def test_a_test_mail_is_redirected_as_all_others_are(
    authorize: Any, empty_stage: AwsStage, browser: Browser, google: GoogleStandIn
) -> None:
    deploy(empty_stage, google.url, LEAVE_MAIL_REDIRECT="dev@foo.com")
    result = authorize("--send-test")
    assert browser.opened
    assert result.out.splitlines()[2:] == [
        "All of them go to dev@foo.com, as `leave:mail-redirect` says.",
        "A test mail is on its way to dev@foo.com.",
    ]
    (mail,) = ask(google, "GET", "/_fake/messages")
    assert (mail["to"], mail["headers"]["To"]) == (
        "dev@foo.com",
        '"for leave@foo.com" <dev@foo.com>',
    )


def test_a_test_mail_that_fails_is_told_with_its_cure(
    authorize: Any, mailing: AwsStage, browser: Browser, google: GoogleStandIn
) -> None:
    assert mailing
    ask(google, "POST", "/_fake/faults", endpoint="send", faults=["403accessNotConfigured"])
    result = authorize("--send-test")
    assert browser.opened
    assert result.code == 1
    assert result.err.endswith(
        "The credentials are stored, but the test mail was not sent: Gmail answered 403"
        " accessNotConfigured. Enable the Gmail API in the Google Cloud project of the"
        " credentials.\n"
    )
    assert json.loads(text_stored())["sender"] == SENDER


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        (
            {"denied": True},
            "The sign-in was cancelled in the browser. Run it again to sign in.",
        ),
        (
            {"unticked": [SEND_SCOPE]},
            (
                "The mailbox did not agree to send mail, so nothing was written. Run it again, and"
                " leave the tick at 'Send email on your behalf'."
            ),
        ),
        (
            {"email": "jim@foo.com"},
            (
                "jim@foo.com agreed, but the stage sends as leave@foo.com, so nothing was written."
                " Run it again, and choose leave@foo.com; or set the config key"
                " `leave:mail-sender` and run `pulumi up -s test`."
            ),
        ),
    ],
)
def test_whoever_does_not_agree_to_all_is_refused(  # noqa: PLR0913, PLR0917 - a table, fixtures
    choice: dict[str, Any],
    told: str,
    refused: Any,
    mailing: AwsStage,
    browser: Browser,
    google: GoogleStandIn,
) -> None:
    assert mailing
    ask(google, "POST", "/_fake/consent", **choice)
    assert refused().splitlines()[-1] == told
    assert f"This did not work. {told}\n" in browser.page()


def test_an_address_in_capitals_is_the_same(
    authorize: Any, mailing: AwsStage, browser: Browser, google: GoogleStandIn
) -> None:
    assert mailing
    ask(google, "POST", "/_fake/consent", email="Leave@Foo.com")
    assert authorize().code == 0
    assert browser.opened


def tokens(**changes: Any) -> Reply:
    """Return what Google answers to a code; None leaves something out."""
    answer = {
        "access_token": "ya29.must-not-leak",
        "refresh_token": "refresh-token-that-must-not-leak",
        "id_token": an_id_token(SENDER),
        "expires_in": 3599,
        "scope": f"{SEND_SCOPE} openid {EMAIL_SCOPE}",
        "token_type": "Bearer",
    } | changes
    return replying(200, {name: value for name, value in answer.items() if value is not None})


UNVERIFIED = an_id_token(SENDER, email_verified=False)


@pytest.mark.parametrize(
    ("replies", "told"),
    [
        ([tokens(refresh_token=None)], "Google gave no lasting sign-in."),
        ([tokens(id_token=None)], "Google gave no lasting sign-in."),
        ([tokens(id_token=UNVERIFIED)], "Google has not verified that leave@foo.com is who"),
        ([tokens(id_token="odd")], "Google has not verified that the account is who"),
        (
            [tokens(), replying(400, {"error": "invalid_grant"})],
            "Google rejects the credentials: invalid_grant. Run it again. Nothing was written.",
        ),
        ([tokens(), tokens(scope="openid")], "The credentials may not send mail. Run it again."),
        ([tokens(), DROPPED], "/token does not answer: "),
        ([tokens(), replying(503, {})], "gave an invalid OAuth answer. The credentials are not"),
        ([DROPPED], "/token does not answer (ConnectionError). Try again."),
    ],
)
def test_what_google_does_not_give_whole_is_refused(  # noqa: PLR0913, PLR0917 - a table, fixtures
    replies: list[Reply],
    told: str,
    leave: Terminal,
    mailing: AwsStage,
    browser: Browser,
    tmp_path: Path,
) -> None:
    assert mailing
    with Loopback(consenting("code=x&state=SAME")) as auth, Loopback(Script(*replies)) as token:
        file = a_client_file(tmp_path, auth=auth.url, token=token.url, client_id="own")
        said = leave.told("gmail", "authorize", "--stage", "test", "--client-file", file)
    assert browser.opened
    assert told in said
    assert "must-not-leak" not in said
    assert text_stored() == BEFORE


def test_scopes_that_google_does_not_repeat_are_those_that_were_asked_for(
    leave: Terminal, mailing: AwsStage, browser: Browser, tmp_path: Path
) -> None:
    assert mailing
    answers = Script(tokens(scope=None), tokens(scope=None))
    with Loopback(consenting("code=x&state=SAME")) as auth, Loopback(answers) as token:
        file = a_client_file(tmp_path, auth=auth.url, token=token.url, client_id="own")
        leave.done("gmail", "authorize", "--stage", "test", "--client-file", file)
    assert browser.opened
    assert SEND_SCOPE in json.loads(text_stored())["scopes"]


def test_a_page_that_is_closed_ends_with_the_time_that_was_given(
    refused: Any, mailing: AwsStage, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hurried(**settings: Any) -> Any:
        return SignIn(**settings, timeout_seconds=1)

    assert mailing
    monkeypatch.setattr("cli.gmail.consent.SignIn", hurried)
    told = refused("--no-browser")
    assert browser.opened == []
    assert "There was no sign-in within 1 seconds. Run it again, and keep the page open" in told


def test_a_port_that_is_taken_is_told(refused: Any, mailing: AwsStage) -> None:
    assert mailing
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert refused("--port", port).startswith(f"Port {port} of this machine cannot be used")


def test_an_account_of_no_company_is_suggested_without_a_domain(
    authorize: Any, empty_stage: AwsStage, browser: Browser, google: GoogleStandIn
) -> None:
    deploy(empty_stage, google.url, LEAVE_MAIL_SENDER="leave.foo@gmail.com")
    assert authorize().code == 0
    assert "hd=" not in browser.opened[0]


def test_a_stage_that_is_not_there_is_told_before_anybody_is_asked(
    leave: Terminal, empty_stage: AwsStage, client_file: Path, browser: Browser
) -> None:
    assert empty_stage
    command = ("gmail", "authorize", "--stage", "test", "--client-file", client_file)
    assert leave.told(*command) == (
        "There is no function leave-test-process-lead-response in eu-central-1. Check --stage and"
        " AWS_REGION, or finish the stage with `pulumi up -s test`.\n"
    )
    assert "in us-east-1" in leave.told(*command, "--region", "us-east-1")
    empty_stage.make_functions("process-lead-response")
    assert "LEAVE_GMAIL_SECRET is missing" in leave.told(*command)
    assert browser.opened == []


def test_a_stage_without_its_secret_is_told(
    leave: Terminal, mailing: AwsStage, client_file: Path, browser: Browser
) -> None:
    assert mailing
    secrets().delete_secret(SecretId="leave/test/gmail", RecoveryWindowInDays=7)
    command = ("gmail", "authorize", "--stage", "test", "--client-file", client_file)
    assert "`aws secretsmanager restore-secret --secret-id leave/test/" in leave.told(*command)
    secrets().restore_secret(SecretId="leave/test/gmail")
    secrets().delete_secret(SecretId="leave/test/gmail", ForceDeleteWithoutRecovery=True)
    assert leave.told(*command) == (
        "There is no secret leave/test/gmail in eu-central-1; finish the stage with"
        " `pulumi up -s test`.\n"
    )
    assert browser.opened == []


def let_fail(monkeypatch: pytest.MonkeyPatch, service: str, method: str, error: Exception) -> None:
    """Let every call of a method of one AWS service raise the error."""
    client = Stage.client

    def unwilling(self: Stage, wanted: str) -> Any:
        made = client(self, wanted)

        def fail(*_: object, **__: object) -> None:
            raise error

        if wanted == service:
            monkeypatch.setattr(made, method, fail)
        return made

    monkeypatch.setattr(Stage, "client", unwilling)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            ClientError(
                {"Error": {"Code": "AccessDeniedException", "Message": "must-not-leak"}},
                "PutSecretValue",
            ),
            "AWS refuses to write leave/test/gmail: AccessDeniedException. Nothing has changed.",
        ),
        (
            EndpointConnectionError(endpoint_url="must-not-leak"),
            "AWS did not confirm that leave/test/gmail was written (EndpointConnectionError).",
        ),
    ],
)
def test_a_secret_that_can_not_be_written_is_told(  # noqa: PLR0913, PLR0917 - a table, fixtures
    error: Exception,
    told: str,
    refused: Any,
    mailing: AwsStage,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert mailing
    let_fail(monkeypatch, "secretsmanager", "put_secret_value", error)
    assert refused().splitlines()[-1].startswith(told)
    assert f"This did not work. {told}" in browser.page()


def test_it_has_to_be_said_with_which_credentials(leave: Terminal, client_file: Path) -> None:
    result = leave("gmail", "authorize", "--stage", "test")
    assert (result.code, "--client-file FILE, or a service account" in result.err) == (2, True)
    both = ("--client-file", client_file, "--service-account", client_file)
    assert leave("gmail", "authorize", "--stage", "test", *both).code == 2


@pytest.fixture
def employees_file(google: GoogleStandIn, tmp_path: Path) -> Path:
    """The client that employees sign in with."""
    file = tmp_path / "employees.json"
    file.write_text(json.dumps(google.client_file(AUDIENCE)), encoding="utf-8")
    return file


def test_the_client_that_employees_sign_in_with_is_refused_before_anybody_is_asked(
    leave: Terminal, mailing: AwsStage, employees_file: Path, browser: Browser
) -> None:
    """The API would accept what the mailbox's refresh token gives, as that of the mailbox."""
    assert mailing
    command = ("gmail", "authorize", "--stage", "test", "--client-file", employees_file)
    assert leave.told(*command) == (
        f"{AUDIENCE} is one of `leave:oidc-audiences`, so that the API would accept the ID tokens"
        " of the mailbox's credentials. A reader of that secret could call the API as"
        " leave@foo.com. Create another OAuth client of the type 'Desktop app' for the mailbox"
        " alone. Then name its file. Nothing was written.\n"
    )
    assert browser.opened == []
    assert text_stored() == BEFORE


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetApis"),
            (
                "AWS refuses to show whose ID tokens leave-test accepts, by apigateway:GET: An"
                " error occurred (AccessDeniedException) when calling the GetApis operation:"
                " Unknown. Check the rights of your credentials. Set AWS_PROFILE (or keys) and"
                " AWS_REGION."
            ),
        ),
        (EndpointConnectionError(endpoint_url="https://apigateway"), "AWS cannot be reached"),
    ],
)
def test_a_client_is_refused_where_it_is_not_known_whose_tokens_the_api_accepts(  # noqa: PLR0913, PLR0917 - a table, fixtures
    error: Exception,
    told: str,
    refused: Any,
    mailing: AwsStage,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert mailing
    let_fail(monkeypatch, "apigatewayv2", "get_paginator", error)
    assert refused().splitlines()[-1].startswith(told)
    assert browser.opened == []


def test_a_stage_without_an_api_is_told(
    leave: Terminal, empty_stage: AwsStage, client_file: Path, browser: Browser
) -> None:
    deploy(empty_stage, "https://gmail", api=False)
    command = ("gmail", "authorize", "--stage", "test", "--client-file", client_file)
    assert "There is no API leave-test in eu-central-1; finish the stage" in leave.told(*command)
    assert browser.opened == []
