"""What mails and pages say about a request, in the words of their language."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from leave.domain.concerns import Kind
from leave.domain.history import What
from leave.domain.links import Retirement
from leave.domain.periods import Period, read_period
from leave.domain.statuses import Question
from leave.domain.values import value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from leave.adapters.wording import Wording
    from leave.domain.briefs import Brief
    from leave.domain.concerns import Concern
    from leave.domain.counting import Day
    from leave.domain.history import Event
    from leave.domain.plans import Plan
    from leave.domain.requests import LeaveRequest
    from leave.domain.views import AdjustedAccount

_SATURDAY = 5
_NAMED_DAYS = 3
_NAMED_COLLEAGUES = 6


@value
class Fact:
    """One thing to know about a request; its lines stand below each other, above the hint."""

    label: str
    lines: Sequence[str]
    hint: str = ""


@value
class Facts:
    """Everything that is said about one request; `plan` is what the reader may see of it."""

    words: Wording
    request: LeaveRequest
    plan: Plan
    type_name: str = ""
    brief: Brief | None = None

    @property
    def cancelling(self) -> bool:
        """Tell whether the question is if approved leave may be cancelled."""
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
            return self.words.say(key, name=name)
        return self.words.say(f"{key}.for_other", name=name, actor=actor(self.words, asked))

    @property
    def summary(self) -> str:
        """The leave in one line."""
        days = self.words.count("working_days", self.plan.working_days)
        return f"{self.words.period(self.plan.period)} · {days}"

    @property
    def preview(self) -> str:
        """The line that a mailbox shows below the subject."""
        balances = (
            list(self._balances(self.brief))[:1] if self.brief and self.brief.balances else []
        )
        return " · ".join(part for part in (self.summary, self.type_name, *balances) if part)

    def all(self) -> Iterator[Fact]:
        """Yield what is known, the most important first."""
        days = self.words.count("working_days", self.plan.working_days)
        hint = "; ".join(self._uncounted())
        yield self._fact("when", self.words.period(self.plan.period), days, hint=hint)
        if before := self._before():
            yield self._fact("before", before)
        if self.type_name:
            yield self._fact("type", self.type_name)
        if self.plan.reason:
            yield self._fact("reason", *lines_of(self.plan.reason))
        if self.brief and self.brief.balances:
            yield self._fact(
                "balance", *self._balances(self.brief), hint=self.words.say("balance.counted")
            )
        if self.brief and not self.cancelling:
            yield self._fact("away", *self._colleagues(self.brief))

    def warnings(self) -> list[str]:
        """Return what the days are at odds with."""
        return [] if self.cancelling else [self._warning(concern) for concern in self.plan.warnings]

    def notes(self) -> Iterator[str]:
        """Yield why this reader is asked, and whether the answer is the last one."""
        request, say = self.request, self.words.say
        if why := self._why_now():
            yield why
        if request.stands_in_for:
            yield say("note.stands_in", name=request.stands_in_for.name)
        if first := request.first_approval:
            given = last(request.history, What.FIRST_APPROVAL)
            name = (given and given.name) or first.name
            yield say("note.second", name=name, at=self.words.moment(given.at) if given else "")
        elif self.brief and self.brief.second_approval:
            yield say("note.first")

    def _fact(self, label: str, *lines: str, hint: str = "") -> Fact:
        return Fact(label=self.words.say(f"label.{label}"), lines=lines, hint=hint)

    def _uncounted(self) -> Iterator[str]:
        """Yield which days of the period do not count, or only half."""
        words, days = self.words, self.brief.days if self.brief else ()
        weekend = [day for day in days if not day.cost and day.date.weekday() >= _SATURDAY]
        holidays = [day for day in days if day.holiday and day not in weekend]
        free = [day for day in days if not (day.cost or day in weekend or day in holidays)]
        halves = [day for day in days if 0 < day.cost < 1] if not self.plan.period.half_day else []
        yield from self._named(holidays, "holidays")
        yield from self._named(halves, "half_days")
        if weekend:
            yield words.count("weekend_days", len(weekend))
        if free:
            yield words.count("free_days", len(free))

    def _named(self, days: Sequence[Day], kind: str) -> list[str]:
        """Return each of a few days, or how many there are."""
        if len(days) > _NAMED_DAYS:
            return [self.words.count(kind, len(days))]
        return [
            self.words.say(f"day.{kind}", day=self._day(day.date), name=day.holiday or "")
            for day in days
        ]

    def _day(self, day: date) -> str:
        return self.words.period(Period(start=day, end=day), year=self.plan.period.start.year)

    def _before(self) -> str:
        """Return the days as they were asked for before a change, if those were others."""
        asked = [e for e in self.request.history if e.what in {What.REQUESTED, What.CHANGED}]
        for earlier, later in list(pairwise(asked))[-1:]:
            period = read_period(earlier.comment)
            if not self.cancelling and period and earlier.comment != later.comment:
                return self.words.period(period)
        return ""

    def _balances(self, brief: Brief) -> Iterator[str]:
        for balance in brief.balances:
            yield self.words.say(
                "balance",
                before=self.words.number(balance.before),
                after=self.words.count("working_days", balance.after),
                year=balance.year,
            )
            if balance.booked_later:
                yield self.words.say(
                    "balance.later",
                    days=self.words.count("working_days", balance.booked_later),
                    later=balance.booked_in,
                )
            if balance.carried and balance.carried_until:
                before, after = balance.carried
                yield self.words.say(
                    "balance.carried",
                    before=self.words.number(before),
                    after=self.words.count("working_days", after),
                    until=self.words.day(balance.carried_until),
                )

    def _colleagues(self, brief: Brief) -> Iterator[str]:
        if not brief.colleagues:
            yield self.words.say("away.nobody")
        for absence in brief.colleagues[:_NAMED_COLLEAGUES]:
            period = self.words.period(absence.booking.period, year=self.plan.period.end.year)
            yield f"{absence.employee.name}: {period}"
        if len(brief.colleagues) > _NAMED_COLLEAGUES:
            more = len(brief.colleagues) - _NAMED_COLLEAGUES
            yield self.words.count("more_colleagues", more)

    def _warning(self, concern: Concern) -> str:
        words = self.words
        period = Period(start=concern.start, end=concern.end)
        days = words.period(period, year=self.plan.period.start.year)
        match concern.kind:
            case Kind.NOTICE:
                return words.say(
                    "warning.notice",
                    found=words.count("days_ahead", concern.found),
                    needed=words.count("days_expected", concern.needed),
                )
            case Kind.BLOCKED:
                return words.say("warning.blocked", days=days, reason=concern.reason)
            case Kind.PRESENCE:
                return words.say(
                    "warning.presence",
                    days=days,
                    found=words.count("there", concern.found),
                    needed=words.count("needed", concern.needed),
                )

    def _why_now(self) -> str:
        """Return why the question came to this reader after it had been another's."""
        links = self.request.retired_links
        approver = self.request.approver
        if not links or approver is None or links[-1].owner == approver.employee_id:
            return ""
        why = links[-1].why
        if why in {Retirement.ESCALATED, Retirement.REROUTED}:
            for former in self.request.formers:
                if former.employee_id == links[-1].owner:
                    return self.words.say(f"note.{why.value}", name=former.name)
            return self.words.say(f"note.{why.value}.unnamed")
        return self.words.say("note.unreachable") if why is Retirement.UNREACHABLE else ""


def adjustment_facts(words: Wording, account: AdjustedAccount, name: str) -> Iterator[Fact]:
    """Yield the account `name`, what was given or taken of it and why, and what is left."""

    def fact(label: str, *lines: str) -> Fact:
        return Fact(label=words.say(f"label.{label}"), lines=lines)

    yield fact("account", f"{name} {account.year}")
    for adjustment in account.adjustments:
        key = "more" if adjustment.days > 0 else "fewer"
        days = words.count("working_days", abs(adjustment.days))
        yield fact("change", words.say(f"adjusted.{key}", days=days))
        yield fact("reason", *lines_of(adjustment.reason))
    balance = account.balance
    if balance is None or balance.available is None:
        return
    available = words.count("working_days", balance.available)
    left = [words.say("balance.left", left=available, year=account.year)]
    if balance.carried_left and balance.carried_until:
        carried = words.count("working_days", balance.carried_left)
        until = words.day(balance.carried_until)
        left.append(words.say("balance.carried.left", left=carried, until=until))
    yield fact("balance", *left)


def lines_of(text: str) -> list[str]:
    """Return the lines of what somebody wrote, whatever they ended them with."""
    return text.strip().splitlines()


def last_asked(history: Sequence[Event]) -> Event:
    """Return the last event by which something was asked for."""
    asking = {What.REQUESTED, What.CHANGED, What.CANCELLATION_ASKED}
    return next((e for e in reversed(history) if e.what in asking), history[0])


def is_own(request: LeaveRequest, event: Event) -> bool:
    """Tell whether the employee did something, and nobody for them."""
    return event.who in {"", request.employee.employee_id}


def actor(words: Wording, event: Event) -> str:
    """Return who did something, by the name they had then."""
    return event.name or event.who or words.say("somebody")


def last(history: Sequence[Event], what: What) -> Event | None:
    """Return the last event of a kind."""
    return next((event for event in reversed(history) if event.what is what), None)
