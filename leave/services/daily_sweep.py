"""The daily sweep: remind, escalate, re-route, expire, repair, and mail adjustments."""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from leave.domain.errors import ConflictError
from leave.domain.sweep import SweepStep, plan_steps
from leave.domain.values import Value, replace
from leave.domain.views import PendingItem
from leave.services.passing_on import LISTED, Due, Reminder
from leave.services.ports import Metric, Sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from leave.domain.request import LeaveRequest
    from leave.domain.sweep import SweepContext
    from leave.services.adjust_balance import AdjustmentNotices
    from leave.services.passing_on import PassingOn, Reminders
    from leave.services.ports import Clock, Metrics, OpenRequest, OpenRequests, Sweeps
    from leave.services.sweep_steps import SweepSteps
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
        made, in_time = self._notify_of_adjustments(replace(made, cursor=cursor), has_time, done)
        if not in_time:
            self.sweeps.save(replace(made, leased_until=self.clock.now()))
            return Report(finished=False, requests=requests, done=done)
        self._saved(replace(made, cursor="", finished=True))
        self.metrics.put(Metric.SWEEP_FINISHED)
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

    def _notify_of_adjustments(
        self, made: Sweep, has_time: Callable[[], bool], done: Counter[str]
    ) -> tuple[Sweep, bool]:
        """Mail each employee about their adjustments, while mail leaves.

        Returns False besides when there was no time for all of them.
        """
        page: Sequence[tuple[str, int]] = ()
        while page := self.open_requests.adjusted(page[-1] if page else None, PAGE):
            self.cache.prefetch(employees=[employee_id for employee_id, _ in page])
            for employee_id, group in groupby(page, key=itemgetter(0)):
                if not has_time():
                    return made, False
                with self._apart(done, employeeId=employee_id):
                    if not self.adjustment_notices.send(employee_id, [year for _, year in group]):
                        return made, True
                    done["adjustments"] += 1
            made = self._saved(made)
        return made, True

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
