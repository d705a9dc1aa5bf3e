"""The HTTP API: one stage, its throttles and access log, and the authorizer of employees."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infrastructure.access import Access
from infrastructure.domain import ApiDomain, ApiDomainArgs
from infrastructure.logs import log_group

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infrastructure.settings import Settings

# No path, no query and no address of the caller: a path may hold a decision link or the secret of
# a calendar feed, which are capabilities, and the others are personal data. The route key says
# enough.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
ACCESS_LOG: Final = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "routeKey": "$context.routeKey",
    "status": "$context.status",
    "responseBytes": "$context.responseLength",
    "latencyMilliseconds": "$context.responseLatency",
    "integrationStatus": "$context.integrationStatus",
    "integrationError": "$context.integrationErrorMessage",
    "authorizerError": "$context.authorizer.error",
}


@dataclass(frozen=True, kw_only=True)
class HttpApiArgs:
    """Whose tokens are accepted, how much is let through, and which origins may call (CORS)."""

    settings: Settings


class HttpApi(pulumi.ComponentResource):
    """The API `leave-<stage>`; each `Endpoint` brings its routes, and `open` the stage."""

    id: pulumi.Output[str]
    url: pulumi.Output[str]
    """Where the stage answers, without a slash at the end."""
    domain: ApiDomain | None
    """None where the API has the address only that AWS gives."""
    authorizer_id: pulumi.Output[str]
    log_group: pulumi.Output[str]
    stage_arn: pulumi.Output[str]
    """The `execute-api` ARN that method and path are appended to."""

    def __init__(
        self, name: str, args: HttpApiArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("leave:api:HttpApi", name, None, opts)
        settings = args.settings
        own = pulumi.ResourceOptions(parent=self)
        api = aws.apigatewayv2.Api(
            name,
            aws.apigatewayv2.ApiArgs(
                name=f"leave-{settings.stage}",
                protocol_type="HTTP",
                disable_execute_api_endpoint=not settings.default_endpoint,
                cors_configuration=_cors(settings.allowed_origins),
            ),
            opts=own,
        )
        authorizer = aws.apigatewayv2.Authorizer(
            f"{name}-employees",
            aws.apigatewayv2.AuthorizerArgs(
                api_id=api.id,
                name="employees",
                authorizer_type="JWT",
                identity_sources=["$request.header.Authorization"],
                jwt_configuration=aws.apigatewayv2.AuthorizerJwtConfigurationArgs(
                    issuer=settings.oidc_issuer, audiences=list(settings.oidc_audiences)
                ),
            ),
            opts=own,
        )
        # AWS may write below this path already, so that no resource policy has to grow:
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html
        logs = log_group(
            f"{name}-logs",
            path=f"/aws/vendedlogs/apis/leave-{settings.stage}",
            retention_days=settings.log_retention_days,
            parent=self,
        )
        self.id = api.id
        self.domain = None
        if settings.domain_name:
            self.domain = ApiDomain(f"{name}-domain", ApiDomainArgs(settings=settings), own)
        # Not those of the stage: functions are told the address, and come before it.
        at_aws = pulumi.Output.concat(api.api_endpoint, "/", settings.stage)
        self.url = self.domain.url if self.domain else at_aws
        self.authorizer_id = authorizer.id
        self.log_group = logs.name
        self.stage_arn = pulumi.Output.concat(api.execution_arn, "/", settings.stage)
        self._name, self._settings, self._log_group_arn = name, settings, logs.arn
        self.register_outputs({"id": self.id, "url": self.url})

    def access(self) -> Access:
        """The address that links in mails start with; it is public, so no right goes along."""
        return Access(environment={"LEAVE_API_URL": self.url})

    def open(self, routes: Sequence[aws.apigatewayv2.Route], *, public: Sequence[str]) -> None:
        """Make the stage, which deploys what is there and every later change by itself.

        Each public route has a lower throttle of its own, so that a flood of one leaves the others
        alone. AWS refuses settings of a route that is not there, so the routes come first:
        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
        """
        settings = self._settings
        stage = aws.apigatewayv2.Stage(
            self._name,
            aws.apigatewayv2.StageArgs(
                api_id=self.id,
                name=settings.stage,
                auto_deploy=True,
                access_log_settings=aws.apigatewayv2.StageAccessLogSettingsArgs(
                    destination_arn=self._log_group_arn, format=json.dumps(ACCESS_LOG)
                ),
                default_route_settings=aws.apigatewayv2.StageDefaultRouteSettingsArgs(
                    throttling_rate_limit=settings.throttle_rate,
                    throttling_burst_limit=settings.throttle_burst,
                ),
                route_settings=[
                    aws.apigatewayv2.StageRouteSettingArgs(
                        route_key=route_key,
                        throttling_rate_limit=settings.public_throttle_rate,
                        throttling_burst_limit=settings.public_throttle_burst,
                    )
                    for route_key in public
                ],
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*routes]),
        )
        if self.domain is not None:
            self.domain.lead_to(stage)


def _cors(origins: tuple[str, ...]) -> aws.apigatewayv2.ApiCorsConfigurationArgs | None:
    if not origins:
        return None
    return aws.apigatewayv2.ApiCorsConfigurationArgs(
        allow_origins=list(origins),
        # Without credentials: no page of another origin may use the cookie of a signed-in approver.
        allow_methods=["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"],
        allow_headers=["authorization", "content-type", "idempotency-key", "if-match"],
        # Other headers of an answer no script of another origin has a use for.
        expose_headers=["etag", "link", "retry-after"],
        max_age=3600,
    )
