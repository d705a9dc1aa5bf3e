"""The definition of EmployeeLeaveWorkflow as plain data, in the Amazon States Language.

Every state leads to another one or to the end; no error leaves a request behind. Trouble on the
way to the lead or to the employee is waited out and tried again, for ever longer and at most an
hour: 25,000 events an execution may have (`service-quotas.html` of the Step Functions guide), a
round of waiting takes eight, so they outlast four months of failures.
"""

from __future__ import annotations

from typing import Any, Final

State = dict[str, Any]

FIRST_WAIT_SECONDS: Final = 5
LONGEST_WAIT_SECONDS: Final = 3600
# Above the longest time-out of a function, so that it only ends a call that was lost.
CALL_TIMEOUT_SECONDS: Final = 120
# Gmail counts most of its quotas by the minute, and one by the day; the waits double. Source:
# https://developers.google.com/workspace/gmail/api/reference/quota
THROTTLED_WAIT_SECONDS: Final = 15
REQUEST_CHANGED: Final = "RequestChanged"
"""The error by which an employee's change of a request has the lead asked again, at once."""
NOT_DECIDED: Final = "NotDecidedError"
"""The function that tells the employee found the decision undone, or nobody mailed yet.

So the lead is asked again.
"""
UNDO_OPEN: Final = "UndoOpenError"
"""It found another decision, which can still be undone, so the employee hears later."""
MAIL_THROTTLED: Final = "MailThrottledError"
"""Gmail takes no more mails for now."""

# What AWS names as the least to handle, with throttling and unknown ends, and its backoff:
# https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
_RETRY: Final[list[State]] = [
    {
        "ErrorEquals": [
            "Lambda.AWSLambdaException",
            "Lambda.ClientExecutionTimeoutException",
            "Lambda.SdkClientException",
            "Lambda.ServiceException",
            "Lambda.TooManyRequestsException",
            "Lambda.Unknown",
        ],
        "IntervalSeconds": 2,
        "MaxAttempts": 6,
        "BackoffRate": 2.0,
        "MaxDelaySeconds": 60,
        "JitterStrategy": "FULL",
    }
]
_LONGER: Final = {"waitSeconds": f"{{% $min([$waitSeconds * 2, {LONGEST_WAIT_SECONDS}]) %}}"}
_THROTTLED: Final = {"waitSeconds": f"{{% $max([$waitSeconds, {THROTTLED_WAIT_SECONDS}]) %}}"}
_SHORT: Final = {"waitSeconds": FIRST_WAIT_SECONDS}
_ASKED: Final = {"requestId": "{% $requestId %}", "inquiry": "{% $inquiry %}"}
# https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
_EXPIRING: Final = {**_ASKED, "expire": True, "execution": "{% $states.context.Execution.Name %}"}


def workflow_definition(
    *, partition: str, ask_arn: str, tell_arn: str, answer_timeout_days: int, undo_seconds: int
) -> State:
    """The workflow, started with `{"requestId": …, "inquiry": …}`.

    An inquiry is one question about a request: may the leave be taken, or later, be cancelled. A
    request that is changed while it is being asked about fails the waiting by `RequestChanged`.
    `ask_arn` is the function that asks the lead and keeps the task token, `tell_arn` the one that
    tells the employee what was decided, or that nothing was. It is told which execution ran out of
    time, since another one may wait for the answer by then.

    A decision can be undone for `undo_seconds`, of which the answer says how many are left as
    `waitSeconds`, and the employee is told after that; with 0, nothing waits for it. Whether it was
    undone is in the record, so the function that would tell of it says so.
    """
    asked_anew = {"ErrorEquals": [NOT_DECIDED], "Assign": _SHORT, "Next": "AskLead"}
    not_told = [asked_anew]
    whole_undo: State = {}
    rest_of_undo: State = {}
    waiting: dict[str, State] = {}
    if undo_seconds:
        whole_undo = {"undoSeconds": undo_seconds}
        rest_of_undo = {"undoSeconds": _left(undo_seconds)}
        again = {"Assign": whole_undo, "Next": "WaitForUndo"}
        not_told.append({"ErrorEquals": [UNDO_OPEN], **again})
        waiting["WaitForUndo"] = _wait("TellEmployee", "undoSeconds", then_assign=_SHORT)
    return {
        "Comment": "Asks the approver, waits for the decision, mails the employee.",
        "QueryLanguage": "JSONata",
        "StartAt": "Begin",
        "States": {
            "Begin": {
                "Type": "Pass",
                "Assign": {
                    "requestId": "{% $states.input.requestId %}",
                    "inquiry": "{% $states.input.inquiry %}",
                    **_SHORT,
                    **whole_undo,
                },
                "Next": "AskLead",
            },
            "AskLead": {
                "Type": "Task",
                "Resource": f"arn:{partition}:states:::lambda:invoke.waitForTaskToken",
                "Arguments": {
                    "FunctionName": ask_arn,
                    "Payload": {**_ASKED, "taskToken": "{% $states.context.Task.Token %}"},
                },
                "TimeoutSeconds": answer_timeout_days * 24 * 60 * 60,
                "Retry": _RETRY,
                "Catch": [
                    {"ErrorEquals": ["States.Timeout"], "Assign": _SHORT, "Next": "ExpireRequest"},
                    {"ErrorEquals": [REQUEST_CHANGED], "Assign": _SHORT, "Next": "AskLead"},
                    {
                        "ErrorEquals": [MAIL_THROTTLED],
                        "Assign": _THROTTLED,
                        "Next": "WaitToAskAgain",
                    },
                    {"ErrorEquals": ["States.ALL"], "Next": "WaitToAskAgain"},
                ],
                "Assign": {**_SHORT, **rest_of_undo},
                "Next": "WaitForUndo" if waiting else "TellEmployee",
            },
            "WaitToAskAgain": _wait("AskLead"),
            **waiting,
            "TellEmployee": _call(partition, tell_arn, _ASKED, not_told, "WaitToTellAgain"),
            "WaitToTellAgain": _wait("TellEmployee"),
            "ExpireRequest": _call(
                partition, tell_arn, _EXPIRING, [asked_anew], "WaitToExpireAgain"
            ),
            "WaitToExpireAgain": _wait("ExpireRequest"),
        },
    }


def _call(
    partition: str, function_arn: str, payload: State, catches: list[State], on_error: str
) -> State:
    """A last step: one call, whose answer is not kept because it may hold personal data."""
    return {
        "Type": "Task",
        "Resource": f"arn:{partition}:states:::lambda:invoke",
        "Arguments": {"FunctionName": function_arn, "Payload": payload},
        "TimeoutSeconds": CALL_TIMEOUT_SECONDS,
        "Retry": _RETRY,
        "Catch": [*catches, {"ErrorEquals": ["States.ALL"], "Next": on_error}],
        "Output": _ASKED,
        "End": True,
    }


def _wait(then: str, variable: str = "waitSeconds", *, then_assign: State = _LONGER) -> State:
    """Wait as long as a variable says: a whole number of seconds, or the execution would fail.

    https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
    """
    seconds = f"{{% ${variable} %}}"
    return {"Type": "Wait", "Seconds": seconds, "Assign": then_assign, "Next": then}


def _left(undo_seconds: int) -> str:
    """The `waitSeconds` of an answer as a number that can be waited for, 0 without one."""
    answered = "$states.result.waitSeconds"
    seconds = f"$min([$max([$floor({answered}), 0]), {undo_seconds}])"
    return f"{{% $type({answered}) = 'number' ? {seconds} : 0 %}}"
