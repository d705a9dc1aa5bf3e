"""Mails to employees about adjustments of their accounts."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leave.domain.mail_errors import MailError, MailOutcomeUnknownError, MailRefusedError
from leave.domain.views import AdjustedAccount
from leave.services.opening import open_accounts
from leave.services.unit_of_work import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from leave.domain.employees import Employee
    from leave.domain.ledgers import Ledger
    from leave.domain.rules import Rules
    from leave.services.ports import Clock, Emails, Mailer
    from leave.services.unit_of_work import UnitOfWork

_log = logging.getLogger(__name__)


@dataclass(kw_only=True, slots=True, eq=False)
class AdjustmentNotices:
    """Sends one mail for all adjustments of one employee that no mail has told."""

    clock: Clock
    begin: Callable[[], UnitOfWork]
    cache: UnitOfWork
    rules: Rules
    emails: Emails
    mailer: Mailer

    def send(self, employee_id: str, years: Collection[int]) -> bool:
        """Send the mail about these years, and return False when no mail leaves at present.

        A mail that may be out is sent once more by a later sweep. An address that refuses mail is
        tried by each sweep until it is corrected; who has left gets no mail.
        """
        uow = self.begin()
        stored = uow.ledgers([employee_id], sorted(years))
        ledgers = {year: ledger for (_, year), ledger in stored.items() if ledger.unmailed}
        if not ledgers:
            return True
        employee = self.cache.find_employee(employee_id)
        if employee is None or employee.has_left(self.clock.today_of(employee)):
            self._mark(employee_id, ledgers, mailed=True)
            return True
        try:
            if any(ledger.uncertain > ledger.mailed for ledger in ledgers.values()):
                self.mailer.check()
            accounts = list(self._adjusted(uow, employee, ledgers))
            self.mailer.send(self.emails.adjustment_notice(employee, accounts))
        except MailRefusedError:
            _log.exception("adjustment not mailed", extra={"employeeId": employee_id})
            return True
        except MailOutcomeUnknownError:
            # One more is better than none, and two may be out already after the second.
            both = all(one.uncertain == len(one.adjustments) for one in ledgers.values())
            self._mark(employee_id, ledgers, mailed=both)
        except MailError:
            _log.exception("adjustments left to the next sweep")
            return False
        else:
            self._mark(employee_id, ledgers, mailed=True)
        return True

    def _adjusted(
        self, uow: UnitOfWork, employee: Employee, ledgers: Mapping[int, Ledger]
    ) -> Iterator[AdjustedAccount]:
        today = self.clock.today_of(employee)
        accounts = open_accounts(
            uow, employee, self.rules, today, year=min(ledgers), until=max(ledgers)
        )
        for year, ledger in sorted(ledgers.items()):
            for type_id in dict.fromkeys(a.leave_type for a in ledger.unmailed):
                leave_type = self.rules.leave_type(type_id)
                yield AdjustedAccount(
                    year=year,
                    leave_type=type_id,
                    adjustments=[a for a in ledger.unmailed if a.leave_type == type_id],
                    balance=accounts.balance(year, leave_type, today=today)
                    if leave_type is not None and year in accounts.ledgers
                    else None,
                )

    @retry_on_conflict
    def _mark(
        self, uow: UnitOfWork, employee_id: str, told: Mapping[int, Ledger], *, mailed: bool
    ) -> None:
        """Record what a mail has said or may have said; later adjustments wait for the next one."""
        uow.save_ledgers(
            replace(
                ledger,
                uncertain=len(told[year].adjustments),
                mailed=len(told[year].adjustments) if mailed else ledger.mailed,
            )
            for (_, year), ledger in uow.ledgers([employee_id], told).items()
        )
