"""Ports that face AWS, Gmail, Google and the clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Protocol

from leave.domain.employee import Employee
from leave.domain.request import LeaveRequest
from leave.domain.values import Value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from leave.domain.accounts import Returned
    from leave.domain.calendar import Holidays
    from leave.domain.delegation import Delegation, DelegationNotice
    from leave.domain.history import Event, Person
    from leave.domain.ledger import Ledger
    from leave.domain.values import Secret
    from leave.domain.views import AdjustedAccount, DecisionSummary, Mail, PendingItem


class RequestKey(Value):
    """The key of a `LeaveRequest`."""

    request_id: str


class EmployeeKey(Value):
    """The key of an `Employee` by id."""

    employee_id: str


class EmailKey(Value):
    """The key of an `Employee` by mail address, in lower case."""

    email: str


class LedgerKey(Value):
    """The key of a `Ledger`; one that was never written is read as an empty one."""

    employee_id: str
    year: int


class IdempotencyKey(Value):
    """The key of an `IdempotencyRecord`: what a client's Idempotency-Key on a route stands for.

    It is `caller`'s: an employee id, or the mail address of an administrator who is no employee.
    `route` is such as `POST /request_leave`, with the query of a route that has one.
    """

    caller: str
    route: str
    key: str


class DelegationKey(Value):
    """The key of the `Delegation` of an employee."""

    employee_id: str


RecordKey = RequestKey | EmployeeKey | EmailKey | LedgerKey | IdempotencyKey | DelegationKey


class Metric(StrEnum):
    """A number that functions report.

    Those that alarms use are metrics of CloudWatch, which cost by the month each; the others are
    counted by log queries.
    """

    REQUESTS_MADE = "RequestsMade"
    REQUESTS_APPROVED = "RequestsApproved"
    REQUESTS_DENIED = "RequestsDenied"
    REQUESTS_WITHDRAWN = "RequestsWithdrawn"
    REQUESTS_CANCELLED = "RequestsCancelled"
    REQUESTS_EXPIRED = "RequestsExpired"
    ANSWERS_UNDONE = "AnswersUndone"
    ANSWER_SECONDS = "AnswerSeconds"
    MAILS_SENT = "MailsSent"
    MAILS_THROTTLED = "MailsThrottled"
    MAILS_UNAVAILABLE = "MailsUnavailable"
    DELIVERY_UNCERTAIN = "DeliveryUncertain"
    MAILS_UNDELIVERABLE = "MailsUndeliverable"
    CREDENTIALS_REJECTED = "CredentialsRejected"
    SWEEP_FAILURES = "SweepFailures"
    OLDEST_UNDECIDED_DAYS = "OldestUndecidedDays"

    @property
    def unit(self) -> Literal["Count", "Seconds"]:
        """The unit, as CloudWatch names it; it has none for days."""
        return "Seconds" if self is Metric.ANSWER_SECONDS else "Count"


class Clock(Protocol):
    """The time, and the day it is for the company and for an employee."""

    def now(self) -> datetime:
        """Return the present moment, in UTC."""
        ...

    def today(self) -> date:
        """Return the present day where the company is: the stage's own, such as the sweep's."""
        ...

    def today_of(self, employee: Employee, /) -> date:
        """Return the present day where an employee works."""
        ...

    def day(self, moment: datetime) -> date:
        """Return the day of a moment where the company is."""
        ...

    def day_of(self, employee: Employee, moment: datetime, /) -> date:
        """Return the day of a moment where an employee works."""
        ...


class Directory(Protocol):
    """The employees."""

    def by_feed(self, feed: str) -> Employee | None:
        """Return the employee whose calendar feed this opens, without its secret."""
        ...

    def team(self, lead_id: str) -> Sequence[Employee]:
        """Return the employees who have this lead, without the secrets of their feeds."""
        ...


class AuditEntry(Value):
    """A change of what the stage knows about an employee.

    `actor` is an employee's id, or the mail address of an administrator who is no employee; `email`
    and `sub` are those of the token that the change came with. `changes` are the old and the new
    text of each field; there is never a secret among them.
    """

    at: datetime
    kind: str
    actor: str
    channel: str
    employee_id: str
    what: str
    changes: Mapping[str, tuple[str, str]]
    email: str | None = None
    sub: str | None = None


class DirectoryWrite(Value):
    """An employee to write; `before` is what was read, None for a new one.

    `email_from` is the id of an employee who gives up the mail address. The entry of the audit
    trail is written with the employee, or neither is.
    """

    before: Employee | None
    after: Employee
    audit: AuditEntry | None = None
    email_from: str | None = None


class WritableDirectory(Protocol):
    """All employees, and writing them."""

    def everybody(self) -> Iterator[Employee]:
        """Yield all employees."""
        ...

    def version(self) -> int:
        """Return the number that every write of the directory raises."""
        ...

    def write_all(
        self, writes: Sequence[DirectoryWrite], *, version: int
    ) -> Iterator[tuple[int, int]]:
        """Write employees, as many as possible at a time, each time all or nothing.

        Yields after each time how many are written by then, and the version of the directory, which
        was `version` when they were read. Raises `ConflictError` when it was written since then.
        """
        ...


class Records(Protocol):
    """Single records of any kind, always as last written."""

    def read(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, Any]:
        """Return the record of each key, None for what is not there, in as few calls as possible.

        A ledger that was never written is an empty one.
        """
        ...


class HolidayTables(Protocol):
    """The public holidays."""

    def table(self, calendar: str) -> Holidays:
        """Return the holidays of a calendar such as `DE-BE`; none for the empty name."""
        ...


IDEMPOTENCY_LIFE = timedelta(days=7)
"""How long an Idempotency-Key stands for its first use."""


class IdempotencyRecord(Value):
    """A digest of a call that wrote, and what came of it: never its texts, which are read anew.

    It is good for a time from `at` on; the table may keep it for longer.
    """

    key: IdempotencyKey
    body_digest: str
    status: int
    ids: Mapping[str, str] = {}
    numbers: Mapping[str, Decimal] = {}
    at: datetime

    @property
    def until(self) -> datetime:
        """The moment from which on the key is free again."""
        return self.at + IDEMPOTENCY_LIFE


class Page(Value):
    """Some requests, newest first; `cursor` continues after the last one, None at the end."""

    requests: Sequence[LeaveRequest]
    cursor: str | None


class Requests(Protocol):
    """Lists of leave requests, and writes of requests and yearly ledgers."""

    def newest(self, employee_id: str, *, before: str | None, limit: int) -> Page:
        """Return up to `limit` requests of an employee that are older than the cursor `before`."""
        ...

    def made_since(self, employee_ids: Sequence[str], moment: datetime) -> Sequence[str]:
        """Return the ids of all requests of these employees that were made since a moment."""
        ...

    def histories(self, request_ids: Sequence[str]) -> Mapping[str, Sequence[Event]]:
        """Return the histories of those of these requests that exist."""
        ...

    def add(
        self,
        request: LeaveRequest,
        ledgers: Sequence[Ledger],
        idempotency_record: IdempotencyRecord | None,
    ) -> None:
        """Write the request, the changed ledgers and the Idempotency-Key, all or nothing.

        Raises `ConflictError` when another person has written one of them since it was read.
        """
        ...

    def keep(self, idempotency_record: IdempotencyRecord) -> None:
        """Write what an Idempotency-Key stands for; raises `ConflictError` when it is taken."""
        ...

    def replace(
        self,
        before: LeaveRequest,
        after: LeaveRequest,
        ledgers: Sequence[Ledger] = (),
        idempotency_record: IdempotencyRecord | None = None,
    ) -> None:
        """Write `after` in the place of `before`, and the others, all or nothing.

        Raises `ConflictError` when the stored request is no longer `before`, or another person has
        written one of the ledgers since it was read.
        """
        ...

    def write_ledgers(
        self, ledgers: Sequence[Ledger], idempotency_record: IdempotencyRecord | None = None
    ) -> None:
        """Write changed ledgers, all or nothing; raises `ConflictError` as above."""
        ...


class Delegations(Protocol):
    """The delegations of approvals; `Records` reads them."""

    def write(
        self, delegation: Delegation, idempotency_record: IdempotencyRecord | None = None
    ) -> None:
        """Write a delegation in the place of the version that it names, and an Idempotency-Key.

        Raises `ConflictError`, and writes nothing, when another version is stored, or the key is
        taken.
        """
        ...


class Workflow(Protocol):
    """The clock that waits for the approver's answer."""

    def start(self, name: str, *, request_id: str, inquiry: int) -> str:
        """Start waiting, once however often this is called; return the execution's ARN."""
        ...

    def ensure(self, name: str, *, request_id: str, inquiry: int) -> bool:
        """Start waiting unless that is done already; False when it has ended under this name."""
        ...

    def answer(
        self, task_token: Secret, *, request_id: str, status: str, wait_seconds: int = 0
    ) -> bool:
        """Resume the workflow, which tells nobody for `wait_seconds`.

        Returns False when it no longer waits for this token.
        """
        ...

    def fail(self, task_token: Secret, *, error: str, cause: str) -> bool:
        """Let the waiting fail by an error name; False when it no longer waits for this token."""
        ...


class Metrics(Protocol):
    """What operators are told in numbers."""

    def put(self, metric: Metric, value: float = 1) -> None:
        """Report one number."""
        ...


class Mailer(Protocol):
    """Sends mail from the stage's mailbox."""

    def send(self, mail: Mail) -> None:
        """Send one mail, or raise a `MailError` that says what may be done about it."""
        ...

    def check(self) -> None:
        """Find out, sending nothing, that mail is taken; raise a `MailError` where it is not.

        Before a mail that may be out is sent again: what is not answered now would be in doubt too.
        """
        ...


class Emails(Protocol):
    """Writes the mails, each in its reader's language."""

    def approval_request(
        self,
        request: LeaveRequest,
        *,
        employee: Employee,
        lead: Employee,
        decision_summary: DecisionSummary,
    ) -> Mail:
        """Write about the open question, with the two links."""
        ...

    def outcome_notice(
        self, request: LeaveRequest, *, employee: Employee, returned: Returned | None = None
    ) -> Mail:
        """Write the last outcome to the employee, with what their calendar must know.

        `returned` are the days that a cancellation gives back; None where none are counted.
        """
        ...

    def proxy_notice(self, request: LeaveRequest, *, employee: Employee) -> Mail:
        """Write to the employee what another person did for them."""
        ...

    def absence_notice(self, request: LeaveRequest, *, lead: Employee) -> Mail:
        """Write to the lead who is away without approval, or is not after all; never why."""
        ...

    def withdrawal_notice(self, request: LeaveRequest, *, lead: Employee) -> Mail:
        """Write to the lead that there is nothing to decide any more."""
        ...

    def reassignment_notice(self, request: LeaveRequest, *, lead: Employee) -> Mail:
        """Write to a lead who was asked before that another person decides now, and why."""
        ...

    def approval_requests(self, lead: Employee, asked: Sequence[PendingItem]) -> tuple[Mail, int]:
        """Write the links of requests that came from another approver, and how many are in it.

        One is in it in any case; the others are for another mail.
        """
        ...

    def reassignment_notices(self, requests: Sequence[LeaveRequest], *, lead: Employee) -> Mail:
        """Write to a lead who was asked about these requests that another person decides now."""
        ...

    def reminder(self, lead: Employee, waiting: Sequence[PendingItem], *, more: int) -> Mail:
        """Write what waits for this lead, each with its two links, and how many `more` do.

        One request alone is a reminder in its own thread; several are a digest.
        """
        ...

    def adjustment_notice(self, employee: Employee, accounts: Sequence[AdjustedAccount]) -> Mail:
        """Write to the employee which days were given or taken, why, and what is left."""
        ...

    def delegation_notice(
        self,
        notice: DelegationNotice,
        *,
        reader: Employee,
        employee: Employee,
        substitute: Employee,
    ) -> Mail:
        """Write to `reader` that the substitute decides for the employee, or no longer does."""
        ...

    def admin_alert(self, request: LeaveRequest, *, address: str, reader: Person) -> Mail:
        """Write that `reader` cannot be reached by mail, and what was to be told."""
        ...


class IdentityProvider(Protocol):
    """Where people prove who they are, by OpenID Connect."""

    def authorization_url(self, *, state: str, nonce: str, challenge: str, choose: bool) -> str:
        """Return where a browser goes to sign in; `choose` offers other accounts as well.

        Raises `UnavailableError` when the provider cannot be asked where that is.
        """
        ...

    def redeem(self, code: str, *, verifier: str) -> Mapping[str, Any]:
        """Return the claims of the ID token that a code stands for, made by and for the right ones.

        Raises `UnauthenticatedError` for a code that is no good, `UnavailableError` for no answer.
        """
        ...


class Signer(Protocol):
    """Makes texts that only this stage can have made, each for one purpose."""

    def sign(self, purpose: str, content: str) -> str:
        """Return the content as a text of ASCII letters, digits, `-`, `_` and `.`."""
        ...

    def unsign(self, purpose: str, text: str) -> str | None:
        """Return the content; None for what was not made here, or for another purpose."""
        ...


class OpenRequest(Value):
    """A request with something left to be done; `cursor` continues after it.

    `approver_id` is who is asked, empty for nobody.
    """

    request: LeaveRequest
    approver_id: str
    cursor: str


class Unmailed(Value):
    """A record that an employee was not mailed about.

    It is the ledger of a `year` with adjustments, or without a year, their delegation.
    """

    employee_id: str
    year: int | None = None


class ApprovalsCursor(Value):
    """The place after one of the requests that wait for an approver."""

    asked_at: datetime
    request_id: str

    @property
    def key(self) -> tuple[datetime, str]:
        """What they are sorted by."""
        return self.asked_at, self.request_id


class OpenRequests(Protocol):
    """What is left to be done: requests, and what nobody was mailed about."""

    def after(self, cursor: str, limit: int) -> Sequence[OpenRequest]:
        """Return up to `limit` of them, those of one approver together; none at the end.

        `cursor` is that of the last one seen, or empty to begin.
        """
        ...

    def of_approver(self, approver_id: str) -> Sequence[str]:
        """Return the ids of all open requests about which this approver is or was asked last."""
        ...

    def unmailed(self, after: Unmailed | None, limit: int) -> Sequence[Unmailed]:
        """Return up to `limit` records that hold something which no mail has told.

        `after` is the last one seen, or None to begin; those of one employee stand together.
        """
        ...


class Sweep(Value):
    """How far the sweep of a day has come; `cursor` is that of the last request done.

    `leased_until` keeps a second worker away from a sweep that is being made. `oldest` is the
    longest that an answer has been waited for so far, in working days. `passing` are the ids of
    requests that were being passed on when this was written; mails about them may be missing.
    """

    day: date
    cursor: str = ""
    finished: bool = False
    leased_until: datetime
    oldest: int = 0
    passing: tuple[str, ...] = ()
    version: int = 0


class Sweeps(Protocol):
    """The memory of the daily sweep."""

    def last(self) -> Sweep | None:
        """Return the last sweep that was begun."""
        ...

    def save(self, made: Sweep) -> Sweep:
        """Write how far it has come, and return what was written.

        Raises `ConflictError` when another worker has taken the sweep over.
        """
        ...

    def reminded(self, lead_id: str) -> date | None:
        """Return the day of the last reminder to this lead."""
        ...

    def mark_reminded(self, lead_id: str, day: date) -> None:
        """Remember that this lead was reminded on this day, unless a later one is known."""
        ...
