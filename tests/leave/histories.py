"""Random histories of a stage: what people, the workflow and bad luck do, in any order."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from leave.domain.calendar import Dated, HalfDay, Period
from leave.domain.employee import Employment, entitlement
from leave.domain.errors import ConflictError, LeaveError, MailUnavailableError, UnavailableError
from leave.domain.history import Channel, Decision, Event, EventType, Question
from leave.domain.ledger import Ledger
from leave.domain.policy import CarryOver, LeaveType, Rules
from leave.domain.values import replace
from leave.services.directory_changes import DirectoryChanges, orphaned_leave
from leave.services.leave_policy import LeaveRequestInput, open_accounts
from tests.leave.builders import JANE, JIM, JOHN, an_employee
from tests.leave.fake_requests import the_end_of_time
from tests.leave.hooks import Hooks, raising
from tests.leave.services.stage import ADMIN_CALLS, Caller
from tests.leave.workflow_runs import Executions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leave.domain.accounts import Accounts
    from leave.domain.employee import Employee
    from leave.domain.request import LeaveRequest
    from tests.leave.services.stage import FakeStage
    from tests.step_functions import Execution

T = TypeVar("T")

RULES = Rules(
    leave_types=(
        LeaveType(id="annual", name="Annual leave"),
        LeaveType(
            id="flexible", name="Flexible leave", days_per_year=Decimal(1), may_go_negative=True
        ),
        LeaveType(id="sick", name="Sick leave", needs_approval=False),
    ),
    carry_over=CarryOver(maximum_days=Decimal(2)),
)
SINCE, LAST = 2026, 2032
LINK = re.compile(r"[0-9a-z]{26}\.[\w-]{43}")
# Few days, so that limits are met, and so few dates that leave is in the way of other leave.
PEOPLE = (
    replace(JOHN, accounts_since=SINCE),
    an_employee("E002", name=JIM.name, email=JIM.email, days="6", accounts_since=SINCE),
    an_employee("E003", name=JANE.name, email=JANE.email, days="4.5", accounts_since=SINCE),
)
WHO = st.sampled_from(["E002", "E003"])
ANYBODY = st.sampled_from(["E001", "E002", "E003"])
NUMBERS = st.integers(0, 50)
COUNTED = (
    ("RequestsMade", "requested"),
    ("RequestsApproved", "approved"),
    ("RequestsDenied", "denied", "cancellation-declined"),
    ("RequestsWithdrawn", "withdrawn"),
    ("RequestsCancelled", "cancelled"),
    ("RequestsExpired", "expired", "cancellation-expired"),
    ("AnswersUndone", "undone"),
    ("AnswerSeconds", "approved", "denied", "cancelled", "cancellation-declined"),
)
MISHAPS = ("add", "replace", "write_ledgers", "start", "answer", "fail")
# Whether the workflow is quick, so that most questions have reached the lead by the next step.
QUICK = st.sampled_from([True, True, True, False])


@st.composite
def inputs(draw: st.DrawFn) -> tuple[int, int, Mapping[str, HalfDay], str]:
    """Return days ahead, length, halves and leave type, often enough the same ones again."""
    length = draw(st.integers(0, 6))
    ends = {"start_half": HalfDay.AFTERNOON, "end_half": HalfDay.MORNING}
    halves = {name: half for name, half in ends.items() if length and draw(st.booleans())}
    if not length and (half := draw(st.none() | st.sampled_from(HalfDay))):
        halves = {"half_day": half}
    ahead = draw(st.integers(0, 12) | st.integers(20, 35) | st.integers(290, 320))
    leave_type = draw(st.sampled_from(["annual", "annual", "annual", "flexible", "sick"]))
    return ahead, length, halves, leave_type


class Histories(RuleBasedStateMachine):
    """Drives every use case; `make_stage` tells over what."""

    make_stage: Callable[[Rules, tuple[Employee, ...]], FakeStage]

    @initialize()
    def begin(self) -> None:
        self.stage = type(self).make_stage(RULES, PEOPLE)
        self.store, self.luck = self.stage.requests, Hooks()
        self.seen: dict[str, LeaveRequest] = {}
        self.booked: list[Ledger] = []
        self.stage.requests = self.interrupted = Interrupted(self.store, self.luck)  # type: ignore[assignment]
        self.executions = Executions(stage=self.stage)
        self.histories: dict[str, tuple[Event, ...]] = {}
        self.versions: dict[str, int] = {}
        self.decided: Counter[str] = Counter()
        self.people = {employee.employee_id: employee for employee in PEOPLE}
        self.in_debt: set[str] = set()
        self.stalled: set[str] = set()
        for place, who in enumerate(("E002", "E003", "E002"), start=1):
            self.request(who, (7 * place, place, {}, "annual"), key=100 + place, times=1)
        self.go_on(quick=True)
        self.decide(1, Decision.APPROVED, times=1, quick=True)

    # What people do

    @rule(who=WHO, wanted=inputs(), key=NUMBERS, times=st.integers(1, 2), quick=QUICK)
    def request(self, who: str, wanted: Any, key: int, times: int, *, quick: bool = False) -> None:
        answers: list[str] = []
        for _ in range(times):
            submitted = self.attempt(
                lambda: self.stage.request_leave(
                    self.caller(who), self.wished(wanted), idempotency_key=f"key {key}"
                )
            )
            if submitted:
                answers.append(submitted.request_id)
            assert submitted or not answers or self.broke_off, "a key answers again"
        assert len(set(answers)) <= 1
        before = set(self.seen)
        self.look()
        assert len(set(self.seen) - before) <= 1, "a key makes one request"
        self.go_on(quick=quick)

    @precondition(lambda self: self.seen)
    @rule(number=NUMBERS, wanted=inputs(), by_admin=st.booleans(), quick=QUICK)
    def change(self, number: int, wanted: Any, *, by_admin: bool, quick: bool) -> None:
        request = self.pick(number)
        who = ADMIN_CALLS if by_admin else self.owner(request)
        self.attempt(
            lambda: self.stage.change_leave_request.change(
                who, request.request_id, self.wished(wanted)
            )
        )
        self.go_on(quick=quick)

    @precondition(lambda self: self.seen)
    @rule(number=NUMBERS, times=st.integers(1, 2), quick=QUICK)
    def withdraw_or_cancel(self, number: int, times: int, *, quick: bool) -> None:
        request = self.pick(number)
        for _ in range(times):
            self.attempt(
                lambda: self.stage.change_leave_request.withdraw(
                    self.owner(request), request.request_id
                )
            )
        self.go_on(quick=quick)

    @precondition(lambda self: self.links())
    @rule(number=NUMBERS, decision=st.sampled_from(Decision), times=st.integers(1, 2), quick=QUICK)
    def decide(self, number: int, decision: Decision, times: int, *, quick: bool) -> None:
        link = self.pick_link(number)
        for _ in range(times):
            before = self.opened(link)
            good = self.decides(link)
            self.attempt(lambda: self.stage.submit_lead_response(link, decision, "So be it"))
            self.look()
            after = self.opened(link)
            by_link = [e for e in after.history[len(before.history) :] if e.channel is Channel.LINK]
            assert len(by_link) <= good, "only the link of today decides, and one thing"
            self.assert_decided_as_employed(after, by_link)
            self.decided[link] += len(by_link)
        self.go_on(quick=quick)

    @rule(
        who=WHO,
        year=st.integers(SINCE, 2028),
        halves=st.integers(-4, 4),
        may_go_negative=st.booleans(),
    )
    def adjust(self, who: str, year: int, halves: int, *, may_go_negative: bool) -> None:
        days = Decimal(halves) / 2
        adjusted = self.attempt(
            lambda: self.stage.adjust(days, of=who, year=year, may_go_negative=may_go_negative)
        )
        if adjusted is None or may_go_negative:
            self.in_debt.add(who)

    @rule(who=WHO, lead=st.sampled_from(["E001", "E002", "E003"]))
    def get_another_lead(self, who: str, lead: str) -> None:
        if lead != who:
            before = self.people[who]
            self.people[who] = replace(before, lead_id=lead)
            self.put(self.people[who], before)

    @rule(cap=st.integers(0, 5), month=st.integers(1, 12), near=st.booleans())
    def the_rules_change(self, cap: int, month: int, *, near: bool) -> None:
        cut = CarryOver(maximum_days=Decimal(cap), expires_month=month, expires_day=28)
        self.stage.rules = replace(RULES, carry_over=cut, horizon_days=60 if near else 550)
        # What was booked on days that are carried over no more stays booked.
        self.in_debt |= set(self.people)

    @rule(who=WHO, days=st.integers(8, 14))
    def a_contract_changes(self, who: str, days: int) -> None:
        before = self.people[who]
        self.people[who] = replace(before, annual_leave_days=Dated(Decimal(days) / 2))
        self.put(self.people[who], before)
        self.in_debt.add(who)

    @rule(mailbox=st.integers(1, 3))
    def the_lead_gets_another_address(self, mailbox: int) -> None:
        before = self.people["E001"]
        self.people["E001"] = replace(before, email=f"john{mailbox}@foo.com")
        self.put(self.people["E001"], before)

    @rule(who=ANYBODY, days=st.integers(-10, 40))
    def an_employment_ends(self, who: str, days: int) -> None:
        today = self.stage.clock.today()
        *earlier, latest = self.people[who].employments
        end = today + timedelta(days=days)
        if latest.start is None or latest.start <= end:
            self.are_employed(who, (*earlier, replace(latest, end=end)))

    @rule(who=ANYBODY, days=st.integers(1, 20))
    def somebody_is_hired_again(self, who: str, days: int) -> None:
        employments = self.people[who].employments
        if end := employments[-1].end:
            again = Employment(start=end + timedelta(days=days))
            self.are_employed(who, (*employments, again))

    @rule(cancels=st.booleans(), quick=QUICK)
    def the_directory_is_imported_again(self, *, cancels: bool, quick: bool) -> None:
        changes = DirectoryChanges(
            clock=self.stage.clock,
            begin=self.stage.begin,
            workflow=self.stage.workflow,
            rules=self.stage.rules,
            policy=self.stage.whole_policy,
        )
        found = changes.find(self.people)
        for outside in found.outside:
            if cancels:
                self.attempt(lambda one=outside: changes.cancel(one, actor="user/hr"))
        for misdirected in found.misdirected:
            self.attempt(lambda one=misdirected: changes.reroute(one, actor="user/hr"))
        self.go_on(quick=quick)

    # What the workflow does

    @precondition(lambda self: self.executions.active())
    @rule(number=NUMBERS, twice=st.booleans())
    def the_workflow_goes_on(self, number: int, *, twice: bool) -> None:
        run = choose(self.executions.active(), number)
        self.attempt(lambda: self.executions.advance(run, twice=twice))

    @precondition(lambda self: self.waiting())
    @rule(number=NUMBERS)
    def nobody_answers_in_time(self, number: int) -> None:
        run = choose(self.waiting(), number)
        self.attempt(lambda: self.executions.run_out_of_time(run))
        before = self.seen[run.input["requestId"]]
        self.look()
        after = self.seen[run.input["requestId"]]
        if before.inquiry != run.input["inquiry"]:
            assert after.history == before.history, "a later question has its own time"

    # What bad luck does

    @rule(days=st.integers(1, 60))
    def time_passes(self, days: int) -> None:
        if self.stage.clock.today().year < LAST - 3:
            waits = {run.name for run in self.waiting()}
            # What gets nowhere for a day is taken for lost, and another execution is started.
            active = self.executions.active()
            self.stalled |= {r.input["requestId"] for r in active if r.name not in waits}
            self.stage.clock.go_on(timedelta(days=days))

    @rule(call=st.sampled_from(MISHAPS), after=st.booleans())
    def something_breaks_off(self, call: str, *, after: bool) -> None:
        """Before the call takes effect, or after: then whoever made it never learns of that."""
        hooks = self.stage.workflow.hooks if call in {"start", "answer", "fail"} else self.luck
        queue = hooks.after if after else hooks.before
        queue(call, raising(UnavailableError("down")))

    @rule(call=st.sampled_from(["add", "replace"]), mail=st.booleans())
    def something_gets_in_the_way(self, call: str, *, mail: bool) -> None:
        """A mail that is not sent, or somebody else who writes first."""
        if mail:
            self.stage.mailer.fail_with(MailUnavailableError("Gmail"))
        else:
            self.luck.before(call, raising(ConflictError("busy")))

    # What must be true at any time

    @invariant()
    def all_is_as_it_must_be(self) -> None:
        self.look()
        for who in PEOPLE:
            own = [r for r in self.seen.values() if r.employee.employee_id == who.employee_id]
            booked = {b.year: b for b in self.booked if b.employee_id == who.employee_id}
            end, now = the_end_of_time(), self.stage.clock.now()
            assert_ledgers_are_the_bookings(own, {y: b.at(end) for y, b in booked.items()})
            assert_no_overlap(own)
            accounts = open_accounts(
                self.store, self.people[who.employee_id], self.stage.rules, self.stage.clock.today()
            )
            present = {year: ledger.at(now) for year, ledger in booked.items()}
            assert_settled(accounts, present, in_debt=who.employee_id in self.in_debt)
        self.assert_histories_only_grow()
        self.assert_nothing_is_counted_twice()
        assert all(times <= 1 for times in self.decided.values()), "a link decides one thing"

    def assert_nothing_is_counted_twice(self) -> None:
        """Less than what happened only where a call broke off between writing and counting."""
        happened = Counter(event.type.value for r in self.seen.values() for event in r.history)
        counted = Counter(self.stage.metrics.names)
        for metric, *whats in COUNTED:
            assert counted[metric] <= sum(happened[what] for what in whats), metric

    def teardown(self) -> None:
        """Let every execution come to its end: all is told, and no question stays open."""
        if not hasattr(self, "stage"):
            return
        self.luck_ends()
        # Without anybody who can decide, it would be asked again and again.
        self.put(replace(self.people["E001"], employments=(Employment(),)), self.people["E001"])
        for _ in range(200):
            active = self.executions.active()
            self.stage.clock.go_on(timedelta(minutes=10))
            for run in active:
                if self.waits(run):
                    self.executions.run_out_of_time(run)
                else:
                    self.attempt(lambda run=run: self.executions.advance(run))
            if not active:
                break
        assert not self.executions.active()
        self.look()
        for request in self.seen.values():
            started = request.execution_name in self.executions.runs
            assert request.question is None or not started
            assert request.outcome_mailed or not started
        self.all_is_as_it_must_be()

    def assert_histories_only_grow(self) -> None:
        for request_id, request in self.seen.items():
            known = self.histories.get(request_id, ())
            assert request.history[: len(known)] == known
            assert request.version >= self.versions.get(request_id, 0)
            assert (request.question is Question.LEAVE) == (request.status == "pending")
            self.histories[request_id] = request.history
            self.versions[request_id] = request.version

    def assert_decided_as_employed(self, request: LeaveRequest, answers: list[Event]) -> None:
        """Check that an employed approver answered, and approved days of employment only."""
        owner = self.people[request.employee.employee_id]
        for event in answers:
            assert self.people[event.actor].is_employed_on(self.stage.clock.today())
            assert event.type is not EventType.APPROVED or owner.is_employed(request.plan.period)

    # What the rules are made of

    def are_employed(self, who: str, employments: tuple[Employment, ...]) -> None:
        """Import other employments, unless that is refused because of days taken already."""
        before = self.people[who]
        after = replace(before, employments=employments)
        today = self.stage.clock.today()
        if not list(orphaned_leave(self.store, [(before, after)], lambda _: today)):
            self.people[who] = after
            self.put(after, before)
            self.in_debt.add(who)

    def go_on(self, *, quick: bool) -> None:
        """Let each execution take two steps: see that it was answered or failed, and act on it."""
        for _ in range(2 * quick):
            for run in self.executions.active():
                self.attempt(lambda run=run: self.executions.advance(run))
        self.look()

    def attempt(self, call: Callable[[], Any]) -> Any:
        """Return what comes of a call, None where it was refused or broke off."""
        self.broke_off = False
        try:
            return call()
        except LeaveError as error:
            self.broke_off = isinstance(error, UnavailableError)
            return None

    def luck_ends(self) -> None:
        """Forget the mishaps that have met nobody."""
        for hooks in (self.luck, self.stage.workflow.hooks, self.stage.mailer.hooks):
            hooks.forget()

    def wished(self, wanted: tuple[int, int, Mapping[str, HalfDay], str]) -> LeaveRequestInput:
        ahead, length, halves, leave_type = wanted
        start = self.stage.clock.today() + timedelta(days=ahead)
        period = Period(start=start, end=start + timedelta(days=length), **halves)
        return LeaveRequestInput(period=period, leave_type=leave_type)

    def waiting(self) -> list[Any]:
        return [run for run in self.executions.active() if self.waits(run)]

    def waits(self, run: Execution) -> bool:
        return bool(run.token) and run.token not in self.stage.workflow.used

    def links(self) -> list[str]:
        """Return every link that was ever mailed, each once."""
        found = (LINK.search(mail.text) for mail in self.stage.mailer.sent)
        return list(dict.fromkeys(match[0] for match in found if match))

    def pick_link(self, number: int) -> str:
        """Return one of all links, more often than not one that still decides."""
        links = self.links()
        good = [link for link in links if self.decides(link)]
        return choose(good if good and number % 4 else links, number)

    def opened(self, link: str) -> LeaveRequest:
        return self.seen[link.split(".", maxsplit=1)[0]]

    def decides(self, link: str) -> bool:
        request = self.opened(link)
        present = request.link()
        return bool(present and present.reveal() == link and request.question)

    def pick(self, number: int) -> LeaveRequest:
        """Return one of all requests, more often than not one that is still alive."""
        requests = [self.seen[request_id] for request_id in sorted(self.seen)]
        alive = [request for request in requests if request.bookings()]
        return choose(alive if alive and number % 4 else requests, number)

    def look(self) -> None:
        """Read everything anew, if anything may have been written."""
        if self.interrupted.writes:
            requests, self.booked = self.everything()
            self.seen = {request.request_id: request for request in requests}
            self.interrupted.writes = 0

    def owner(self, request: LeaveRequest) -> Caller:
        return self.caller(request.employee.employee_id)

    def caller(self, employee_id: str) -> Caller:
        return Caller(email=self.people[employee_id].email, in_admins=False)

    def everything(self) -> tuple[list[LeaveRequest], list[Ledger]]:
        """Return all requests and all ledgers that were ever written."""
        raise NotImplementedError

    def put(self, after: Employee, before: Employee) -> None:
        raise NotImplementedError


class Interrupted:
    """A store around whose calls something may happen; `writes` counts the calls that write."""

    def __init__(self, store: Any, luck: Hooks) -> None:
        self._store, self._luck = store, luck
        self.writes = 0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.writes += name in MISHAPS
            with self._luck.around(name):
                return getattr(self._store, name)(*args, **kwargs)

        return call


def choose(some: list[T], number: int) -> T:
    return some[number % len(some)]


def assert_ledgers_are_the_bookings(
    requests: list[LeaveRequest], ledgers: dict[int, Ledger]
) -> None:
    expected = {
        (year, booking) for request in requests for year, booking in request.bookings().items()
    }
    booked = [(year, booking) for year, ledger in ledgers.items() for booking in ledger.bookings]
    assert len(booked) == len(set(booked))
    assert set(booked) == expected


def assert_no_overlap(requests: list[LeaveRequest]) -> None:
    claims = [request.plan.period for request in requests if request.bookings()]
    assert not any(
        one.overlaps(other) for place, one in enumerate(claims) for other in claims[:place]
    )


def assert_settled(accounts: Accounts, ledgers: dict[int, Ledger], *, in_debt: bool) -> None:
    """Work out every year of annual leave from the first on, from nothing but what is booked."""
    who, rules = accounts.employee, accounts.rules
    came_over = Decimal(0)
    for year in range(SINCE, LAST):
        ledger = ledgers.get(year, Ledger(employee_id=who.employee_id, year=year))
        if year in accounts.ledgers:
            found = accounts.ledgers[year].carried_in
            assert found == came_over, f"{who.employee_id} {year}"
        granted = entitlement(who.annual_leave_days, year, who.joined_employments)
        annual = ledger.booked("annual")
        costs = [
            (day, cost)
            for booking in annual
            for day, cost in booking.count.costs
            if who.is_employed_on(day)
        ]
        last = rules.carry_over.last_day(year)
        early = sum((cost for day, cost in costs if day <= last), Decimal(0))
        taken = sum((cost for _, cost in costs), Decimal(0))
        left = granted + ledger.adjusted("annual") + min(early, came_over) - taken
        assert left >= 0 or in_debt, f"{who.employee_id} has {left} days left of {year}"
        turn = Period(start=date(year, 12, 31), end=date(year + 1, 1, 1))
        stays = who.is_employed(turn)
        came_over = min(left, rules.carry_over.maximum_days) if stays else Decimal(0)
