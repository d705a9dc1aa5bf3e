"""An administrator reads and replaces the directory by a file."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from leave.domain.errors import (
    ConcurrentImportError,
    ConflictError,
    DirectoryChangedError,
    DirectoryMistakesError,
    FieldProblem,
    MalformedRequestError,
    UnavailableError,
)
from leave.domain.history import Channel, LeaveHandling, Status
from leave.domain.values import Value
from leave.services.directory_changes import DirectoryChanges, OutsideEmployment
from leave.services.directory_comparison import Comparison
from leave.services.directory_file import read_file, write_text
from leave.services.ports import AuditEntry, DirectoryWrite

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from leave.domain.employee import Employee
    from leave.domain.history import Person
    from leave.domain.policy import Rules
    from leave.domain.request import ApprovalPolicy
    from leave.services.authorization import Authorization, Caller
    from leave.services.directory_changes import Misdirected
    from leave.services.directory_comparison import Change, DirectoryRules
    from leave.services.ports import Clock, Workflow, WritableDirectory
    from leave.services.unit_of_work import UnitOfWork

WORK_SECONDS = 20.0
"""How long a call works; what is left then is done by the next one."""

_log = logging.getLogger(__name__)


class ImportOptions(Value):
    """How a file is imported.

    `first_year` is the first with leave accounts of those who are added; None is this year. With
    `cancels_later`, leave wholly outside of every employment is cancelled. `versions` are those of
    the directory that the file was made for; None is any.
    """

    is_dry_run: bool = True
    end_missing: date | None = None
    first_year: int | None = None
    cancels_later: bool = False
    versions: frozenset[int] | None = None


_DONE = frozenset({LeaveHandling.CANCELLED, LeaveHandling.ENDED})


class LeaveOutside(Value):
    """Leave with days outside of every employment, and what becomes of it."""

    found: OutsideEmployment
    handling: LeaveHandling


@dataclass(kw_only=True, slots=True)
class Imported:
    """What a call changed, or would change; `remaining` steps are left to the next call.

    `rerouted` are requests that another person decides, or that nobody can; `version` is the one of
    the directory now.
    """

    version: int
    is_written: bool
    changes: Sequence[Change] = ()
    rerouted: list[Misdirected] = field(default_factory=list["Misdirected"])
    leave: list[LeaveOutside] = field(default_factory=list["LeaveOutside"])
    remaining: int = 0


@dataclass(kw_only=True, slots=True, eq=False)
class ImportDirectory:
    """The use cases of the directory as a file. Every step can be repeated after an interruption.

    `seconds` is a clock that only ever goes forward.
    """

    clock: Clock
    seconds: Callable[[], float]
    begin: Callable[[], UnitOfWork]
    authorization: Authorization
    directory: WritableDirectory
    directory_rules: DirectoryRules
    rules: Rules
    policy: ApprovalPolicy
    workflow: Workflow
    new_feed: Callable[[], str]

    def require_admin(self, caller: Caller) -> Person:
        """Return who imports; raises `NotAllowedError` before anything else is read."""
        return self.authorization.require_admin(self.begin(), caller)

    def export(self, caller: Caller) -> tuple[str, int]:
        """Return the directory as a file, and its version; raises `NotAllowedError`."""
        self.authorization.require_reader(self.begin(), caller)
        # In this order, so that nothing is missing in a file of this version.
        version = self.directory.version()
        return write_text(self.directory.everybody()), version

    def __call__(
        self, raw: bytes, options: ImportOptions, *, caller: Caller, actor: Person
    ) -> Imported:
        """Write what differs, and put right what leave does not fit any more.

        Raises `FileTooLongError`, `MalformedRequestError`, `DirectoryChangedError`, or
        `DirectoryMistakesError`; nothing is written then, unless another import came between.
        """
        until = self.seconds() + WORK_SECONDS
        today = self.clock.today()
        first_year = options.first_year or today.year
        if abs(first_year - today.year) > 1:
            problem = f"must be {today.year - 1}, {today.year} or {today.year + 1}"
            raise MalformedRequestError(FieldProblem("firstYear", problem))
        read = read_file(raw, accounts_since=first_year, languages=self.directory_rules.languages)
        version = self.directory.version()
        if options.versions is not None and version not in options.versions:
            raise DirectoryChangedError
        stored = {employee.employee_id: employee for employee in self.directory.everybody()}
        compare = Comparison(
            rules=self.directory_rules,
            clock=self.clock,
            end_missing=options.end_missing,
            new_feed=self.new_feed,
            gives_roles=caller.in_admins,
        )
        changes, mistakes = compare(read, stored, self.begin())
        if mistakes:
            raise DirectoryMistakesError(mistakes)
        effects = _Effects(
            changes=self._directory_changes(changes.directory.values()),
            cancels_later=options.cancels_later,
            actor=actor.employee_id,
        )
        # Who is added by this call has no leave.
        people = {i: employee for i, employee in changes.directory.items() if i in stored}
        if options.is_dry_run:
            rerouted, leave = effects.expected(people)
            return Imported(
                version=version,
                is_written=False,
                changes=changes.changes,
                rerouted=rerouted,
                leave=leave,
            )
        imported = Imported(version=version, is_written=True)
        writes = list(self._writes(changes.changes, caller, actor))
        try:
            for written, raised in self.directory.write_all(writes, version=version):
                imported.version, imported.changes = raised, changes.changes[:written]
                if self.seconds() >= until:
                    break
        except ConflictError as error:
            kind = ConcurrentImportError if options.versions is None else DirectoryChangedError
            raise kind(written=len(imported.changes), of=len(writes)) from error
        imported.remaining = len(writes) - len(imported.changes)
        if not imported.remaining:
            effects.put_right(people, imported, is_time_left=lambda: self.seconds() < until)
        return imported

    def _writes(
        self, changes: Sequence[Change], caller: Caller, actor: Person
    ) -> Iterator[DirectoryWrite]:
        """Yield each employee that differs, new ones first, so that no lead is ever unknown.

        Each one is written with who did it and what differs.
        """
        given_up = dict(_given_up(changes))
        for change in changes:
            entry = AuditEntry(
                at=self.clock.now(),
                kind="directory",
                actor=actor.employee_id,
                email=caller.email,
                sub=caller.subject or None,
                channel=Channel.IMPORT.value,
                employee_id=change.after.employee_id,
                what=change.kind.value,
                changes={f.column: (f.before, f.after) for f in change.fields},
            )
            yield DirectoryWrite(
                before=change.before,
                after=change.after,
                audit=entry,
                email_from=given_up.get(change.after.email.lower()),
            )

    def _directory_changes(self, employees: Collection[Employee]) -> DirectoryChanges:
        def begin() -> UnitOfWork:
            uow = self.begin()
            uow.assume(employees)
            return uow

        return DirectoryChanges(
            clock=self.clock,
            begin=begin,
            workflow=self.workflow,
            rules=self.rules,
            policy=self.policy,
        )


class _Effects(Value):
    """What a directory does to leave, and what it leaves to a person."""

    changes: DirectoryChanges
    cancels_later: bool
    actor: str

    def expected(
        self, people: Mapping[str, Employee]
    ) -> tuple[list[Misdirected], list[LeaveOutside]]:
        """Return what an import would do."""
        found = self.changes.find(people)
        leave = [LeaveOutside(found=one, handling=self._handling(one)) for one in found.outside]
        done = {one.found.request.request_id for one in leave if one.handling in _DONE}
        waiting = [one for one in found.misdirected if one.request.request_id not in done]
        return waiting, leave

    def put_right(
        self,
        people: Mapping[str, Employee],
        imported: Imported,
        *,
        is_time_left: Callable[[], bool],
    ) -> None:
        """Cancel leave if that is wanted, and ask the right approver of each waiting request."""
        # Looked for after the writing, so that none is missed that was asked in the meantime.
        rerouted, leave = self.expected(people)
        steps = chain(
            (partial(self._cancel, one, imported) for one in leave),
            (partial(self._reroute, one, imported) for one in rerouted),
        )
        for step in steps:
            if imported.remaining or not is_time_left():
                imported.remaining += 1
                continue
            try:
                step()
            except UnavailableError:
                _log.exception("the next call goes on with this import")
                imported.remaining += 1

    def _handling(self, found: OutsideEmployment) -> LeaveHandling:
        if not found.wholly:
            return LeaveHandling.PARTLY_OUTSIDE
        if not self.cancels_later:
            return LeaveHandling.OUTSIDE
        return LeaveHandling.ENDED if found.status is Status.PENDING else LeaveHandling.CANCELLED

    def _cancel(self, one: LeaveOutside, imported: Imported) -> None:
        if one.handling not in _DONE or self.changes.cancel(one.found, actor=self.actor):
            imported.leave.append(one)

    def _reroute(self, one: Misdirected, imported: Imported) -> None:
        if one.approver is None or self.changes.reroute(one, actor=self.actor):
            imported.rerouted.append(one)


def _given_up(changes: Iterable[Change]) -> Iterator[tuple[str, str]]:
    """Yield each mail address that a stored employee gives up, and who that is."""
    for change in changes:
        if change.before and change.before.email.lower() != change.after.email.lower():
            yield change.before.email.lower(), change.before.employee_id
