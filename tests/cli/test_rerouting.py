"""Requests that wait for the wrong approver once the directory has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leave.adapters.stepfunctions import StepFunctionsWorkflow
from leave.domain.errors import UnavailableError
from leave.domain.history import Channel, Decision, EventType
from leave.domain.invitations import RevocationReason
from leave.services.directory_changes import DirectoryChanges
from tests.cli.leave_requests import LeaveRequests
from tests.leave.directories import ANN, JANE, JIM, JOHN, a_line, write

if TYPE_CHECKING:
    from pathlib import Path

    from leave.domain.invitations import Link
    from leave.domain.request import LeaveRequest
    from leave.domain.values import Secret
    from leave.services.directory_changes import Misdirected
    from tests.cli.aws_stage import AwsStage
    from tests.cli.terminal import Result, Terminal

GONE = "2020-01-01,2021-12-31,"


@pytest.fixture
def failures(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """Record what the waiting workflows are told."""
    told: list[tuple[str, str, str]] = []

    def fail(self: StepFunctionsWorkflow, token: Secret, *, error: str, cause: str) -> bool:
        assert self.client is not None
        told.append((token.reveal(), error, cause))
        return True

    monkeypatch.setattr(StepFunctionsWorkflow, "fail", fail)
    return told


@pytest.fixture
def load(leave: Terminal, tmp_path: Path) -> Any:
    def load(*lines: str, options: tuple[str, ...] = ()) -> Result:
        file = write(tmp_path, *lines)
        return leave.done("directory", "import", file, "--stage", "test", *options)

    return load


@pytest.fixture
def requests(stage: AwsStage, load: Any) -> LeaveRequests:
    """Return what makes requests, with the sample's people, and Ann besides, in the directory."""
    load(JOHN, JIM, JANE, ANN)
    return LeaveRequests(stage, stage.make_workflow())


def link_of(request: LeaveRequest) -> Link:
    link = request.link()
    assert link is not None
    return link


def test_a_new_lead_is_asked_instead(
    requests: LeaveRequests, load: Any, failures: list[Any]
) -> None:
    before = requests.mailed(requests.ask(), "E001")
    result = load(JOHN, a_line(leadId="E003"), JANE, ANN)
    assert f"Request {before.request_id} of E002: E003 is asked instead of E001." in result.out
    assert failures == [("token", "RequestChanged", "Jane Cook is asked instead")]
    after = requests.get(before.request_id)
    assert after.question is not None
    assert not after.opened_by(link_of(before))
    revoked = after.revoked(link_of(before))
    assert revoked is not None
    assert revoked.why is RevocationReason.REROUTED
    event = after.history[-1]
    assert (event.type, event.channel, event.actor) == (
        EventType.REROUTED,
        Channel.IMPORT,
        "admin@foo.com",
    )


def test_every_waiting_request_is_rerouted(
    requests: LeaveRequests, load: Any, failures: list[Any]
) -> None:
    for weeks in (2, 3):
        requests.mailed(requests.ask(weeks=weeks), "E001", token=f"token {weeks}")
    requests.mailed(requests.ask("ann@foo.com"), "E001", token="of Ann")
    result = load(JOHN, a_line(leadId="E003"), JANE, ANN, options=("--json",))
    assert {token for token, *_ in failures} == {"token 2", "token 3"}
    assert [
        (r["employeeId"], r["from"], r["to"], r["newAddress"]) for r in result.json["rerouted"]
    ] == [("E002", "E001", "E003", False)] * 2


def test_a_dry_run_reroutes_nothing_and_says_what_would_be(
    requests: LeaveRequests, load: Any, failures: list[Any]
) -> None:
    before = requests.mailed(requests.ask(), "E001")
    result = load(JOHN, a_line(leadId="E003"), JANE, ANN, options=("--dry-run",))
    assert "E003 would be asked instead of E001." in result.out
    assert failures == []
    assert requests.get(before.request_id) == before


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_corrected_address_is_told_as_one(
    requests: LeaveRequests, load: Any, failures: list[Any], options: tuple[str, ...]
) -> None:
    before = requests.mailed(requests.ask(), "E001")
    john = JOHN.replace("john@", "john.carpenter@")
    shown = load(john, JIM, JANE, ANN, options=("--json", "--dry-run")).json["rerouted"]
    assert [(r["from"], r["to"], r["newAddress"]) for r in shown] == [("E001", "E001", True)]
    done = "would be asked" if options else "is asked"
    told = load(john, JIM, JANE, ANN, options=options).out
    who = f"Request {before.request_id} of E002: E001"
    assert f"{who} {done} at the new address." in told
    assert len(failures) == (0 if options else 1)


def test_importing_again_asks_nobody_again(
    requests: LeaveRequests, load: Any, failures: list[Any]
) -> None:
    lines = (JOHN, a_line(leadId="E003"), JANE, ANN)
    request = requests.mailed(requests.ask(), "E001")
    load(*lines)
    requests.mailed(requests.get(request.request_id), "E003", token="next")
    failures.clear()
    assert "asked instead" not in load(*lines).out
    assert failures == []


def test_a_workflow_that_was_not_told_is_told_by_importing_again(
    requests: LeaveRequests,
    leave: Terminal,
    load: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = (JOHN, a_line(leadId="E003"), JANE, ANN)
    request = requests.mailed(requests.ask(), "E001")
    with monkeypatch.context() as broken:

        def unavailable(*_: Any, **__: Any) -> bool:
            raise UnavailableError("send_task_failure: ServiceUnavailable")

        broken.setattr(StepFunctionsWorkflow, "fail", unavailable)
        file = write(tmp_path, *lines)
        told = leave.told("directory", "import", file, "--stage", "test")
    assert "with 1 step left. Import the same file again later to finish." in told
    assert not requests.get(request.request_id).opened_by(link_of(request))
    tokens: list[str] = []

    def told_now(_: StepFunctionsWorkflow, token: Secret, **__: str) -> bool:
        tokens.append(token.reveal())
        return True

    monkeypatch.setattr(StepFunctionsWorkflow, "fail", told_now)
    load(*lines)
    assert tokens == ["token"]
    events = [event.type for event in requests.get(request.request_id).history]
    assert events == [EventType.REQUESTED, EventType.REROUTED]


def test_the_lead_of_a_lead_who_left_is_asked(
    requests: LeaveRequests, load: Any, failures: list[Any]
) -> None:
    load(JOHN, a_line(leadId="E003"), JANE, ANN)
    requests.mailed(requests.ask(), "E003")
    failures.clear()
    result = load(JOHN, a_line(leadId="E003"), JANE.replace("2020-01-01,,", GONE), ANN)
    assert "E001 is asked instead of E003." in result.out
    assert failures == [("token", "RequestChanged", "John Carpenter is asked instead")]


def test_a_lead_who_will_leave_still_decides(
    requests: LeaveRequests, load: Any, failures: list[Any]
) -> None:
    requests.mailed(requests.ask(), "E001")
    load(JOHN.replace("2020-01-01,,", "2020-01-01,2099-12-31,"), JIM, JANE, ANN)
    assert failures == []


def test_a_request_nobody_else_could_decide_stays_and_is_told(
    requests: LeaveRequests, load: Any, failures: list[Any]
) -> None:
    before = requests.mailed(requests.ask(), "E001")
    result = load(JOHN, a_line(leadId=""), JANE, ANN)
    assert (
        f"Request {before.request_id} of E002 still waits for E001: no other"
        " employee can decide; name a lead." in result.out
    )
    assert (failures, requests.get(before.request_id)) == ([], before)


def test_the_fallback_approver_of_the_stage_is_asked_where_there_is_no_lead(
    requests: LeaveRequests, load: Any, failures: list[Any], stage: AwsStage
) -> None:
    requests.mailed(requests.ask(), "E001")
    stage.configure(LEAVE_FALLBACK_APPROVER="E004")
    load(JOHN, a_line(leadId=""), JANE, ANN)
    assert failures == [("token", "RequestChanged", "Ann Other is asked instead")]


def test_a_decided_request_is_left_alone(
    requests: LeaveRequests, load: Any, failures: list[Any]
) -> None:
    request = requests.mailed(requests.ask(), "E001")
    decided = requests.decided(request, Decision.APPROVED)
    load(JOHN, a_line(leadId="E003"), JANE, ANN)
    assert (failures, requests.get(request.request_id)) == ([], decided)


def test_a_request_that_nobody_was_asked_about_yet_is_left_to_its_workflow(
    requests: LeaveRequests, load: Any, failures: list[Any]
) -> None:
    request = requests.ask()
    load(JOHN, a_line(leadId="E003"), JANE, ANN)
    assert (failures, requests.get(request.request_id)) == ([], request)


def test_a_wish_to_cancel_is_rerouted_too(
    requests: LeaveRequests, load: Any, failures: list[Any]
) -> None:
    request = requests.mailed(requests.ask(), "E001")
    approved = requests.decided(request, Decision.APPROVED)
    requests.mailed(requests.to_cancel(approved), "E001", token="second")
    load(JOHN, a_line(leadId="E003"), JANE, ANN)
    assert failures == [("second", "RequestChanged", "Jane Cook is asked instead")]


def test_an_answer_that_comes_first_counts(
    requests: LeaveRequests, load: Any, failures: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    request = requests.mailed(requests.ask(), "E001")

    reroute = DirectoryChanges.reroute

    def answered_meanwhile(self: DirectoryChanges, found: Misdirected, *, actor: str) -> bool:
        requests.decided(request, Decision.APPROVED)
        return reroute(self, found, actor=actor)

    monkeypatch.setattr(DirectoryChanges, "reroute", answered_meanwhile)
    result = load(JOHN, a_line(leadId="E003"), JANE, ANN)
    assert "asked instead" not in result.out
    assert failures == []
    assert requests.get(request.request_id).status == "approved"
