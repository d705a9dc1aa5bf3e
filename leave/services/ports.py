"""What the use cases need from the outside, by role; adapters and fakes fill these in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from leave.domain.employees import Employee
    from leave.domain.ledgers import Ledger
    from leave.domain.mails import Mail
    from leave.domain.requests import LeaveRequest
    from leave.domain.secrets import Secret


class Clock(Protocol):
    """The time, and the day in the company's time zone."""

    def now(self) -> datetime:
        """Return the present moment, in UTC."""
        ...

    def today(self) -> date:
        """Return the present day where the company is."""
        ...


class Directory(Protocol):
    """The employees."""

    def by_email(self, email: str) -> Employee | None:
        """Return the employee with this mail address, whatever its case."""
        ...

    def by_id(self, employee_id: str) -> Employee | None:
        """Return the employee with this id."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Replay:
    """What a client's Idempotency-Key stands for: a digest of the body, and what came of it."""

    key: str
    body_digest: str
    request_id: str


class Requests(Protocol):
    """The leave requests and the yearly ledgers, always read as last written."""

    def get(self, request_id: str) -> LeaveRequest | None:
        """Return the request."""
        ...

    def ledgers(self, employee_id: str, years: Sequence[int]) -> Mapping[int, Ledger]:
        """Return the employee's ledger of each of these years, empty where nothing is booked."""
        ...

    def replay(self, employee_id: str, key: str) -> Replay | None:
        """Return what this Idempotency-Key of this employee was used for."""
        ...

    def add(
        self, request: LeaveRequest, ledgers: Mapping[int, Ledger], replay: Replay | None
    ) -> None:
        """Write the request, its bookings and the Idempotency-Key, all or nothing.

        `ledgers` are as read before booking. Raises `ConflictError` when one of them, or the
        Idempotency-Key, was written by somebody else since.
        """
        ...

    def replace(self, before: LeaveRequest, after: LeaveRequest) -> None:
        """Write `after` and the bookings that differ, all or nothing.

        Raises `ConflictError` when the stored request is no longer `before`.
        """
        ...


class Workflow(Protocol):
    """The clock that waits for the approver's answer."""

    def start(self, request_id: str) -> str:
        """Start waiting, once however often this is called; return the execution's ARN."""
        ...

    def answer(self, task_token: Secret, *, request_id: str, status: str) -> bool:
        """Resume the workflow; False when it no longer waits for this token."""
        ...

    def fail(self, task_token: Secret, *, error: str, cause: str) -> None:
        """Tell the waiting workflow that the approver could not be asked, and why."""
        ...


class Mailer(Protocol):
    """Sends mail from the stage's mailbox."""

    def send(self, mail: Mail) -> None:
        """Send one mail, or raise a `MailError` that says what may be done about it."""
        ...


class Letters(Protocol):
    """Writes the mails."""

    def ask_lead(self, request: LeaveRequest, *, employee: Employee, lead: Employee) -> Mail:
        """Write the brief with the two links."""
        ...

    def tell_employee(self, request: LeaveRequest, *, employee: Employee) -> Mail:
        """Write the outcome to the employee."""
        ...
