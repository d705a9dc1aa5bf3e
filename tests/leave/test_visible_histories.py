"""What anybody reads, in whatever order people ask, answer, take back, change and pass on."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from leave.adapters.presentation import pages
from leave.adapters.presentation.emails import TemplateEmails
from leave.adapters.presentation.i18n import load_translator
from leave.adapters.presentation.icalendar import write_calendar
from leave.domain.calendar import Period
from leave.domain.errors import LeaveError, NotAllowedError
from leave.domain.history import ON_UNDO, Decision, EventType, Question, Status
from leave.domain.invitations import Link
from leave.domain.policy import Audience, LeaveType, Rules
from leave.domain.request import MAXIMUM_UNDONE, ApprovalPolicy
from leave.domain.values import replace
from leave.functions.presenting import (
    present_absence,
    present_approval,
    present_balance,
    present_request,
)
from leave.services.directory_changes import DirectoryChanges
from leave.services.leave_policy import LeaveRequestInput
from tests.examples import examples
from tests.leave.builders import JANE, JIM, JOHN, TODAY, an_employee
from tests.leave.fakes import FakeDirectory
from tests.leave.services.stage import ADMIN_CALLS, Caller, FakeStage
from tests.leave.workflow_runs import Executions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from leave.domain.employee import Employee
    from leave.domain.request import LeaveRequest

UNDO = timedelta(minutes=5)
MARY = an_employee("E004", name="Mary Baker", email="mary@foo.com", lead_id=None)
PEOPLE = (JOHN, JIM, JANE, MARY)
SECRET_TYPE = "quarantine"
RULES = Rules(
    leave_types=(
        LeaveType(id="annual", name="Annual leave"),
        LeaveType(id=SECRET_TYPE, name="Quarantine", visible_to=Audience.NOBODY),
    )
)
# Of the same type, on few dates, so that people ask for the same days and come back to old ones.
DAYS = [TODAY + timedelta(days=91 + 7 * week) for week in range(4)]
WHO, NUMBERS = st.sampled_from([JIM, JANE]), st.integers(0, 50)
PLANS = st.tuples(st.sampled_from(DAYS), st.sampled_from(["annual", "annual", SECRET_TYPE]))


@dataclass
class Given:
    """An answer that was given, with its canary, and how the request stood before it."""

    by: str
    at: datetime
    comment: str
    before: tuple[Status, Question | None]
    taken_back: bool = False
    stands: bool = False

    def is_final(self, now: datetime) -> bool:
        return not self.taken_back and (self.stands or now >= self.at + UNDO)


@dataclass(frozen=True)
class Asked:
    """One revision of a request, with its canary."""

    period: Period
    leave_type: str
    reason: str


class VisibleHistories(RuleBasedStateMachine):
    """Keeps who wrote what, and reads everything as everybody after each step."""

    @initialize()
    def begin(self) -> None:
        emails: Any = TemplateEmails(
            rules=RULES, company_domain="foo.com", api_url="https://api.example/test"
        )
        self.stage = FakeStage(
            rules=RULES,
            policy=ApprovalPolicy(undo=UNDO),
            directory=FakeDirectory(*PEOPLE),
            emails=emails,
        )
        self.executions = Executions(stage=self.stage)
        self.canaries = (f"canary{number:04}" for number in count(1))
        self.given: defaultdict[str, list[Given]] = defaultdict(list)
        self.revisions: dict[str, list[Asked]] = {}
        self.was_asked: set[tuple[str, str, int]] = set()
        self.read_mails = 0
        self.request(JIM, (DAYS[0], "annual"))

    # What happens

    @rule(who=WHO, plan=PLANS)
    def request(self, who: Employee, plan: Any) -> None:
        asked = self.wanted(plan)
        done = self.attempt(lambda: self.stage.request_leave(calls(who), self.wished(asked)))
        if done:
            self.revisions[done.request_id] = [asked]
        self.go_on()

    @rule(number=NUMBERS, plan=PLANS, quick=st.booleans())
    def change(self, number: int, plan: Any, *, quick: bool) -> None:
        before, asked = self.pick(number), self.wanted(plan)
        owner = calls(self.stage.directory.employees[before.employee.employee_id])
        self.attempt(
            lambda: self.stage.change_leave_request.change(
                owner, before.request_id, self.wished(asked)
            )
        )
        after = self.stage.requests[before.request_id]
        if after.revision > before.revision:
            self.revisions[before.request_id].append(asked)
        self.note(before)
        if quick:
            self.go_on()

    @rule(number=NUMBERS)
    def withdraw_or_cancel(self, number: int) -> None:
        before = self.pick(number)
        owner = calls(self.stage.directory.employees[before.employee.employee_id])
        self.attempt(lambda: self.stage.change_leave_request.withdraw(owner, before.request_id))
        self.note(before)
        self.go_on()

    @rule(number=NUMBERS, decision=st.sampled_from(Decision), by_token=st.booleans())
    def decide(self, number: int, decision: Decision, *, by_token: bool) -> None:
        before = self.pick(number)
        link, comment = before.link(), next(self.canaries)
        if link and before.approver and by_token:
            caller = calls(self.stage.directory.employees[before.approver.employee_id])
            self.attempt(
                lambda: self.stage.approvals.decide(
                    caller, before.request_id, decision, comment, revision=before.asked_revision
                )
            )
        elif link:
            text = link.reveal()
            self.attempt(lambda: self.stage.submit_lead_response(text, decision, comment))
        self.note(before, comment)

    @rule(number=NUMBERS, by_token=st.booleans())
    def undo(self, number: int, *, by_token: bool) -> None:
        fresh = [r for r in self.everything() if r.undo_until(UNDO)]
        before = choose(fresh, number) if fresh else self.pick(number)
        link = before.link()
        if link and before.approver and by_token:
            caller = calls(self.stage.directory.employees[before.approver.employee_id])
            self.attempt(lambda: self.stage.approvals.undo(caller, before.request_id))
        elif link:
            self.attempt(lambda: self.stage.submit_lead_response.undo(link.reveal()))
        self.note(before)

    @rule(number=NUMBERS)
    def remind(self, number: int) -> None:
        before = self.pick(number)
        owner = calls(self.stage.directory.employees[before.employee.employee_id])
        self.attempt(lambda: self.stage.change_leave_request.remind(owner, before.request_id))

    @rule(who=WHO, lead=st.sampled_from([JOHN, MARY]))
    def pass_on(self, who: Employee, lead: Employee) -> None:
        moved = replace(self.stage.directory.employees[who.employee_id], lead_id=lead.employee_id)
        self.stage.directory.put(moved)
        changes = DirectoryChanges(
            clock=self.stage.clock,
            begin=self.stage.begin,
            workflow=self.stage.workflow,
            rules=RULES,
            policy=self.stage.policy,
        )
        for found in changes.find({moved.employee_id: moved}).misdirected:
            changes.reroute(found, actor="hr@foo.com")
        self.go_on()

    @rule(minutes=st.sampled_from([1, 4, 5, 60]))
    def time_passes(self, minutes: int) -> None:
        self.stage.clock.go_on(timedelta(minutes=minutes))

    @rule()
    def go_on(self) -> None:
        for _ in range(2):
            for run in self.executions.active():
                self.attempt(lambda run=run: self.executions.advance(run))
                for request in self.everything():
                    if request.link_secret is not None and request.approver is not None:
                        asked = (
                            request.request_id,
                            request.approver.employee_id,
                            request.revision,
                        )
                        self.was_asked.add(asked)

    # What must be true at any time

    @invariant()
    def nobody_reads_a_request_too_early(self) -> None:
        reading = self.stage.read_leave
        for request in self.everything():
            for caller, reader in readers():
                owner = request.employee.employee_id
                try:
                    one = reading.request(caller, request.request_id)
                except NotAllowedError:
                    continue
                found = present_request(one)
                assert self.stands(found) == self.expected(request, reader)
                lead = self.stage.directory.employees[owner].lead_id
                if reader not in {owner, lead, "hr"}:
                    # Who was asked reads this one request.
                    self.assert_no_unknown_answer(json.dumps(found), reader)
                    self.assert_no_secret(json.dumps(found))
                    continue
                listed = reading.list(
                    caller, employee_id=owner, status=None, year=None, cursor=None
                )
                assert found in [present_request(other) for other in listed.requests]
                status = Status(found["status"])
                for wanted in Status:
                    page = reading.list(
                        caller, employee_id=owner, status=wanted, year=None, cursor=None
                    )
                    ids = {other.request.request_id for other in page.requests}
                    assert (request.request_id in ids) is (wanted is status)
                text = json.dumps(found)
                if reader != "hr":
                    self.assert_no_unknown_answer(text, reader)
                if reader in {"E001", "E004"}:
                    self.assert_no_secret(text)

    @invariant()
    def what_waits_tells_too_much_to_nobody(self) -> None:
        for caller, reader in readers():
            page = self.stage.approvals.waiting(caller, None)
            asked = {r.request_id for r in self.everything() if r.question and r.is_asked(reader)}
            assert {one.request.request_id for one in page.approvals} == asked
            text = json.dumps([present_approval(one) for one in page.approvals])
            self.assert_no_unknown_answer(text, reader)
            self.assert_no_secret(text)

    @invariant()
    def nobody_sees_days_too_early(self) -> None:
        for caller, reader in readers():
            for who in (JIM, JANE):
                try:
                    *_, balances = self.stage.read_leave.balances(
                        caller, employee_id=who.employee_id, year=DAYS[0].year
                    )
                except NotAllowedError:
                    continue
                own = [
                    self.shown(request)
                    for request in self.everything()
                    if request.employee.employee_id == who.employee_id
                    and request.plan.leave_type == "annual"
                ]
                found = present_balance(balances[0])
                assert (found["approved"], found["pending"]) == (
                    own.count(Status.APPROVED),
                    own.count(Status.PENDING),
                )
                assert reader not in {"E001", "E004"} or len(balances) == 1

    @invariant()
    def nobody_is_away_too_early(self) -> None:
        first, last = DAYS[0], DAYS[-1]
        away = {
            (request.employee.employee_id, request.plan.period)
            for request in self.everything()
            if self.shown(request) is Status.APPROVED
        }
        for reader in PEOPLE:
            people = {e.employee_id for e in self.circle(reader)}
            expected = {one for one in away if one[0] in people}
            _, team = self.stage.read_leave.team(calls(reader), first, last)
            assert {(a.employee.employee_id, a.booking.period) for a in team} == expected
            assert reader.feed is not None
            fed = self.stage.read_leave.feed(reader.feed.reveal(), first, last)
            assert fed == team
            text = json.dumps([present_absence(absence) for absence in team])
            text += write_calendar(
                team, domain="foo.com", now=self.stage.clock.now(), time_zone=UTC
            )
            assert "canary" not in text
            self.assert_no_secret(text)

    @invariant()
    def no_mail_tells_too_much(self) -> None:
        unread = self.stage.mailer.sent[self.read_mails :]
        self.read_mails = len(self.stage.mailer.sent)
        for mail in unread:
            reader = next(e.employee_id for e in PEOPLE if e.email == mail.to)
            text = f"{mail.subject}\n{mail.text}\n{mail.html}"
            self.assert_no_unknown_answer(text, reader)
            request = self.stage.requests[mail.thread]
            if reader != request.employee.employee_id:
                self.assert_no_secret(text)
                known = {
                    revision
                    for about, who, revision in self.was_asked
                    if (about, who) == (request.request_id, reader)
                }
                self.assert_no_unknown_plan(text, request, known)

    @invariant()
    def no_page_tells_too_much(self) -> None:
        for request in self.everything():
            for revoked in request.revoked_links:
                link = Link(request_id=request.request_id, secret=revoked.secret).reveal()
                opened = self.stage.submit_lead_response.show(link)
                assert opened is not None
                text = pages.decided(opened, now=False, link=link)
                self.assert_no_unknown_answer(text, revoked.owner)
                self.assert_no_secret(text)
                self.assert_no_unknown_plan(text, request, {revoked.revision})
                for answer in self.given[request.request_id]:
                    assert answer.by == revoked.owner or answer.comment not in text
            if request.approver and (present := request.link()):
                opened = self.stage.submit_lead_response.show(present.reveal())
                if opened is not None and opened.decides:
                    text = pages.decide(opened, Decision.APPROVED, link=present.reveal())
                    self.assert_no_unknown_answer(text, request.approver.employee_id)
                    self.assert_no_secret(text)

    def assert_no_unknown_answer(self, text: str, reader: str) -> None:
        now = self.stage.clock.now()
        for answers in self.given.values():
            for answer in answers:
                known = answer.by == reader or answer.is_final(now)
                assert known or answer.comment not in text, (reader, answer)

    def assert_no_secret(self, text: str) -> None:
        """The type that the rules hide is told by no word to anybody but the employee."""
        assert SECRET_TYPE not in text.lower()
        for revisions in self.revisions.values():
            for asked in revisions:
                assert asked.leave_type != SECRET_TYPE or asked.reason not in text

    def assert_no_unknown_plan(self, text: str, request: LeaveRequest, known: set[int]) -> None:
        words = load_translator("en")
        revisions = self.revisions[request.request_id]
        told = {words.period(revisions[number - 1].period) for number in known}
        for number, asked in enumerate(revisions, start=1):
            if number > max(known, default=0):
                assert asked.reason not in text
                days = words.period(asked.period)
                assert days in told or days not in text

    # How it should be, worked out from nothing but what was done

    def shown(self, request: LeaveRequest) -> Status:
        return self.before_open_answer(request)[0]

    def before_open_answer(self, request: LeaveRequest) -> tuple[Status, Question | None]:
        answer = self.open_answer(request)
        return answer.before if answer else (request.status, request.question)

    def open_answer(self, request: LeaveRequest) -> Given | None:
        answers = [a for a in self.given[request.request_id] if not a.taken_back]
        outcome = request.outcome
        if not answers or outcome is None or outcome.type not in ON_UNDO:
            return None
        is_open = request.question is None and not answers[-1].is_final(self.stage.clock.now())
        return answers[-1] if is_open else None

    def expected(self, request: LeaveRequest, reader: str) -> tuple[str, bool]:
        answer = self.open_answer(request)
        if answer is None or answer.by == reader:
            return request.status, request.question is Question.CANCELLATION
        status, question = answer.before
        return status, question is Question.CANCELLATION

    def note(self, before: LeaveRequest, comment: str = "") -> None:
        """Keep which answers were given or taken back since `before`."""
        after = self.stage.requests[before.request_id]
        answers = self.given[before.request_id]
        for event in after.history[len(before.history) :]:
            if event.type is EventType.UNDONE:
                next(a for a in reversed(answers) if not a.taken_back).taken_back = True
            elif event.type in ON_UNDO:
                answers.append(
                    Given(
                        by=event.actor,
                        at=event.at,
                        comment=comment,
                        before=(before.status, before.question),
                        stands=sum(a.taken_back for a in answers) >= MAXIMUM_UNDONE,
                    )
                )

    @staticmethod
    def stands(found: dict[str, Any]) -> tuple[str, bool]:
        return found["status"], found["cancellationAsked"]

    # What the rules are made of

    def wanted(self, plan: Any) -> Asked:
        day, leave_type = plan
        period = Period(start=day, end=day)
        return Asked(period=period, leave_type=leave_type, reason=next(self.canaries))

    @staticmethod
    def wished(asked: Asked) -> LeaveRequestInput:
        return LeaveRequestInput(
            period=asked.period, leave_type=asked.leave_type, reason=asked.reason
        )

    def attempt(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except LeaveError:
            return None

    def everything(self) -> list[LeaveRequest]:
        return list(self.stage.requests.stored.values())

    def pick(self, number: int) -> LeaveRequest:
        """Return a request, more often than not one that is still alive."""
        requests = self.everything()
        alive = [request for request in requests if request.bookings()]
        return choose(alive if alive and number % 4 else requests, number)

    def circle(self, reader: Employee) -> list[Employee]:
        people = self.stage.directory.employees
        own = people[reader.employee_id]
        leads = {reader.employee_id, *([own.lead_id] if own.lead_id else [])}
        return [own, *(e for e in people.values() if e.lead_id in leads)]


def readers() -> Iterator[tuple[Caller, str]]:
    """Yield everybody who may call, with their id; the administrator is no employee."""
    yield from ((calls(employee), employee.employee_id) for employee in PEOPLE)
    yield ADMIN_CALLS, "hr"


def calls(employee: Employee) -> Caller:
    return Caller(email=employee.email, in_admins=False)


def choose(some: list[Any], number: int) -> Any:
    return some[number % len(some)]


def test_nobody_reads_what_is_not_theirs_to_know_at_any_moment() -> None:
    run_state_machine_as_test(
        VisibleHistories,
        settings=settings(max_examples=examples(few=10, full=30), stateful_step_count=20),
    )
