"""Starting and answering executions, and what the answers of Step Functions mean."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError
from botocore.stub import Stubber

from leave.adapters.stepfunctions import StepFunctionsWorkflow
from leave.domain.errors import UnavailableError
from leave.domain.values import Secret
from tests.leave.adapters.conftest import SESSION

ACCOUNT = "arn:aws:states:eu-central-1:123456789012"
MACHINE = f"{ACCOUNT}:stateMachine:EmployeeLeaveWorkflow-test"
EXECUTION = f"{ACCOUNT}:execution:EmployeeLeaveWorkflow-test:r1"
TOKEN = Secret("AQCEAAAAKgAAAAMAAAAA")
STARTED = "2027-03-01T09:30:00Z"


def start(workflow: StepFunctionsWorkflow, name: str = "r1", inquiry: int = 1) -> str:
    return workflow.start(name, request_id="r1", inquiry=inquiry)


def ensure(workflow: StepFunctionsWorkflow) -> bool:
    return workflow.ensure("r1", request_id="r1", inquiry=1)


def answer(workflow: StepFunctionsWorkflow, **options: Any) -> bool:
    return workflow.answer(TOKEN, request_id="r1", status="approved", **options)


def fail(workflow: StepFunctionsWorkflow) -> bool:
    return workflow.fail(TOKEN, error="MailError", cause="down")


CALLS: dict[str, Callable[[StepFunctionsWorkflow], object]] = {
    "start_execution": start,
    "send_task_success": answer,
    "send_task_failure": fail,
}
each_call = pytest.mark.parametrize("operation", CALLS)
each_report = pytest.mark.parametrize("operation", ["send_task_success", "send_task_failure"])


@pytest.fixture
def workflow() -> StepFunctionsWorkflow:
    """Return the adapter over a client that is never connected."""
    client: Any = SESSION.client("stepfunctions")
    return StepFunctionsWorkflow(client=client, state_machine_arn=MACHINE)


@pytest.fixture
def stub(workflow: StepFunctionsWorkflow) -> Iterator[Stubber]:
    """Return a script of answers, all of which have to be asked for."""
    with Stubber(workflow.client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def expect_start(stub: Stubber, name: str = "r1", inquiry: int = 1) -> str:
    """Expect an execution, whose input holds no personal data, and return its ARN."""
    arn = EXECUTION.replace(":r1", f":{name}")
    told = f'{{"requestId": "r1", "inquiry": {inquiry}}}'
    stub.add_response(
        "start_execution",
        {"executionArn": arn, "startDate": STARTED},
        {"stateMachineArn": MACHINE, "name": name, "input": told},
    )
    return arn


@pytest.mark.parametrize(("name", "inquiry"), [("r1", 1), ("r1-2", 2)])
def test_an_execution_has_its_name_and_knows_request_and_inquiry(
    workflow: StepFunctionsWorkflow, stub: Stubber, name: str, inquiry: int
) -> None:
    arn = expect_start(stub, name, inquiry)
    assert start(workflow, name, inquiry) == arn


def test_an_execution_that_has_ended_already_is_the_same_execution(
    workflow: StepFunctionsWorkflow, stub: Stubber
) -> None:
    """Of the ARN, only the resource type is exchanged."""
    stub.add_client_error("start_execution", "ExecutionAlreadyExists")
    assert start(workflow) == EXECUTION
    workflow.state_machine_arn = f"{ACCOUNT}:stateMachine:a-stateMachine-b"
    stub.add_client_error("start_execution", "ExecutionAlreadyExists")
    assert start(workflow) == f"{ACCOUNT}:execution:a-stateMachine-b:r1"


def test_moto_agrees_that_the_same_name_is_the_same_execution(aws: boto3.Session) -> None:
    client: Any = aws.client("stepfunctions")
    machine = client.create_state_machine(
        name="EmployeeLeaveWorkflow-test",
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}),
        roleArn="arn:aws:iam::123456789012:role/test",
    )["stateMachineArn"]
    workflow = StepFunctionsWorkflow(client=client, state_machine_arn=machine)
    assert start(workflow) == start(workflow)
    assert len(client.list_executions(stateMachineArn=machine)["executions"]) == 1


def test_an_execution_that_runs_or_was_never_started_is_started(
    workflow: StepFunctionsWorkflow, stub: Stubber
) -> None:
    """The same name and input is the same execution."""
    expect_start(stub)
    assert ensure(workflow) is True


@pytest.mark.parametrize(
    ("status", "goes_on"),
    [
        ("RUNNING", True),
        ("PENDING_REDRIVE", True),
        ("SUCCEEDED", False),
        ("FAILED", False),
        ("TIMED_OUT", False),
        ("ABORTED", False),
    ],
)
def test_an_execution_that_was_started_before_goes_on_or_has_ended(
    workflow: StepFunctionsWorkflow, stub: Stubber, status: str, *, goes_on: bool
) -> None:
    stub.add_client_error("start_execution", "ExecutionAlreadyExists")
    described = {
        "executionArn": EXECUTION,
        "stateMachineArn": MACHINE,
        "status": status,
        "startDate": STARTED,
    }
    stub.add_response("describe_execution", described, {"executionArn": EXECUTION})
    assert ensure(workflow) is goes_on


@pytest.mark.parametrize("code", ["AccessDeniedException", "ExecutionDoesNotExist", "500"])
def test_an_execution_that_can_not_be_looked_at_is_not_taken_for_ended(
    workflow: StepFunctionsWorkflow, stub: Stubber, code: str
) -> None:
    stub.add_client_error("start_execution", "ExecutionAlreadyExists")
    stub.add_client_error("describe_execution", code)
    with pytest.raises(UnavailableError, match=f"DescribeExecution: {code}"):
        ensure(workflow)


@pytest.mark.parametrize(("options", "wait"), [({}, 0), ({"wait_seconds": 300}, 300)])
def test_an_answer_carries_the_token_the_outcome_and_how_long_to_notify_nobody(
    workflow: StepFunctionsWorkflow, stub: Stubber, options: dict[str, int], wait: int
) -> None:
    output = f'{{"requestId": "r1", "status": "approved", "waitSeconds": {wait}}}'
    stub.add_response("send_task_success", {}, {"taskToken": TOKEN.reveal(), "output": output})
    assert answer(workflow, **options) is True


@each_report
@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_workflow_that_no_longer_waits_is_no_trouble(
    workflow: StepFunctionsWorkflow, stub: Stubber, operation: str, code: str
) -> None:
    stub.add_client_error(operation, code)
    assert CALLS[operation](workflow) is False


def test_error_and_cause_are_cut_to_what_step_functions_takes(
    workflow: StepFunctionsWorkflow, stub: Stubber
) -> None:
    expected = {"taskToken": TOKEN.reveal(), "error": "E" * 256, "cause": "c" * 32_768}
    stub.add_response("send_task_failure", {}, expected)
    workflow.fail(TOKEN, error="E" * 300, cause="c" * 40_000)


@each_call
@pytest.mark.parametrize(
    "code", ["ThrottlingException", "AccessDeniedException", "StateMachineDoesNotExist", "500"]
)
def test_other_refusals_are_unavailable(
    workflow: StepFunctionsWorkflow, stub: Stubber, operation: str, code: str
) -> None:
    stub.add_client_error(operation, code)
    with pytest.raises(UnavailableError, match=code):
        CALLS[operation](workflow)


@each_call
@pytest.mark.parametrize("kind", [EndpointConnectionError, ConnectTimeoutError])
def test_step_functions_out_of_reach_is_unavailable(
    workflow: StepFunctionsWorkflow, operation: str, kind: type[Exception]
) -> None:
    def drop(**_: object) -> None:
        raise kind(endpoint_url="https://s")

    workflow.client.meta.events.register("before-call.stepfunctions", drop)
    with pytest.raises(UnavailableError, match=kind.__name__) as caught:
        CALLS[operation](workflow)
    assert operation.replace("_", "").lower() in str(caught.value).replace("_", "").lower()


@each_report
def test_a_refusal_that_quotes_the_token_does_not_bring_it_into_the_log(
    workflow: StepFunctionsWorkflow,
    stub: Stubber,
    caplog: pytest.LogCaptureFixture,
    operation: str,
) -> None:
    """AWS quotes the value at fault: `Value 'AQCE…' at 'taskToken' failed to satisfy …`."""
    quoting = f"1 validation error detected: Value '{TOKEN.reveal()}' at 'taskToken' failed"
    stub.add_client_error(operation, "ValidationException", quoting)
    try:
        CALLS[operation](workflow)
    except UnavailableError:
        logging.getLogger("test").exception("failed")
    assert "failed" in caplog.text
    assert TOKEN.reveal() not in caplog.text
