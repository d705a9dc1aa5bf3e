"""An answer whatever happens, and one line of log."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from leave.domain.errors import PastPeriodError, UnavailableError
from leave.functions.http import BodyTooLargeError, error_boundary
from tests.leave.builders import NO_APPROVER, TODAY
from tests.leave.functions.contract import validator
from tests.leave.functions.events import CALL_ID, CONTEXT

if TYPE_CHECKING:
    from collections.abc import Callable

OK = {"statusCode": 200, "body": "{}"}


def failing(error: Exception) -> Callable[[], dict[str, Any]]:
    def call() -> dict[str, Any]:
        raise error

    return call


def test_what_is_answered_is_passed_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert error_boundary(CONTEXT, lambda: OK) is OK
    assert caplog.records == []


@pytest.mark.parametrize(
    ("error", "status", "level", "message"),
    [
        (PastPeriodError(TODAY, TODAY), 422, "INFO", "refused"),
        (NO_APPROVER, 422, "INFO", "refused"),
        (BodyTooLargeError(), 413, "INFO", "refused"),
        (UnavailableError("DynamoDB get_item"), 503, "ERROR", "unavailable"),
        (KeyError("pk"), 500, "ERROR", "failed"),
        (RecursionError(), 500, "ERROR", "failed"),
    ],
)
def test_each_error_is_a_problem_document_and_one_line_of_log(
    caplog: pytest.LogCaptureFixture, error: Exception, status: int, level: str, message: str
) -> None:
    caplog.set_level(logging.DEBUG)
    reply = error_boundary(CONTEXT, failing(error))
    body = json.loads(reply["body"])
    validator({422: "RuleProblem", 413: "TooLargeProblem"}.get(status, "Problem")).validate(body)
    assert reply["statusCode"] == body["status"] == status
    assert body["instance"] == f"urn:leave:call:{CALL_ID}"
    (record,) = caplog.records
    assert (record.levelname, record.getMessage()) == (level, message)
    assert bool(record.exc_info) is (level == "ERROR")


def test_a_refusal_is_logged_by_its_kind_only(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    error_boundary(CONTEXT, failing(NO_APPROVER))
    assert caplog.records[0].__dict__["error"] == "NoApproverError"
    assert "E001" not in caplog.text


@pytest.mark.parametrize("context", [None, SimpleNamespace()])
def test_without_a_call_id_there_is_just_no_instance(context: object) -> None:
    body = json.loads(error_boundary(context, failing(KeyError("x")))["body"])
    assert "instance" not in body


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)])
def test_what_ends_the_process_ends_it(error: BaseException) -> None:
    def call() -> dict[str, Any]:
        raise error

    with pytest.raises(type(error)):
        error_boundary(CONTEXT, call)
