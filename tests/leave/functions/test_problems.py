"""Every error has one status and one title, as RFC 9457 asks."""

from __future__ import annotations

import json

import pytest

from leave.domain.errors import (
    IdempotencyMismatchError,
    MalformedRequestError,
    NoApproverError,
    NotAllowedError,
    OverlapError,
    PastPeriodError,
    UnauthenticatedError,
    UnavailableError,
    UnknownEmployeeError,
    UnknownRequestError,
)
from leave.functions.events import BodyTooLargeError
from leave.functions.problems import problem
from tests.leave.builders import TODAY, a_period

PROBLEMS: list[tuple[Exception, int, str, str]] = [
    (MalformedRequestError(), 400, "The request is malformed", "malformed-request"),
    (UnauthenticatedError("No."), 401, "No valid token", "unauthenticated"),
    (NotAllowedError("No."), 403, "Not allowed", "not-allowed"),
    (UnknownEmployeeError("E404"), 404, "Unknown employee", "unknown-employee"),
    (UnknownRequestError("r404"), 404, "Unknown leave request", "unknown-request"),
    (OverlapError("r1", a_period(), "pending"), 409, "Overlaps other leave", "overlap"),
    (IdempotencyMismatchError(), 409, "Idempotency-Key used twice", "idempotency-mismatch"),
    (BodyTooLargeError(), 413, "The body is too large", "body-too-large"),
    (NoApproverError("E001"), 422, "A rule says no", "no-approver"),
    (PastPeriodError(TODAY, TODAY), 422, "A rule says no", "past-period"),
    (UnavailableError("DynamoDB"), 503, "Please try again", "unavailable"),
    (ValueError("inside"), 500, "Something went wrong on our side", "runtime"),
]


@pytest.mark.parametrize(("error", "status", "title", "slug"), PROBLEMS)
def test_an_error_is_told_by_its_status_title_and_type(
    error: Exception, status: int, title: str, slug: str
) -> None:
    reply = problem(error, instance="call-1")
    body = json.loads(reply["body"])
    assert reply["statusCode"] == body["status"] == status
    assert (body["title"], body["type"]) == (title, f"urn:leave:problem:{slug}")
    assert body["instance"] == "urn:leave:call:call-1"
    assert ("errors" in body) == (status == 400)


@pytest.mark.parametrize(("error", "status", "title", "slug"), PROBLEMS)
def test_headers_that_mean_something_stand_only_where_they_do(
    error: Exception, status: int, title: str, slug: str
) -> None:
    headers = problem(error)["headers"]
    assert headers["content-type"] == "application/problem+json", (title, slug)
    assert headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
    assert headers.get("retry-after") == ("5" if status == 503 else None)
