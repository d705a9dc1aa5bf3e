"""`leave sign-in configure`, and what `leave doctor` says about it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.cli.aws_stage import API_URL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.aws_stage import AwsStage
    from tests.cli.terminal import Terminal

NAME = "leave/test/sign-in"
CALLBACK = f"{API_URL}/sign_in/callback"
WEB: dict[str, Any] = {
    "client_id": "id.apps.googleusercontent.com",
    "client_secret": "secret-that-must-not-leak",
    "redirect_uris": ["https://elsewhere.example.com/", CALLBACK],
}


@pytest.fixture
def guarded(empty_stage: AwsStage) -> AwsStage:
    """A stage whose leads have to sign in."""
    empty_stage.make_functions("sign-in")
    secrets().create_secret(Name=NAME)
    return empty_stage


def secrets() -> Any:
    return boto3.client("secretsmanager")  # type: ignore[call-overload]


def configure(file: Path) -> tuple[object, ...]:
    return ("sign-in", "configure", "--stage", "test", "--client-file", file)


def a_file(folder: Path, document: object) -> Path:
    path = folder / "client.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


@pytest.mark.usefixtures("guarded")
def test_the_client_is_stored_and_its_secret_not_shown(leave: Terminal, tmp_path: Path) -> None:
    result = leave.done(*configure(a_file(tmp_path, {"web": WEB})))
    stored = json.loads(secrets().get_secret_value(SecretId=NAME)["SecretString"])
    key = stored.pop("signing_key")
    assert stored == {name: WEB[name] for name in ("client_id", "client_secret")}
    assert result.out == (
        "leave/test/sign-in holds id.apps.googleusercontent.com and a new signing key now. Within"
        " 60 seconds leads sign in with them; every lead must sign in again.\n"
    )
    assert "must-not-leak" not in result.out + result.err
    assert key not in result.out + result.err


@pytest.mark.usefixtures("guarded")
def test_a_new_signing_key_is_stored_each_time(leave: Terminal, tmp_path: Path) -> None:
    keys: set[str] = set()
    for _ in range(3):
        leave.done(*configure(a_file(tmp_path, {"web": WEB})))
        stored = json.loads(secrets().get_secret_value(SecretId=NAME)["SecretString"])
        keys.add(stored["signing_key"])
        assert len(base64.urlsafe_b64decode(f"{stored['signing_key']}=")) == 32
    assert len(keys) == 3


@pytest.mark.usefixtures("guarded")
@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"installed": WEB}, "holds no client of the type 'Web application'"),
        ([WEB], "holds no client of the type 'Web application'"),
        ({"web": "must-not-leak"}, "holds no client of the type 'Web application'"),
        ("{must-not-leak", "is not JSON"),
        ({"web": {**WEB, "client_secret": ""}}, "lacks client_secret"),
        ({"web": {"client_secret": "must-not-leak"}}, "lacks client_id"),
    ],
)
def test_what_is_no_web_client_is_told_with_the_cure(
    leave: Terminal, tmp_path: Path, document: object, told: str
) -> None:
    said = leave.told(*configure(a_file(tmp_path, document)))
    assert told in said
    assert "Take the JSON file that Google's console offers" in said
    assert "must-not-leak" not in said
    assert "VersionIdsToStages" not in secrets().describe_secret(SecretId=NAME)


@pytest.mark.usefixtures("guarded")
@pytest.mark.parametrize("uris", [[], [f"{CALLBACK}/"], [API_URL], "x", None])
def test_a_client_that_google_would_not_send_back_is_refused(
    leave: Terminal, tmp_path: Path, uris: object
) -> None:
    said = leave.told(*configure(a_file(tmp_path, {"web": {**WEB, "redirect_uris": uris}})))
    assert f"has no redirect URI {CALLBACK}. Add it in Google's console" in said
    assert "VersionIdsToStages" not in secrets().describe_secret(SecretId=NAME)


def test_a_file_that_is_not_there_is_told(leave: Terminal, tmp_path: Path) -> None:
    said = leave.told(*configure(tmp_path / "missing.json"))
    assert "missing.json cannot be read: No such file or directory." in said


@pytest.mark.usefixtures("empty_stage")
def test_a_stage_that_asks_nobody_to_sign_in_tells_how_it_would(
    leave: Terminal, tmp_path: Path
) -> None:
    said = leave.told(*configure(a_file(tmp_path, {"web": WEB})))
    assert "pulumi config set -s test leave:require-sign-in true" in said


def of_sign_in(leave: Terminal) -> list[dict[str, str]]:
    found = leave("doctor", "--stage", "test", "--json").json
    return [one for one in found if one["subject"] == "sign-in"]


@pytest.mark.usefixtures("guarded")
def test_the_doctor_tells_that_nobody_can_sign_in_yet(leave: Terminal, tmp_path: Path) -> None:
    (told,) = of_sign_in(leave)
    assert told["level"] == "problem"
    assert "Run `leave sign-in configure" in told["detail"]
    leave.done(*configure(a_file(tmp_path, {"web": WEB})))
    (told,) = of_sign_in(leave)
    assert told["level"] == "ok"
    assert told["detail"] == "Leads sign in with id.apps.googleusercontent.com."


@pytest.mark.usefixtures("empty_stage")
def test_the_doctor_has_nothing_to_say_where_nobody_signs_in(leave: Terminal) -> None:
    assert of_sign_in(leave) == []


@pytest.mark.usefixtures("guarded")
def test_the_doctor_tells_of_a_signing_key_that_is_missing(leave: Terminal) -> None:
    old = {name: WEB[name] for name in ("client_id", "client_secret")}
    secrets().put_secret_value(SecretId=NAME, SecretString=json.dumps(old))
    (told,) = of_sign_in(leave)
    assert (told["level"], "lacks signing_key. Run `leave sign-in" in told["detail"]) == (
        "problem",
        True,
    )
