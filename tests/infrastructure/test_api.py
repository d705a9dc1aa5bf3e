"""The HTTP API: who gets in, how much, and what is written down about it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from infrastructure.endpoint import arn_path
from infrastructure.function_table import FUNCTIONS
from leave.functions import read_leave
from leave.functions.openapi import document
from tests.infrastructure.aws_answers import EXECUTION_ARN
from tests.infrastructure.graph import FULL, STACKS, graph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infrastructure.function_table import FunctionSpec

CALLBACK = "GET /sign_in/callback"
METHODS = {"delete", "get", "head", "options", "patch", "post", "put", "trace"}
DECIDE = "/leave_lead_response/{decision}/{link}"
ROUTES = {
    route: spec.resource
    for spec in FUNCTIONS
    if not spec.only_with_sign_in
    for route in spec.routes.values()
}
# Not part of the API that is described: people come to them by a link in a mail.
PAGES = {f"GET {DECIDE}", f"HEAD {DECIDE}", f"POST {DECIDE}"}
PUBLIC = {
    route
    for spec in FUNCTIONS
    if spec.public and not spec.only_with_sign_in
    for route in spec.routes.values()
}
# All that is logged of a call. The path is not: it may hold a decision link or a feed's secret.
LOGGED = {
    "$context.requestId",
    "$context.requestTime",
    "$context.routeKey",
    "$context.status",
    "$context.responseLength",
    "$context.responseLatency",
    "$context.integrationStatus",
    "$context.integrationErrorMessage",
    "$context.authorizer.error",
}


def test_every_route_leads_to_its_function() -> None:
    stack = graph("dev")
    functions = {
        f"integrations/{name}-id": item.inputs["integrationUri"].rpartition(":leave-dev-")[2]
        for name, item in stack.of("apigatewayv2/integration:Integration").items()
    }
    routes = stack.of("apigatewayv2/route:Route").values()
    assert {r.inputs["routeKey"]: functions[r.inputs["target"]] for r in routes} == ROUTES


def described_operations() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation of the API's own description, by its route key; with GET it means HEAD."""
    for path, item in document()["paths"].items():
        for method in METHODS & item.keys():
            yield f"{method.upper()} {path}", item[method]
        if "get" in item:
            yield f"HEAD {path}", item["get"]


def test_the_routes_are_those_the_api_describes_and_the_pages_of_the_lead() -> None:
    described = {route for route, _ in described_operations()}
    assert described.isdisjoint(PAGES)
    assert described | PAGES == ROUTES.keys()


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_each_route_with_get_has_head_but_the_one_that_counts_once(spec: FunctionSpec) -> None:
    read = {key: f"HEAD {key[4:]}" for key in spec.routes.values() if key.startswith("GET ")}
    read.pop(CALLBACK, None)
    assert set(read.values()) == {key for key in spec.routes.values() if key.startswith("HEAD ")}
    for name, key in spec.routes.items():
        assert name.endswith(f"-{key.split()[0].lower()}")


def test_a_route_asks_for_a_token_where_the_description_says_so() -> None:
    public = {route for route, operation in described_operations() if not operation["security"]}
    assert public | PAGES == PUBLIC


def test_a_function_with_several_routes_knows_them_all_and_no_other() -> None:
    served = {route for route, function in ROUTES.items() if function == "read-leave"}
    answered = read_leave._ROUTES.keys()
    assert answered | {route.replace("GET ", "HEAD ") for route in answered} == served


def test_functions_are_called_with_the_second_payload_format() -> None:
    for integration in graph("dev").of("apigatewayv2/integration:Integration").values():
        assert integration.inputs["payloadFormatVersion"] == "2.0"
        assert integration.inputs["integrationType"] == "AWS_PROXY"


def test_only_the_listed_routes_ask_for_no_token() -> None:
    for route in graph("dev").of("apigatewayv2/route:Route").values():
        if route.inputs["routeKey"] in PUBLIC:
            assert route.inputs["authorizationType"] == "NONE"
            assert "authorizerId" not in route.inputs
        else:
            assert route.inputs["authorizationType"] == "JWT"
            assert route.inputs["authorizerId"] == "http-api-employees-id"


@pytest.mark.parametrize(
    ("stack", "issuer", "audiences"),
    [
        ("prod", "https://accounts.google.com", ["1234567890-prod.apps.googleusercontent.com"]),
        ("local", "http://127.0.0.1", ["leave-local"]),
    ],
)
def test_tokens_are_those_of_the_configured_issuer(
    stack: str, issuer: str, audiences: list[str]
) -> None:
    authorizer = graph(stack).only("apigatewayv2/authorizer:Authorizer").inputs
    assert authorizer["authorizerType"] == "JWT"
    assert authorizer["identitySources"] == ["$request.header.Authorization"]
    assert authorizer["jwtConfiguration"] == {"issuer": issuer, "audiences": audiences}


@pytest.mark.parametrize("stack", STACKS)
def test_api_gateway_may_call_a_function_through_its_routes_only(stack: str) -> None:
    permissions = graph(stack).of("lambda/permission:Permission").values()
    granted = {(p.inputs["function"], p.inputs["sourceArn"]) for p in permissions}
    assert granted == {
        (f"leave-{stack}-{function}", f"{EXECUTION_ARN}/{stack}/{arn_path(route)}")
        for route, function in ROUTES.items()
    }
    for permission in permissions:
        assert permission.inputs["principal"] == "apigateway.amazonaws.com"
        assert permission.inputs["action"] == "lambda:InvokeFunction"


def test_a_route_opens_after_the_permission_it_needs() -> None:
    for name, route in graph("dev").of("apigatewayv2/route:Route").items():
        assert route.depends_on == [name]
        assert name in graph("dev").of("lambda/permission:Permission")


@pytest.mark.parametrize(
    ("route", "path"),
    [
        ("GET /health", "GET/health"),
        (f"POST {DECIDE}", "POST/leave_lead_response/*/*"),
        ("GET /calendar/{feed}", "GET/calendar/*"),
        ("GET /files/{path+}", "GET/files/*"),
    ],
)
def test_a_variable_part_of_a_path_is_a_wildcard_in_its_arn(route: str, path: str) -> None:
    assert arn_path(route) == path


@pytest.mark.parametrize(("stack", "rate", "burst"), [("dev", 5, 10), ("prod", 50, 100)])
def test_the_stage_lets_through_what_is_configured(stack: str, rate: int, burst: int) -> None:
    stage = graph(stack).only("apigatewayv2/stage:Stage").inputs
    assert stage["name"] == stack
    assert stage["autoDeploy"] is True
    assert stage["defaultRouteSettings"] == {
        "throttlingRateLimit": rate,
        "throttlingBurstLimit": burst,
    }


@pytest.mark.parametrize(
    ("stack", "rate", "burst"), [("dev", 2, 5), ("prod", 20, 40), ("local", 10, 20)]
)
@pytest.mark.parametrize("signs_in", [False, True])
def test_each_public_route_has_a_lower_throttle_of_its_own(
    stack: str, rate: int, burst: int, *, signs_in: bool
) -> None:
    """So a flood of decision pages or feeds leaves employees alone."""
    keys = {"require_sign_in": True} if signs_in else {}
    stage = graph(stack, **keys).only("apigatewayv2/stage:Stage").inputs
    own = {"throttlingRateLimit": rate, "throttlingBurstLimit": burst}
    of_sign_in = {"GET /sign_in", "HEAD /sign_in", CALLBACK} if signs_in else set[str]()
    throttles = {setting.pop("routeKey"): setting for setting in stage["routeSettings"]}
    assert throttles == dict.fromkeys(PUBLIC | of_sign_in, own)
    assert rate < stage["defaultRouteSettings"]["throttlingRateLimit"]
    assert burst < stage["defaultRouteSettings"]["throttlingBurstLimit"]


@pytest.mark.parametrize("signs_in", [False, True])
def test_the_stage_comes_after_the_routes_that_it_has_settings_of(*, signs_in: bool) -> None:
    """AWS refuses a setting for a route that is not there."""
    stack = graph("dev", **({"require_sign_in": True} if signs_in else {}))
    stage = stack.only("apigatewayv2/stage:Stage")
    assert set(stage.depends_on) == stack.of("apigatewayv2/route:Route").keys()


def test_the_access_log_is_json_that_tells_nothing_about_people_or_links() -> None:
    stack = graph("dev")
    settings = stack.only("apigatewayv2/stage:Stage").inputs["accessLogSettings"]
    group = stack.of("cloudwatch/logGroup:LogGroup")["http-api-logs"]
    assert group.inputs["name"] == "/aws/vendedlogs/apis/leave-dev"
    assert settings["destinationArn"].endswith(f":log-group:{group.inputs['name']}")
    assert set(json.loads(settings["format"]).values()) == LOGGED


def test_other_origins_may_not_call_unless_configured() -> None:
    assert "corsConfiguration" not in graph("dev").only("apigatewayv2/api:Api").inputs


def test_a_configured_origin_may_call_with_what_a_client_sends() -> None:
    cors = graph("dev", **FULL).only("apigatewayv2/api:Api").inputs["corsConfiguration"]
    assert cors == {
        "allowOrigins": FULL["allowed_origins"],
        "allowMethods": ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"],
        "allowHeaders": ["authorization", "content-type", "idempotency-key", "if-match"],
        "exposeHeaders": ["etag", "link", "retry-after"],
        "maxAge": 3600,
    }
    assert {route.split()[0] for route in ROUTES} <= set(cors["allowMethods"])
