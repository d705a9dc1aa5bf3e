"""The HTTP API: one stage, its throttling and access log, and the authorizer of employees."""

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
    """The API `leave-<stage>` without routes; each `Endpoint` brings its own."""

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
        stage = self._stage(name, api, logs, settings)
        self.id = api.id
        self.domain = None
        if settings.domain_name:
            served = ApiDomainArgs(settings=settings, api_id=api.id, stage_name=stage.name)
            self.domain = ApiDomain(f"{name}-domain", served, own)
        self.url = self.domain.url if self.domain else stage.invoke_url
        self.authorizer_id = authorizer.id
        self.log_group = logs.name
        self.stage_arn = stage.execution_arn
        self.register_outputs({"id": self.id, "url": self.url})

    def access(self) -> Access:
        """The address that links in mails start with; it is public, so no right goes along."""
        return Access(environment={"LEAVE_API_URL": self.url})

    def _stage(
        self,
        name: str,
        api: aws.apigatewayv2.Api,
        logs: aws.cloudwatch.LogGroup,
        settings: Settings,
    ) -> aws.apigatewayv2.Stage:
        return aws.apigatewayv2.Stage(
            name,
            aws.apigatewayv2.StageArgs(
                api_id=api.id,
                name=settings.stage,
                auto_deploy=True,
                access_log_settings=aws.apigatewayv2.StageAccessLogSettingsArgs(
                    destination_arn=logs.arn, format=json.dumps(ACCESS_LOG)
                ),
                default_route_settings=aws.apigatewayv2.StageDefaultRouteSettingsArgs(
                    throttling_rate_limit=settings.throttle_rate,
                    throttling_burst_limit=settings.throttle_burst,
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _cors(origins: tuple[str, ...]) -> aws.apigatewayv2.ApiCorsConfigurationArgs | None:
    if not origins:
        return None
    return aws.apigatewayv2.ApiCorsConfigurationArgs(
        allow_origins=list(origins),
        allow_methods=["DELETE", "GET", "HEAD", "PATCH", "POST"],
        allow_headers=["authorization", "content-type", "idempotency-key"],
        max_age=3600,
    )
