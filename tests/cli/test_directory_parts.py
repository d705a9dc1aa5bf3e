"""`leave directory import` by several calls, and with a token in place of a sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cli.directory import _IDLE_CALLS
from tests.cli.loopback import DROPPED, Loopback, Script, replying
from tests.cli.signed_in import sign_in
from tests.leave.directories import JOHN, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.terminal import Terminal

DONE: dict[str, Any] = {
    "added": [],
    "changed": [],
    "leaving": [],
    "rerouted": [],
    "leave": [],
    "recounts": [],
    "short": [],
    "written": True,
}


def part(employee_id: str, **more: Any) -> dict[str, Any]:
    added = [{"employeeId": employee_id, "name": "Somebody", "changes": []}]
    return DONE | {"added": added} | more


def test_an_import_goes_on_until_it_is_done(leave: Terminal, tmp_path: Path) -> None:
    replies = (
        replying(202, part("E001", remaining=2), etag='"4"'),
        replying(202, part("E002", remaining=1), etag='"5"'),
        replying(200, part("E003"), etag='"6"'),
    )
    with Loopback(Script(*replies)) as server:
        sign_in(server.url)
        result = leave.done("directory", "import", write(tmp_path, JOHN), "--json")
    assert [one["employeeId"] for one in result.json["added"]] == ["E001", "E002", "E003"]
    assert "remaining" not in result.json
    sent = [(call.method, call.query, call.headers.get("if-match")) for call in server.received]
    assert sent == [("PUT", {"dryRun": "false"}, tag) for tag in (None, '"4"', '"5"')]
    assert {call.headers["content-type"] for call in server.received} == {"text/csv"}
    assert {call.raw for call in server.received} == {write(tmp_path, JOHN).read_bytes()}


def test_an_import_that_goes_no_further_is_told(leave: Terminal, tmp_path: Path) -> None:
    replies = [replying(202, DONE | {"remaining": 1}, etag='"4"')] * (_IDLE_CALLS + 1)
    with Loopback(Script(*replies)) as server:
        sign_in(server.url)
        told = leave.told("directory", "import", write(tmp_path, JOHN))
    assert told.startswith("The import does not go on, with 1 step left.")
    assert len(server.received) == _IDLE_CALLS + 1


def test_an_import_whose_answer_is_lost_is_not_sent_again(leave: Terminal, tmp_path: Path) -> None:
    with Loopback(Script(DROPPED)) as server:
        sign_in(server.url)
        told = leave.told("directory", "import", write(tmp_path, JOHN))
    assert "import the same file again, which writes only what is left" in told
    assert len(server.received) == 1


@pytest.mark.parametrize("by", ["--api-url", "a profile"])
def test_a_token_in_the_environment_is_used_in_place_of_a_sign_in(
    by: str, leave: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAVE_ID_TOKEN", "the-token")
    with Loopback(Script(replying(200, DONE, etag='"4"'))) as server:
        options = ["--api-url", server.url] if by == "--api-url" else []
        if not options:
            sign_in(server.url)
        leave.done("directory", "check", write(tmp_path, JOHN), *options)
    assert [call.headers["authorization"] for call in server.received] == ["Bearer the-token"]


@pytest.mark.parametrize("token", ["must-not-leak\nx", "must not leak", "must-not-leaké", "="])
def test_a_token_that_can_be_none_is_not_sent(
    leave: Terminal, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("LEAVE_ID_TOKEN", token)
    with Loopback(Script(replying(200, {}))) as server:
        told = leave.told("status", "--api-url", server.url)
    assert told.startswith("LEAVE_ID_TOKEN is not an ID token. Set it to what `leave login")
    assert "leak" not in told
    assert server.received == []


@pytest.mark.parametrize("token", ["", " \n"])
def test_an_empty_variable_is_no_token(
    leave: Terminal, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("LEAVE_ID_TOKEN", token)
    assert leave.told("status").startswith("You are not signed in.")


@pytest.mark.parametrize(("options", "of"), [((), ""), (("--stage", "prod"), " of stage prod")])
def test_a_token_needs_an_address_to_go_to(
    leave: Terminal, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], of: str
) -> None:
    monkeypatch.setenv("LEAVE_ID_TOKEN", "the-token")
    assert leave.told("status", *options) == (
        f"LEAVE_ID_TOKEN is set, but the address of the API{of} is not known. Name it with"
        " --api-url URL, or for a local stage with --ready-file FILE.\n"
    )


def test_a_token_that_has_ended_is_told(
    leave: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAVE_ID_TOKEN", "the-token-that-must-not-leak")
    with Loopback(Script(replying(401, {"message": "Unauthorized"}))) as server:
        told = leave.told("directory", "check", write(tmp_path, JOHN), "--api-url", server.url)
    assert told.startswith("The API does not accept the token in LEAVE_ID_TOKEN")
    assert "leak" not in told
