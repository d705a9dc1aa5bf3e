"""The state machine: how it is run, and that no request is ever lost in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infrastructure.workflow_definition import CALL_TIMEOUT_SECONDS, workflow_definition
from leave.domain.errors import MailThrottledError, NotDecidedError, UndoOpenError
from leave.services.change_leave_request import CHANGED
from tests.infrastructure.graph import STACKS, graph
from tests.infrastructure.linters import problems_in_workflow

ASK = "arn:aws:lambda:eu-central-1:123456789012:function:ask"
TELL = "arn:aws:lambda:eu-central-1:123456789012:function:tell"
DEFINITION = workflow_definition(
    partition="aws", ask_arn=ASK, tell_arn=TELL, answer_timeout_days=60, undo_seconds=300
)
WITHOUT_UNDO: dict[str, dict[str, Any]] = workflow_definition(
    partition="aws", ask_arn=ASK, tell_arn=TELL, answer_timeout_days=60, undo_seconds=0
)["States"]
STATES: dict[str, dict[str, Any]] = DEFINITION["States"]
ASKED = {"requestId": "{% $requestId %}", "inquiry": "{% $inquiry %}"}
TASKS = ("AskLead", "ExpireRequest", "TellEmployee")
ROUNDS = {
    "AskLead": "WaitToAskAgain",
    "ExpireRequest": "WaitToExpireAgain",
    "TellEmployee": "WaitToTellAgain",
}

every_task = pytest.mark.parametrize("task", TASKS)


def test_the_linter_has_nothing_against_the_definition() -> None:
    assert problems_in_workflow(DEFINITION) == []


@pytest.mark.parametrize("stack", STACKS)
def test_the_linter_has_nothing_against_what_is_deployed(stack: str) -> None:
    machine = graph(stack).only("sfn/stateMachine:StateMachine").inputs
    assert problems_in_workflow(json.loads(machine["definition"])) == []


def test_the_linter_does_find_a_way_to_nowhere() -> None:
    astray = json.loads(json.dumps(DEFINITION))
    astray["States"]["AskLead"]["Next"] = "TellEverybody"
    assert problems_in_workflow(astray)


def test_the_lead_is_asked_with_a_token_to_answer_with() -> None:
    state = STATES["AskLead"]
    assert state["Resource"] == "arn:aws:states:::lambda:invoke.waitForTaskToken"
    assert state["Arguments"] == {
        "FunctionName": ASK,
        "Payload": {**ASKED, "taskToken": "{% $states.context.Task.Token %}"},
    }
    assert state["TimeoutSeconds"] == 60 * 24 * 60 * 60


def test_the_employee_is_told_once_the_answer_can_not_be_undone() -> None:
    assert STATES["AskLead"]["Next"] == "WaitForUndo"
    assert STATES["WaitForUndo"]["Seconds"] == "{% $undoSeconds %}"
    assert STATES["WaitForUndo"]["Next"] == "TellEmployee"
    state = STATES["TellEmployee"]
    assert state["Resource"] == "arn:aws:states:::lambda:invoke"
    assert state["Arguments"] == {"FunctionName": TELL, "Payload": ASKED}


def catch(state: dict[str, Any], error: str) -> dict[str, Any]:
    (found,) = [item for item in state["Catch"] if error in item["ErrorEquals"]]
    return found


def test_an_answer_that_was_undone_has_the_lead_asked_again() -> None:
    for states in (STATES, WITHOUT_UNDO):
        caught = catch(states["TellEmployee"], NotDecidedError.__name__)
        assert (caught["Next"], caught["Assign"]) == ("AskLead", {"waitSeconds": 5})


def test_an_answer_that_was_given_anew_can_be_undone_for_as_long_again() -> None:
    caught = catch(STATES["TellEmployee"], UndoOpenError.__name__)
    assert (caught["Next"], caught["Assign"]) == ("WaitForUndo", {"undoSeconds": 300})


def test_the_time_to_undo_is_known_from_the_first_state_on() -> None:
    """A wait for a variable that was never assigned would fail the execution."""
    assert STATES["Begin"]["Assign"]["undoSeconds"] == 300


def test_without_undo_the_employee_is_told_at_once() -> None:
    assert WITHOUT_UNDO["AskLead"]["Next"] == "TellEmployee"
    assert WITHOUT_UNDO["AskLead"]["Assign"] == {"waitSeconds": 5}
    assert "undoSeconds" not in json.dumps(WITHOUT_UNDO)


def test_a_used_up_quota_is_given_longer_than_a_failure() -> None:
    caught = catch(STATES["AskLead"], MailThrottledError.__name__)
    assert caught["Next"] == "WaitToAskAgain"
    assert caught["Assign"] == {"waitSeconds": "{% $max([$waitSeconds, 15]) %}"}


def test_a_request_nobody_answered_expires() -> None:
    first = STATES["AskLead"]["Catch"][0]
    assert (first["ErrorEquals"], first["Next"]) == (["States.Timeout"], "ExpireRequest")
    payload = STATES["ExpireRequest"]["Arguments"]["Payload"]
    name = "{% $states.context.Execution.Name %}"
    assert payload == {**ASKED, "expire": True, "execution": name}


def test_a_request_of_which_no_approver_was_mailed_is_asked_about_instead() -> None:
    caught = catch(STATES["ExpireRequest"], NotDecidedError.__name__)
    assert (caught["Next"], caught["Assign"]) == ("AskLead", {"waitSeconds": 5})


def test_a_changed_request_is_asked_about_anew_and_at_once() -> None:
    caught = catch(STATES["AskLead"], CHANGED)
    assert caught["Next"] == "AskLead"
    assert caught["Assign"] == {"waitSeconds": 5}


def test_every_step_is_about_the_inquiry_the_workflow_was_started_for() -> None:
    """A later inquiry about the same request, to cancel the leave, has a workflow of its own."""
    begun = STATES["Begin"]["Assign"]
    assert begun["requestId"] == "{% $states.input.requestId %}"
    assert begun["inquiry"] == "{% $states.input.inquiry %}"


@every_task
def test_whatever_else_fails_is_tried_again_after_a_wait(task: str) -> None:
    last = STATES[task]["Catch"][-1]
    assert last["ErrorEquals"] == ["States.ALL"]
    assert last["Next"] == ROUNDS[task]
    assert STATES[ROUNDS[task]]["Next"] == task


@every_task
def test_trouble_of_lambda_itself_is_tried_again_at_once(task: str) -> None:
    (retry,) = STATES[task]["Retry"]
    assert {
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
        "Lambda.Unknown",
    } <= set(retry["ErrorEquals"])
    assert "States.ALL" not in retry["ErrorEquals"]
    assert (retry["JitterStrategy"], retry["MaxDelaySeconds"]) == ("FULL", 60)
    assert retry["BackoffRate"] >= 1


def test_waits_start_at_five_seconds_and_double_up_to_an_hour() -> None:
    assert STATES["Begin"]["Assign"]["waitSeconds"] == 5
    for wait in ROUNDS.values():
        assert STATES[wait]["Seconds"] == "{% $waitSeconds %}"
        assert STATES[wait]["Assign"] == {"waitSeconds": "{% $min([$waitSeconds * 2, 3600]) %}"}


def test_each_step_begins_with_short_waits_again() -> None:
    assert STATES["AskLead"]["Assign"]["waitSeconds"] == 5
    for error in ("States.Timeout", CHANGED):
        assert catch(STATES["AskLead"], error)["Assign"] == {"waitSeconds": 5}


def test_nothing_that_happens_can_fail_the_workflow() -> None:
    assert "Fail" not in {state["Type"] for state in STATES.values()}
    assert {name for name, state in STATES.items() if state.get("End")} == {
        "TellEmployee",
        "ExpireRequest",
    }


@pytest.mark.parametrize("stack", STACKS)
def test_a_call_outlives_the_function_it_waits_for(stack: str) -> None:
    """Or the workflow would call again while the first call still sends its mail."""
    functions = graph(stack).of("lambda/function:Function")
    assert functions["process-lead-response"].inputs["timeout"] < CALL_TIMEOUT_SECONDS


@pytest.mark.parametrize(("stack", "days"), [("dev", 14), ("local", 60), ("prod", 60)])
def test_the_configured_days_are_deployed_as_a_number(stack: str, days: int) -> None:
    machine = graph(stack).only("sfn/stateMachine:StateMachine").inputs
    states = json.loads(machine["definition"])["States"]
    assert states["AskLead"]["TimeoutSeconds"] == days * 86_400


def test_another_partition_is_respected() -> None:
    china = workflow_definition(
        partition="aws-cn", ask_arn=ASK, tell_arn=TELL, answer_timeout_days=1, undo_seconds=0
    )
    resources = [state["Resource"] for state in china["States"].values() if "Resource" in state]
    assert resources
    assert all(resource.startswith("arn:aws-cn:states:::") for resource in resources)


@pytest.mark.parametrize("stack", STACKS)
def test_errors_are_logged_without_the_data_that_carries_task_tokens(stack: str) -> None:
    deployed = graph(stack)
    machine = deployed.only("sfn/stateMachine:StateMachine")
    group = deployed.of("cloudwatch/logGroup:LogGroup")["employee-leave-workflow-logs"]
    assert machine.inputs["name"] == f"EmployeeLeaveWorkflow-{stack}"
    assert machine.inputs["type"] == "STANDARD"
    assert machine.inputs["tracingConfiguration"] == {"enabled": True}
    logging = machine.inputs["loggingConfiguration"]
    assert (logging["level"], logging["includeExecutionData"]) == ("ERROR", False)
    assert logging["logDestination"].endswith(f":log-group:{group.inputs['name']}:*")


def test_the_state_machine_waits_for_the_right_to_log() -> None:
    """AWS checks it when the state machine is made, and refuses."""
    machine = graph("dev").only("sfn/stateMachine:StateMachine")
    assert machine.depends_on == ["employee-leave-workflow-rights"]
