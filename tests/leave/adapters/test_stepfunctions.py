"""Starting and answering executions, and what the answers of Step Functions mean."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError
from botocore.stub import ANY, Stubber

from leave.adapters.stepfunctions import StepFunctionsWorkflow
from leave.domain.errors import UnavailableError
from leave.domain.values import Secret
from tests.leave.adapters.conftest import SESSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import boto3

MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:EmployeeLeaveWorkflow-test"
EXECUTION = "arn:aws:states:eu-central-1:123456789012:execution:EmployeeLeaveWorkflow-test:r1"
TOKEN = Secret("AQCEAAAAKgAAAAMAAAAA")

START: Callable[[StepFunctionsWorkflow], object] = lambda w: w.start(  # noqa: E731
    "r1", request_id="r1", inquiry=1
)
ANSWER: Callable[[StepFunctionsWorkflow], object] = lambda w: w.answer(  # noqa: E731
    TOKEN, request_id="r1", status="approved"
)
FAIL: Callable[[StepFunctionsWorkflow], object] = lambda w: w.fail(  # noqa: E731
    TOKEN, error="MailError", cause="down"
)
CALLS = [("start_execution", START), ("send_task_success", ANSWER), ("send_task_failure", FAIL)]
every_call = pytest.mark.parametrize(("operation", "call"), CALLS, ids=[n for n, _ in CALLS])
report_calls = pytest.mark.parametrize(
    ("operation", "call"), CALLS[1:], ids=[n for n, _ in CALLS[1:]]
)


@pytest.fixture
def client() -> Any:
    """Return a client that is never connected."""
    return SESSION.client("stepfunctions")


@pytest.fixture
def stub(client: Any) -> Iterator[Stubber]:
    """Return a script of answers, all of which have to be asked for."""
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def workflow(client: Any) -> StepFunctionsWorkflow:
    """Return the adapter."""
    return StepFunctionsWorkflow(client=client, state_machine_arn=MACHINE)


@pytest.mark.parametrize(("name", "inquiry"), [("r1", 1), ("r1-2", 2)])
def test_an_execution_has_its_name_and_is_told_request_and_inquiry(
    workflow: StepFunctionsWorkflow, stub: Stubber, name: str, inquiry: int
) -> None:
    arn = EXECUTION.replace(":r1", f":{name}")
    stub.add_response(
        "start_execution",
        {"executionArn": arn, "startDate": "2027-03-01T09:30:00Z"},
        {
            "stateMachineArn": MACHINE,
            "name": name,
            "input": f'{{"requestId": "r1", "inquiry": {inquiry}}}',
        },
    )
    assert workflow.start(name, request_id="r1", inquiry=inquiry) == arn


def test_an_execution_that_has_ended_already_is_the_same_execution(
    workflow: StepFunctionsWorkflow, stub: Stubber
) -> None:
    stub.add_client_error("start_execution", "ExecutionAlreadyExists")
    assert START(workflow) == EXECUTION


def test_only_the_resource_type_of_the_arn_is_exchanged(client: Any, stub: Stubber) -> None:
    odd = "arn:aws:states:eu-central-1:123456789012:stateMachine:a-stateMachine-b"
    stub.add_client_error("start_execution", "ExecutionAlreadyExists")
    arn = START(StepFunctionsWorkflow(client=client, state_machine_arn=odd))
    assert arn == "arn:aws:states:eu-central-1:123456789012:execution:a-stateMachine-b:r1"


def test_moto_agrees_that_the_same_name_is_the_same_execution(aws: boto3.Session) -> None:
    client = aws.client("stepfunctions")
    machine = client.create_state_machine(
        name="EmployeeLeaveWorkflow-test",
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}),
        roleArn="arn:aws:iam::123456789012:role/test",
    )["stateMachineArn"]
    workflow = StepFunctionsWorkflow(client=client, state_machine_arn=machine)
    first, second = START(workflow), START(workflow)
    assert first == second
    assert len(client.list_executions(stateMachineArn=machine)["executions"]) == 1


def test_an_answer_carries_the_token_and_the_outcome(
    workflow: StepFunctionsWorkflow, stub: Stubber
) -> None:
    output = '{"requestId": "r1", "status": "approved", "waitSeconds": 0}'
    stub.add_response("send_task_success", {}, {"taskToken": TOKEN.reveal(), "output": output})
    assert ANSWER(workflow) is True


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_workflow_that_no_longer_waits_is_told_by_false(
    workflow: StepFunctionsWorkflow, stub: Stubber, code: str
) -> None:
    stub.add_client_error("send_task_success", code)
    assert ANSWER(workflow) is False


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_failure_nobody_waits_for_is_no_trouble(
    workflow: StepFunctionsWorkflow, stub: Stubber, code: str
) -> None:
    stub.add_client_error("send_task_failure", code)
    assert FAIL(workflow) is False


def test_error_and_cause_are_cut_to_what_step_functions_takes(
    workflow: StepFunctionsWorkflow, stub: Stubber
) -> None:
    expected = {"taskToken": TOKEN.reveal(), "error": "E" * 256, "cause": "c" * 32_768}
    stub.add_response("send_task_failure", {}, expected)
    workflow.fail(TOKEN, error="E" * 300, cause="c" * 40_000)


@every_call
@pytest.mark.parametrize(
    "code", ["ThrottlingException", "AccessDeniedException", "StateMachineDoesNotExist", "500"]
)
def test_other_refusals_are_unavailable(
    workflow: StepFunctionsWorkflow,
    stub: Stubber,
    operation: str,
    call: Callable[[StepFunctionsWorkflow], object],
    code: str,
) -> None:
    stub.add_client_error(operation, code)
    with pytest.raises(UnavailableError, match=code):
        call(workflow)


@every_call
@pytest.mark.parametrize(
    "error",
    [EndpointConnectionError(endpoint_url="https://s"), ConnectTimeoutError(endpoint_url="s")],
)
def test_step_functions_out_of_reach_is_unavailable(
    workflow: StepFunctionsWorkflow,
    operation: str,
    call: Callable[[StepFunctionsWorkflow], object],
    error: Exception,
) -> None:
    def fail(**_: object) -> None:
        raise error

    workflow.client.meta.events.register("before-call.stepfunctions", fail)
    with pytest.raises(UnavailableError, match=type(error).__name__) as caught:
        call(workflow)
    assert operation.replace("_", "").lower() in str(caught.value).replace("_", "").lower()


@report_calls
def test_a_refusal_that_quotes_the_token_does_not_bring_it_into_the_log(
    workflow: StepFunctionsWorkflow,
    stub: Stubber,
    caplog: pytest.LogCaptureFixture,
    operation: str,
    call: Callable[[StepFunctionsWorkflow], object],
) -> None:
    """AWS quotes the value at fault: `Value 'AQCE…' at 'taskToken' failed to satisfy …`."""
    quoting = f"1 validation error detected: Value '{TOKEN.reveal()}' at 'taskToken' failed"
    stub.add_client_error(operation, "ValidationException", quoting)
    try:
        call(workflow)
    except UnavailableError:
        logging.getLogger("test").exception("failed")
    assert "failed" in caplog.text
    assert TOKEN.reveal() not in caplog.text


def ensured(workflow: StepFunctionsWorkflow) -> bool:
    return workflow.ensure("r1", request_id="r1", inquiry=1)


def test_an_execution_that_was_never_started_is_started(
    workflow: StepFunctionsWorkflow, stub: Stubber
) -> None:
    """As is one that runs: the same name and input is the same execution."""
    stub.add_response(
        "start_execution",
        {"executionArn": EXECUTION, "startDate": "2027-03-01T09:30:00Z"},
        {
            "stateMachineArn": MACHINE,
            "name": "r1",
            "input": '{"requestId": "r1", "inquiry": 1}',
        },
    )
    assert ensured(workflow) is True


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
        "startDate": "2027-03-01T09:30:00Z",
    }
    stub.add_response("describe_execution", described, {"executionArn": EXECUTION})
    assert ensured(workflow) is goes_on


@pytest.mark.parametrize("code", ["AccessDeniedException", "ExecutionDoesNotExist", "500"])
def test_an_execution_that_can_not_be_looked_at_is_not_taken_for_ended(
    workflow: StepFunctionsWorkflow, stub: Stubber, code: str
) -> None:
    stub.add_client_error("start_execution", "ExecutionAlreadyExists")
    stub.add_client_error("describe_execution", code)
    with pytest.raises(UnavailableError, match=f"DescribeExecution: {code}"):
        ensured(workflow)


def test_an_answer_says_how_long_to_tell_nobody(
    workflow: StepFunctionsWorkflow, stub: Stubber
) -> None:
    output = '{"requestId": "r1", "status": "approved", "waitSeconds": 300}'
    stub.add_response("send_task_success", {}, {"taskToken": TOKEN.reveal(), "output": output})
    assert workflow.answer(TOKEN, request_id="r1", status="approved", wait_seconds=300) is True


def test_the_input_and_output_hold_no_personal_data(
    workflow: StepFunctionsWorkflow, stub: Stubber
) -> None:
    stub.add_response(
        "start_execution",
        {"executionArn": EXECUTION, "startDate": "2027-03-01T09:30:00Z"},
        {
            "stateMachineArn": ANY,
            "name": ANY,
            "input": json.dumps({"requestId": "r1", "inquiry": 1}),
        },
    )
    START(workflow)
