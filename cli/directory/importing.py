"""Writing what differs to a stage, and asking anew whoever decides now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from cli.administration import Administration
from cli.errors import CommandError
from cli.operators import operator
from leave.adapters.stepfunctions import StepFunctionsWorkflow
from leave.domain.errors import UnavailableError
from leave.services.reroute import Reroute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.directory.changes import Changes
    from cli.stage import Stage
    from leave.adapters.dynamodb.directory import DynamoDirectory
    from leave.services.reroute import Misdirected


@dataclass(frozen=True, kw_only=True, slots=True)
class Import:
    """The import of a checked file. Every step can be repeated after an interruption.

    `reroute` is None for a stage that had no employees: it can have no requests, and may still be
    in the making.
    """

    stage: Stage
    directory: DynamoDirectory
    changes: Changes
    reroute: Reroute | None

    @classmethod
    def prepared(
        cls, stage: Stage, directory: DynamoDirectory, changes: Changes, *, is_first: bool
    ) -> Self:
        """Return the import; raises `CommandError` while nothing is written yet."""
        reroute = None if is_first else _reroute(stage, changes)
        return cls(stage=stage, directory=directory, changes=changes, reroute=reroute)

    def misdirected(self) -> Sequence[Misdirected]:
        """Return the requests that wait for somebody who will not decide them any more."""
        return [] if self.reroute is None else list(self.reroute.find(self.changes.directory))

    def write(self) -> None:
        """Write whoever differs, new employees first, so that no lead is ever unknown."""
        for change in self.changes.changes:
            self.directory.write(change.after, before=change.before)

    def ask_anew(self) -> Sequence[Misdirected]:
        """Ask the right approver of each waiting request.

        Returns the requests that were re-routed, and those that nobody else could decide.
        """
        if self.reroute is None:
            return []
        # Looked for after the writing, so that none is missed that was asked in the meantime.
        found = self.misdirected()
        who = operator(self.stage) if found else ""
        try:
            return [one for one in found if one.approver is None or self.reroute(one, who=who)]
        except UnavailableError as error:
            raise CommandError(
                "The employees are written, and not every waiting request was re-routed"
                f" ({error}). Import the same file again to finish."
            ) from error


def _reroute(stage: Stage, changes: Changes) -> Reroute:
    administration = Administration.of(stage)
    return Reroute(
        clock=administration.clock,
        employees=changes,
        requests=administration.requests,
        workflow=StepFunctionsWorkflow(client=stage.client("stepfunctions")),
        rules=administration.rules,
        policy=administration.policy,
    )
