"""Summary of a request for mails and pages."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from leave.adapters.presentation.i18n import Translator
from leave.domain.calendar import Period, read_period
from leave.domain.history import ASKED, EventType, Question
from leave.domain.invitations import RevocationReason
from leave.domain.policy import Plan, WarningKind
from leave.domain.request import LeaveRequest
from leave.domain.values import Value
from leave.domain.views import DecisionSummary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from leave.domain.counting import Day
    from leave.domain.history import Event
    from leave.domain.policy import PolicyWarning
    from leave.domain.views import AdjustedAccount


_SATURDAY = 5
_NAMED_DAYS = 3
_NAMED_COLLEAGUES = 6


class SummaryRow(Value):
    """One thing to know about a request; its lines stand below each other, above the hint."""

    label: str
    lines: Sequence[str]
    hint: str = ""


class RequestSummary(Value):
    """Everything that is said about one request; `plan` is what the reader may see of it."""

    translator: Translator
    request: LeaveRequest
    plan: Plan
    type_name: str = ""
    decision_summary: DecisionSummary | None = None

    @property
    def cancelling(self) -> bool:
        """Return whether the question is if approved leave may be cancelled."""
        return self.request.question is Question.CANCELLATION

    @property
    def headline(self) -> str:
        """Who wants what."""
        if self.cancelling:
            key = "asks.to_cancel"
        else:
            key = "asks.changed" if self.request.revision > 1 else "asks.for_leave"
        asked = last_asked(self.request.history)
        name = self.request.employee.name
        if is_own(self.request, asked):
            return self.translator.t(key, name=name)
        return self.translator.t(f"{key}.for_other", name=name, actor=actor(self.translator, asked))

    @property
    def one_line(self) -> str:
        """The leave in one line."""
        days = self.translator.count("working_days", self.plan.working_days)
        return f"{self.translator.period(self.plan.period)} · {days}"

    @property
    def preview(self) -> str:
        """The line that a mailbox shows below the subject."""
        balances = (
            list(self._balances(self.decision_summary))[:1]
            if self.decision_summary and self.decision_summary.balances
            else []
        )
        return " · ".join(part for part in (self.one_line, self.type_name, *balances) if part)

    def rows(self) -> Iterator[SummaryRow]:
        """Yield what is known, the most important first."""
        days = self.translator.count("working_days", self.plan.working_days)
        hint = "; ".join(self._uncounted())
        yield self._row("when", self.translator.period(self.plan.period), days, hint=hint)
        if before := self._before():
            yield self._row("before", before)
        if self.type_name:
            yield self._row("type", self.type_name)
        if self.plan.reason:
            yield self._row("reason", *lines_of(self.plan.reason))
        if self.decision_summary and self.decision_summary.balances:
            yield self._row(
                "balance",
                *self._balances(self.decision_summary),
                hint=self.translator.t("balance.counted"),
            )
        if self.decision_summary and not self.cancelling:
            yield self._row("away", *self._colleagues(self.decision_summary))

    def warnings(self) -> list[str]:
        """Return what the days are at odds with."""
        return [] if self.cancelling else [self._warning(warning) for warning in self.plan.warnings]

    def remarks(self) -> Iterator[str]:
        """Yield why this reader is asked, and whether the answer is the last one."""
        request, t = self.request, self.translator.t
        if why := self._why_now():
            yield why
        if request.stands_in_for:
            yield t("remark.stands_in", name=request.stands_in_for.name)
        if request.delegated_by:
            yield t("remark.delegated", name=request.delegated_by.name)
        if first := request.first_approval:
            given = last(request.history, EventType.FIRST_APPROVAL)
            name = (given and given.name) or first.name
            yield t(
                "remark.second", name=name, at=self.translator.moment(given.at) if given else ""
            )
        elif self.decision_summary and self.decision_summary.second_approval:
            yield t("remark.first")

    def _row(self, label: str, *lines: str, hint: str = "") -> SummaryRow:
        return SummaryRow(label=self.translator.t(f"label.{label}"), lines=lines, hint=hint)

    def _uncounted(self) -> Iterator[str]:
        """Yield which days of the period do not count, or only half."""
        translator, days = (
            self.translator,
            self.decision_summary.days if self.decision_summary else (),
        )
        weekend = [day for day in days if not day.cost and day.date.weekday() >= _SATURDAY]
        holidays = [day for day in days if day.holiday and day not in weekend]
        free = [day for day in days if not (day.cost or day in weekend or day in holidays)]
        whole = (day for day in days if len(self.plan.period.halves_on(day.date)) > 1)
        halves = [day for day in whole if 0 < day.cost < 1]
        yield from self._named(holidays, "holidays")
        yield from self._named(halves, "half_days")
        if weekend:
            yield translator.count("weekend_days", len(weekend))
        if free:
            yield translator.count("free_days", len(free))

    def _named(self, days: Sequence[Day], kind: str) -> list[str]:
        """Return each of a few days, or how many there are."""
        if len(days) > _NAMED_DAYS:
            return [self.translator.count(kind, len(days))]
        return [
            self.translator.t(f"day.{kind}", day=self._day(day.date), name=day.holiday or "")
            for day in days
        ]

    def _day(self, day: date) -> str:
        return self.translator.period(Period(start=day, end=day), year=self.plan.period.start.year)

    def _before(self) -> str:
        """Return the days as they were asked for before a change, if those were others."""
        asked = [event for event in self.request.history if event.type in ASKED]
        for earlier, later in list(pairwise(asked))[-1:]:
            period = read_period(earlier.comment)
            if not self.cancelling and period and earlier.comment != later.comment:
                return self.translator.period(period)
        return ""

    def _balances(self, decision_summary: DecisionSummary) -> Iterator[str]:
        for balance in decision_summary.balances:
            yield self.translator.t(
                "balance",
                before=self.translator.number(balance.before),
                after=self.translator.count("working_days", balance.after),
                year=balance.year,
            )
            if balance.booked_later:
                yield self.translator.t(
                    "balance.later",
                    days=self.translator.count("working_days", balance.booked_later),
                    later=balance.booked_in,
                )
            if balance.carried and balance.carried_until:
                before, after = balance.carried
                yield self.translator.t(
                    "balance.carried",
                    before=self.translator.number(before),
                    after=self.translator.count("working_days", after),
                    until=self.translator.day(balance.carried_until),
                )

    def _colleagues(self, decision_summary: DecisionSummary) -> Iterator[str]:
        if not decision_summary.colleagues:
            yield self.translator.t("away.nobody")
        for absence in decision_summary.colleagues[:_NAMED_COLLEAGUES]:
            period = self.translator.period(absence.booking.period, year=self.plan.period.end.year)
            yield f"{absence.employee.name}: {period}"
        if len(decision_summary.colleagues) > _NAMED_COLLEAGUES:
            more = len(decision_summary.colleagues) - _NAMED_COLLEAGUES
            yield self.translator.count("more_colleagues", more)

    def _warning(self, warning: PolicyWarning) -> str:
        translator = self.translator
        period = Period(start=warning.start, end=warning.end)
        days = translator.period(period, year=self.plan.period.start.year)
        match warning.kind:
            case WarningKind.NOTICE:
                return translator.t(
                    "warning.notice",
                    found=translator.count("days_ahead", warning.found),
                    needed=translator.count("days_expected", warning.needed),
                )
            case WarningKind.BLOCKED:
                return translator.t("warning.blocked", days=days, reason=warning.reason)
            case WarningKind.PRESENCE:
                return translator.t(
                    "warning.presence",
                    days=days,
                    found=translator.count("there", warning.found),
                    needed=translator.count("needed", warning.needed),
                )

    def _why_now(self) -> str:
        """Return why the question came to this reader after it had been another's."""
        revoked = [one for one in self.request.invitations if one.revoked]
        before, approver = revoked[-1] if revoked else None, self.request.approver
        if before is None or before.revoked is None or approver is None:
            return ""
        if before.approver.employee_id == approver.employee_id:
            return ""
        why = before.revoked.why
        if why in {RevocationReason.ESCALATED, RevocationReason.REROUTED}:
            # An approver who got no mail knows nothing of having been asked.
            name = before.approver.name
            return self.translator.t(f"remark.{why.value}", name=name) if before.mailed else ""
        return (
            self.translator.t("remark.unreachable") if why is RevocationReason.UNREACHABLE else ""
        )


def adjustment_rows(
    translator: Translator, account: AdjustedAccount, name: str
) -> Iterator[SummaryRow]:
    """Yield the account `name`, what was given or taken of it and why, and what is left."""

    def row(label: str, *lines: str) -> SummaryRow:
        return SummaryRow(label=translator.t(f"label.{label}"), lines=lines)

    yield row("account", f"{name} {account.year}")
    for adjustment in account.adjustments:
        key = "more" if adjustment.days > 0 else "fewer"
        days = translator.count("working_days", abs(adjustment.days))
        yield row("change", translator.t(f"adjusted.{key}", days=days))
        yield row("reason", *lines_of(adjustment.reason))
    balance = account.balance
    if balance is None or balance.available is None:
        return
    available = translator.count("working_days", balance.available)
    left = [translator.t("balance.left", left=available, year=account.year)]
    if balance.booked_later:
        later = translator.count("working_days", balance.booked_later)
        left.append(translator.t("balance.later", days=later, later=balance.booked_in))
    if balance.carried_left and balance.carried_until:
        carried = translator.count("working_days", balance.carried_left)
        until = translator.day(balance.carried_until)
        left.append(translator.t("balance.carried.left", left=carried, until=until))
    yield row("balance", *left)


def lines_of(text: str) -> list[str]:
    """Return the lines of what somebody wrote, whatever they ended them with."""
    return text.strip().splitlines()


def last_asked(history: Sequence[Event]) -> Event:
    """Return the last event by which something was asked for."""
    asking = {*ASKED, EventType.CANCELLATION_ASKED}
    return next((e for e in reversed(history) if e.type in asking), history[0])


def is_own(request: LeaveRequest, event: Event) -> bool:
    """Return whether the employee did something, and nobody for them."""
    return event.actor in {"", request.employee.employee_id}


def actor(translator: Translator, event: Event) -> str:
    """Return who did something, by the name they had then."""
    return event.name or event.actor or translator.t("somebody")


def last(history: Sequence[Event], what: EventType) -> Event | None:
    """Return the last event of a kind."""
    return next((event for event in reversed(history) if event.type is what), None)
