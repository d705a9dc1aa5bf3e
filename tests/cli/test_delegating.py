"""`leave delegate`, against the real entry points over AWS in memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.cli import lambda_api
from tests.cli.aws_stage import VARIABLES
from tests.cli.loopback import Loopback
from tests.cli.signed_in import sign_in
from tests.leave.directories import JANE, JIM, JOHN, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.aws_stage import AwsStage
    from tests.cli.terminal import Terminal

FIRST = datetime.now(UTC).date() + timedelta(days=30)
LAST = FIRST + timedelta(days=10)
DAYS = ("--from", str(FIRST), "--to", str(LAST))


@pytest.fixture
def api(
    leave: Terminal, stage: AwsStage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Loopback]:
    """Run the API of a stage with the sample's people, with John signed in to it."""
    leave.done("directory", "import", write(tmp_path, JOHN, JIM, JANE), "--stage", "test")
    more = {"LEAVE_STATE_MACHINE_ARN": stage.make_workflow()}
    for name, value in (VARIABLES | more).items():
        monkeypatch.setenv(name, value)
    lambda_api.forget_applications()
    with Loopback(lambda_api.answer) as server:
        sign_in(server.url + lambda_api.STAGE_PATH, "john@foo.com")
        yield server


def test_john_delegates_looks_and_ends_it(leave: Terminal, api: Loopback) -> None:
    assert leave.done("delegate").out == "You are asked yourself.\n"
    line = f"Jane Cook is asked in your place, {FIRST} to {LAST}.\n"
    assert leave.done("delegate", "E003", *DAYS).out == line
    assert leave.done("delegate").out == line
    assert leave.done("delegate", "--json").json == {
        "substituteId": "E003",
        "name": "Jane Cook",
        "from": str(FIRST),
        "to": str(LAST),
    }
    assert leave.done("delegate", "--end").out == "You are asked yourself.\n"
    assert leave.done("delegate", "--json").json == {}
    assert {call.path for call in api.received} == {"/test/delegation"}


def test_a_refusal_says_what_to_do(leave: Terminal, api: Loopback) -> None:
    assert api.received == []
    told = leave.told("delegate", "E001", *DAYS)
    assert "substituteId: E001 cannot stand in for themselves. Choose another employee." in told


@pytest.mark.parametrize(
    "arguments",
    [
        ("E003",),
        ("E003", "--from", str(FIRST)),
        ("--to", str(LAST)),
        ("E003", *DAYS, "--end"),
        ("--end", "--from", str(FIRST)),
    ],
)
def test_what_does_not_go_together_is_wrong_usage(
    leave: Terminal, arguments: tuple[str, ...]
) -> None:
    result = leave("delegate", *arguments)
    assert (result.code, "--end alone" in result.err) == (2, True)
