"""What approvers do on the command line, against the real entry points over AWS in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leave.domain.history import EventType, Status
from tests.cli import lambda_api
from tests.cli.aws_stage import VARIABLES
from tests.cli.leave_requests import LeaveRequests, a_monday
from tests.cli.loopback import Loopback, Script, replying
from tests.cli.signed_in import sign_in
from tests.leave.directories import JANE, JIM, JOHN, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.aws_stage import AwsStage
    from tests.cli.terminal import Terminal

MONDAY = a_monday()


@pytest.fixture
def requests(
    leave: Terminal, stage: AwsStage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> LeaveRequests:
    """Return a stage with the sample's people, whose functions run in this process."""
    leave.done("directory", "import", write(tmp_path, JOHN, JIM, JANE), "--stage", "test")
    workflow_arn = stage.make_workflow()
    more = {"LEAVE_STATE_MACHINE_ARN": workflow_arn, "LEAVE_UNDO_SECONDS": "300"}
    for name, value in (VARIABLES | more).items():
        monkeypatch.setenv(name, value)
    lambda_api.forget_applications()
    return LeaveRequests(stage, workflow_arn)


@pytest.fixture
def asked(requests: LeaveRequests) -> str:
    """Let Jim ask and John be asked; return the request's id."""
    return requests.mailed(requests.ask(), "E001").request_id


@pytest.fixture
def api(requests: LeaveRequests) -> Iterator[Loopback]:
    """Run the API with John signed in to it."""
    assert requests
    with Loopback(lambda_api.answer) as server:
        sign_in(server.url + lambda_api.STAGE_PATH, "john@foo.com")
        yield server


def test_john_sees_what_waits_for_him(leave: Terminal, api: Loopback, asked: str) -> None:
    header, line = leave.done("approvals").out.splitlines()
    assert header.split()[:3] == ["ID", "Revision", "Who"]
    assert line.split()[:6] == [asked, "1", "Jim", "O'Dell", str(MONDAY), str(MONDAY)]
    (approval,) = leave.done("approvals", "--json").json["approvals"]
    assert approval["requestId"] == asked
    assert [call.path for call in api.received] == ["/test/approvals"] * 2


def test_nothing_waits_for_jim(leave: Terminal, api: Loopback, asked: str) -> None:
    assert asked
    sign_in(api.url + lambda_api.STAGE_PATH)
    assert leave.done("approvals").out == "No request waits for your decision.\n"


def test_all_pages_are_listed_with_their_warnings(leave: Terminal) -> None:
    approval = {
        "requestId": "01jq0000000000000000000001",
        "revision": 2,
        "question": "cancellation",
        "employee": {"employeeId": "E002", "name": "Jim\x1b[2J"},
        "period": {"start": "2027-05-03", "end": "2027-05-04", "halfDay": None},
        "workingDays": 2,
        "type": None,
        "askedAt": "2027-03-01T09:30:00Z",
        "warnings": ["Short notice."],
    }
    pages = [{"approvals": [approval], "cursor": "1-x"}, {"approvals": [approval], "cursor": None}]
    with Loopback(Script(*(replying(200, page) for page in pages))) as server:
        sign_in(server.url)
        out = leave.done("approvals").out
        assert [call.query for call in server.received] == [{}, {"cursor": "1-x"}]
    assert out.count("01jq0000000000000000000001: Short notice.") == 2
    assert "\x1b" not in out
    assert "cancellation" in out


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [("approve", "approved", "Approved"), ("deny", "denied", "Denied")],
)
def test_john_decides_and_takes_it_back(  # noqa: PLR0913, PLR0917
    leave: Terminal,
    api: Loopback,
    requests: LeaveRequests,
    asked: str,
    command: str,
    status: str,
    said: str,
) -> None:
    out = leave.done(command, asked, "--comment", "Ménage").out
    assert out == f"{said}: {MONDAY}, Jim O'Dell.\n"
    assert api.received[-1].json == {"decision": status, "revision": 1, "comment": "Ménage"}
    assert requests.get(asked).status is Status(status)
    assert leave.done(command, asked, "--comment", "Ménage", "--json").json["status"] == status
    undone = leave.done("undo", asked).out
    assert undone == f"Taken back: {MONDAY}, Jim O'Dell. The request waits for your answer again.\n"
    assert requests.get(asked).history[-1].type is EventType.UNDONE
    assert "no answer to take back" in leave.told("undo", asked)


def test_an_answer_is_about_the_revision_that_was_seen(
    leave: Terminal, api: Loopback, asked: str
) -> None:
    assert "is about revision 2" in leave.told("approve", asked, "--revision", "2")
    assert len(api.received) == 1
    for wrong in ("0", "-1", "1.5", "x", "9" * 20):
        assert leave("approve", asked, "--revision", wrong).code == 2


def test_a_denial_needs_words(leave: Terminal, api: Loopback, asked: str) -> None:
    assert leave("deny", asked).code == 2
    for wrong in (" ", "x" * 2_001):
        assert leave("deny", asked, "--comment", wrong).code == 2
    assert api.received == []


def test_a_first_approval_says_that_another_one_is_needed(leave: Terminal) -> None:
    answer = {
        "status": "pending",
        "start": "2027-05-03",
        "end": "2027-05-07",
        "halfDay": None,
        "employeeName": "Jim O'Dell",
    }
    with Loopback(Script(replying(200, answer))) as server:
        sign_in(server.url)
        out = leave.done("approve", "r1", "--revision", "1").out
    assert out == "Approved: 2027-05-03 to 2027-05-07, Jim O'Dell. A second approval is needed.\n"


def test_jim_has_john_reminded(leave: Terminal, api: Loopback, asked: str) -> None:
    sign_in(api.url + lambda_api.STAGE_PATH)
    assert "Waiting:  John Carpenter (since " in leave.done("status", asked).out
    out = leave.done("remind", asked).out
    assert out == f"Reminded: {MONDAY}, Jim O'Dell. John Carpenter gets a mail.\n"
    assert api.received[-1].body == ""
    assert "was reminded of this request today" in leave.told("remind", asked)
