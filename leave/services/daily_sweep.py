"""The daily sweep: remind, escalate, re-route, expire, repair, and send notices."""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from leave.domain.calendar import NO_HOLIDAYS, Dated, WorkingWeek
from leave.domain.errors import ConflictError, UnknownHolidaysError
from leave.domain.history import Channel
from leave.domain.sweep import (
    SweepContext,
    SweepStep,
    asked_on,
    is_overdue,
    plan_steps,
    question_opened_at,
    without_link,
    working_days_since,
    works_on,
)
from leave.domain.values import Value, replace
from leave.domain.views import PendingItem
from leave.services.change_leave_request import CHANGED
from leave.services.directory_changes import is_asked_of, right_choice
from leave.services.passing_on import LISTED, Due, Reminder
from leave.services.ports import Metric, Sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from datetime import date, datetime

    from leave.domain.calendar import Holidays
    from leave.domain.employee import Employee
    from leave.domain.request import LeaveRequest
    from leave.services.adjust_balance import AdjustmentNotices
    from leave.services.approvers import Approvers, Choice
    from leave.services.delegation import DelegationNotices
    from leave.services.leave_policy import Planner
    from leave.services.passing_on import PassingOn, Reminders
    from leave.services.ports import (
        Clock,
        Metrics,
        OpenRequest,
        OpenRequests,
        Sweeps,
        Unmailed,
        Workflow,
    )
    from leave.services.process_lead_response import ProcessLeadResponse
    from leave.services.unit_of_work import UnitOfWork

PAGE = 100
LEASE = timedelta(minutes=5)
"""How long a sweep is left to whoever makes it; written again after every `PAGE` requests."""

_log = logging.getLogger(__name__)


class Report(Value):
    """What a run of the sweep has done: how often each step, reminders and failures."""

    finished: bool
    requests: int = 0
    done: Counter[str]


@dataclass(kw_only=True, slots=True, eq=False)
class DailySweep:
    """The use case. Wherever it stops, the next run goes on from there."""

    clock: Clock
    open_requests: OpenRequests
    sweeps: Sweeps
    steps: SweepSteps
    reminders: Reminders
    passing_on: PassingOn
    adjustment_notices: AdjustmentNotices
    delegation_notices: DelegationNotices
    cache: UnitOfWork
    metrics: Metrics

    def __call__(self, *, only_if_due: bool, has_time: Callable[[], bool]) -> Report:
        """Make a sweep, or as much of it as there is time for.

        With `only_if_due`, today's sweep is not made twice, and left to whoever is at it.
        """
        last = self.sweeps.last()
        if only_if_due and last is not None and self._is_done_or_taken(last):
            return Report(finished=last.finished, done=Counter())
        begun = Sweep(day=self.clock.today(), leased_until=self.clock.now())
        if last is not None:
            begun = last if not last.finished else replace(begun, version=last.version)
        try:
            return self._walk(self._saved(begun), has_time)
        except ConflictError:
            _log.warning("another worker has taken the sweep over")
            return Report(finished=False, done=Counter())

    def _is_done_or_taken(self, last: Sweep) -> bool:
        if last.finished:
            return last.day >= self.clock.today()
        return last.leased_until > self.clock.now()

    def _saved(self, made: Sweep) -> Sweep:
        return self.sweeps.save(replace(made, leased_until=self.clock.now() + LEASE))

    def _walk(self, made: Sweep, has_time: Callable[[], bool]) -> Report:
        done: Counter[str] = Counter()
        requests, cursor = 0, made.cursor
        reminder: Reminder | None = None
        made = self._wake(made, done)
        due: list[Due] = []
        for item in self._items(made.cursor):
            if reminder is None or reminder.lead_id != item.approver_id:
                made = self._pass_on(due, made, done)
                self._remind(reminder, done)
                reminder = Reminder(lead_id=item.approver_id)
                # Whoever goes on from here sees all that this approver is to be reminded of.
                made = replace(made, cursor=cursor)
            waited = self._do(item, reminder, due, done)
            if len(due) == LISTED:
                made = self._pass_on(due, made, done)
            requests, cursor = requests + 1, item.cursor
            made = replace(made, oldest=max(made.oldest, waited))
            if not has_time():
                # Whoever is in the middle of being reminded is reminded of what was seen so far.
                made = self._pass_on(due, made, done)
                self._remind(reminder, done)
                self.sweeps.save(replace(made, cursor=cursor, leased_until=self.clock.now()))
                return Report(finished=False, requests=requests, done=done)
            if requests % PAGE == 0:
                made = self._saved(made)
        made = self._pass_on(due, made, done)
        self._remind(reminder, done)
        made, in_time = self._send_notices(replace(made, cursor=cursor), has_time, done)
        if not in_time:
            self.sweeps.save(replace(made, leased_until=self.clock.now()))
            return Report(finished=False, requests=requests, done=done)
        self._saved(replace(made, cursor="", finished=True))
        self.metrics.put(Metric.OLDEST_UNDECIDED_DAYS, made.oldest)
        return Report(finished=True, requests=requests, done=done)

    def _items(self, cursor: str) -> Iterator[OpenRequest]:
        while page := self.open_requests.after(cursor, PAGE):
            self.cache.prefetch(employees=[item.request.employee.employee_id for item in page])
            for item in page:
                cursor = item.cursor
                yield item

    def _do(self, item: OpenRequest, reminder: Reminder, due: list[Due], done: Counter[str]) -> int:
        """Do what one request needs, and return for how many working days it has waited.

        What goes to another approver is gathered in `due`.
        """
        request = item.request
        with self._apart(done, leaveRequestId=request.request_id):
            context = self.steps.assess(request)
            steps = plan_steps(request, context, self.steps.planner.policy)
            if steps and steps[0] in {SweepStep.REROUTE, SweepStep.ESCALATE}:
                due.append(Due(request=request, steps=steps, context=context))
                return context.waited
            asked_of = request.approver and request.approver.employee_id
            if SweepStep.REMIND in steps and asked_of == item.approver_id:
                waiting = PendingItem(request=request, since=context.since, days=context.waited)
                reminder.add(waiting)
            is_more = (
                steps == (SweepStep.KEEP_WAITING,) and request.lead_mailed and context.is_known
            )
            request = self._take(steps, request, context, done)
            reminder.more += is_more
            return context.waited if request.question else 0
        return 0

    def _take(
        self,
        steps: Iterable[SweepStep],
        request: LeaveRequest,
        context: SweepContext,
        done: Counter[str],
    ) -> LeaveRequest:
        for step in steps:
            request = self.steps.apply(step, request, context)
            done[step] += 1
        return request

    def _pass_on(self, due: list[Due], made: Sweep, done: Counter[str]) -> Sweep:
        """Pass on what one approver is asked no more, several requests for one other at once."""
        groups: list[list[Due]] = []
        with self._apart(done):
            groups = self.passing_on.groups(due)
        due.clear()
        for group in groups:
            if len(group) == 1:
                (one,) = group
                with self._apart(done, leaveRequestId=one.request.request_id):
                    self._take(one.steps, one.request, one.context, done)
            else:
                made = self._pass_on_together(group, made, done)
        return made

    def _pass_on_together(self, group: list[Due], made: Sweep, done: Counter[str]) -> Sweep:
        # Whoever goes on from here wakes the executions that this run may not come to.
        passing = tuple(one.request.request_id for one in group)
        made = self._saved(replace(made, passing=passing))
        with self._apart(done):
            self.passing_on(group)
        done.update(step for one in group for step in one.steps)
        return self._wake(made, done)

    def _wake(self, made: Sweep, done: Counter[str]) -> Sweep:
        """Let executions wait again for what was passed on, and mail what is not mailed yet."""
        waiting: Sequence[LeaveRequest] = ()
        with self._apart(done):
            waiting = self.passing_on.waiting(made.passing)
        for request in waiting:
            with self._apart(done, leaveRequestId=request.request_id):
                self.steps.wake(request)
        return replace(made, passing=())

    def _send_notices(
        self, made: Sweep, has_time: Callable[[], bool], done: Counter[str]
    ) -> tuple[Sweep, bool]:
        """Mail each employee about their adjustments and delegations, while mail leaves.

        Returns False besides when there was no time for all of them.
        """
        page: Sequence[Unmailed] = ()
        while page := self.open_requests.unmailed(page[-1] if page else None, PAGE):
            self.cache.prefetch(employees=[one.employee_id for one in page])
            for employee_id, group in groupby(page, key=lambda one: one.employee_id):
                if not has_time():
                    return made, False
                with self._apart(done, employeeId=employee_id):
                    if not self._send_notices_of(employee_id, [one.year for one in group], done):
                        return made, True
            made = self._saved(made)
        return made, True

    def _send_notices_of(
        self, employee_id: str, years: Sequence[int | None], done: Counter[str]
    ) -> bool:
        """Return whether mail leaves at present; None among the years is a delegation."""
        adjusted = [year for year in years if year is not None]
        if adjusted:
            if not self.adjustment_notices.send(employee_id, adjusted):
                return False
            done["adjustments"] += 1
        if len(adjusted) < len(years):
            if not self.delegation_notices.send(employee_id):
                return False
            done["delegations"] += 1
        return True

    @contextmanager
    def _apart(self, done: Counter[str], **about: str) -> Generator[None]:
        """Keep trouble with some requests from the others; the next sweep tries again."""
        try:
            yield
        except ConflictError:
            _log.info("request changed meanwhile", extra=about)
        except Exception:  # noqa: BLE001 - whatever it is, the others are not to suffer
            _log.exception("request left to the next sweep", extra=about)
            self._failed(done)

    def _remind(self, reminder: Reminder | None, done: Counter[str]) -> None:
        if reminder is None or not reminder.lead_id:
            return
        try:
            done["reminders"] += self.reminders.send(reminder)
        except Exception:  # noqa: BLE001 - as above
            _log.exception("approver not reminded", extra={"leadId": reminder.lead_id})
            self._failed(done)

    def _failed(self, done: Counter[str]) -> None:
        done["failures"] += 1
        self.metrics.put(Metric.SWEEP_FAILURES)


STALLED_AFTER = timedelta(days=1)
"""How long an execution may run without having got on before another one is started beside it."""
_DOUBLINGS = 8
_USUAL_WEEK = Dated(WorkingWeek.parse("Mon-Fri"))
_MOST_NAMES = 10
"""How many names of executions may be tried in one sweep."""


@dataclass(kw_only=True, slots=True, eq=False)
class SweepSteps:
    """Each step may be repeated, and raises `ConflictError` when another person was faster."""

    clock: Clock
    begin: Callable[[], UnitOfWork]
    cache: UnitOfWork
    workflow: Workflow
    approvers: Approvers
    planner: Planner
    responses: ProcessLeadResponse

    def assess(self, request: LeaveRequest) -> SweepContext:
        """Return what the plan for a request depends on."""
        employee = self.cache.find_employee(request.employee.employee_id)
        if employee is not None:
            self.approvers.prefetch(self.cache, employee, request)
        approver = request.approver and self.cache.find_employee(request.approver.employee_id)
        today, approvers_day = self._today_of(employee), self._today_of(approver)
        since = asked_on(request, partial(self._day_of, approver))
        waited, works_today, holidays = 0, False, NO_HOLIDAYS
        if approver is not None:
            holidays = self._holidays(approver)
            waited = working_days_since(since, approvers_day, approver.working_time, holidays)
            works_today = works_on(approvers_day, approver.working_time, holidays)
        week = approver.working_time if approver else _USUAL_WEEK
        yesterday = approvers_day - timedelta(days=1)
        whole_days = working_days_since(since, yesterday, week, holidays)
        choice: Choice | None = None
        is_right, has_next, first_is_enough = True, False, False
        if employee is not None and request.question is not None:
            choice = right_choice(self.cache, self.approvers, employee, request)
            is_right = choice is None or is_asked_of(request, choice.approver)
            has_next = self.approvers.after(self.cache, employee, request) is not None
            first_is_enough = self.approvers.first_is_enough(self.cache, employee, request)
        return SweepContext(
            now=self.clock.now(),
            today=today,
            asked_on=self._day_of(employee, question_opened_at(request)),
            since=since,
            waited=waited,
            whole_days=whole_days,
            works_today=works_today,
            is_right=is_right,
            has_next=has_next,
            is_known=employee is not None,
            is_outside=employee is not None and not employee.is_employed(request.plan.period),
            first_is_enough=first_is_enough,
            why=choice.why if choice else "",
            delegator=choice.delegator_id if choice else "",
        )

    def apply(self, step: SweepStep, request: LeaveRequest, context: SweepContext) -> LeaveRequest:
        """Do one step, and return the request as it is then."""
        match step:
            case SweepStep.SETTLE | SweepStep.EXPIRE | SweepStep.END:
                return self._close(step, request, context)
            case SweepStep.REROUTE | SweepStep.ESCALATE:
                return self._ask_another(request, without_link(request, step, context))
            case SweepStep.ASK_AGAIN:
                return self._ask_again(request)
            case SweepStep.TELL:
                return self._notify(request)
            case SweepStep.KEEP_WAITING:
                return self._keep_waiting(request)
            case SweepStep.REMIND:  # gathered with the approver's others
                return request

    def wake(self, request: LeaveRequest) -> LeaveRequest:
        """Let the workflow wait again for the present question, and mail what is not mailed yet."""
        return self._keep_waiting(self._ask_again(request))

    def _ask_again(self, request: LeaveRequest) -> LeaveRequest:
        heard = self._fail(request)
        return (
            self._start_successor(request) if not heard and self._is_stalled(request) else request
        )

    def _ask_another(self, before: LeaveRequest, after: LeaveRequest) -> LeaveRequest:
        self._write(before, after)
        self._fail(after)
        return after

    def _fail(self, request: LeaveRequest) -> bool:
        """Let the workflow ask again; False when it does not wait with the token that is known."""
        token = request.task_token
        return token is not None and self.workflow.fail(
            token, error=CHANGED, cause="the daily sweep"
        )

    def _close(self, step: SweepStep, request: LeaveRequest, context: SweepContext) -> LeaveRequest:
        """End a question: outside the employment, by one approval that is enough, or in time."""
        if step is SweepStep.END:
            return self.responses.expire(self.begin(), request, channel=Channel.IMPORT)
        if is_overdue(request, context):
            return self.responses.expire(self.begin(), request, channel=Channel.SYSTEM)
        uow = self.begin()
        self.planner.prefetch(uow, request)
        return self.responses.single_approval.settle(uow, request) or request

    def _notify(self, request: LeaveRequest) -> LeaveRequest:
        if request.question is not None:
            return self._keep_waiting(request)
        wait = self.planner.policy.seconds_to_undo(request, self.clock.now())
        if request.task_token is not None and self.workflow.answer(
            request.task_token,
            request_id=request.request_id,
            status=request.status,
            wait_seconds=wait,
        ):
            return request
        return (
            self._start_successor(request)
            if self._is_stalled(request)
            else self._keep_waiting(request)
        )

    def _keep_waiting(self, request: LeaveRequest) -> LeaveRequest:
        """See to it that an execution waits, or goes on; one that has ended gets a successor."""
        return request if self._ensure(request) else self._start_successor(request)

    def _start_successor(self, request: LeaveRequest) -> LeaveRequest:
        """Start another execution, which asks or tells at once what is still to be asked or told.

        One that runs beside it can do no harm: the record says what was done. After the table was
        restored, the next names may be used up: AWS keeps those of ended executions for 90 days.
        """
        for _ in range(_MOST_NAMES):
            restarted = request.restart(at=self.clock.now())
            self._write(request, restarted)
            if self._ensure(restarted):
                return restarted
            request = restarted
        return request

    def _is_stalled(self, request: LeaveRequest) -> bool:
        """Return whether an execution that runs seems to wait with a token that nobody knows.

        When Step Functions loses sight of a call that asks, and makes another one, the first may
        be the last to write its token. One that still tries to ask writes when. Of one that tries
        to tell nothing is seen, so each has twice the time of the one before.
        """
        tried = (request.asked_at, request.reminder_due)
        began = max(filter(None, (*tried, request.restarted_at, request.history[-1].at)))
        return self.clock.now() - began > STALLED_AFTER * 2 ** min(request.restarts, _DOUBLINGS)

    def _write(self, before: LeaveRequest, after: LeaveRequest) -> None:
        uow = self.begin()
        uow.replace(before, after)
        uow.commit()

    def _ensure(self, request: LeaveRequest) -> bool:
        return self.workflow.ensure(
            request.execution_name, request_id=request.request_id, inquiry=request.inquiry
        )

    def _today_of(self, employee: Employee | None) -> date:
        """Return an employee's day, and the company's for one who is not in the directory."""
        return self._day_of(employee, self.clock.now())

    def _day_of(self, employee: Employee | None, moment: datetime) -> date:
        return self.clock.day_of(employee, moment) if employee else self.clock.day(moment)

    def _holidays(self, approver: Employee) -> Holidays:
        try:
            return self.planner.holidays.table(approver.holidays)
        except UnknownHolidaysError:
            return NO_HOLIDAYS
