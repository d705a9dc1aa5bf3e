"""The routes of the API: which function answers which, and which of them anybody may call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from infrastructure.endpoint import Endpoint, EndpointArgs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infrastructure.api import HttpApi
    from infrastructure.functions import LeaveFunction

_REQUEST: Final = "/leave_requests/{requestId}"
_DECIDE: Final = "/leave_lead_response/{decision}/{link}"

# The logical names are spelled out to stay: with another one, a deployed route would be made again
# before the old one is gone, which AWS refuses, as its key is taken.
ROUTES: Final[Mapping[str, Mapping[str, str]]] = {
    "request_leave": {"request-leave-post": "POST /request_leave"},
    "change_leave_request": {
        "leave-request-patch": f"PATCH {_REQUEST}",
        "leave-request-delete": f"DELETE {_REQUEST}",
    },
    # What answers GET answers HEAD as well, by which monitors and calendar programs look.
    "read_leave": {
        "leave-requests-get": "GET /leave_requests",
        "leave-requests-head": "HEAD /leave_requests",
        "leave-request-get": f"GET {_REQUEST}",
        "leave-request-head": f"HEAD {_REQUEST}",
        "leave-types-get": "GET /leave_types",
        "leave-types-head": "HEAD /leave_types",
        "leave-balance-get": "GET /leave_balance",
        "leave-balance-head": "HEAD /leave_balance",
        "team-calendar-get": "GET /team_calendar",
        "team-calendar-head": "HEAD /team_calendar",
    },
    "read_calendar_feed": {
        "calendar-get": "GET /calendar/{feed}",
        "calendar-head": "HEAD /calendar/{feed}",
    },
    "submit_lead_response": {
        "leave-lead-response-get": f"GET {_DECIDE}",
        # Without a route of its own it would be answered 404, and scanners of mail ask with it:
        # https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_apigatewayv2.HttpMethod.html
        "leave-lead-response-head": f"HEAD {_DECIDE}",
        "leave-lead-response-post": f"POST {_DECIDE}",
    },
    "sign_in": {
        "sign-in-get": "GET /sign_in",
        "sign-in-callback-get": "GET /sign_in/callback",
    },
    "describe_api": {"openapi-get": "GET /openapi.json", "openapi-head": "HEAD /openapi.json"},
    "report_health": {"health-get": "GET /health", "health-head": "HEAD /health"},
}
"""Route keys by logical name, for each function that has any."""

# Opened by the secret in their address, or telling nothing that is not public.
PUBLIC: Final = frozenset(
    ("describe_api", "read_calendar_feed", "report_health", "sign_in", "submit_lead_response")
)
OPTIONAL: Final = frozenset(("sign_in",))
"""Functions that not every stage has."""


def serve(api: HttpApi, functions: Mapping[str, LeaveFunction]) -> None:
    """Let the API answer with `functions`, which are named as in `ROUTES`."""
    served = {
        name: routes for name, routes in ROUTES.items() if name in functions or name not in OPTIONAL
    }
    endpoints = [
        Endpoint(
            name.replace("_", "-"),
            EndpointArgs(api=api, function=functions[name], routes=routes, public=name in PUBLIC),
        )
        for name, routes in served.items()
    ]
    api.open(
        [route for endpoint in endpoints for route in endpoint.routes],
        public=[key for name in served if name in PUBLIC for key in served[name].values()],
    )
