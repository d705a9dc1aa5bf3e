"""What administrators' commands are made of: the stage's records, under the stage's own rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from cli.errors import CommandError
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.lookup import DynamoRecords
from leave.adapters.dynamodb.requests import DynamoRequests
from leave.adapters.stepfunctions import StepFunctionsWorkflow
from leave.adapters.system import SystemClock
from leave.config import ConfigurationError, read_rules
from leave.services.directory_changes import DirectoryChanges
from leave.services.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from collections.abc import Collection

    from cli.stage import Stage
    from leave.domain.employee import Employee
    from leave.domain.policy import Rules
    from leave.domain.request import ApprovalPolicy

CONFIGURED = "request-leave"
"""The function whose settings are the stage's: it applies every rule."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Administration:
    """The records of a stage, and what they are judged by."""

    clock: SystemClock
    directory: DynamoDirectory
    requests: DynamoRequests
    records: DynamoRecords
    rules: Rules
    policy: ApprovalPolicy
    workflow: StepFunctionsWorkflow

    @classmethod
    def of(cls, stage: Stage) -> Self:
        """Open a stage; raises `CommandError` when it is not there or not configured."""
        table = stage.table()
        environment = stage.environment(CONFIGURED)
        try:
            return cls(
                clock=SystemClock(environment.time_zone()),
                directory=DynamoDirectory(table),
                requests=DynamoRequests(table),
                records=DynamoRecords(table),
                rules=read_rules(environment.optional("LEAVE_RULES")),
                policy=environment.policy(),
                workflow=StepFunctionsWorkflow(
                    client=stage.client("stepfunctions"),
                    state_machine_arn=environment.optional("LEAVE_STATE_MACHINE_ARN") or "",
                ),
            )
        except ConfigurationError as error:
            raise CommandError(str(error)) from error

    def unit_of_work(self, employees: Collection[Employee] = ()) -> UnitOfWork:
        """Return a new unit of work that takes these employees as stored."""
        uow = UnitOfWork(records=self.records, requests=self.requests, directory=self.directory)
        uow.assume(employees)
        return uow

    def directory_changes(self, employees: Collection[Employee]) -> DirectoryChanges:
        """Return what a directory does to leave, the present one or one that is to be imported."""
        return DirectoryChanges(
            clock=self.clock,
            begin=lambda: self.unit_of_work(employees),
            workflow=self.workflow,
            rules=self.rules,
            policy=self.policy,
        )
