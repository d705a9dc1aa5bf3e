"""The daily round over all open requests: remind, escalate, re-route, expire, repair."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from leave.domain.errors import ConflictError
from leave.domain.rounds import Step, plan_steps
from leave.domain.values import value
from leave.domain.views import Waiting
from leave.services.metrics import Metric
from leave.services.reminders import Reminder
from leave.services.round_ports import Round

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leave.services.ports import Clock, Metrics
    from leave.services.remembering import Remembering
    from leave.services.reminders import Reminders
    from leave.services.round_ports import OpenRequest, OpenRequests, Rounds
    from leave.services.round_steps import RoundSteps

PAGE = 100
LEASE = timedelta(minutes=5)
"""How long a round is left to whoever makes it; written anew after every `PAGE` requests."""

_log = logging.getLogger(__name__)


@value
class Report:
    """What a run of the round has done: how often each step, reminders and failures."""

    finished: bool
    requests: int = 0
    done: Counter[str]


@dataclass(kw_only=True, slots=True, eq=False)
class DailyRound:
    """The use case. Wherever it stops, the next run goes on from there."""

    clock: Clock
    open_requests: OpenRequests
    rounds: Rounds
    steps: RoundSteps
    reminders: Reminders
    remembering: Remembering
    metrics: Metrics

    def __call__(self, *, only_if_due: bool, has_time: Callable[[], bool]) -> Report:
        """Make a round, or as much of it as there is time for.

        With `only_if_due`, today's round is not made twice, and left to whoever is at it.
        """
        last = self.rounds.last()
        if only_if_due and last is not None and self._is_done_or_taken(last):
            return Report(finished=last.finished, done=Counter())
        begun = Round(day=self.clock.today(), leased_until=self.clock.now())
        if last is not None:
            begun = last if not last.finished else replace(begun, version=last.version)
        try:
            return self._walk(self._saved(begun), has_time)
        except ConflictError:
            _log.warning("another worker has taken the round over")
            return Report(finished=False, done=Counter())

    def _is_done_or_taken(self, last: Round) -> bool:
        if last.finished:
            return last.day >= self.clock.today()
        return last.leased_until > self.clock.now()

    def _saved(self, made: Round) -> Round:
        return self.rounds.save(replace(made, leased_until=self.clock.now() + LEASE))

    def _walk(self, made: Round, has_time: Callable[[], bool]) -> Report:
        done: Counter[str] = Counter()
        requests, cursor = 0, made.cursor
        reminder: Reminder | None = None
        for item in self._items(made.cursor):
            if reminder is None or reminder.lead_id != item.approver_id:
                self._remind(reminder, done)
                reminder = Reminder(lead_id=item.approver_id)
                # Whoever goes on from here sees all that this approver is to be reminded of.
                made = replace(made, cursor=cursor)
            waited = self._do(item, reminder, done)
            requests, cursor = requests + 1, item.cursor
            made = replace(made, oldest=max(made.oldest, waited))
            if not has_time():
                # Whoever is in the middle of being reminded is reminded of what was seen so far.
                self._remind(reminder, done)
                self.rounds.save(replace(made, cursor=cursor, leased_until=self.clock.now()))
                return Report(finished=False, requests=requests, done=done)
            if requests % PAGE == 0:
                made = self._saved(made)
        self._remind(reminder, done)
        self._saved(replace(made, cursor="", finished=True))
        self.metrics.put(Metric.ROUND_FINISHED)
        self.metrics.put(Metric.OLDEST_UNDECIDED_DAYS, made.oldest)
        return Report(finished=True, requests=requests, done=done)

    def _items(self, cursor: str) -> Iterator[OpenRequest]:
        while page := self.open_requests.after(cursor, PAGE):
            self.remembering.expect(employees=[item.request.employee.employee_id for item in page])
            for item in page:
                cursor = item.cursor
                yield item

    def _do(self, item: OpenRequest, reminder: Reminder, done: Counter[str]) -> int:
        """Do what one request needs, and return for how many working days it has waited.

        Trouble with one request is not the others' trouble; the next round tries again.
        """
        request = item.request
        try:
            situation = self.steps.look(request)
            steps = plan_steps(request, situation, self.steps.planner.policy)
            for step in steps:
                asked_of = request.approver and request.approver.employee_id
                if step is Step.REMIND and asked_of == item.approver_id:
                    waiting = Waiting(request=request, since=situation.since, days=situation.waited)
                    reminder.add(waiting)
                request = self.steps.do(step, request, situation)
                done[step] += 1
            if steps == (Step.KEEP_WAITING,) and request.lead_mailed and situation.is_known:
                reminder.more += 1
        except ConflictError:
            _log.info("somebody was faster", extra={"leaveRequestId": request.request_id})
            return 0
        except Exception:  # noqa: BLE001 - whatever it is, the others are not to suffer
            _log.exception(
                "request left to the next round", extra={"leaveRequestId": request.request_id}
            )
            self._failed(done)
            return 0
        return situation.waited if request.question else 0

    def _remind(self, reminder: Reminder | None, done: Counter[str]) -> None:
        if reminder is None or not reminder.lead_id:
            return
        try:
            done["reminders"] += self.reminders.send(reminder, self.clock.today())
        except Exception:  # noqa: BLE001 - as above
            _log.exception("approver not reminded", extra={"leadId": reminder.lead_id})
            self._failed(done)

    def _failed(self, done: Counter[str]) -> None:
        done["failures"] += 1
        self.metrics.put(Metric.ROUND_FAILURES)
