"""The stage's API on loopback: API Gateway's events for the real entry points."""

from __future__ import annotations

import base64
import importlib
import os
import re
from typing import TYPE_CHECKING, Any
from unittest import mock

from cli.account.tokens import claims_of
from leave.adapters.system import EmbeddedMetrics
from leave.domain.values import Secret
from tests.cli.loopback import Received, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.aws_stage import AwsStage

_ROUTES = {
    "POST /request_leave": "request_leave",
    "GET /leave_requests": "read_leave",
    "GET /leave_requests/{requestId}": "read_leave",
    "PATCH /leave_requests/{requestId}": "change_leave_request",
    "DELETE /leave_requests/{requestId}": "change_leave_request",
    "POST /leave_requests/{requestId}/reminder": "change_leave_request",
    "GET /approvals": "approvals",
    "POST /approvals/{requestId}": "approvals",
    "DELETE /approvals/{requestId}": "approvals",
    "GET /delegation": "approvals",
    "PUT /delegation": "approvals",
    "DELETE /delegation": "approvals",
    "GET /leave_types": "read_leave",
    "GET /leave_balance": "read_leave",
    "GET /team_calendar": "read_leave",
    "GET /calendar/{feed}": "read_calendar_feed",
    "GET /employees": "administer",
    "PUT /employees": "administer",
    "POST /employees/{employeeId}/adjustments": "administer",
    "GET /reports/absences": "administer",
    "GET /reports/balances": "administer",
    "GET /reports/adjustments": "administer",
}
STAGE_PATH = "/test"


def _handler(name: str) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    return importlib.import_module(f"leave.functions.{name}").handler


def forget_applications() -> None:
    """Let every entry point read its environment anew."""
    for name in set(_ROUTES.values()):
        importlib.import_module(f"leave.functions.{name}").application.cache_clear()


_told: dict[str, str] = {}


def answer_as(stage: AwsStage, received: Received) -> Reply:
    """Answer with the settings that a stage has by now."""
    with mock.patch.dict(os.environ, stage.variables):
        if _told != stage.variables | {"stage": f"{id(stage)}"}:
            forget_applications()
            _told.clear()
            _told.update(stage.variables | {"stage": f"{id(stage)}"})
        return answer(received)


def answer(received: Received) -> Reply:
    """Answer as API Gateway with its JWT authorizer would."""
    for route, name in _ROUTES.items():
        method, _, path = route.partition(" ")
        pattern = STAGE_PATH + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
        match = re.fullmatch(pattern, received.path)
        if match and method == received.method:
            event = _event(received, route, match.groupdict())
            # What a function prints goes to a log of its own, not to the terminal of its caller.
            with mock.patch.object(EmbeddedMetrics, "put"):
                reply = _handler(name)(event, None)
            return Reply(
                status=reply["statusCode"], body=reply["body"].encode(), headers=reply["headers"]
            )
    return Reply(status=404, body=b'{"message":"Not Found"}')


def _event(received: Received, route: str, parameters: dict[str, str]) -> dict[str, Any]:
    token = received.headers.get("authorization", "").removeprefix("Bearer ")
    # API Gateway hands every claim on as a text.
    claims = {name: str(value).lower() for name, value in claims_of(Secret(token)).items()}
    return {
        "routeKey": route,
        "headers": received.headers,
        "queryStringParameters": received.query,
        "pathParameters": parameters,
        "requestContext": {"authorizer": {"jwt": {"claims": claims}}},
        "body": base64.b64encode(received.raw).decode(),
        "isBase64Encoded": True,
    }
