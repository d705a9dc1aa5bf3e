"""Every mail and every page there is, in any language, with any words where people choose them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from leave.adapters import pages
from leave.adapters.letters import TemplateLetters
from leave.domain.absences import Absence
from leave.domain.accounts import Balance, Returned
from leave.domain.briefs import Brief, YearBalance
from leave.domain.company import Company
from leave.domain.concerns import Concern, Kind
from leave.domain.counting import count_days
from leave.domain.dated import Dated
from leave.domain.errors import (
    CommentMissingError,
    InsufficientBalanceError,
    NotEmployedError,
    OverlapError,
    UnknownEmployeeError,
)
from leave.domain.history import Person, Via, What
from leave.domain.ledgers import Adjustment
from leave.domain.limit_errors import CommentTooLongError
from leave.domain.links import RetiredLink, Retirement
from leave.domain.request_record import MAXIMUM_UNDONE
from leave.domain.rules import Audience, LeaveType, Rules
from leave.domain.secrets import Secret
from leave.domain.statuses import Decision
from leave.domain.views import AdjustedAccount, Opened, Waiting
from leave.domain.working_time import WorkingWeek
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
    from leave.domain.mails import Mail
    from leave.domain.plans import Plan
    from leave.domain.requests import LeaveRequest

ZONE = ZoneInfo("Europe/Berlin")
API_URL = "https://api.example/prod"
SICK = LeaveType(id="sick", name="Sick leave", visible_to=Audience.NOBODY)
RULES = Rules(leave_types=(*Rules().leave_types, SICK))
COMPANY = Company(name="Foo Ltd", help_contact="hr@foo.com")
LETTERS = TemplateLetters(
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
    for why in (Retirement.REROUTED, Retirement.ESCALATED, Retirement.UNREACHABLE)
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
            Concern(kind=Kind.NOTICE, start=WEEK.start, end=WEEK.end, found=3, needed=14),
            Concern(kind=Kind.BLOCKED, start=WEEK.start, end=WEEK.end, reason=self.reason),
            Concern(kind=Kind.PRESENCE, start=WEEK.start, end=WEEK.start, found=1, needed=2),
        )
        return a_plan(WEEK, reason=self.reason, warnings=warnings)

    def brief(self) -> Brief:
        away = replace(JANE, name=self.words or JANE.name)
        return Brief(
            days=count_days(WEEK, SHORT_FRIDAYS, {HOLIDAY: self.words or "Ascension Day"}),
            balances=[YearBalance(year=2027, before=Decimal("12.5"), after=Decimal("8.5"))],
            colleagues=[Absence(employee=away, booking=a_booking(R2, a_period("2027-05-04")))],
            type_name=self.words or "Annual leave",
            second_approval=True,
        )

    def carried(self) -> Brief:
        """Return a brief with days from the year before, and days booked in the year after."""
        balance = replace(
            self.brief().balances[0],
            carried=(Decimal(5), Decimal(0)),
            carried_until=a_day("2027-05-31"),
            booked_later=Decimal(3),
            booked_in=2028,
        )
        return replace(self.brief(), balances=[balance])

    def request(self, plan: Plan | None = None) -> LeaveRequest:
        request = a_request(plan=plan or self.plan(), employee=self.employee)
        asked = replace(request.history[0], name=self.employee.name)
        return replace(request, history=(asked,))

    def asked(self, plan: Plan | None = None) -> LeaveRequest:
        return ask(self.request(plan), self.lead)

    def changed(self) -> LeaveRequest:
        other = replace(self.plan(), period=a_period("2027-06-01", "2027-06-02"))
        return ask(
            self.asked().change(other, who=JIM.employee_id, name=self.employee.name, at=NOW),
            self.lead,
        )

    def changed_for_another(self) -> LeaveRequest:
        """Return a request of which somebody else knows the days before the change."""
        other = replace(self.plan(), period=a_period("2027-06-01", "2027-06-02"), reason="Newer")
        own = {"who": JIM.employee_id, "name": self.employee.name}
        return ask(ask(self.request(), self.other).change(other, **own, at=NOW), self.lead)

    def moved(self, why: Retirement, *, named: bool = True) -> LeaveRequest:
        """Return a request that came to the lead after somebody else was asked.

        That one is named as long as the news of it is still to be told.
        """
        request = ask(self.request(), self.other)
        if why is Retirement.REROUTED:
            request = request.reroute(who="hr", why="", at=NOW)
        else:
            request = request.pass_over(What(why.value), why="", at=NOW)
        request = ask(request, self.lead, stands_in_for=self.person("E008", "Ann Other"))
        return request if named else replace(request, formers=())

    def second(self) -> LeaveRequest:
        first = ask(self.request(), self.other).approve_first(comment=self.reason, at=NOW)
        return ask(first, self.lead)

    def cancelling(self, plan: Plan | None = None) -> LeaveRequest:
        told = answer(self.asked(plan), APPROVED).mark_outcome_mailed()
        return ask(
            told.ask_to_cancel(who=JIM.employee_id, name=self.employee.name, at=NOW), self.lead
        )

    def outcomes(self) -> dict[str, LeaveRequest]:
        """Return a request for every outcome an employee can be told."""
        comment = self.reason
        return {
            "approved": answer(self.asked(), APPROVED, comment),
            "approved.both": answer(self.second(), APPROVED, comment),
            "approved.by_rule": self.request().approve_without_asking(at=NOW),
            "denied": answer(self.asked(), DENIED, comment),
            "approved by first": self.second().approve_by_first(at=NOW, via=Via.ROUND),
            "ended": self.asked().expire(at=NOW, via=Via.DIRECTORY),
            "expired after first": self.second().expire(at=NOW),
            "expired": self.asked().expire(at=NOW),
            "expired begun": self.asked().expire(at=NOW + timedelta(days=100)),
            "expired unasked": self.request().expire(at=NOW),
            "cancelled": answer(self.cancelling(), APPROVED, comment),
            "cancelled.by_employee": answer(self.asked(), APPROVED).cancel_without_asking(
                who=JIM.employee_id, name=self.employee.name, at=NOW
            ),
            "cancelled.by_end": answer(self.asked(), APPROVED).cancel_outside_employment(
                who="user/hr", at=NOW
            ),
            "cancelled.by_other": self.noted()
            .mark_outcome_mailed()
            .cancel_without_asking(**self.hr, at=NOW),
            "cancellation-declined": answer(self.cancelling(), DENIED, comment),
            "cancellation-expired": self.cancelling().expire(at=NOW),
            "cancellation-expired.by_other": self.by_others()["cancellation-asked"].expire(at=NOW),
        }

    def withdrawn(self) -> LeaveRequest:
        return self.asked().withdraw(who=JIM.employee_id, name=self.employee.name, at=NOW)

    @property
    def hr(self) -> dict[str, str]:
        """Return an administrator who acts for others."""
        return {"who": "E010", "name": self.words or "Pat Doe"}

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
            **{f"moved {why} {named}": self.moved(why, named=named) for why, named in MOVES},
            "second": self.second(),
            "cancelling": self.cancelling(),
        }
        by_others = self.by_others()
        half = ask(self.request(a_plan(a_period(half="morning"))), self.lead)
        half_too = ask(self.request(a_plan(a_period(half="afternoon"))), self.lead)
        waiting = [
            Waiting(request=request, since=TODAY, days=days)
            for days, request in enumerate((self.asked(), self.cancelling()))
        ]
        return {
            **{
                f"ask_lead {name}": LETTERS.ask_lead(
                    request, employee=jim, lead=john, brief=self.brief()
                )
                for name, request in questions.items()
            },
            "ask_lead carried": LETTERS.ask_lead(
                questions["asked"], employee=jim, lead=john, brief=self.carried()
            ),
            "tell_employee cancelled back": LETTERS.tell_employee(
                self.outcomes()["cancelled"],
                employee=jim,
                returned=Returned(days=Decimal(5), lapsed=Decimal(0), until=None),
            ),
            "tell_employee cancelled lapsed": LETTERS.tell_employee(
                self.outcomes()["cancelled"],
                employee=jim,
                returned=Returned(days=Decimal(5), lapsed=Decimal(1), until=a_day("2027-03-31")),
            ),
            "tell_employee not carried": LETTERS.tell_employee(
                self.outcomes()["cancelled"],
                employee=jim,
                returned=Returned(
                    days=Decimal(4),
                    lapsed=Decimal(0),
                    until=date(2028, 3, 31),
                    not_carried=Decimal("2.5"),
                ),
            ),
            "ask_lead half": LETTERS.ask_lead(half, employee=jim, lead=john, brief=Brief()),
            **{
                f"tell_employee {name}": LETTERS.tell_employee(request, employee=jim)
                for name, request in self.outcomes().items()
            },
            "tell_employee lapsed": LETTERS.tell_employee(
                self.outcomes()["cancelled"],
                employee=jim,
                returned=Returned(days=Decimal(4), lapsed=Decimal("1.5"), until=date(2027, 3, 31)),
            ),
            "ask_lead carried half": LETTERS.ask_lead(
                half, employee=jim, lead=john, brief=Brief(balances=[CARRIED])
            ),
            "tell_employee half": LETTERS.tell_employee(answer(half, APPROVED), employee=jim),
            "tell_employee half too": LETTERS.tell_employee(
                answer(half_too, APPROVED), employee=jim
            ),
            "tell_employee by_rule for_other": LETTERS.tell_employee(
                replace(
                    self.noted(),
                    history=(by_others["requested"].history[0], self.noted().history[1]),
                ),
                employee=jim,
            ),
            **{
                f"tell_employee {name} for_other": LETTERS.tell_employee(
                    answer(request, APPROVED), employee=jim
                )
                for name, request in by_others.items()
                if request.question is not None
            },
            **{
                f"tell_owner {name}": LETTERS.tell_owner(request, employee=jim)
                for name, request in by_others.items()
            },
            **{
                f"ask_lead for_other {name}": LETTERS.ask_lead(
                    request, employee=jim, lead=john, brief=self.brief()
                )
                for name, request in by_others.items()
                if name != "withdrawn"
            },
            "note_lead": LETTERS.note_lead(self.noted(), lead=john),
            "note_lead cancelled": LETTERS.note_lead(
                self.outcomes()["cancelled.by_other"], lead=john
            ),
            "note_lead by_end": LETTERS.note_lead(self.outcomes()["cancelled.by_end"], lead=john),
            "tell_lead": LETTERS.tell_lead(self.withdrawn(), lead=john),
            "tell_lead for_other": LETTERS.tell_lead(by_others["withdrawn"], lead=john),
            **{
                f"release_lead {why} {named}": LETTERS.release_lead(
                    self.moved(why, named=named), lead=mary
                )
                for why, named in MOVES
            },
            "release_lead over": LETTERS.release_lead(
                answer(self.moved(Retirement.REROUTED), DENIED, self.reason), lead=mary
            ),
            "release_lead other": LETTERS.release_lead(self.changed_for_another(), lead=mary),
            "remind_lead": LETTERS.remind_lead(john, waiting[:1], more=0),
            "digest": LETTERS.remind_lead(john, waiting, more=3),
            **{
                f"ask_lead_about {why}": LETTERS.ask_lead_about(
                    john, [replace(one, request=self.moved(why)) for one in waiting]
                )[0]
                for why, named in MOVES
                if named
            },
            **{
                f"release_lead_from {why}": LETTERS.release_lead_from(
                    [self.moved(why)] * 2, lead=mary
                )
                for why, named in MOVES
                if named
            },
            "release_lead_from other": LETTERS.release_lead_from(
                [self.changed_for_another()] * 2, lead=mary
            ),
            "adjustment_notice": LETTERS.adjustment_notice(jim, self.adjusted()),
            "tell_administrator approver": LETTERS.tell_administrator(
                self.asked(), address="hr@foo.com", reader=self.lead
            ),
            "tell_administrator withdrawn": LETTERS.tell_administrator(
                self.withdrawn(), address="hr@foo.com", reader=self.lead
            ),
            "tell_administrator former": LETTERS.tell_administrator(
                self.asked(), address="hr@foo.com", reader=self.other
            ),
            **{
                f"tell_administrator owner {name}": LETTERS.tell_administrator(
                    request, address="hr@foo.com", reader=self.employee
                )
                for name, request in by_others.items()
            },
            "tell_administrator noted": LETTERS.tell_administrator(
                self.noted(), address="hr@foo.com", reader=self.lead
            ),
            "tell_administrator noted cancelled": LETTERS.tell_administrator(
                self.outcomes()["cancelled.by_other"], address="hr@foo.com", reader=self.lead
            ),
            "tell_administrator employee": LETTERS.tell_administrator(
                self.outcomes()["denied"], address="hr@foo.com", reader=self.employee
            ),
        }

    def adjusted(self) -> list[AdjustedAccount]:
        """Return an account with days given and taken, and one that the rules do not know."""
        at = {"at": NOW, "who": "user/hr", "reason": self.reason}
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
        )
        gone = replace(given, leave_type="gone", days=Decimal(1))
        return [
            AdjustedAccount(
                year=2027, leave_type="annual", adjustments=[given, taken], balance=balance
            ),
            AdjustedAccount(year=2026, leave_type="gone", adjustments=[gone]),
        ]

    def opened(self, request: LeaveRequest) -> Opened:
        brief = self.brief() if request.question else None
        return Opened(request=request, plan=request.plan, brief=brief)

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
        form = self.opened(asked), DENIED
        link = link_text(asked)
        made = {
            f"decide {name} {decision}": decide(
                self.opened(request), decision, link=link, time_zone=ZONE
            )
            for name, request in {"leave": asked, "cancellation": cancelling}.items()
            for decision in Decision
        }
        last = asked
        for _ in range(MAXIMUM_UNDONE):
            last = answer(last, APPROVED).undo(at=NOW)
        made["decide last"] = decide(self.opened(last), DENIED, link=link, time_zone=ZONE)
        given = self.opened(answer(last, APPROVED))
        made["decided last"] = decided(given, now=True, link=link)
        made["decide undone"] = decide(*form, link=link, undone=True, time_zone=ZONE)
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
                opened = self.opened(request)
                made[f"decided {name} {now}"] = decided(opened, now=now, link=link)
                undo = replace(opened, undo_until=UNTIL)
                made[f"decided {name} {now} undo"] = decided(undo, now=now, link=link)
        overlap = OverlapError(R2, WEEK, "pending")
        opened = replace(self.opened(closed["denied"]), undo_until=UNTIL)
        late = self.opened(closed["approved"])
        made["decided late"] = decided(late, now=False, late=True, link=link)
        made["decided problem"] = decided(opened, now=False, link=link, problem=overlap)
        for why in Retirement:
            retired = RetiredLink(
                secret=Secret("old"), at=NOW, why=why, owner="E001", language=self.language
            )
            others = ask(asked, self.other)
            moving = asked.reroute(who="hr", why="", at=NOW)
            for name, request in {"same": asked, "other": others, "moving": moving}.items():
                for now in (True, False):
                    opened = replace(self.opened(request), retired=retired)
                    made[f"retired {why} {name} {now}"] = decided(opened, now=now, link=link)
            over = replace(self.opened(closed["denied"]), retired=retired)
            made[f"retired {why} over"] = decided(over, now=False, link=link)
        for name, request in {"over": closed["denied"], "open": asked}.items():
            closed_link = replace(self.opened(request), hidden=True)
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
