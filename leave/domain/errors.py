"""Errors of the domain, and what their messages say."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from leave.domain.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from leave.domain.calendar import Period
    from leave.domain.employee import Employment


def quantity(number: Decimal | int, thing: str) -> str:
    """Return how many there are of a thing, such as `1 day`, `0.5 days` or `2 days`."""
    return f"{_plain(number)} {thing}" if abs(number) == 1 else f"{_plain(number)} {thing}s"


def _plain(number: Decimal | int) -> str:
    """Return a number without zeros at its end, such as `8` for `8.0`."""
    return f"{Decimal(number).normalize():f}"


class LeaveError(Exception):
    """Whatever the caller of a use case can be told.

    What is kept as an attribute of an error is told to programs as well, under its own name.
    """


class RuleError(LeaveError):
    """A well-formed request that a rule refuses; the message says which rule, with the numbers."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing wrong with one field of the input."""

    field: str
    message: str


class Mistake(Value):
    """Something wrong in a line of a file, in a cell of one column or in the whole line.

    `line` is the one that an editor counts, 1 for the header and 0 for what the file leaves out;
    `column` is empty for the whole line.
    """

    line: int
    column: str = ""
    message: str

    @property
    def place(self) -> tuple[int, str, str]:
        """Return what mistakes are sorted by."""
        return self.line, self.column, self.message

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.column}: {self.message}" if self.column else where + self.message


class MalformedRequestError(LeaveError):
    """The input is not what the interface asks for; `problems` lists every field at fault."""

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__("; ".join(f"{p.field}: {p.message}" for p in problems))
        self.problems = problems


class UnauthenticatedError(LeaveError):
    """The call carries no token that says who calls."""


class NotAllowedError(LeaveError):
    """The caller is known, and may not do this."""


class FileTooLongError(LeaveError):
    """A file with more than `maximum_lines`."""

    def __init__(self, maximum: int) -> None:
        super().__init__(f"The file can have at most {maximum} lines. Send a smaller one.")
        self.maximum_lines = maximum


class DirectoryChangedError(LeaveError):
    """The directory is not the one that the caller has read."""

    def __init__(self, *, written: int = 0, of: int = 0) -> None:
        super().__init__(
            "The directory was changed since it was read, by another import."
            f" {written} of {quantity(of, 'employee')} were written before that, and none after."
            " Look at what still differs by a dry run, correct the file if it undoes what the other"
            " import did, and import it again."
            if written
            else "The directory was changed since it was read, by another import. Nothing was"
            " written. Look at what differs now by a dry run, and import the file again."
        )
        self.written_employees = written


class DirectoryMistakesError(RuleError):
    """A file with mistakes, of which `errors` are the first."""

    SHOWN = 200

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        shown = f" The first {self.SHOWN} are listed." * (len(mistakes) > self.SHOWN)
        super().__init__(
            f"The file has {quantity(len(mistakes), 'mistake')}; nothing was written.{shown}"
        )
        self.errors = tuple(mistakes[: self.SHOWN])


class ConcurrentImportError(DirectoryChangedError):
    """The directory was changed while a file was imported that was for any version of it."""


class UnknownEmployeeError(LeaveError):
    """No such employee in the directory; told to administrators only."""

    def __init__(self, employee_id: str) -> None:
        super().__init__(f"There is no employee {employee_id!r} in the directory. Check the id.")
        self.employee_id = employee_id


class UnknownRequestError(LeaveError):
    """No such leave request."""

    def __init__(self, request_id: str) -> None:
        super().__init__(f"There is no leave request {request_id!r}. Check the id.")
        self.request_id = request_id


class UnknownFeedError(LeaveError):
    """No such calendar feed."""

    def __init__(self) -> None:
        super().__init__("This calendar address is not valid. GET /team_calendar returns yours.")


class NoApproverError(RuleError):
    """Nobody may decide about this employee's leave."""

    def __init__(self, employee_id: str, *, why: str, hint: str) -> None:
        super().__init__(
            f"Leave of employee {employee_id} has no approver: {why}."
            f" Ask an administrator to {hint}."
        )
        self.employee_id = employee_id


class PastPeriodError(RuleError):
    """Leave that would begin before today, or before the days for which it can be reported."""

    def __init__(self, start: date, today: date, earliest: date | None = None) -> None:
        earliest = earliest or today
        before = f"today, {today}" if earliest == today else f"{earliest}"
        super().__init__(
            f"Leave cannot begin on {start}, because that is before {before}. Choose a first day"
            f" from {'today' if earliest == today else earliest} on."
        )
        self.start, self.today, self.earliest = start, today, earliest


class TooFarBackError(RuleError):
    """Leave that an administrator enters for days that are too long ago."""

    def __init__(self, start: date, earliest: date) -> None:
        super().__init__(
            f"Leave can be entered back to {earliest}; this leave would begin on {start}. Choose a"
            " later first day."
        )
        self.start, self.earliest = start, earliest


class TooFarAheadError(RuleError):
    """Leave beyond the horizon up to which leave can be planned."""

    def __init__(self, end: date, horizon: date) -> None:
        super().__init__(
            f"Leave can be requested up to {horizon}; this leave would end on {end}. Choose an"
            " earlier last day."
        )
        self.end, self.horizon = end, horizon


class UnknownHolidaysError(RuleError):
    """An employee whose public holidays this stage does not know."""

    def __init__(self, calendar: str) -> None:
        super().__init__(
            f"This stage does not have the holiday calendar {calendar!r}, so working days cannot be"
            " counted. Ask an administrator to add it to `leave:holiday-calendars`."
        )
        self.calendar = calendar


class NoAccountsError(RuleError):
    """A year for which the employee has no leave accounts."""

    def __init__(self, year: int, first: int, last: int) -> None:
        super().__init__(
            f"There are no leave accounts for {year}. Choose a year from {first} to {last}."
        )
        self.year, self.first_year, self.last_year = year, first, last


class BeforeFirstLedgerError(RuleError):
    """Leave before the first year for which the employee has leave accounts."""

    def __init__(self, start: date, first: int) -> None:
        super().__init__(
            f"The leave accounts of this employee begin in {first}; this leave would begin on"
            f" {start}. Choose a first day from {first}-01-01 on."
        )
        self.start, self.first_year = start, first


class NoWorkingDaysError(RuleError):
    """A period in which the employee would not work anyway."""

    def __init__(self, start: date, end: date) -> None:
        days = f"{start} is not" if start == end else f"{start} to {end} does not contain"
        super().__init__(
            "Leave must include at least half a working day."
            f" {days} a working day of this employee. Choose other days."
        )
        self.start, self.end = start, end


class NotEmployedError(RuleError):
    """Leave outside the time of employment."""

    def __init__(self, period: Period, employments: Iterable[Employment]) -> None:
        self.start, self.end, self.employments = period.start, period.end, tuple(employments)
        super().__init__(
            f"Leave on {period} is outside the employment, which lasts {_spans(self.employments)}."
            " Choose days within the employment."
        )


def _spans(employments: Iterable[Employment]) -> str:
    return " and ".join(
        f"from {one.start or 'the beginning'} {f'to {one.end}' if one.end else 'on'}"
        for one in employments
    )


class HalfOfHalfDayError(RuleError):
    """Half of a day of which only half is worked."""

    def __init__(self, day: date) -> None:
        super().__init__(
            f"This employee works only half of {day}. Request the whole day; it costs 0.5 days."
        )
        self.date = day


class UnknownLeaveTypeError(RuleError):
    """A leave type that this stage does not have."""

    def __init__(self, leave_type: str, known: Iterable[str]) -> None:
        self.leave_type, self.leave_types = leave_type, tuple(known)
        super().__init__(
            f"There is no leave type {leave_type!r}."
            f" Choose one of these: {', '.join(self.leave_types)}."
        )


class NoticeTooShortError(RuleError):
    """A leave type that must be asked for earlier."""

    def __init__(self, name: str, *, needed: int, given: int) -> None:
        super().__init__(
            f"{name} must be requested at least {quantity(needed, 'day')} before its first day;"
            f" this request comes {quantity(given, 'day')} before. Choose a later first day."
        )
        self.needed_days, self.given_days = needed, given


class TooLongError(RuleError):
    """More working days than one request of this type may have."""

    def __init__(self, name: str, *, asked: Decimal, maximum: Decimal) -> None:
        super().__init__(
            f"{name} is limited to {quantity(maximum, 'working day')} a request; this request has"
            f" {_plain(asked)}. Request fewer days."
        )
        self.asked, self.maximum_days = asked, maximum


class InsufficientBalanceError(RuleError):
    """More days than are left of the year's entitlement, pending requests counted.

    Of the year, `booked_later` days are carried over into the year `booked_in` and taken there.
    """

    booked_later: Decimal = Decimal(0)
    booked_in: int | None = None

    def __init__(
        self,
        year: int,
        *,
        asked: Decimal,
        available: Decimal,
        booked_later: Decimal = Decimal(0),
        booked_in: int | None = None,
    ) -> None:
        text = (
            f"This leave needs {quantity(asked, 'working day')} of {year}, and"
            f" {_plain(available)} {'is' if available == 1 else 'are'} left. Pending"
            " requests count as taken."
        )
        if booked_in is not None:
            self.booked_later, self.booked_in = booked_later, booked_in
            text += (
                f" {quantity(booked_later, 'more day')} of {year}"
                f" {'is' if booked_later == 1 else 'are'} carried over and already booked in"
                f" {booked_in}."
            )
        super().__init__(f"{text} Request fewer days.")
        self.year, self.asked, self.available = year, asked, available


class UnlimitedLeaveTypeError(RuleError):
    """A balance of a leave type that has none."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} has no limit, so there is no balance to adjust. Choose another leave type."
        )


class AdjustedTooOftenError(RuleError):
    """An account that has been adjusted as often as it can be."""

    def __init__(self, year: int, maximum: int) -> None:
        super().__init__(
            f"The accounts of {year} have been adjusted {maximum} times, which is the most. Nothing"
            " was written."
        )
        self.year, self.maximum_times = year, maximum


class SpanTooLongError(RuleError):
    """A report of more days than there can be in one."""

    def __init__(self, days: int, maximum: int) -> None:
        super().__init__(
            f"A report has at most {maximum} days, and these are {days}. Choose fewer days; the"
            " numbers of several reports add up."
        )
        self.days, self.maximum_days = days, maximum


class ReportTooLongError(RuleError):
    """A report over `maximum_bytes`; one from `start` to `end` would fit, where they are known."""

    start: date
    end: date

    def __init__(self, maximum: int, fitting: tuple[date, date] | None = None) -> None:
        hint = "Choose fewer statuses, or read about single employees."
        if fitting is not None:
            self.start, self.end = fitting
            hint = f"From {self.start} to {self.end} it fits: make several reports."
        super().__init__(f"The report is over {maximum} bytes, the most there can be. {hint}")
        self.maximum_bytes = maximum


class NegativeBalanceError(RuleError):
    """An adjustment that would leave less than nothing."""

    def __init__(self, year: int, left: Decimal) -> None:
        super().__init__(
            f"This would leave {quantity(left, 'working day')} of {year}, which is below zero."
        )
        self.year, self.left = year, left


class DelegationError(RuleError):
    """A delegation that a rule refuses; `field` names what is at fault."""

    field: str


class OwnSubstituteError(DelegationError):
    """A delegation to oneself."""

    def __init__(self, substitute_id: str) -> None:
        super().__init__(
            f"substituteId: {substitute_id} cannot stand in for themselves. Choose another"
            " employee."
        )
        self.field, self.substitute_id = "substituteId", substitute_id


class UnknownSubstituteError(DelegationError):
    """A substitute who is not in the directory."""

    def __init__(self, substitute_id: str) -> None:
        super().__init__(
            f"substituteId: there is no employee {substitute_id!r} in the directory. Check the id."
        )
        self.field, self.substitute_id = "substituteId", substitute_id


class SubstituteNotEmployedError(DelegationError):
    """A substitute who is not employed on all days of the delegation."""

    def __init__(
        self, substitute_id: str, period: Period, employments: Iterable[Employment]
    ) -> None:
        self.field, self.substitute_id = "substituteId", substitute_id
        self.start, self.end, self.employments = period.start, period.end, tuple(employments)
        super().__init__(
            f"substituteId: {substitute_id} is not employed on all days from {self.start} to"
            f" {self.end}: the employment lasts {_spans(self.employments)}. Choose another employee"
            " or other days."
        )


class DelegationBeforeTodayError(DelegationError):
    """A delegation that would begin before today."""

    def __init__(self, start: date, today: date) -> None:
        super().__init__(
            f"from: a delegation cannot begin on {start}, because that is before today, {today}."
            " Choose a first day from today on."
        )
        self.field, self.start, self.today = "from", start, today


class DelegationTooLongError(DelegationError):
    """A delegation of too many days."""

    def __init__(self, days: int, maximum: int) -> None:
        super().__init__(
            f"to: a delegation can last at most {quantity(maximum, 'day')}; this one would last"
            f" {days}. Choose an earlier last day."
        )
        self.field, self.days, self.maximum_days = "to", days, maximum


class OverlapError(LeaveError):
    """Leave on days for which the same employee already has a pending or approved request."""

    def __init__(self, request_id: str, period: Period, status: str) -> None:
        super().__init__(
            f"There is already leave on {period}: request {request_id} is {status}. Choose other"
            " days, or withdraw or cancel that request first."
        )
        self.request_id, self.request_status = request_id, status
        self.start, self.end, self.half_day = period.start, period.end, period.half_day
        self.start_half, self.end_half = period.start_half, period.end_half


class NotPossibleError(LeaveError):
    """The request is not in a state in which this can be done to it."""


class OtherRevisionError(NotPossibleError):
    """An answer about another revision than the present one."""

    def __init__(self, answered: int, revision: int) -> None:
        super().__init__(
            f"The answer is about revision {answered}, and the request is at revision {revision}."
            " Read it again, and answer what it asks now."
        )
        self.revision = revision


class RemindedTodayError(NotPossibleError):
    """A second reminder of the same request on one day."""

    def __init__(self) -> None:
        super().__init__(
            "The approver was reminded of this request today. Try again tomorrow, or talk to the"
            " approver."
        )


class NotDecidedError(LeaveError):
    """A request whose outcome was to be told has none: its answer was taken back.

    The class name travels to the state machine as the error name, as does the next one's.
    """


class UndoOpenError(LeaveError):
    """An outcome that can still be taken back, so nobody is told yet."""


class IdempotencyMismatchError(LeaveError):
    """The same Idempotency-Key was used before with another body."""

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key was used before for a different request. Use a new key for a new"
            " request. Repeat a key only with exactly the same body."
        )


class ConflictError(LeaveError):
    """Another person changed the same record first; read again and decide again."""


class UnavailableError(LeaveError):
    """A service this one depends on did not answer; nothing was lost, try again."""


class CommentMissingError(LeaveError):
    """A denial without a word of why."""


class CommentTooLongError(LeaveError):
    """A comment on a decision that has more than `maximum` characters."""

    def __init__(self, length: int, maximum: int) -> None:
        self.length = length
        self.maximum = maximum
        super().__init__(
            f"The comment has {length} characters; at most {maximum} are allowed. Shorten it."
        )


class ChangedTooOftenError(RuleError):
    """A request that was changed many times."""

    def __init__(self, maximum: int) -> None:
        self.maximum_times = maximum
        super().__init__(
            f"A request can be changed at most {quantity(maximum, 'time')}. Withdraw this request"
            " and make a new one."
        )


class AskedTooOftenError(RuleError):
    """Approved leave that was wanted cancelled many times, and never was."""

    def __init__(self, maximum: int) -> None:
        self.maximum_times = maximum
        super().__init__(
            f"The cancellation of this leave was requested {quantity(maximum, 'time')}, which is"
            " the maximum. Talk to the approver or to an administrator."
        )


class AskedTooMuchError(RuleError):
    """An employee who asked, changed, cancelled or withdrew very often on one day."""

    def __init__(self, maximum: int) -> None:
        self.maximum_times = maximum
        super().__init__(
            f"Leave can be requested, changed or cancelled at most {quantity(maximum, 'time')} a"
            " day, because each time a mail is sent. Continue tomorrow, or ask an administrator."
        )


class MailError(LeaveError):
    """A mail was not sent, or may not have been sent.

    The class name travels to the state machine as the error name.
    """


class MailUnavailableError(MailError):
    """Google did not answer or failed for a moment; nothing was sent, try again soon."""


class MailThrottledError(MailError):
    """A quota is used up; nothing was sent, try again in minutes to hours."""


class MailRefusedError(MailError):
    """Nobody takes this very message, so trying again will not help."""


class MailCredentialsError(MailError):
    """The stage's Gmail credentials are rejected; an operator must renew them."""


class MailOutcomeUnknownError(MailError):
    """The connection broke after the message was handed over: it may have been sent."""
