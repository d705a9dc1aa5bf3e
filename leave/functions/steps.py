"""Input and logging of the functions that AWS calls.

AWS passes on whatever an execution or a function was started with, by hand as well.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from leave.domain.errors import FieldProblem, MalformedRequestError
from leave.domain.request import MAXIMUM_CANCELLATIONS
from leave.domain.values import Secret, Value
from leave.functions.inputs import EXECUTION_NAME_LENGTH, REQUEST_ID, TASK_TOKEN_LENGTH

if TYPE_CHECKING:
    from collections.abc import Generator

MOST_INQUIRIES = 1 + MAXIMUM_CANCELLATIONS
"""One about the leave, the others whether it may be cancelled."""

_log = logging.getLogger(__name__)


class WorkflowStep(Value):
    """What a step of the workflow is about."""

    request_id: str
    inquiry: int


def read_object(event: Any) -> dict[str, Any]:
    """Return the input of a function, or raise `MalformedRequestError` unless it is an object."""
    if not isinstance(event, dict):
        raise MalformedRequestError(FieldProblem("input", 'must be an object such as {"…": "…"}'))
    return cast("dict[str, Any]", event)


def read_step(event: Any) -> WorkflowStep:
    """Return what a step is about; without an inquiry, the first one.

    Raises `MalformedRequestError`, which never quotes what was wrong: it may be a secret.
    """
    fields = read_object(event)
    request_id, inquiry = fields.get("requestId"), fields.get("inquiry", 1)
    problems: list[FieldProblem] = []
    if not (isinstance(request_id, str) and REQUEST_ID.fullmatch(request_id)):
        wanted = "must be the id of a leave request, 26 lower-case letters and digits"
        problems.append(FieldProblem("requestId", wanted))
    # JSON has one kind of numbers, so 1.0 is 1; but in Python, True is 1 as well.
    if isinstance(inquiry, bool) or inquiry not in range(1, MOST_INQUIRIES + 1):
        wanted = f"must be the number of a question, 1 to {MOST_INQUIRIES}"
        problems.append(FieldProblem("inquiry", wanted))
    if problems:
        raise MalformedRequestError(*problems)
    return WorkflowStep(request_id=str(request_id), inquiry=int(inquiry))


def read_token(event: Any) -> Secret:
    """Return the task token of a step that is waited for."""
    token = read_object(event).get("taskToken")
    if not (isinstance(token, str) and 0 < len(token) <= TASK_TOKEN_LENGTH):
        wanted = f"must be a task token of Step Functions, up to {TASK_TOKEN_LENGTH} characters"
        raise MalformedRequestError(FieldProblem("taskToken", wanted))
    return Secret(token)


def read_execution(event: Any) -> str | None:
    """Return the name of the execution that makes a step; None from one that does not tell.

    Such an execution was started before its definition told; it keeps that one for weeks.
    """
    fields = read_object(event)
    if "execution" not in fields:
        return None
    name = fields["execution"]
    if not (isinstance(name, str) and 0 < len(name) <= EXECUTION_NAME_LENGTH):
        wanted = f"must be the name of an execution, up to {EXECUTION_NAME_LENGTH} characters"
        raise MalformedRequestError(FieldProblem("execution", wanted))
    return name


def read_switch(event: Any, name: str) -> bool:
    """Return a field that is true or false, and false when it is missing."""
    value = read_object(event).get(name, False)
    if not isinstance(value, bool):
        raise MalformedRequestError(FieldProblem(name, "must be true or false"))
    return value


@contextmanager
def step_of(request_id: str) -> Generator[None]:
    """Log whose step it is that fails. Lambda logs the error itself, and knows no leave requests.

    Most such errors are none: the workflow waits and tries again.
    """
    try:
        yield
    except Exception as error:
        failed = {"leaveRequestId": request_id, "error": type(error).__name__}
        _log.warning("step failed", extra=failed)
        raise
