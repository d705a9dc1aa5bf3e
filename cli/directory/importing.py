"""Writing what differs to a stage, and putting leave right that does not fit any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.directory.columns import write_cells
from cli.directory.effects import Effects, Handling, LeaveOutside
from cli.errors import CommandError
from leave.adapters.system import present_moment
from leave.domain.errors import ConflictError, UnavailableError, quantity
from leave.domain.history import Status
from leave.services.directory_changes import Affected
from leave.services.ports import AuditEntry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cli.directory.changes import Change, Changes
    from leave.adapters.dynamodb.directory import DynamoDirectory
    from leave.services.directory_changes import (
        DirectoryChanges,
        Misdirected,
        OutsideEmployment,
    )

_DONE = frozenset({Handling.CANCELLED, Handling.ENDED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Import:
    """The import of a checked file. Every step can be repeated after an interruption.

    `directory_changes` is None for a stage that had no employees: it can have no requests, and may
    still be in the making. With `cancels_later`, leave wholly outside of every employment is
    cancelled. `who` is recorded.
    """

    directory: DynamoDirectory
    changes: Changes
    directory_changes: DirectoryChanges | None
    cancels_later: bool = False
    who: str = ""

    def expected(self) -> Effects:
        """Return what the import would do to leave, and what it would leave to a person."""
        found = self._affected()
        leave = [LeaveOutside(found=one, handling=self._handling(one)) for one in found.outside]
        return Effects(rerouted=_waiting(found, leave), leave=leave)

    def write(self) -> None:
        """Write each employee that differs, new ones first, so that no lead is ever unknown.

        Each employee is written with who did it and what differs. Raises `CommandError` at the
        first one who is not stored any more as was compared.
        """
        given_up = dict(_given_up(self.changes.changes))
        for number, change in enumerate(self.changes.changes):
            entry = AuditEntry(
                at=present_moment(),
                kind="directory",
                actor=self.who,
                channel="import",
                employee_id=change.after.employee_id,
                what=change.kind.value,
                changes=_differing(change),
            )
            try:
                self.directory.write(
                    change.after,
                    before=change.before,
                    audit=entry,
                    email_from=given_up.get(change.after.email.lower()),
                )
            except ConflictError as error:
                raise CommandError(
                    f"{change.after.employee_id} was changed while this import ran, by another"
                    " import, or another employee has got their mail address."
                    f" {number} of {quantity(len(self.changes.changes), 'employee')} were"
                    " written before that, and none after. Look at what still differs with"
                    " --dry-run, correct the file if it undoes what the other import did, and"
                    " import it again."
                ) from error

    def put_right(self) -> Effects:
        """Cancel leave if that is wanted, and ask the right approver of each waiting request.

        Returns what was done, and what is left to a person.
        """
        # Looked for after the writing, so that none is missed that was asked in the meantime.
        found = self._affected()
        leave = list(self._cancelled(found.outside))
        return Effects(rerouted=self._rerouted(_waiting(found, leave)), leave=leave)

    def _affected(self) -> Affected:
        if self.directory_changes is None:
            return Affected()
        return self.directory_changes.find(self.changes.directory)

    def _handling(self, found: OutsideEmployment) -> Handling:
        if not found.wholly:
            return Handling.PARTLY_OUTSIDE
        if not self.cancels_later:
            return Handling.OUTSIDE
        return Handling.ENDED if found.status is Status.PENDING else Handling.CANCELLED

    def _cancelled(self, outside: Sequence[OutsideEmployment]) -> Iterator[LeaveOutside]:
        for found in outside:
            handling = self._handling(found)
            if handling in _DONE:
                changes = self.directory_changes
                if changes is None or not changes.cancel(found, actor=self.who):
                    continue
            yield LeaveOutside(found=found, handling=handling)

    def _rerouted(self, waiting: Sequence[Misdirected]) -> Sequence[Misdirected]:
        changes = self.directory_changes
        if changes is None:
            return ()
        try:
            return [m for m in waiting if m.approver is None or changes.reroute(m, actor=self.who)]
        except UnavailableError as error:
            raise CommandError(
                "The employees are written, and not every waiting request was re-routed"
                f" ({error}). Import the same file again to finish."
            ) from error


def _given_up(changes: Sequence[Change]) -> Iterator[tuple[str, str]]:
    """Yield each mail address that a stored employee gives up, and who that is."""
    for change in changes:
        if change.before and change.before.email.lower() != change.after.email.lower():
            yield change.before.email.lower(), change.before.employee_id


def _differing(change: Change) -> Mapping[str, tuple[str, str]]:
    """Return the old and the new cell of each column that differs; of a new employee, all."""
    if change.before is None:
        cells = write_cells(change.after)
        return {column: ("", cell) for column, cell in cells.items() if cell}
    return {field.column: (field.before, field.after) for field in change.fields}


def _waiting(found: Affected, leave: Sequence[LeaveOutside]) -> Sequence[Misdirected]:
    """Return the requests that wait for the wrong approver, without those of cancelled leave."""
    done = {one.found.request.request_id for one in leave if one.handling in _DONE}
    return [one for one in found.misdirected if one.request.request_id not in done]
