"""Delegation of approvals to a substitute, and the mails about it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from leave.domain.delegation import LONGEST_DAYS, Delegation
from leave.domain.errors import (
    DelegationBeforeTodayError,
    DelegationTooLongError,
    MailError,
    MailOutcomeUnknownError,
    MailRefusedError,
    NotAllowedError,
    OwnSubstituteError,
    SubstituteNotEmployedError,
    UnavailableError,
    UnknownSubstituteError,
)
from leave.domain.history import Channel
from leave.domain.values import Value, replace
from leave.services.idempotency import KeyedCall
from leave.services.ports import IdempotencyKey
from leave.services.unit_of_work import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from leave.domain.delegation import DelegationInput, DelegationNotice
    from leave.domain.employee import Employee
    from leave.domain.history import Person
    from leave.services.authorization import Authorization, Caller
    from leave.services.directory_changes import DirectoryChanges
    from leave.services.ports import Clock, Delegations, Emails, Mailer, OpenRequests
    from leave.services.unit_of_work import UnitOfWork

PATIENCE = timedelta(seconds=10)
"""How long one call passes requests on; the daily sweep passes on what is left."""

_log = logging.getLogger(__name__)


class Delegated(Value):
    """A delegation, with the present name of the substitute."""

    delegation: Delegation
    name: str


@dataclass(kw_only=True, slots=True, eq=False)
class DelegateApprovals:
    """The use cases of an approver, and of an administrator for an approver."""

    clock: Clock
    authorization: Authorization
    begin: Callable[[], UnitOfWork]
    delegations: Delegations
    open_requests: OpenRequests
    changes: DirectoryChanges

    def read(self, caller: Caller, *, employee_id: str | None = None) -> Delegated | None:
        """Return the delegation that is in force or still to come, None for none.

        Raises `NotAllowedError` for who is asked for no approvals, and for another employee's
        delegation, or `UnknownEmployeeError` for administrators only.
        """
        uow = self.begin()
        employee = self._employee(uow, caller, employee_id)
        stored = uow.delegation(employee.employee_id)
        if stored is None or stored.is_over(self.clock.today_of(employee)):
            self._require_approver(uow, employee)
            return None
        return self._delegated(uow, stored)

    def delegate(
        self,
        caller: Caller,
        wanted: DelegationInput,
        *,
        employee_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Delegated:
        """Delegate in the place of an earlier delegation, and ask the substitute what waits.

        Whatever stops it after the delegation is recorded, the same call again and the daily sweep
        go on. Raises as `read` does, `IdempotencyMismatchError`, or a `DelegationError`.
        """
        delegated, employee, actor = self._record(caller, wanted, employee_id, idempotency_key)
        self._pass_on(delegated.delegation, employee, actor)
        return delegated

    @retry_on_conflict
    def end(self, uow: UnitOfWork, caller: Caller, *, employee_id: str | None = None) -> None:
        """End the delegation, if there is one; the substitute keeps what they were asked before.

        Raises as `read` does.
        """
        employee = self._employee(uow, caller, employee_id)
        stored = uow.delegation(employee.employee_id)
        if stored is None or stored.is_over(self.clock.today_of(employee)):
            self._require_approver(uow, employee)
            return
        self.delegations.write(stored.end_now())

    @retry_on_conflict
    def _record(
        self,
        uow: UnitOfWork,
        caller: Caller,
        wanted: DelegationInput,
        employee_id: str | None,
        key: str | None,
    ) -> tuple[Delegated, Employee, Person]:
        employee = self._employee(uow, caller, employee_id)
        actor = self.authorization.actor(uow, caller)
        delegation = Delegation(
            employee_id=employee.employee_id,
            substitute_id=wanted.substitute_id,
            start=wanted.period.start,
            end=wanted.period.end,
        )
        at, call = self.clock.now(), key and _keyed(actor, key, employee_id, delegation)
        uow.prefetch(
            employees=[wanted.substitute_id],
            delegations=[employee.employee_id],
            idempotency_records=[call.key] if call else (),
        )
        stored = uow.delegation(employee.employee_id)
        is_done = bool(call and call.earlier(uow, at))
        record = call.record(at=at, status=200, ids={}, numbers={}) if call else None
        if stored is not None and delegation.same_as(stored):
            if record and not is_done:
                uow.save_idempotency_record(record)
            return self._delegated(uow, stored), employee, actor
        if is_done:
            # Another one was made since.
            return self._delegated(uow, replace(delegation, ended=True)), employee, actor
        today = self.clock.today_of(employee)
        self._require_approver(uow, employee)
        self._check(uow, delegation, today)
        written = delegation.replacing(stored, today)
        self.delegations.write(written, record)
        return self._delegated(uow, written), employee, actor

    def _check(self, uow: UnitOfWork, delegation: Delegation, today: date) -> None:
        period, substitute_id = delegation.period, delegation.substitute_id
        if substitute_id == delegation.employee_id:
            raise OwnSubstituteError(substitute_id)
        substitute = uow.find_employee(substitute_id)
        if substitute is None:
            raise UnknownSubstituteError(substitute_id)
        if period.start < today:
            raise DelegationBeforeTodayError(period.start, today)
        if period.length > LONGEST_DAYS:
            raise DelegationTooLongError(period.length, LONGEST_DAYS)
        if not substitute.is_employed(period):
            raise SubstituteNotEmployedError(substitute_id, period, substitute.employments)

    def _employee(self, uow: UnitOfWork, caller: Caller, employee_id: str | None) -> Employee:
        """Return whose approvals are meant, and read what will be needed of them."""
        named = [employee_id] if employee_id else []
        uow.prefetch(emails=[caller.email], employees=named, delegations=named)
        own = self.authorization.calling(uow, caller)
        if own is None and employee_id is None and caller.in_admins:
            raise NotAllowedError(
                "You are not an employee, so you are asked for no approvals. Name an approver with"
                " `employeeId`."
            )
        only = "delegate your own approvals ({})"
        return self.authorization.require_manage(uow, caller, employee_id, only=only)

    def _require_approver(self, uow: UnitOfWork, employee: Employee) -> None:
        """Raise `NotAllowedError` for an employee who is asked for no approvals."""
        today, own = self.clock.today_of(employee), employee.employee_id
        if not employee.has_left(today) and (
            own == self.changes.policy.fallback_approver
            or any(not member.has_left(today) for member in uow.team(own))
            or self._is_waited_for(uow, own)
        ):
            return
        raise NotAllowedError(
            f"Employee {own} is asked for no approvals, so there is nothing to delegate. The"
            " leads of employees are asked, and the fallback approver."
        )

    def _is_waited_for(self, uow: UnitOfWork, employee_id: str) -> bool:
        ids = self.open_requests.of_approver(employee_id)
        uow.prefetch(requests=ids)
        return any(r is not None and r.question is not None for r in map(uow.find_request, ids))

    def _pass_on(self, delegation: Delegation, employee: Employee, actor: Person) -> None:
        """Ask the substitute what waits: for the approver, and for who is asked in their place."""
        if not delegation.is_active_on(self.clock.today_of(employee)):
            return
        until = self.clock.now() + PATIENCE
        others = (employee.substitute_id, *(notice.reader for notice in delegation.notices))
        asked = dict.fromkeys(filter(None, (employee.employee_id, *others)))
        asked.pop(delegation.substitute_id, None)
        ids = [one for approver in asked for one in self.open_requests.of_approver(approver)]
        for found in self.changes.find_waiting(self.begin(), ids):
            if not found.is_delegated_by(employee.employee_id):
                continue
            if self.clock.now() > until:
                _log.warning("the next daily sweep passes on what is left")
                return
            try:
                self.changes.reroute(
                    found, actor=actor.employee_id, name=actor.name, channel=Channel.API
                )
            except UnavailableError:
                request_id = found.request.request_id
                _log.exception("request not passed on", extra={"leaveRequestId": request_id})

    def _delegated(self, uow: UnitOfWork, delegation: Delegation) -> Delegated:
        substitute = uow.find_employee(delegation.substitute_id)
        return Delegated(delegation=delegation, name=substitute.name if substitute else "")


@dataclass(kw_only=True, slots=True, eq=False)
class DelegationNotices:
    """Sends the mails about a delegation that are not sent yet."""

    clock: Clock
    begin: Callable[[], UnitOfWork]
    delegations: Delegations
    emails: Emails
    mailer: Mailer

    def send(self, employee_id: str) -> bool:
        """Send each mail, and return False when no mail leaves at present.

        A mail that may be out is sent once more by a later sweep. An address that refuses mail is
        tried by each sweep until it is corrected, or the delegation is over.
        """
        uow = self.begin()
        delegation = uow.delegation(employee_id)
        notices = delegation.notices if delegation else ()
        uow.prefetch(employees=[employee_id, *(one for n in notices for one in _people(n))])
        for notice in notices:
            try:
                self._send(uow, employee_id, notice)
            except MailRefusedError:
                _log.exception("delegation not mailed", extra={"employeeId": notice.reader})
            except MailOutcomeUnknownError:
                # One more is better than none, and two may be out already after the second.
                self._mark(employee_id, notice, sent=notice.uncertain)
            except MailError:
                _log.exception("delegations left to the next sweep")
                return False
            else:
                self._mark(employee_id, notice, sent=True)
        return True

    def _send(self, uow: UnitOfWork, employee_id: str, notice: DelegationNotice) -> None:
        """Send a mail that still says something to its reader."""
        reader, employee = uow.find_employee(notice.reader), uow.find_employee(employee_id)
        substitute = uow.find_employee(notice.substitute_id)
        if reader is None or employee is None or substitute is None:
            return
        today = self.clock.today_of(reader)
        if reader.has_left(today) or (notice.end < today and not notice.ended):
            return
        if notice.uncertain:
            self.mailer.check()
        self.mailer.send(
            self.emails.delegation_notice(
                notice, reader=reader, employee=employee, substitute=substitute
            )
        )

    @retry_on_conflict
    def _mark(
        self, uow: UnitOfWork, employee_id: str, notice: DelegationNotice, *, sent: bool
    ) -> None:
        """Record that a mail left, or may have left; another one may be due by now."""
        now = uow.delegation(employee_id)
        if now is not None and notice in now.notices:
            self.delegations.write(
                now.without_notice(notice) if sent else now.with_uncertain(notice)
            )


def _people(notice: DelegationNotice) -> tuple[str, str]:
    return notice.reader, notice.substitute_id


def _keyed(actor: Person, key: str, employee_id: str | None, delegation: Delegation) -> KeyedCall:
    """Return the call by who delegates to whom, and when."""
    route = f"PUT /delegation?employeeId={employee_id}" if employee_id else "PUT /delegation"
    return KeyedCall.of(
        IdempotencyKey(caller=actor.employee_id, route=route, key=key),
        *(delegation.employee_id, delegation.substitute_id, str(delegation.period)),
    )
