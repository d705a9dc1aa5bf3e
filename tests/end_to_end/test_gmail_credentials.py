"""Credentials that ended are replaced by one command, and the mails go on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from emulator.demo import web
from tests.end_to_end.people import fresh_day
from tests.stage import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.employees import Employee
    from tests.stage import LocalStage

pytestmark = pytest.mark.stage

# A browser that only follows redirects, and does not keep the one who opened it waiting.
_BROWSER = """#!/bin/sh
"{python}" -c 'import sys, urllib.request as u; u.urlopen(sys.argv[1]).read()' "$1" &
"""


def authorize(stage: LocalStage, folder: Path, *options: str) -> str:
    """Run the command on the stage with somebody at the browser; return what it prints."""
    done = attempt(stage, folder, *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def attempt(stage: LocalStage, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    browser = folder / "browser"
    browser.write_text(_BROWSER.format(python=sys.executable), encoding="utf-8")
    browser.chmod(0o700)
    command = ("-m", "cli", "gmail", "authorize", "--ready-file", str(stage.ready_file), *options)
    return subprocess.run(
        [sys.executable, *command],
        cwd=PROJECT,
        env={**os.environ, "BROWSER": str(browser), "no_proxy": "127.0.0.1,localhost"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def stored(stage: LocalStage) -> dict[str, Any]:
    found = stage.aws.secrets.get_secret_value(SecretId=stage.facts.gmail_secret_name)
    return json.loads(found["SecretString"])


def test_a_mailbox_agrees_anew_and_the_mails_go_on(
    stage: LocalStage, jim: Employee, john: Employee, tmp_path: Path
) -> None:
    ended = stored(stage)
    # From now on nothing leaves by what the functions may have kept.
    revoked = web.post_form(f"{stage.facts.google_url}/revoke", {"token": ended["refresh_token"]})
    assert revoked.status == 200
    said = authorize(stage, tmp_path, "--send-test")
    assert said.splitlines()[1:] == [
        f"{stage.facts.mailbox} sends the mails of stage local from now on.",
        f"A test mail is on its way to {stage.facts.mailbox}.",
    ]
    new = stored(stage)
    assert (new["client_id"], new["sender"]) == (ended["client_id"], stage.facts.mailbox)
    assert new["client_id"] != stage.facts.audience, "or the API would accept its ID tokens"
    asked = jim.submit(date=fresh_day().isoformat())
    assert john.wait_for_mail(asked["requestId"])


def test_a_service_account_sends_as_the_mailbox(
    stage: LocalStage, jim: Employee, john: Employee, tmp_path: Path
) -> None:
    key = tmp_path / "key.json"
    account = {"email": "robot@leave.iam.gserviceaccount.com"}
    made = web.post_json(f"{stage.facts.google_url}/_fake/service_accounts", account)
    key.write_text(made.body, encoding="utf-8")
    ended = stored(stage)
    authorize(stage, tmp_path, "--service-account", str(key))
    assert stored(stage)["client_email"] == account["email"]
    web.post_form(f"{stage.facts.google_url}/revoke", {"token": ended["refresh_token"]})
    asked = jim.submit(date=fresh_day().isoformat())
    mail = john.wait_for_mail(asked["requestId"])
    assert mail.raw["from"] == stage.facts.mailbox
    # So that the tests in this file may come in any order, and the others need no key.
    authorize(stage, tmp_path)


def test_the_client_that_employees_sign_in_with_is_refused(
    stage: LocalStage, tmp_path: Path
) -> None:
    """API Gateway itself tells whose ID tokens the stage accepts."""
    file, before = tmp_path / "client.json", stored(stage)
    file.write_text(json.dumps(stage.facts.oauth_client), encoding="utf-8")
    refused = attempt(stage, tmp_path, "--client-file", str(file))
    assert refused.returncode == 1
    assert f"{stage.facts.audience} is one of `leave:oidc-audiences`" in refused.stderr
    assert stored(stage) == before
