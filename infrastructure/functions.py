"""A Lambda function with a role, a policy and a log group of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infrastructure import policies
from infrastructure.environment import environment
from infrastructure.logs import log_group
from infrastructure.roles import role_with_rights

if TYPE_CHECKING:
    from infrastructure.access import Access
    from infrastructure.function_platform import FunctionPlatform
    from infrastructure.function_table import FunctionSpec


@dataclass(frozen=True, kw_only=True)
class LeaveFunctionArgs:
    """A row of the function table, and the access to the resources that it names."""

    spec: FunctionSpec
    platform: FunctionPlatform
    access: tuple[Access, ...]


class LeaveFunction(pulumi.ComponentResource):
    """The function `leave-<stage>-<name>`, whose handler is in the module of that name."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    log_group: pulumi.Output[str]

    def __init__(
        self, name: str, args: LeaveFunctionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("leave:functions:LeaveFunction", name, None, opts)
        settings, spec = args.platform.settings, args.spec
        physical_name = f"leave-{settings.stage}-{name}"
        logs = log_group(
            f"{name}-logs",
            path=f"/aws/lambda/{physical_name}",
            retention_days=settings.log_retention_days,
            parent=self,
        )
        # On behalf of functions of this account only:
        # https://docs.aws.amazon.com/lambda/latest/dg/permissions-managed-policies.html
        role, rights = role_with_rights(
            name,
            physical_name=physical_name,
            settings=settings,
            trust=policies.trust("lambda.amazonaws.com", account=args.platform.place.account),
            statements=(
                logs.arn.apply(policies.write_own_logs),
                policies.send_traces(),
                *(statement for access in args.access for statement in access.statements),
            ),
            parent=self,
        )
        function = aws.lambda_.Function(
            name,
            aws.lambda_.FunctionArgs(
                name=physical_name,
                role=role.arn,
                runtime=settings.lambda_runtime,
                architectures=[settings.lambda_architecture],
                handler=f"leave.functions.{spec.name}.handler",
                code=pulumi.FileArchive(args.platform.code),
                layers=[args.platform.layer_arn] if spec.needs_layer else [],
                timeout=spec.timeout_seconds,
                memory_size=spec.memory_megabytes,
                # To Lambda, 0 is a function that never runs, and -1 one that nothing is kept for.
                reserved_concurrent_executions=settings.instances(spec.concurrency) or -1,
                environment=_environment(args),
                tracing_config=aws.lambda_.FunctionTracingConfigArgs(mode="Active"),
                logging_config=aws.lambda_.FunctionLoggingConfigArgs(
                    log_format="JSON",
                    application_log_level=settings.log_level,
                    system_log_level="WARN",
                    log_group=logs.name,
                ),
            ),
            # A function that runs before it has its rights fails for no visible reason.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[rights]),
        )
        self.spec = spec
        self.name = function.name
        self.arn = function.arn
        self.log_group = logs.name
        self.register_outputs({"name": self.name, "arn": self.arn})


def _environment(args: LeaveFunctionArgs) -> aws.lambda_.FunctionEnvironmentArgs | None:
    variables: dict[str, pulumi.Input[str]] = {}
    variables.update(environment(args.platform.settings, *args.spec.settings))
    for access in args.access:
        variables.update(access.environment)
    return aws.lambda_.FunctionEnvironmentArgs(variables=variables) if variables else None
