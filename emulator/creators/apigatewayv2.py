"""Creators of API Gateway's HTTP APIs.

Nothing inside an API has a unique name. On kept state an item is recognised by what makes it what
it is: a route by its key, an integration by what it calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.account import ACCOUNT_ID, PARTITION
from emulator.creators.registry import creates
from emulator.creators.resource import Created, as_request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from emulator.creators.resource import Deployment, Resource


@creates("aws:apigatewayv2/api:Api")
def api(deployment: Deployment, resource: Resource) -> Created:
    """An HTTP API, without what is in it."""
    apis = deployment.aws.http_apis
    name = deployment.physical_name(resource)
    request = resource.request(sections=("corsConfiguration",))
    request["Name"] = name
    api_id = _kept(deployment, apis.get_apis()["Items"], "ApiId", {"Name": name})
    if api_id is None:
        api_id = apis.create_api(**request)["ApiId"]
        deployment.claim(api_id)
    else:
        request.pop("ProtocolType", None)
        request.pop("Tags", None)
        apis.update_api(ApiId=api_id, **request)
    region = deployment.aws.region
    return Created(
        id=api_id,
        outputs={
            "name": name,
            "arn": f"arn:{PARTITION}:apigateway:{region}::/apis/{api_id}",
            "executionArn": _execution_arn(region, api_id),
            "apiEndpoint": _endpoint(deployment, api_id),
        },
    )


@creates("aws:apigatewayv2/authorizer:Authorizer")
def authorizer(deployment: Deployment, resource: Resource) -> Created:
    """An authorizer; the provider writes in the plural what the API has in the singular."""
    apis = deployment.aws.http_apis
    name = deployment.physical_name(resource)
    request = resource.request(without=("jwtConfiguration", "identitySources"))
    request["Name"] = name
    request["IdentitySource"] = resource.inputs.get("identitySources", [])
    if jwt := resource.inputs.get("jwtConfiguration"):
        request["JwtConfiguration"] = {"Audience": jwt["audiences"], "Issuer": jwt["issuer"]}
    items = apis.get_authorizers(ApiId=resource.text("apiId"))["Items"]
    found = _kept(deployment, items, "AuthorizerId", {"Name": name})
    if found is None:
        found = apis.create_authorizer(**request)["AuthorizerId"]
        deployment.claim(found)
    else:
        apis.update_authorizer(AuthorizerId=found, **request)
    return Created(id=found, outputs={"name": name})


@creates("aws:apigatewayv2/integration:Integration")
def integration(deployment: Deployment, resource: Resource) -> Created:
    """What a route calls."""
    apis = deployment.aws.http_apis
    request = resource.request(sections=("tlsConfig",))
    if "TimeoutMilliseconds" in request:
        request["TimeoutInMillis"] = request.pop("TimeoutMilliseconds")
    items = apis.get_integrations(ApiId=resource.text("apiId"))["Items"]
    called = {"IntegrationUri": request.get("IntegrationUri")}
    found = _kept(deployment, items, "IntegrationId", called)
    if found is None:
        found = apis.create_integration(**request)["IntegrationId"]
        deployment.claim(found)
    else:
        apis.update_integration(IntegrationId=found, **request)
    return Created(id=found, outputs={})


@creates("aws:apigatewayv2/route:Route")
def route(deployment: Deployment, resource: Resource) -> Created:
    """A route."""
    apis = deployment.aws.http_apis
    request = resource.request()
    items = apis.get_routes(ApiId=resource.text("apiId"))["Items"]
    found = _kept(deployment, items, "RouteId", {"RouteKey": resource.text("routeKey")})
    if found is None:
        found = apis.create_route(**request)["RouteId"]
    else:
        apis.update_route(RouteId=found, **request)
    return Created(id=found, outputs={})


@creates("aws:apigatewayv2/stage:Stage")
def stage(deployment: Deployment, resource: Resource) -> Created:
    """A stage; the emulator serves it below a path, for want of a host name of its own."""
    apis = deployment.aws.http_apis
    api_id, name = resource.text("apiId"), deployment.physical_name(resource)
    request = resource.request(
        without=("name", "routeSettings"), sections=("accessLogSettings", "defaultRouteSettings")
    )
    request["StageName"] = name
    if settings := resource.inputs.get("routeSettings"):
        request["RouteSettings"] = _by_route(settings)
    if any(item.get("StageName") == name for item in apis.get_stages(ApiId=api_id)["Items"]):
        request.pop("Tags", None)
        apis.update_stage(**request)
    else:
        apis.create_stage(**request)
    region = deployment.aws.region
    return Created(
        id=name,
        outputs={
            "name": name,
            "arn": f"arn:{PARTITION}:apigateway:{region}::/apis/{api_id}/stages/{name}",
            "executionArn": f"{_execution_arn(region, api_id)}/{name}",
            "invokeUrl": f"{_endpoint(deployment, api_id)}/{name}",
        },
    )


def _kept(
    deployment: Deployment, items: Iterable[Any], key: str, same: Mapping[str, Any]
) -> str | None:
    """Return the id of an existing item with the fields `same` that no other resource took."""
    for item in items:
        alike = all(item.get(name) == value for name, value in same.items())
        if alike and deployment.claim(item[key]):
            return item[key]
    return None


def _by_route(settings: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {
        entry["routeKey"]: as_request({k: v for k, v in entry.items() if k != "routeKey"})
        for entry in settings
    }


def _execution_arn(region: str, api_id: str) -> str:
    return f"arn:{PARTITION}:execute-api:{region}:{ACCOUNT_ID}:{api_id}"


def _endpoint(deployment: Deployment, api_id: str) -> str:
    return f"{deployment.aws.endpoint_url}/_aws/execute-api/{api_id}"
