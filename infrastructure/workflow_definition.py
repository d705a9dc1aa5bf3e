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
REQUEST_CHANGED: Final = "RequestChanged"
"""The error by which an employee's change of a request has the lead asked again, at once."""

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
_SHORT: Final = {"waitSeconds": FIRST_WAIT_SECONDS}
_ASKED: Final = {"requestId": "{% $requestId %}", "inquiry": "{% $inquiry %}"}


def workflow_definition(
    *, partition: str, ask_arn: str, tell_arn: str, answer_timeout_days: int
) -> State:
    """The workflow, started with `{"requestId": …, "inquiry": …}`.

    An inquiry is one question about a request: may the leave be taken, or later, be cancelled. A
    request that is changed while it is being asked about fails the waiting by `RequestChanged`.
    `ask_arn` is the function that asks the lead and keeps the task token, `tell_arn` the one that
    tells the employee what was decided, or that nothing was.
    """
    return {
        "Comment": "Asks the lead, waits for the decision, tells the employee.",
        "QueryLanguage": "JSONata",
        "StartAt": "Begin",
        "States": {
            "Begin": {
                "Type": "Pass",
                "Assign": {
                    "requestId": "{% $states.input.requestId %}",
                    "inquiry": "{% $states.input.inquiry %}",
                    **_SHORT,
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
                    {"ErrorEquals": ["States.ALL"], "Next": "WaitToAskAgain"},
                ],
                "Assign": _SHORT,
                "Next": "TellEmployee",
            },
            "WaitToAskAgain": _wait("AskLead"),
            "TellEmployee": _call(partition, tell_arn, _ASKED, "WaitToTellAgain"),
            "WaitToTellAgain": _wait("TellEmployee"),
            "ExpireRequest": _call(
                partition, tell_arn, {**_ASKED, "expire": True}, "WaitToExpireAgain"
            ),
            "WaitToExpireAgain": _wait("ExpireRequest"),
        },
    }


def _call(partition: str, function_arn: str, payload: State, on_error: str) -> State:
    """A last step: one call, whose answer is not kept because it may hold personal data."""
    return {
        "Type": "Task",
        "Resource": f"arn:{partition}:states:::lambda:invoke",
        "Arguments": {"FunctionName": function_arn, "Payload": payload},
        "TimeoutSeconds": CALL_TIMEOUT_SECONDS,
        "Retry": _RETRY,
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": on_error}],
        "Output": _ASKED,
        "End": True,
    }


def _wait(then: str) -> State:
    return {"Type": "Wait", "Seconds": "{% $waitSeconds %}", "Assign": _LONGER, "Next": then}
