from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emulator.demo import web
from tests.emulator.creators.test_iam import ROLE, trust
from tests.emulator.creators.test_lambda import FUNCTION, write

if TYPE_CHECKING:
    from emulator.aws import EmulatedAws
    from emulator.creators.resource import Created, Deployment
    from tests.emulator.creators.conftest import Create

API = "aws:apigatewayv2/api:Api"
AUTHORIZER = "aws:apigatewayv2/authorizer:Authorizer"
INTEGRATION = "aws:apigatewayv2/integration:Integration"
ROUTE = "aws:apigatewayv2/route:Route"
STAGE = "aws:apigatewayv2/stage:Stage"
GROUP = "arn:aws:logs:eu-central-1:000000000000:log-group:/aws/vendedlogs/apis/test"


@pytest.fixture
def function(create: Create, deployment: Deployment) -> Created:
    """A function that answers with its path."""
    code = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'here'}\n"
    return create(
        FUNCTION,
        "app",
        code=write(deployment.program, "code/app.py", code),
        role=create(ROLE, "role", assumeRolePolicy=trust("lambda")).outputs["arn"],
        handler="app.handler",
        runtime="python3.13",
    )


def whole_api(create: Create, function: Created) -> tuple[Created, Created]:
    """An API with an open and a guarded route, and its stage."""
    api = create(
        API, "api", protocolType="HTTP", corsConfiguration={"allowOrigins": ["https://a.b"]}
    )
    guard = create(
        AUTHORIZER,
        "people",
        apiId=api.id,
        authorizerType="JWT",
        identitySources=["$request.header.Authorization"],
        jwtConfiguration={"audiences": ["leave"], "issuer": "http://127.0.0.1:1"},
    )
    called = create(
        INTEGRATION,
        "call",
        apiId=api.id,
        integrationType="AWS_PROXY",
        integrationUri=function.outputs["invokeArn"],
        payloadFormatVersion="2.0",
        timeoutMilliseconds=20000.0,
    )
    target = f"integrations/{called.id}"
    create(ROUTE, "open", apiId=api.id, routeKey="GET /open", target=target)
    create(
        ROUTE,
        "guarded",
        apiId=api.id,
        routeKey="GET /guarded",
        target=target,
        authorizationType="JWT",
        authorizerId=guard.id,
    )
    stage = create(
        STAGE,
        "stage",
        apiId=api.id,
        name="test",
        autoDeploy=True,
        accessLogSettings={"destinationArn": GROUP, "format": "$context.requestId"},
        defaultRouteSettings={"throttlingRateLimit": 20.0, "throttlingBurstLimit": 40.0},
    )
    return api, stage


def status(url: str) -> int:
    return web.get(url).status


def test_an_api_answers_below_its_stage_and_asks_for_a_token_where_it_should(
    create: Create, function: Created
) -> None:
    _, stage = whole_api(create, function)
    url = stage.outputs["invokeUrl"]
    assert url.endswith("/test")
    assert status(f"{url}/open") == 200
    assert status(f"{url}/guarded") == 401
    assert status(f"{url}/elsewhere") == 404


def test_what_is_set_is_there(create: Create, function: Created, aws: EmulatedAws) -> None:
    api, _ = whole_api(create, function)
    found = aws.http_apis.get_api(ApiId=api.id)
    assert found.get("CorsConfiguration", {}).get("AllowOrigins") == ["https://a.b"]
    (guard,) = aws.http_apis.get_authorizers(ApiId=api.id)["Items"]
    assert guard.get("JwtConfiguration") == {"Audience": ["leave"], "Issuer": "http://127.0.0.1:1"}
    (called,) = aws.http_apis.get_integrations(ApiId=api.id)["Items"]
    assert called.get("TimeoutInMillis") == 20000
    stage: Any = aws.http_apis.get_stage(ApiId=api.id, StageName="test")
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == 20
    assert stage["AccessLogSettings"]["DestinationArn"] == GROUP


def test_the_names_others_build_upon_are_those_of_aws(create: Create, function: Created) -> None:
    api, stage = whole_api(create, function)
    arn = f"arn:aws:execute-api:eu-central-1:000000000000:{api.id}"
    assert api.outputs["executionArn"] == arn
    assert stage.outputs["executionArn"] == f"{arn}/test"
    assert api.outputs["arn"] == f"arn:aws:apigateway:eu-central-1::/apis/{api.id}"


def test_the_same_api_again_is_the_same_with_nothing_twice(
    create: Create, create_again: Create, function: Created, aws: EmulatedAws
) -> None:
    first, _ = whole_api(create, function)
    second, stage = whole_api(create_again, function)
    assert second.id == first.id
    apis = aws.http_apis
    assert len(apis.get_routes(ApiId=first.id)["Items"]) == 2
    assert len(apis.get_integrations(ApiId=first.id)["Items"]) == 1
    assert len(apis.get_authorizers(ApiId=first.id)["Items"]) == 1
    assert status(f"{stage.outputs['invokeUrl']}/open") == 200


def test_two_integrations_of_the_same_function_stay_two(create: Create, function: Created) -> None:
    api = create(API, "api", protocolType="HTTP")
    uri = function.outputs["invokeArn"]
    ids = {
        create(INTEGRATION, name, apiId=api.id, integrationType="AWS_PROXY", integrationUri=uri).id
        for name in ("one", "two")
    }
    assert len(ids) == 2


def test_two_apis_of_one_name_do_not_become_one(create: Create) -> None:
    one = create(API, "api", name="same", protocolType="HTTP")
    two = create(API, "other", name="same", protocolType="HTTP")
    assert one.id != two.id
