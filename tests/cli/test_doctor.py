"""`leave doctor`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from cli.doctor.patient import Patient
from cli.doctor.resources import FUNCTIONS, functions, workflow
from cli.release import own_version
from cli.stage import AWS_CURE, Stage
from infrastructure.function_table import FUNCTIONS as SPECS
from tests.cli.loopback import DROPPED, Loopback, Reply, Script, replying
from tests.leave.builders import R1, R2, R3, a_booking, a_period, an_id
from tests.leave.directories import JANE, JIM, JOHN, a_line, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cli.doctor.findings import Finding
    from tests.cli.aws_stage import AwsStage
    from tests.cli.terminal import Result, Terminal

DOCTOR = ("doctor", "--stage", "test")
SECRET = {
    "type": "authorized_user",
    "client_id": "client-id",
    "client_secret": "client-secret-that-must-not-leak",
    "refresh_token": "refresh-token-that-must-not-leak",
    "token_uri": "https://oauth2.example.com/token",
}


@pytest.fixture
def api() -> Iterator[Loopback]:
    with Loopback(Script(replying(200, {"status": "ok", "version": own_version()}))) as server:
        yield server


@pytest.fixture
def sound(leave: Terminal, empty_stage: AwsStage, api: Loopback, tmp_path: Path) -> AwsStage:
    """Return a stage where nothing is wrong but that John has no lead."""
    empty_stage.make_table()
    empty_stage.make_functions(LEAVE_API_URL=api.url)
    empty_stage.make_workflow()
    empty_stage.make_api("of employees")
    empty_stage.make_secret(**SECRET)
    leave.done("directory", "import", write(tmp_path, JOHN, JIM, JANE), "--stage", "test")
    return empty_stage


def findings_of(result: Result) -> list[tuple[str, str]]:
    """Return the level and the subject of everything that was found."""
    return [(found["level"], found["subject"]) for found in result.json]


def problems_of(leave: Terminal, *options: str) -> list[str]:
    """Return what is wrong and its cure, from a stage where something is."""
    result = leave(*DOCTOR, "--json", *options)
    return [
        f"{found['subject']}: {found['detail']} {found['cure']}"
        for found in result.json
        if found["level"] != "ok"
    ]


def test_a_sound_stage_is_found_sound(leave: Terminal, sound: AwsStage, api: Loopback) -> None:
    assert sound
    result = leave.done(*DOCTOR)
    assert result.out.splitlines() == [
        "ok       AWS: arn:aws:sts::123456789012:user/moto in eu-central-1.",
        "ok       table: leave-test is ACTIVE.",
        "ok       backups: Point-in-time recovery is on.",
        f"ok       functions: All {len(FUNCTIONS)} are active.",
        "ok       workflow: EmployeeLeaveWorkflow-test is ACTIVE.",
        "ok       executions: None has failed in 14 days.",
        f"ok       API: {api.url} answers.",
        f"ok       version: The stage and this command line are of version {own_version()}.",
        (
            "ok       Gmail secret: leave/test/gmail has client_id, client_secret, refresh_token,"
            " token_uri."
        ),
        "ok       OAuth client: The API accepts no ID token of client-id, which the mailbox has.",
        "ok       rules: 1 leave types are configured.",
        "ok       directory: 3 employees today, 0 not employed.",
        (
            "warning  approvers: There is no approver for E001, so their requests are refused:"
            " no lead is imported, and no fallback approver is set."
            " Import a leadId or configure `leave:fallback-approver`."
        ),
    ]
    assert "leak" not in result.out
    assert [call.path for call in api.received] == ["/health"]


def test_a_stage_that_was_never_made_has_a_cure_for_everything(
    leave: Terminal, empty_stage: AwsStage
) -> None:
    assert empty_stage
    result = leave(*DOCTOR, "--json")
    assert result.code == 1
    wrong = {subject for level, subject in findings_of(result) if level == "problem"}
    assert wrong == {"table", "functions", "workflow", "API", "Gmail secret", "directory"}
    assert all(found["cure"] for found in result.json if found["level"] == "problem")
    assert result.err == f"{len(FUNCTIONS) + 5} problems.\n"


def test_a_caller_whom_aws_does_not_know_is_all_that_is_told(
    leave: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    result = leave(*DOCTOR)
    assert result.code == 1
    assert result.out.startswith("problem  AWS: AWS cannot be reached: Could not connect")
    assert result.out.endswith(f". {AWS_CURE}\n")
    assert result.out.count(AWS_CURE) == 1
    assert result.out.count("\n") == 1
    assert result.err == "1 problem.\n"


def test_a_table_that_can_not_be_restored_is_told(leave: Terminal, empty_stage: AwsStage) -> None:
    empty_stage.make_table(recovery=False)
    assert (
        "backups: Point-in-time recovery of leave-test is off. Run `pulumi up -s test`."
        in problems_of(leave)
    )


def test_a_function_that_is_missing_is_told(leave: Terminal, empty_stage: AwsStage) -> None:
    empty_stage.make_table()
    made = ("request-leave", "process-leave-request")
    empty_stage.make_functions(*made)
    assert [told for told in problems_of(leave) if told.startswith("functions")] == [
        f"functions: There is no function leave-test-{name}. Run `pulumi up -s test`."
        for name in FUNCTIONS
        if name not in made
    ]


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ({"State": "Failed", "StateReason": "no role"}, "is Failed: no role."),
        ({"State": "Pending"}, "is Pending: no reason."),
        (
            {"LastUpdateStatus": "Failed", "LastUpdateStatusReason": "too big"},
            "is Active: too big.",
        ),
        ({"State": "Inactive"}, None),
        ({}, None),
    ],
)
def test_a_function_that_can_not_be_called_is_told(state: dict[str, str], told: str | None) -> None:
    found = examined_functions(state)
    if told is None:
        assert [finding.level for finding in found] == ["ok"]
    else:
        assert found[0].detail == f"leave-test-{FUNCTIONS[0]} {told}"
        assert [finding.level for finding in found] == ["problem"] * len(FUNCTIONS)


def test_every_function_of_a_stage_is_examined() -> None:
    """The command is installed without the program that makes the functions."""
    everywhere = [spec.resource for spec in SPECS if not spec.only_with_sign_in]
    assert sorted(FUNCTIONS) == sorted(everywhere)


def examined_functions(state: dict[str, str]) -> list[Finding]:
    class Functions:
        def get_function_configuration(self, **_: str) -> dict[str, str]:
            return state

    class OneStage(Stage):
        def client(self, service: str) -> Any:
            assert service == "lambda"
            return Functions()

    patient = Patient(stage=OneStage(name="test"), arn="arn:aws:sts::1:user/x", region="r")
    return list(functions(patient))


def test_workflows_that_failed_of_late_are_told(leave: Terminal, sound: AwsStage) -> None:
    assert sound
    arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:EmployeeLeaveWorkflow-test"
    client: Any = boto3.client("stepfunctions")  # pyright: ignore[reportUnknownMemberType]
    started = client.start_execution(stateMachineArn=arn, name="r1", input="{}")
    client.stop_execution(executionArn=started["executionArn"], error="Defect", cause="")
    (told,) = [told for told in problems_of(leave) if told.startswith("executions")]
    assert told.startswith("executions: 1 ABORTED in 14 days, the last one r1 on 20")
    assert told.endswith("starts another one for a request that still waits.")


def test_workflows_that_failed_long_ago_are_not_told() -> None:
    assert [f.subject for f in examined_executions(timedelta(days=15))] == [
        "workflow",
        "executions",
    ]
    assert [f.level for f in examined_executions(timedelta(days=15))] == ["ok", "ok"]
    assert [f.level for f in examined_executions(timedelta(days=13))] == [
        "ok",
        "problem",
        "problem",
        "warning",
    ]


def examined_executions(ago: timedelta) -> list[Finding]:
    class Workflows:
        def describe_state_machine(self, **arguments: str) -> dict[str, str]:
            assert arguments["stateMachineArn"] == (
                "arn:aws-us-gov:states:us-gov-west-1:123:stateMachine:EmployeeLeaveWorkflow-test"
            )
            return {"status": "ACTIVE"}

        def list_executions(self, **_: Any) -> dict[str, Any]:
            return {"executions": [{"name": "r1", "stopDate": datetime.now(UTC) - ago}]}

    class OneStage(Stage):
        def client(self, service: str) -> Any:
            assert service == "stepfunctions"
            return Workflows()

    arn = "arn:aws-us-gov:sts::123:assumed-role/Admin/jane@foo.com:x"
    patient = Patient(stage=OneStage(name="test"), arn=arn, region="us-gov-west-1")
    return list(workflow(patient))


@pytest.mark.parametrize("reply", [Reply(status=503), DROPPED])
def test_an_api_that_does_not_answer_is_told(
    reply: Reply, leave: Terminal, sound: AwsStage
) -> None:
    with Loopback(Script(reply)) as broken:
        sound.configure(LEAVE_API_URL=broken.url)
        (told,) = [told for told in problems_of(leave) if told.startswith("API")]
    assert told.startswith(f"API: {broken.url}/health gives a wrong answer: ")


@pytest.mark.parametrize(("said", "stage"), [({"version": "9.8.7"}, "9.8.7"), ({}, "unknown")])
def test_a_stage_of_another_version_is_told(
    said: dict[str, str], stage: str, leave: Terminal, sound: AwsStage
) -> None:
    with Loopback(Script(replying(200, {"status": "ok", **said}))) as other:
        sound.configure(LEAVE_API_URL=other.url)
        (told,) = [told for told in problems_of(leave) if told.startswith("version")]
    assert told == (
        f"version: The stage is of version {stage}, and this command line of {own_version()}. Use"
        " the command line of the stage's version, or update the stage: `pulumi up -s test`."
    )


def test_functions_that_do_not_know_the_address_are_told(leave: Terminal, sound: AwsStage) -> None:
    sound.configure(LEAVE_API_URL="")
    assert any("do not know the stage's address" in told for told in problems_of(leave))


def test_a_stage_without_employees_is_told(leave: Terminal, stage: AwsStage) -> None:
    assert stage
    assert (
        "directory: There are no employees. Run `leave directory import FILE --stage test`."
        in problems_of(leave)
    )


def test_a_stage_everybody_has_left_is_told(
    leave: Terminal, stage: AwsStage, tmp_path: Path
) -> None:
    assert stage
    gone = JOHN.replace("2020-01-01,,", "2020-01-01,2021-12-31,")
    leave.done("directory", "import", write(tmp_path, gone), "--stage", "test")
    assert any("There are no employees." in told for told in problems_of(leave))


def test_a_fallback_approver_decides_about_whoever_has_no_lead(
    leave: Terminal, sound: AwsStage, api: Loopback
) -> None:
    sound.configure(LEAVE_FALLBACK_APPROVER="E003", LEAVE_API_URL=api.url)
    assert problems_of(leave) == []


@pytest.mark.parametrize(
    ("fallback", "told"),
    [
        ("E009", "The fallback approver E009 is not in the directory."),
        ("E003", "The fallback approver E003 is not employed today."),
    ],
)
def test_a_fallback_approver_who_is_none_is_told(
    fallback: str, told: str, leave: Terminal, sound: AwsStage, tmp_path: Path
) -> None:
    sound.configure(LEAVE_FALLBACK_APPROVER=fallback)
    gone = JANE.replace("2020-01-01,,", "2020-01-01,2021-12-31,")
    leave.done("directory", "import", write(tmp_path, JOHN, JIM, gone), "--stage", "test")
    assert any(told in problem for problem in problems_of(leave))


def test_administrators_who_left_are_named(
    leave: Terminal, sound: AwsStage, api: Loopback, tmp_path: Path
) -> None:
    gone = JANE.replace("2020-01-01,,", "2020-01-01,2021-12-31,")
    leave.done("directory", "import", write(tmp_path, JOHN, JIM, gone), "--stage", "test")
    sound.configure(LEAVE_ADMINS="hr@foo.com,jane@foo.com", LEAVE_API_URL=api.url)
    (warned,) = [line for line in problems_of(leave) if line.startswith("administrators")]
    assert "jane@foo.com" in warned
    assert "hr@foo.com" not in warned
    assert "No administrator is left" not in warned


def test_each_reason_why_nobody_decides_is_told_with_its_cure(
    leave: Terminal, sound: AwsStage, tmp_path: Path
) -> None:
    sound.configure(LEAVE_FALLBACK_APPROVER="E001")
    leave.done("directory", "import", write(tmp_path, JOHN, JIM, JANE), "--stage", "test")
    (told,) = [told for told in problems_of(leave) if told.startswith("approvers")]
    assert "the fallback approver E001 cannot decide about their own leave." in told
    assert "Import a leadId or configure another `leave:fallback-approver`." in told


def test_many_without_an_approver_are_counted(
    leave: Terminal, sound: AwsStage, tmp_path: Path
) -> None:
    assert sound
    lines = [
        a_line(employeeId=f"F{number:02}", email=f"f{number}@foo.com", leadId="")
        for number in range(12)
    ]
    file = write(tmp_path, JOHN, JIM, JANE, *lines)
    leave.done("directory", "import", file, "--stage", "test")
    (told,) = [told for told in problems_of(leave) if told.startswith("approvers")]
    assert "E001, F00, F01, F02, F03, F04, F05, F06, F07, F08 and 3 more, so" in told


def test_an_address_that_can_never_sign_in_is_told(
    leave: Terminal, sound: AwsStage, api: Loopback
) -> None:
    sound.configure(LEAVE_COMPANY_DOMAIN="bar.com", LEAVE_API_URL=api.url)
    assert any(
        "Only accounts of bar.com are let in, which E001, E002, E003 do not have." in told
        for told in problems_of(leave)
    )


def test_who_lost_their_holiday_calendar_is_named(
    leave: Terminal, sound: AwsStage, api: Loopback, tmp_path: Path
) -> None:
    file = write(tmp_path, JOHN, a_line(holidays="DE-BE"), JANE)
    leave.done("directory", "import", file, "--stage", "test")
    sound.configure(LEAVE_HOLIDAY_CALENDARS="GB-ENG", LEAVE_API_URL=api.url)
    (told,) = [told for told in problems_of(leave) if told.startswith("holidays")]
    assert "does not have the holiday calendars of E002, so their requests are refused" in told
    assert "Add them to `leave:holiday-calendars`" in told


def test_leave_whose_type_is_gone_from_the_rules_is_told(
    leave: Terminal, sound: AwsStage, api: Loopback
) -> None:
    rules = {"leaveTypes": [{"id": "annual", "name": "Annual leave"}, {"id": "old", "name": "Old"}]}
    today, soon = datetime.now(UTC).date(), timedelta(days=30)
    booked = {
        R1: ("pending", today - soon, "old"),
        R2: ("approved", today + soon, "old"),
        R3: ("approved", today - soon, "old"),
        an_id(4): ("approved", today + soon, "annual"),
    }
    for (request_id, (status, day, leave_type)), who in zip(
        booked.items(), ("E002", "E003", "E002", "E002"), strict=True
    ):
        booking = a_booking(
            request_id, a_period(str(day)), "1", leave_type=leave_type, status=status
        )
        ((_, ledger),) = sound.requests.ledgers([who], [day.year]).items()
        sound.requests.write_ledgers([ledger.with_booking(booking)])
    settings = {"LEAVE_API_URL": api.url, "LEAVE_RULES": json.dumps(rules)}
    sound.configure(**settings)
    assert [told for told in problems_of(leave) if told.startswith("leave types")] == []
    del rules["leaveTypes"][1]
    sound.configure(**settings | {"LEAVE_RULES": json.dumps(rules)})
    (told,) = [told for told in problems_of(leave) if told.startswith("leave types")]
    assert told == (
        "leave types: The rules no longer have the leave type of these requests:"
        f" {R1} (E002, old), {R2} (E003, old). They can be decided and cancelled, and have no"
        " balance. Put the type back into `leave:rules`, or decide and cancel them."
    )


def test_what_can_not_be_looked_at_is_told_and_the_rest_is_looked_at(
    leave: Terminal, sound: AwsStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sound
    client = Stage.client

    def denied(self: Stage, service: str) -> Any:
        if service == "secretsmanager":
            error: Any = {"Error": {"Code": "AccessDeniedException", "Message": "not you"}}
            raise ClientError(error, "DescribeSecret")
        return client(self, service)

    monkeypatch.setattr(Stage, "client", denied)
    result = leave(*DOCTOR)
    assert (
        "problem  Gmail secret: This could not be checked: AWS refuses the call: An" in result.out
    )
    assert "ok       directory: 3 employees" in result.out
    assert result.err == "3 problems.\n"
