"""Routes of the HTTP API that lead to one function."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from infrastructure.api import HttpApi
    from infrastructure.functions import LeaveFunction


@dataclass(frozen=True, kw_only=True)
class EndpointArgs:
    """The routes are those of the function's row."""

    api: HttpApi
    function: LeaveFunction


class Endpoint(pulumi.ComponentResource):
    """One integration, and for every route the leave to call the function through it."""

    routes: tuple[aws.apigatewayv2.Route, ...]

    def __init__(
        self, name: str, args: EndpointArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("leave:api:Endpoint", name, None, opts)
        integration = aws.apigatewayv2.Integration(
            name,
            aws.apigatewayv2.IntegrationArgs(
                api_id=args.api.id,
                integration_type="AWS_PROXY",
                integration_method="POST",
                integration_uri=args.function.arn,
                payload_format_version="2.0",
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.routes = tuple(
            self._route(route_name, route_key, integration, args)
            for route_name, route_key in args.function.spec.routes.items()
        )
        self.register_outputs({})

    def _route(
        self,
        name: str,
        route_key: str,
        integration: aws.apigatewayv2.Integration,
        args: EndpointArgs,
    ) -> aws.apigatewayv2.Route:
        public = args.function.spec.public
        permission = aws.lambda_.Permission(
            name,
            aws.lambda_.PermissionArgs(
                action="lambda:InvokeFunction",
                function=args.function.name,
                principal="apigateway.amazonaws.com",
                source_arn=pulumi.Output.concat(args.api.stage_arn, "/", arn_path(route_key)),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return aws.apigatewayv2.Route(
            name,
            aws.apigatewayv2.RouteArgs(
                api_id=args.api.id,
                route_key=route_key,
                target=pulumi.Output.concat("integrations/", integration.id),
                authorization_type="NONE" if public else "JWT",
                authorizer_id=None if public else args.api.authorizer_id,
            ),
            # With auto-deploy a route is live at once, and may only then find the door open.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )


def arn_path(route_key: str) -> str:
    """The end of a route's `execute-api` ARN: `GET /a/{b}` becomes `GET/a/*`.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
    """
    return re.sub(r"\{[^}]*\}", "*", route_key.replace(" ", ""))
