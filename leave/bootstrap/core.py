"""What nearly every use case is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.adapters.aws import connect
from leave.adapters.clock import SystemClock
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.lookup import DynamoRecords
from leave.adapters.dynamodb.requests import DynamoRequests
from leave.adapters.dynamodb.table import Table
from leave.adapters.holiday_tables import FileHolidayTables
from leave.adapters.stepfunctions import StepFunctionsWorkflow
from leave.config import Environment
from leave.rules_config import read_rules
from leave.services.planning import Planner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leave.adapters.metrics import EmbeddedMetrics
    from leave.services.approvers import Approvers
    from leave.services.authentication import Authenticator
    from leave.services.authorization import Authorization
    from leave.services.decision_summaries import DecisionSummaries
    from leave.services.single_approval import SingleApproval
    from leave.services.unit_of_work import UnitOfWork


@dataclass(kw_only=True, slots=True, eq=False)
class Core:
    """What nearly every use case is made of."""

    environment: Environment
    clock: SystemClock
    directory: DynamoDirectory
    requests: DynamoRequests
    records: DynamoRecords
    planner: Planner

    @classmethod
    def build(cls, variables: Mapping[str, str]) -> Core:
        """Read the environment, and connect to the table."""
        environment = Environment(variables)
        table = Table(connect("dynamodb"), environment.require("LEAVE_TABLE"))
        clock = SystemClock(environment.time_zone())
        directory, requests = DynamoDirectory(table), DynamoRequests(table)
        planner = Planner(
            clock=clock,
            holidays=FileHolidayTables(environment.holiday_calendars()),
            rules=read_rules(environment.optional("LEAVE_RULES")),
            policy=environment.policy(),
        )
        return cls(
            environment=environment,
            clock=clock,
            directory=directory,
            requests=requests,
            records=DynamoRecords(table),
            planner=planner,
        )

    def metrics(self) -> EmbeddedMetrics:
        """Return who reports numbers."""
        from leave.adapters.metrics import EmbeddedMetrics

        return EmbeddedMetrics(stage=self.environment.require("LEAVE_STAGE"), clock=self.clock)

    def units(self, metrics: EmbeddedMetrics | None) -> Callable[[], UnitOfWork]:
        """Return what begins a unit of work; without metrics, one that only reads."""
        from leave.services.unit_of_work import UnitOfWork

        return lambda: UnitOfWork(
            records=self.records,
            requests=self.requests,
            directory=self.directory,
            metrics=metrics,
        )

    def authenticator(self) -> Authenticator:
        """Return who lets callers in."""
        from leave.services.authentication import Authenticator

        return Authenticator(
            company_domain=self.environment.require("LEAVE_COMPANY_DOMAIN"),
            admins=self.environment.names("LEAVE_ADMINS"),
        )

    def authorization(self) -> Authorization:
        """Return who may act for whom."""
        from leave.services.authorization import Authorization

        return Authorization(clock=self.clock)

    def approvers(self) -> Approvers:
        """Return who finds the approver."""
        from leave.services.approvers import Approvers

        return Approvers(
            clock=self.clock,
            policy=self.planner.policy,
            holidays=self.planner.holidays,
        )

    def summaries(self) -> DecisionSummaries:
        """Return who gathers what an approver needs to know."""
        from leave.services.decision_summaries import DecisionSummaries

        return DecisionSummaries(planner=self.planner, approvers=self.approvers())

    def single_approval(self) -> SingleApproval:
        """Return who lets one approval be enough where nobody can give a second one."""
        from leave.services.single_approval import SingleApproval

        return SingleApproval(
            clock=self.clock,
            planner=self.planner,
            approvers=self.approvers(),
        )

    def starter(self) -> StepFunctionsWorkflow:
        """Return the workflow, for those who start executions of it."""
        return StepFunctionsWorkflow(
            client=connect("stepfunctions"),
            state_machine_arn=self.environment.require("LEAVE_STATE_MACHINE_ARN"),
        )
