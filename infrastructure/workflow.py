"""The state machine that waits for the lead, with its role and its log group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infrastructure import policies
from infrastructure.access import Access
from infrastructure.logs import log_group
from infrastructure.roles import role_with_rights
from infrastructure.workflow_definition import workflow_definition

if TYPE_CHECKING:
    from infrastructure.place import Place
    from infrastructure.settings import Settings

# Who holds a task's token may answer it, whichever state machine it belongs to; so this is granted
# without a resource, and without anything to know.
ANSWER_OR_FAIL: Final = Access(
    statements=(policies.answer_tasks(["states:SendTaskFailure", "states:SendTaskSuccess"]),)
)


@dataclass(frozen=True, kw_only=True)
class LeaveWorkflowArgs:
    """`ask_arn` is the function that asks the lead, `tell_arn` the one that tells the employee."""

    settings: Settings
    place: Place
    ask_arn: pulumi.Output[str]
    tell_arn: pulumi.Output[str]


class LeaveWorkflow(pulumi.ComponentResource):
    """The Standard state machine `EmployeeLeaveWorkflow-<stage>`."""

    arn: pulumi.Output[str]
    log_group: pulumi.Output[str]

    def __init__(
        self, name: str, args: LeaveWorkflowArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("leave:workflow:LeaveWorkflow", name, None, opts)
        settings = args.settings
        physical_name = f"EmployeeLeaveWorkflow-{settings.stage}"
        # AWS may write below this path already; any other would add to a resource policy, whose
        # size is limited: https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
        logs = log_group(
            f"{name}-logs",
            path=f"/aws/vendedlogs/states/{physical_name}",
            retention_days=settings.log_retention_days,
            parent=self,
        )
        role, rights = self._role(name, physical_name, args)
        functions = pulumi.Output.all(ask=args.ask_arn, tell=args.tell_arn)
        machine = aws.sfn.StateMachine(
            name,
            aws.sfn.StateMachineArgs(
                name=physical_name,
                type="STANDARD",
                role_arn=role.arn,
                definition=pulumi.Output.json_dumps(
                    functions.apply(
                        lambda arns: workflow_definition(
                            partition=args.place.partition,
                            ask_arn=arns["ask"],
                            tell_arn=arns["tell"],
                            answer_timeout_days=settings.answer_timeout_days,
                            undo_seconds=settings.undo_seconds,
                        )
                    )
                ),
                logging_configuration=aws.sfn.StateMachineLoggingConfigurationArgs(
                    level="ERROR",
                    # Inputs and outputs carry task tokens.
                    include_execution_data=False,
                    log_destination=pulumi.Output.concat(logs.arn, ":*"),
                ),
                tracing_configuration=aws.sfn.StateMachineTracingConfigurationArgs(enabled=True),
            ),
            # AWS refuses a state machine whose role cannot write to its log group yet.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[rights]),
        )
        self.arn = machine.arn
        self.log_group = logs.name
        self.register_outputs({"arn": self.arn})

    def _role(
        self, name: str, physical_name: str, args: LeaveWorkflowArgs
    ) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        # Only this state machine may use the role, not whatever else Step Functions runs:
        # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
        trust = policies.trust(
            "states.amazonaws.com",
            account=args.place.account,
            source_arn=args.place.arn("states", f"stateMachine:{physical_name}"),
        )
        statements = (
            pulumi.Output.all(args.ask_arn, args.tell_arn).apply(policies.invoke_functions),
            policies.deliver_execution_logs(),
            policies.trace_executions(),
        )
        return role_with_rights(
            name,
            physical_name=physical_name,
            settings=args.settings,
            trust=trust,
            statements=statements,
            parent=self,
        )

    def start_access(self) -> Access:
        """The state machine's ARN, and the right to start executions of it."""
        return Access(
            environment={"LEAVE_STATE_MACHINE_ARN": self.arn},
            statements=(self.arn.apply(policies.start_execution),),
        )

    def watch_access(self) -> Access:
        """The right to see how an execution stands, of which the caller knows the ARN."""
        return Access(statements=(self.arn.apply(policies.describe_executions),))
