"""Every mail and every page there is, in any language, with any words where people choose them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from leave.adapters.presentation import pages
from leave.adapters.presentation.emails import TemplateEmails
from leave.domain.accounts import Balance, Returned
from leave.domain.calendar import Dated, WorkingWeek
from leave.domain.counting import count_days
from leave.domain.employee import Company
from leave.domain.errors import (
    CommentMissingError,
    CommentTooLongError,
    InsufficientBalanceError,
    NotEmployedError,
    OverlapError,
    UnknownEmployeeError,
)
from leave.domain.history import Channel, Decision, EventType, Person
from leave.domain.invitations import RevocationReason, RevokedLink
from leave.domain.ledger import Absence, Adjustment
from leave.domain.policy import Audience, LeaveType, PolicyWarning, Rules, WarningKind
from leave.domain.request import MAXIMUM_UNDONE
from leave.domain.values import Secret, replace
from leave.domain.views import (
    AdjustedAccount,
    DecisionSummary,
    DecisionView,
    PendingItem,
    YearBalance,
)
from tests.leave.builders import (
    JANE,
    JIM,
    JOHN,
    NOW,
    R2,
    TASK_TOKEN,
    TODAY,
    a_booking,
    a_day,
    a_period,
    a_plan,
    a_request,
    employed,
    link_text,
)

if TYPE_CHECKING:
    from leave.domain.policy import Plan
    from leave.domain.request import LeaveRequest
    from leave.domain.views import Mail

ZONE = ZoneInfo("Europe/Berlin")
API_URL = "https://api.example/prod"
SICK = LeaveType(id="sick", name="Sick leave", visible_to=Audience.NOBODY)
RULES = Rules(leave_types=(*Rules().leave_types, SICK))
COMPANY = Company(name="Foo Ltd", help_contact="hr@foo.com")
LETTERS = TemplateEmails(
    rules=RULES, company_domain="foo.com", company=COMPANY, time_zone=ZONE, api_url=API_URL
)
decide = partial(pages.decide, company=COMPANY)
decided = partial(pages.decided, company=COMPANY)
SHORT_FRIDAYS = Dated.parse("Mon-Thu Fri:0.5", WorkingWeek.parse)
WEEK = a_period("2027-05-03", "2027-05-09")
HOLIDAY = a_day("2027-05-06")
UNTIL = NOW + timedelta(minutes=5)
MOVES = [
    (why, told)
    for why in (RevocationReason.REROUTED, RevocationReason.ESCALATED, RevocationReason.UNREACHABLE)
    for told in (True, False)
]
APPROVED, DENIED = Decision.APPROVED, Decision.DENIED


CARRIED = YearBalance(
    year=2027,
    before=Decimal(25),
    after=Decimal(25),
    carried=(Decimal(5), Decimal(1)),
    carried_until=date(2027, 3, 31),
)


@dataclass(frozen=True, kw_only=True)
class Cast:
    """The people of the samples, all of whom read `language`, and the words they use."""

    language: str = "en"
    words: str = ""

    @property
    def reason(self) -> str:
        return self.words or "My wedding"

    def person(self, employee_id: str, name: str) -> Person:
        return Person(employee_id=employee_id, name=self.words or name, language=self.language)

    @property
    def employee(self) -> Person:
        return self.person(JIM.employee_id, JIM.name)

    @property
    def lead(self) -> Person:
        return self.person(JOHN.employee_id, JOHN.name)

    @property
    def other(self) -> Person:
        return self.person("E009", "Mary Major")

    def plan(self) -> Plan:
        warnings = (
            PolicyWarning(
                kind=WarningKind.NOTICE, start=WEEK.start, end=WEEK.end, found=3, needed=14
            ),
            PolicyWarning(
                kind=WarningKind.BLOCKED, start=WEEK.start, end=WEEK.end, reason=self.reason
            ),
            PolicyWarning(
                kind=WarningKind.PRESENCE, start=WEEK.start, end=WEEK.start, found=1, needed=2
            ),
        )
        return a_plan(WEEK, reason=self.reason, warnings=warnings)

    def decision_summary(self) -> DecisionSummary:
        away = replace(JANE, name=self.words or JANE.name)
        return DecisionSummary(
            days=count_days(WEEK, SHORT_FRIDAYS, {HOLIDAY: self.words or "Ascension Day"}),
            balances=[YearBalance(year=2027, before=Decimal("12.5"), after=Decimal("8.5"))],
            colleagues=[Absence(employee=away, booking=a_booking(R2, a_period("2027-05-04")))],
            type_name=self.words or "Annual leave",
            second_approval=True,
        )

    def carried(self) -> DecisionSummary:
        """Return a brief with days from the year before, and days booked in the year after."""
        balance = replace(
            self.decision_summary().balances[0],
            carried=(Decimal(5), Decimal(0)),
            carried_until=a_day("2027-05-31"),
            booked_later=Decimal(3),
            booked_in=2028,
        )
        return replace(self.decision_summary(), balances=[balance])

    def request(self, plan: Plan | None = None) -> LeaveRequest:
        request = a_request(plan=plan or self.plan(), employee=self.employee)
        asked = replace(request.history[0], name=self.employee.name)
        return replace(request, history=(asked,))

    def asked(self, plan: Plan | None = None) -> LeaveRequest:
        return ask(self.request(plan), self.lead)

    def changed(self) -> LeaveRequest:
        other = replace(self.plan(), period=a_period("2027-06-01", "2027-06-02"))
        return ask(
            self.asked().change(other, actor=JIM.employee_id, name=self.employee.name, at=NOW),
            self.lead,
        )

    def changed_for_another(self) -> LeaveRequest:
        """Return a request of which somebody else knows the days before the change."""
        other = replace(self.plan(), period=a_period("2027-06-01", "2027-06-02"), reason="Newer")
        own = {"actor": JIM.employee_id, "name": self.employee.name}
        return ask(ask(self.request(), self.other).change(other, **own, at=NOW), self.lead)

    def moved(self, why: RevocationReason, *, told: bool = False) -> LeaveRequest:
        """Return a request that came to the lead after another was asked, who is `told` of it."""
        request = ask(self.request(), self.other)
        if why is RevocationReason.REROUTED:
            request = request.reroute(actor="hr", why="", at=NOW)
        else:
            request = request.pass_over(EventType(why.value), why="", at=NOW)
        request = ask(request, self.lead, stands_in_for=self.person("E008", "Ann Other"))
        return replace(request, to_notify=()) if told else request

    def second(self) -> LeaveRequest:
        first = ask(self.request(), self.other).approve_first(comment=self.reason, at=NOW)
        return ask(first, self.lead)

    def cancelling(self, plan: Plan | None = None) -> LeaveRequest:
        told = answer(self.asked(plan), APPROVED).mark_outcome_mailed()
        return ask(
            told.ask_to_cancel(actor=JIM.employee_id, name=self.employee.name, at=NOW), self.lead
        )

    def outcomes(self) -> dict[str, LeaveRequest]:
        """Return a request for every outcome an employee can be told."""
        comment = self.reason
        return {
            "approved": answer(self.asked(), APPROVED, comment),
            "approved.both": answer(self.second(), APPROVED, comment),
            "approved.by_rule": self.request().approve_without_asking(at=NOW),
            "denied": answer(self.asked(), DENIED, comment),
            "approved by first": self.second().approve_by_first(at=NOW),
            "ended": self.asked().expire(at=NOW, channel=Channel.IMPORT),
            "expired after first": self.second().expire(at=NOW),
            "expired": self.asked().expire(at=NOW),
            "expired begun": self.asked().expire(at=NOW + timedelta(days=100)),
            "expired unasked": self.request().expire(at=NOW),
            "cancelled": answer(self.cancelling(), APPROVED, comment),
            "cancelled.by_employee": answer(self.asked(), APPROVED).cancel_without_asking(
                actor=JIM.employee_id, name=self.employee.name, at=NOW
            ),
            "cancelled.by_end": answer(self.asked(), APPROVED).cancel_outside_employment(
                actor="user/hr", at=NOW
            ),
            "cancelled.by_other": self.noted()
            .mark_outcome_mailed()
            .cancel_without_asking(**self.hr, at=NOW),
            "cancellation-declined": answer(self.cancelling(), DENIED, comment),
            "cancellation-expired": self.cancelling().expire(at=NOW),
            "cancellation-expired.by_other": self.by_others()["cancellation-asked"].expire(at=NOW),
        }

    def withdrawn(self) -> LeaveRequest:
        return self.asked().withdraw(actor=JIM.employee_id, name=self.employee.name, at=NOW)

    @property
    def hr(self) -> dict[str, str]:
        """Return an administrator who acts for others."""
        return {"actor": "E010", "name": self.words or "Pat Doe"}

    def noted(self) -> LeaveRequest:
        return self.request().approve_without_asking(at=NOW, lead=self.lead)

    def asked_by_other(self) -> LeaveRequest:
        asked = self.asked()
        first = replace(asked.history[0], **self.hr)
        return replace(asked, history=(first, *asked.history[1:]))

    def by_others(self) -> dict[str, LeaveRequest]:
        """Return a request for each thing that an administrator can do for somebody."""
        told = answer(self.asked(), APPROVED).mark_outcome_mailed()
        other = replace(self.plan(), period=a_period("2027-06-01", "2027-06-02"))
        return {
            "requested": self.asked_by_other(),
            "changed": ask(self.asked().change(other, **self.hr, at=NOW), self.lead),
            "cancellation-asked": ask(told.ask_to_cancel(**self.hr, at=NOW), self.lead),
            "withdrawn": self.asked().withdraw(**self.hr, at=NOW),
        }

    def mails(self) -> dict[str, Mail]:
        """Return every mail there is."""
        jim = replace(JIM, name=self.employee.name, language=self.language)
        john = replace(JOHN, name=self.lead.name, language=self.language)
        mary = replace(john, employee_id=self.other.employee_id)
        questions = {
            "asked": self.asked(),
            "changed": self.changed(),
            **{f"moved {why} {told}": self.moved(why, told=told) for why, told in MOVES},
            "second": self.second(),
            "cancelling": self.cancelling(),
        }
        by_others = self.by_others()
        half = ask(self.request(a_plan(a_period(half="morning"))), self.lead)
        half_too = ask(self.request(a_plan(a_period(half="afternoon"))), self.lead)
        waiting = [
            PendingItem(request=request, since=TODAY, days=days)
            for days, request in enumerate((self.asked(), self.cancelling()))
        ]
        return {
            **{
                f"approval_request {name}": LETTERS.approval_request(
                    request, employee=jim, lead=john, decision_summary=self.decision_summary()
                )
                for name, request in questions.items()
            },
            "approval_request carried": LETTERS.approval_request(
                questions["asked"], employee=jim, lead=john, decision_summary=self.carried()
            ),
            "outcome_notice cancelled back": LETTERS.outcome_notice(
                self.outcomes()["cancelled"],
                employee=jim,
                returned=Returned(days=Decimal(5), lapsed=Decimal(0), until=None),
            ),
            "outcome_notice cancelled lapsed": LETTERS.outcome_notice(
                self.outcomes()["cancelled"],
                employee=jim,
                returned=Returned(days=Decimal(5), lapsed=Decimal(1), until=a_day("2027-03-31")),
            ),
            "outcome_notice not carried": LETTERS.outcome_notice(
                self.outcomes()["cancelled"],
                employee=jim,
                returned=Returned(
                    days=Decimal(4),
                    lapsed=Decimal(0),
                    until=date(2028, 3, 31),
                    not_carried=Decimal("2.5"),
                ),
            ),
            "approval_request half": LETTERS.approval_request(
                half, employee=jim, lead=john, decision_summary=DecisionSummary()
            ),
            **{
                f"outcome_notice {name}": LETTERS.outcome_notice(request, employee=jim)
                for name, request in self.outcomes().items()
            },
            "outcome_notice lapsed": LETTERS.outcome_notice(
                self.outcomes()["cancelled"],
                employee=jim,
                returned=Returned(days=Decimal(4), lapsed=Decimal("1.5"), until=date(2027, 3, 31)),
            ),
            "approval_request carried half": LETTERS.approval_request(
                half, employee=jim, lead=john, decision_summary=DecisionSummary(balances=[CARRIED])
            ),
            "outcome_notice half": LETTERS.outcome_notice(answer(half, APPROVED), employee=jim),
            "outcome_notice half too": LETTERS.outcome_notice(
                answer(half_too, APPROVED), employee=jim
            ),
            "outcome_notice by_rule for_other": LETTERS.outcome_notice(
                replace(
                    self.noted(),
                    history=(by_others["requested"].history[0], self.noted().history[1]),
                ),
                employee=jim,
            ),
            **{
                f"outcome_notice {name} for_other": LETTERS.outcome_notice(
                    answer(request, APPROVED), employee=jim
                )
                for name, request in by_others.items()
                if request.question is not None
            },
            **{
                f"proxy_notice {name}": LETTERS.proxy_notice(request, employee=jim)
                for name, request in by_others.items()
            },
            **{
                f"approval_request for_other {name}": LETTERS.approval_request(
                    request, employee=jim, lead=john, decision_summary=self.decision_summary()
                )
                for name, request in by_others.items()
                if name != "withdrawn"
            },
            "absence_notice": LETTERS.absence_notice(self.noted(), lead=john),
            "absence_notice cancelled": LETTERS.absence_notice(
                self.outcomes()["cancelled.by_other"], lead=john
            ),
            "absence_notice by_end": LETTERS.absence_notice(
                self.outcomes()["cancelled.by_end"], lead=john
            ),
            "withdrawal_notice": LETTERS.withdrawal_notice(self.withdrawn(), lead=john),
            "withdrawal_notice for_other": LETTERS.withdrawal_notice(
                by_others["withdrawn"], lead=john
            ),
            **{
                f"reassignment_notice {why} {told}": LETTERS.reassignment_notice(
                    self.moved(why, told=told), lead=mary
                )
                for why, told in MOVES
            },
            "reassignment_notice over": LETTERS.reassignment_notice(
                answer(self.moved(RevocationReason.REROUTED), DENIED, self.reason), lead=mary
            ),
            "reassignment_notice other": LETTERS.reassignment_notice(
                self.changed_for_another(), lead=mary
            ),
            "reminder": LETTERS.reminder(john, waiting[:1], more=0),
            "digest": LETTERS.reminder(john, waiting, more=3),
            **{
                f"approval_requests {why}": LETTERS.approval_requests(
                    john, [replace(one, request=self.moved(why)) for one in waiting]
                )[0]
                for why, told in MOVES
                if not told
            },
            **{
                f"reassignment_notices {why}": LETTERS.reassignment_notices(
                    [self.moved(why)] * 2, lead=mary
                )
                for why, told in MOVES
                if not told
            },
            "reassignment_notices other": LETTERS.reassignment_notices(
                [self.changed_for_another()] * 2, lead=mary
            ),
            "adjustment_notice": LETTERS.adjustment_notice(jim, self.adjusted()),
            "admin_alert approver": LETTERS.admin_alert(
                self.asked(), address="hr@foo.com", reader=self.lead
            ),
            "admin_alert withdrawn": LETTERS.admin_alert(
                self.withdrawn(), address="hr@foo.com", reader=self.lead
            ),
            "admin_alert former": LETTERS.admin_alert(
                self.asked(), address="hr@foo.com", reader=self.other
            ),
            **{
                f"admin_alert owner {name}": LETTERS.admin_alert(
                    request, address="hr@foo.com", reader=self.employee
                )
                for name, request in by_others.items()
            },
            "admin_alert noted": LETTERS.admin_alert(
                self.noted(), address="hr@foo.com", reader=self.lead
            ),
            "admin_alert noted cancelled": LETTERS.admin_alert(
                self.outcomes()["cancelled.by_other"], address="hr@foo.com", reader=self.lead
            ),
            "admin_alert employee": LETTERS.admin_alert(
                self.outcomes()["denied"], address="hr@foo.com", reader=self.employee
            ),
        }

    def adjusted(self) -> list[AdjustedAccount]:
        """Return an account with days given and taken, and one that the rules do not know."""
        at = {"at": NOW, "actor": "user/hr", "reason": self.reason}
        given, taken = (
            Adjustment(leave_type="annual", days=Decimal(days), **at) for days in ("2", "-0.5")
        )
        balance = Balance(
            leave_type="annual",
            year=2027,
            entitlement=Decimal(25),
            carried_in=Decimal(3),
            carried_left=Decimal(3),
            carried_until=a_day("2027-03-31"),
            adjustments=Decimal("1.5"),
            approved=Decimal(0),
            pending=Decimal(0),
            available=Decimal("26.5"),
            booked_later=Decimal(2),
            booked_in=2028,
        )
        gone = replace(given, leave_type="gone", days=Decimal(1))
        return [
            AdjustedAccount(
                year=2027, leave_type="annual", adjustments=[given, taken], balance=balance
            ),
            AdjustedAccount(year=2026, leave_type="gone", adjustments=[gone]),
        ]

    def view(self, request: LeaveRequest) -> DecisionView:
        brief = self.decision_summary() if request.question else None
        return DecisionView(request=request, plan=request.plan, decision_summary=brief)

    def pages(self) -> dict[str, str]:
        """Return every page there is."""
        asked, cancelling = self.asked(), self.cancelling()
        closed = {**self.outcomes(), "withdrawn": self.withdrawn()}
        problems = {
            "comment": CommentMissingError("missing"),
            "long comment": CommentTooLongError(2_001, 2_000),
            "balance": InsufficientBalanceError(2027, asked=Decimal(4), available=Decimal("2.5")),
            "balance later": InsufficientBalanceError(
                2027,
                asked=Decimal(4),
                available=Decimal("2.5"),
                booked_later=Decimal(3),
                booked_in=2028,
            ),
            "not employed": NotEmployedError(WEEK, employed()),
            "other": self.reason,
            "overlap": OverlapError(R2, WEEK, "pending"),
            "unknown": UnknownEmployeeError("E002"),
        }
        form = self.view(asked), DENIED
        link = link_text(asked)
        made = {
            f"decide {name} {decision}": decide(
                self.view(request), decision, link=link, time_zone=ZONE
            )
            for name, request in {"leave": asked, "cancellation": cancelling}.items()
            for decision in Decision
        }
        last = asked
        for _ in range(MAXIMUM_UNDONE):
            last = answer(last, APPROVED).undo(at=NOW)
        made["decide last"] = decide(self.view(last), DENIED, link=link, time_zone=ZONE)
        given = self.view(answer(last, APPROVED))
        made["decided last"] = decided(given, now=True, link=link)
        made["decide undone"] = decide(*form, link=link, undone=True, time_zone=ZONE)
        made["decide problem comment cancellation"] = decide(
            self.view(cancelling), DENIED, link=link, problem=problems["comment"]
        )
        hidden = replace(form[0], plan=replace(form[0].plan, leave_type="", reason=""))
        made["decide problem balance hidden"] = decide(
            hidden, DENIED, link=link, problem=problems["balance"], time_zone=ZONE
        )
        for name, problem in problems.items():
            made[f"decide problem {name}"] = decide(
                *form, link=link, problem=problem, comment=self.reason
            )
        for name, request in closed.items():
            for now in (True, False) if can_be_answered(name) else (False,):
                opened = self.view(request)
                made[f"decided {name} {now}"] = decided(opened, now=now, link=link)
                undo = replace(opened, undo_until=UNTIL)
                made[f"decided {name} {now} undo"] = decided(undo, now=now, link=link)
        overlap = OverlapError(R2, WEEK, "pending")
        opened = replace(self.view(closed["denied"]), undo_until=UNTIL)
        late = self.view(closed["approved"])
        made["decided late"] = decided(late, now=False, late=True, link=link)
        made["decided problem"] = decided(opened, now=False, link=link, problem=overlap)
        for why in RevocationReason:
            revoked = RevokedLink(
                secret=Secret("old"), at=NOW, why=why, owner="E001", language=self.language
            )
            others = ask(asked, self.other)
            moving = asked.reroute(actor="hr", why="", at=NOW)
            for name, request in {"same": asked, "other": others, "moving": moving}.items():
                for now in (True, False):
                    opened = replace(self.view(request), revoked=revoked)
                    made[f"retired {why} {name} {now}"] = decided(opened, now=now, link=link)
            over = replace(self.view(closed["denied"]), revoked=revoked)
            made[f"retired {why} over"] = decided(over, now=False, link=link)
        for name, request in {"over": closed["denied"], "open": asked}.items():
            closed_link = replace(self.view(request), hidden=True)
            made[f"closed_link {name}"] = decided(closed_link, now=False, link=link)
        made["unknown_link"] = pages.unknown_link(self.language, company=COMPANY)
        for retry in (True, False):
            made[f"trouble {retry}"] = pages.trouble(
                retry=retry, language=self.language, company=COMPANY
            )
        made["trouble too long"] = pages.trouble(
            retry=False, longest_comment=2_000, language=self.language, company=COMPANY
        )
        return made | self.sign_in_pages()

    def sign_in_pages(self) -> dict[str, str]:
        """Return the pages of who is not signed in, or as somebody else."""
        made: dict[str, str] = {}
        own: Any = {"language": self.language, "company": COMPANY}
        url = "../sign_in?decision=approved&link=x"
        for answered in (True, False):
            page = pages.sign_in(url, answered=answered, **own)
            made[f"sign_in {answered}"] = page
        email = self.words or "jane@foo.com"
        made["another_person"] = pages.another_person(email, url, **own)
        made["own_link"] = pages.own_link(**own)
        for why in ("stale", "stranger", "given-up", "trouble"):
            for again in (url, None):
                page = pages.sign_in_failed(why, again=again, **own)
                made[f"sign_in_failed {why} {again}"] = page
        return made


def ask(
    request: LeaveRequest, approver: Person, stands_in_for: Person | None = None
) -> LeaveRequest:
    """Return the request after this approver was asked and got the mail."""
    asked = request.ask(approver, task_token=TASK_TOKEN, at=NOW, stands_in_for=stands_in_for)
    return asked.mark_lead_mailed()


def answer(request: LeaveRequest, decision: Decision, comment: str = "") -> LeaveRequest:
    """Return the request after its approver's answer."""
    return request.decide(decision, comment=comment, at=NOW)


def can_be_answered(outcome: str) -> bool:
    """Tell whether a click leads to this outcome."""
    return outcome in {
        "approved",
        "approved.both",
        "denied",
        "cancelled",
        "cancellation-declined",
    }
