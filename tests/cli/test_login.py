"""`leave login`, with Google's own client library against the stand-in for Google."""

from __future__ import annotations

import json
import os
import socket
import stat
import urllib.request
import webbrowser
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cli.account.sign_in import SignIn
from cli.account.target import own_profiles
from cli.account.tokens import claims_of
from leave.domain.values import Secret
from tests.cli.consenting import AUDIENCE, a_client_file, consenting
from tests.cli.loopback import DROPPED, Loopback, Reply, Script, replying
from tests.cli.signed_in import sign_in, sign_out

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from emulator.google import GoogleStandIn
    from tests.cli.aws_stage import AwsStage
    from tests.cli.consenting import Browser
    from tests.cli.terminal import Terminal

API_URL = "https://api.example.com/test"


@pytest.fixture
def client_file(google: GoogleStandIn, tmp_path: Path) -> Path:
    file = tmp_path / "client.json"
    file.write_text(json.dumps(google.client_file(AUDIENCE)), encoding="utf-8")
    return file


@pytest.fixture
def login(leave: Terminal, client_file: Path) -> Callable[..., Any]:
    """Sign in to the API, as somebody of the company."""
    return lambda *options: leave.done(
        "login", "--api-url", API_URL, "--client-file", client_file, *options
    )


def test_jim_signs_in(login: Any, browser: Browser, google: GoogleStandIn) -> None:
    result = login("--email", "jim@foo.com")
    assert result.err.splitlines()[-1] == f"Signed in to test ({API_URL}) as jim@foo.com."
    assert result.out == ""
    assert browser.page().startswith("This worked. You can close this window")
    (url,) = browser.opened
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert url.startswith(f"{google.url}/")
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert asked["redirect_uri"].startswith("http://127.0.0.1:")
    assert asked["scope"].split() == ["openid", "https://www.googleapis.com/auth/userinfo.email"]
    assert (asked["access_type"], asked["prompt"], asked["login_hint"]) == (
        "offline",
        "consent",
        "jim@foo.com",
    )
    kept = own_profiles().find("test")
    assert kept is not None
    assert kept.id_token is not None
    claims = claims_of(kept.id_token)
    assert (claims["email"], claims["hd"], claims["aud"]) == ("jim@foo.com", "foo.com", AUDIENCE)


def test_what_is_kept_is_for_jim_only(login: Any, browser: Browser, home: Path) -> None:
    login()
    assert browser
    folder = home / ".config" / "leave"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name for path in folder.iterdir()} == {"test.json", "current"}
    for file in folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_config_folder_of_the_platform_is_honoured(
    login: Any, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert browser
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    login()
    assert (tmp_path / "xdg" / "leave" / "test.json").is_file()


def test_signing_in_leaves_the_environment_as_it_was(login: Any, browser: Browser) -> None:
    assert browser
    before = dict(os.environ)
    login()
    assert dict(os.environ) == before


def test_a_token_is_printed_on_demand_only(login: Any, leave: Terminal, browser: Browser) -> None:
    login()
    token = leave.done("login", "--print-token").out.strip()
    assert claims_of(Secret(token))["aud"] == AUDIENCE
    assert len(browser.opened) == 1
    first = login()
    assert token.split(".")[0] not in first.out + first.err


def test_printing_a_token_signs_in_where_nobody_is(login: Any, browser: Browser) -> None:
    result = login("--print-token")
    assert claims_of(Secret(result.out.strip()))["email"] == "somebody@foo.com"
    assert result.out.count("\n") == 1
    assert len(browser.opened) == 1


def test_a_token_that_has_ended_is_renewed_silently(
    login: Any, leave: Terminal, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    login("--email", "jim@foo.com")
    monkeypatch.setattr("cli.account.tokens._LEFT_SECONDS", 4000)
    result = leave.done("login", "--print-token")
    assert claims_of(Secret(result.out.strip()))["email"] == "jim@foo.com"
    assert (result.err, len(browser.opened)) == ("", 1)


def test_a_sign_in_that_was_revoked_is_told(
    login: Any, leave: Terminal, browser: Browser, google: GoogleStandIn
) -> None:
    login()
    assert browser
    profile = own_profiles().find("test")
    assert profile is not None
    assert profile.refresh_token is not None
    urllib.request.urlopen(  # noqa: S310
        f"{google.url}/revoke?token={profile.refresh_token.reveal()}", data=b""
    ).close()
    sign_in(API_URL, expires_in=-1, client=profile.client)
    told = leave.told("login", "--print-token")
    assert told.startswith("The sign-in has ended (invalid_grant")
    assert told.endswith("Run `leave login` again.\n")


def test_the_client_is_remembered(login: Any, leave: Terminal, browser: Browser) -> None:
    login()
    leave.done("login")
    leave.done("login", "--stage", "test")
    leave.done("login", "--api-url", API_URL)
    assert len(browser.opened) == 4


def test_the_client_is_not_taken_along_to_another_address(
    login: Any, leave: Terminal, browser: Browser
) -> None:
    login()
    told = leave.told("login", "--api-url", "https://elsewhere.example.com/test")
    assert told.startswith("No OAuth client is known for https://elsewhere.example.com/test.")
    assert len(browser.opened) == 1


def test_the_address_is_printed_where_there_is_no_browser(
    leave: Terminal, client_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", none)
    monkeypatch.setattr("cli.account.commands.SignIn", _hurried)
    result = leave("login", "--api-url", API_URL, "--client-file", client_file)
    assert (result.code, result.out) == (1, "")
    first, address, last = result.err.splitlines()
    assert first == "Open this address in a browser to sign in:"
    assert "/o/oauth2/v2/auth?response_type=code&" in address
    assert last.startswith("There was no sign-in within 1 seconds. Run it again, and keep the page")


def _hurried(**settings: Any) -> Any:
    return SignIn(**settings, timeout_seconds=1)


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody be waited for longer than a second."""
    monkeypatch.setattr("cli.account.commands.SignIn", _hurried)


@pytest.mark.usefixtures("hurry")
def test_the_browser_stays_closed_when_asked_to(
    leave: Terminal, client_file: Path, browser: Browser
) -> None:
    told = leave.told("login", "--api-url", API_URL, "--client-file", client_file, "--no-browser")
    assert browser.opened == []
    (address,) = [line for line in told.splitlines() if line.startswith("http")]
    assert parse_qs(urlsplit(address).query)["response_type"] == ["code"]


def test_the_browser_comes_back_to_the_port_that_was_named(login: Any, browser: Browser) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    login("--port", port)
    assert f"redirect_uri=http%3A%2F%2F127.0.0.1%3A{port}%2F" in browser.opened[0]


def test_a_port_that_is_taken_is_told(leave: Terminal, client_file: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = leave.told(
            "login", "--api-url", API_URL, "--client-file", client_file, "--port", port
        )
    assert told == (
        f"Port {port} of this machine cannot be used (Address already in use). Name another with"
        " --port.\n"
    )
    assert leave("login", "--port", "99999").code == 2


@pytest.mark.parametrize(
    ("query", "reply", "told"),
    [
        ("error=access_denied&state=SAME", DROPPED, "The sign-in was cancelled in the browser."),
        (
            "code=x&state=SAME",
            replying(400, {"error": "invalid_grant", "error_description": "Malformed code."}),
            "Google refuses the sign-in: invalid_grant Malformed code.",
        ),
        ("code=x&state=SAME", DROPPED, "/token does not answer (ConnectionError). Try again."),
        (
            "code=x&state=SAME",
            replying(200, {"access_token": "a", "id_token": "i", "expires_in": 3599}),
            "Google gave no lasting sign-in.",
        ),
        (
            "code=x&state=SAME",
            replying(200, {"access_token": "a", "refresh_token": "r", "expires_in": 3599}),
            "Google gave no lasting sign-in.",
        ),
        ("code=x&state=forged", DROPPED, "Google refuses the sign-in: mismatching_state"),
    ],
)
def test_a_sign_in_that_fails_is_told(  # noqa: PLR0913, PLR0917 - a table and three fixtures
    query: str, reply: Reply, told: str, leave: Terminal, tmp_path: Path, browser: Browser
) -> None:
    with Loopback(consenting(query)) as auth, Loopback(Script(reply)) as token:
        file = a_client_file(tmp_path, auth=auth.url, token=token.url)
        said = leave.told("login", "--api-url", API_URL, "--client-file", file)
    assert browser.opened
    assert told in said
    assert f"This did not work. {said.splitlines()[-1]}\n" in browser.page()
    assert "must-not-leak" not in said + browser.page()
    assert own_profiles().find("test") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is not JSON."),
        ("[]", "holds no client of the type 'Desktop app'."),
        ('{"web": {"client_id": "x"}}', "holds no client of the type 'Desktop app'."),
        ('{"installed": {"client_id": "x"}}', "lacks client_secret, auth_uri, token_uri."),
        (
            (
                '{"installed": {"client_id": "x", "client_secret": "s", "auth_uri": "https://a.com",'
                ' "token_uri": "http://b.com"}}'
            ),
            "must be an https:// address, not 'http://b.com'.",
        ),
    ],
)
def test_a_client_file_that_is_none_is_told(
    text: str, told: str, leave: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "client.json"
    file.write_text(text, encoding="utf-8")
    assert told in leave.told("login", "--api-url", API_URL, "--client-file", file)


def test_a_client_file_that_is_not_there_is_told(leave: Terminal, tmp_path: Path) -> None:
    told = leave.told("login", "--api-url", API_URL, "--client-file", tmp_path / "none.json")
    assert "none.json cannot be read: No such file or directory. Take the JSON file" in told


def test_it_has_to_be_said_where_to_sign_in(leave: Terminal) -> None:
    result = leave("login")
    assert result.code == 2
    assert "--api-url URL, --stage S or --ready-file FILE" in result.err


def test_a_client_is_needed_the_first_time(leave: Terminal) -> None:
    told = leave.told("login", "--api-url", API_URL)
    assert told.startswith(f"No OAuth client is known for {API_URL}.")
    assert "--client-file FILE, once" in told


def test_the_address_of_a_stage_is_looked_up_in_aws(leave: Terminal, stage: AwsStage) -> None:
    sign_out()
    told = leave.told("login", "--stage", "test")
    assert told.startswith("No OAuth client is known for https://api.example.com/test.")
    stage.configure(LEAVE_API_URL="")
    assert "does not show its address" in leave.told("login", "--stage", "test")
    assert "There is no function leave-prod-process-leave-request" in leave.told(
        "login", "--stage", "prod"
    )


def a_ready_file(folder: Path, google: GoogleStandIn, **facts: Any) -> Path:
    file = folder / "ready.json"
    ready = {
        "api_url": "http://127.0.0.1:1/local",
        "aws_endpoint_url": "http://127.0.0.1:2",
        "google_url": google.url,
        "region": "eu-central-1",
        "table_name": "leave-local",
        "issuer": google.url,
        "audience": AUDIENCE,
        "access_key_id": "id",
        "secret_access_key": "secret",
        "oauth_client": google.client_file(AUDIENCE),
        "mail_client": google.client_file(),
    } | facts
    file.write_text(json.dumps(ready), encoding="utf-8")
    return file


def test_jane_signs_in_to_a_local_stage_without_a_browser(
    leave: Terminal, google: GoogleStandIn, browser: Browser, tmp_path: Path
) -> None:
    file = a_ready_file(tmp_path, google)
    result = leave.done("login", "--ready-file", file, "--email", "jane@foo.com")
    assert (browser.opened, result.out) == ([], "")
    assert result.err == "Signed in to local (http://127.0.0.1:1/local) as jane@foo.com.\n"
    kept = own_profiles().find("local")
    assert kept is not None
    assert kept.refresh_token is not None
    assert own_profiles().current() == "local"


def test_a_token_is_the_one_of_whom_the_address_names(
    leave: Terminal, google: GoogleStandIn, browser: Browser, tmp_path: Path
) -> None:
    file = a_ready_file(tmp_path, google)
    for email in ("jane@foo.com", "jim@foo.com", "Jim@foo.com"):
        token = leave.done("login", "--ready-file", file, "--email", email, "--print-token").out
        assert claims_of(Secret(token.strip()))["email"] == email.lower()
    assert browser.opened == []


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize("option", ["--no-browser", "nobody named"])
def test_a_browser_signs_in_to_a_local_stage_where_that_is_said(
    leave: Terminal, google: GoogleStandIn, browser: Browser, tmp_path: Path, option: str
) -> None:
    named = ("--email", "jane@foo.com", option) if option.startswith("--") else ()
    result = leave("login", "--ready-file", a_ready_file(tmp_path, google), *named)
    assert f"{google.url}/o/oauth2/v2/auth?" in result.err
    assert (len(browser.opened), result.code) == ((0, 1) if named else (1, 0))


def test_no_page_but_that_of_a_local_stage_signs_in_without_a_browser(
    leave: Terminal,
    google: GoogleStandIn,
    browser: Browser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cli.account.commands.SignIn", _hurried)
    monkeypatch.setattr(browser, "open", lambda url, **_: browser.opened.append(url))
    client = google.client_file(AUDIENCE)
    client["installed"]["auth_uri"] = "https://accounts.example.com/auth"
    file = a_ready_file(tmp_path, google, oauth_client=client)
    told = leave.told("login", "--ready-file", file, "--email", "jane@foo.com")
    assert "There was no sign-in within 1 seconds." in told
    assert browser.opened[0].startswith("https://accounts.example.com/auth?")


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Script(DROPPED), "/auth does not answer ("),
        (Script(Reply(status=400)), "/auth gives no sign-in without a browser (400). Run it again"),
        (consenting("error=access_denied&state=SAME"), "The sign-in was cancelled in the browser."),
    ],
)
def test_a_local_stage_that_signs_nobody_in_is_told(
    leave: Terminal, google: GoogleStandIn, tmp_path: Path, reply: Any, told: str
) -> None:
    with Loopback(reply) as auth:
        client = json.loads(a_client_file(tmp_path, auth=auth.url, token=google.url).read_text())
        file = a_ready_file(tmp_path, google, oauth_client=client)
        said = leave.told("login", "--ready-file", file, "--email", "jane@foo.com")
    assert told in said
    assert own_profiles().find("local") is None


def test_the_address_of_whom_to_suggest_is_one(leave: Terminal) -> None:
    result = leave("login", "--api-url", API_URL, "--email", "jane")
    assert result.code == 2
    assert "must be a mail address such as jim@foo.com, not 'jane'" in result.err


def test_a_local_stage_without_a_client_needs_one(
    leave: Terminal, google: GoogleStandIn, browser: Browser, tmp_path: Path, client_file: Path
) -> None:
    file = a_ready_file(tmp_path, google, oauth_client=None)
    assert "No OAuth client is known" in leave.told("login", "--ready-file", file)
    leave.done("login", "--ready-file", file, "--client-file", client_file)
    assert len(browser.opened) == 1
