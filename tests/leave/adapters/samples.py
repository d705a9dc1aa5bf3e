"""Every mail and every page there is, in any language, with any words where people choose them."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from leave.adapters.presentation import pages
from leave.adapters.presentation.emails import TemplateEmails
from leave.domain import errors
from leave.domain.accounts import Balance, Returned
from leave.domain.calendar import Dated, WorkingWeek
from leave.domain.counting import count_days
from leave.domain.delegation import DelegationNotice
from leave.domain.employee import Company
from leave.domain.history import Channel, Decision, EventType, Person
from leave.domain.invitations import RevocationReason, RevokedLink
from leave.domain.ledger import Absence, Adjustment
from leave.domain.policy import Audience, LeaveType, Plan, PolicyWarning, Rules, WarningKind
from leave.domain.request import MAXIMUM_UNDONE, LeaveRequest
from leave.domain.values import Secret, replace
from leave.domain.views import (
    AdjustedAccount,
    DecisionSummary,
    DecisionView,
    Mail,
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
OPENED = {"undo_until", "hidden", "outdated", "revoked"}
MOVES = [
    (why, told)
    for why in (RevocationReason.REROUTED, RevocationReason.ESCALATED, RevocationReason.UNREACHABLE)
    for told in (True, False)
]
APPROVED, DENIED = Decision.APPROVED, Decision.DENIED


CARRIED = replace(
    YearBalance(year=2027, before=Decimal(25), after=Decimal(25)),
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
        days: Any = {"start": WEEK.start, "end": WEEK.end}
        first: Any = {"start": WEEK.start, "end": WEEK.start}
        warnings = (
            PolicyWarning(kind=WarningKind.NOTICE, **days, found=3, needed=14),
            PolicyWarning(kind=WarningKind.BLOCKED, **days, reason=self.reason),
            PolicyWarning(kind=WarningKind.PRESENCE, **first, found=1, needed=2),
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

    @property
    def own(self) -> dict[str, str]:
        """Return the employee, who acts for themselves."""
        return {"actor": JIM.employee_id, "name": self.employee.name}

    def later_plan(self, **changes: Any) -> Plan:
        return replace(self.plan(), period=a_period("2027-06-01", "2027-06-02"), **changes)

    def changed(self) -> LeaveRequest:
        return ask(self.asked().change(self.later_plan(), **self.own, at=NOW), self.lead)

    def changed_for_another(self) -> LeaveRequest:
        """Return a request of which somebody else knows the days before the change."""
        asked, plan = ask(self.request(), self.other), self.later_plan(reason="Newer")
        return ask(asked.change(plan, **self.own, at=NOW), self.lead)

    def moved(self, why: RevocationReason, *, told: bool = False) -> LeaveRequest:
        """Return a request that came to the lead after another was asked, who is `told` of it."""
        request = ask(self.request(), self.other)
        if why is RevocationReason.REROUTED:
            request = request.reroute(actor="hr", why="", at=NOW)
        else:
            request = request.pass_over(EventType(why.value), why="", at=NOW)
        request = ask(request, self.lead, stands_in_for=self.person("E008", "Ann Other"))
        return replace(request, to_notify=()) if told else request

    def delegated(self) -> LeaveRequest:
        """Return a request that came to the lead from another who has delegated approvals."""
        request = ask(self.request(), self.other).reroute(actor="E009", why="", at=NOW)
        return request.ask(
            self.lead, task_token=TASK_TOKEN, at=NOW, delegated_by=self.other
        ).mark_lead_mailed()

    def second(self) -> LeaveRequest:
        first = ask(self.request(), self.other).approve_first(comment=self.reason, at=NOW)
        return ask(first, self.lead)

    def cancelling(self, plan: Plan | None = None) -> LeaveRequest:
        told = answer(self.asked(plan), APPROVED).mark_outcome_mailed()
        return ask(told.ask_to_cancel(**self.own, at=NOW), self.lead)

    def outcomes(self) -> dict[str, LeaveRequest]:
        """Return a request for every outcome an employee can be told."""
        comment = self.reason
        return {
            "approved": answer(self.asked(), APPROVED, comment),
            "approved.both": answer(self.second(), APPROVED, comment),
            "approved.by_rule": self.request().approve_without_asking(at=NOW),
            "approved.recorded": self.recorded(),
            "denied": answer(self.asked(), DENIED, comment),
            "approved by first": self.second().approve_by_first(at=NOW),
            "ended": self.asked().expire(at=NOW, channel=Channel.IMPORT),
            "expired after first": self.second().expire(at=NOW),
            "expired": self.asked().expire(at=NOW),
            "expired begun": self.asked().expire(at=NOW + timedelta(days=100)),
            "expired unasked": self.request().expire(at=NOW),
            "cancelled": answer(self.cancelling(), APPROVED, comment),
            "cancelled.by_employee": answer(self.asked(), APPROVED).cancel_without_asking(
                **self.own, at=NOW
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
        return self.asked().withdraw(**self.own, at=NOW)

    @property
    def hr(self) -> dict[str, str]:
        """Return an administrator who acts for others."""
        return {"actor": "E010", "name": self.words or "Pat Doe"}

    def recorded(self) -> LeaveRequest:
        request = self.request()
        first = replace(request.history[0], type=EventType.RECORDED, **self.hr)
        return replace(request, history=(first,)).approve_without_asking(at=NOW)

    def noted(self) -> LeaveRequest:
        return self.request().approve_without_asking(at=NOW, lead=self.lead)

    def asked_by_other(self) -> LeaveRequest:
        asked = self.asked()
        first = replace(asked.history[0], **self.hr)
        return replace(asked, history=(first, *asked.history[1:]))

    def by_others(self) -> dict[str, LeaveRequest]:
        """Return a request for each thing that an administrator can do for somebody."""
        told = answer(self.asked(), APPROVED).mark_outcome_mailed()
        return {
            "requested": self.asked_by_other(),
            "changed": ask(self.asked().change(self.later_plan(), **self.hr, at=NOW), self.lead),
            "cancellation-asked": ask(told.ask_to_cancel(**self.hr, at=NOW), self.lead),
            "withdrawn": self.asked().withdraw(**self.hr, at=NOW),
        }

    def mails(self) -> dict[str, Mail]:
        """Return every mail there is."""
        jim = replace(JIM, name=self.employee.name, language=self.language)
        john = replace(JOHN, name=self.lead.name, language=self.language)
        mary = replace(john, employee_id=self.other.employee_id, name=self.other.name)
        outcomes, by_others = self.outcomes(), self.by_others()
        cancelled, moves = outcomes["cancelled"], [why for why, told in MOVES if not told]
        half, half_too = (
            ask(self.request(a_plan(a_period(half=part))), self.lead)
            for part in ("morning", "afternoon")
        )
        waiting = [
            PendingItem(request=request, since=TODAY, days=days)
            for days, request in enumerate((self.asked(), self.cancelling()))
        ]
        noted_for = replace(
            self.noted(), history=(by_others["requested"].history[0], self.noted().history[1])
        )

        def asking(request: LeaveRequest, summary: DecisionSummary | None = None) -> Mail:
            summary = summary or self.decision_summary()
            return LETTERS.approval_request(
                request, employee=jim, lead=john, decision_summary=summary
            )

        def outcome(request: LeaveRequest, **back: Any) -> Mail:
            returned = Returned(**{"lapsed": Decimal(0), "until": None} | back) if back else None
            return LETTERS.outcome_notice(request, employee=jim, returned=returned)

        questions = {
            "asked": self.asked(),
            "changed": self.changed(),
            **{f"moved {why} {told}": self.moved(why, told=told) for why, told in MOVES},
            "delegated": self.delegated(),
            "second": self.second(),
            "cancelling": self.cancelling(),
            **{f"for_other {n}": request for n, request in by_others.items() if request.question},
        }
        outcomes_for = {
            **outcomes,
            "half": answer(half, APPROVED),
            "half too": answer(half_too, APPROVED),
            "by_rule for_other": noted_for,
            **{
                f"{name} for_other": answer(request, APPROVED)
                for name, request in by_others.items()
                if request.question
            },
        }
        absences = {
            "absence_notice": self.noted(),
            "absence_notice recorded": replace(self.recorded(), noted=self.lead),
            "absence_notice cancelled": outcomes["cancelled.by_other"],
            "absence_notice by_end": outcomes["cancelled.by_end"],
        }
        withdrawals = {
            "withdrawal_notice": self.withdrawn(),
            "withdrawal_notice for_other": by_others["withdrawn"],
        }
        released = {
            **{f"{why} {told}": self.moved(why, told=told) for why, told in MOVES},
            "over": answer(self.moved(RevocationReason.REROUTED), DENIED, self.reason),
            "other": self.changed_for_another(),
        }
        undelivered = {
            "approver": (self.asked(), self.lead),
            "withdrawn": (self.withdrawn(), self.lead),
            "former": (self.asked(), self.other),
            **{f"owner {n}": (request, self.employee) for n, request in by_others.items()},
            "noted": (self.noted(), self.lead),
            "noted cancelled": (outcomes["cancelled.by_other"], self.lead),
            "employee": (outcomes["denied"], self.employee),
        }
        return {
            **{f"approval_request {name}": asking(one) for name, one in questions.items()},
            "approval_request carried": asking(self.asked(), self.carried()),
            "approval_request half": asking(half, DecisionSummary()),
            "approval_request carried half": asking(half, DecisionSummary(balances=[CARRIED])),
            **{f"outcome_notice {name}": outcome(one) for name, one in outcomes_for.items()},
            "outcome_notice cancelled back": outcome(cancelled, days=Decimal(5)),
            "outcome_notice cancelled lapsed": outcome(
                cancelled, days=Decimal(5), lapsed=Decimal(1), until=date(2027, 3, 31)
            ),
            "outcome_notice lapsed": outcome(
                cancelled, days=Decimal(4), lapsed=Decimal("1.5"), until=date(2027, 3, 31)
            ),
            "outcome_notice not carried": outcome(
                cancelled, days=Decimal(4), until=date(2028, 3, 31), not_carried=Decimal("2.5")
            ),
            **{
                f"proxy_notice {name}": LETTERS.proxy_notice(request, employee=jim)
                for name, request in by_others.items()
            },
            **{name: LETTERS.absence_notice(one, lead=john) for name, one in absences.items()},
            **{
                name: LETTERS.withdrawal_notice(one, lead=john) for name, one in withdrawals.items()
            },
            **{
                f"reassignment_notice {name}": LETTERS.reassignment_notice(one, lead=mary)
                for name, one in released.items()
            },
            "reminder": LETTERS.reminder(john, waiting[:1], more=0),
            "digest": LETTERS.reminder(john, waiting, more=3),
            **{
                f"approval_requests {why}": LETTERS.approval_requests(
                    john, [replace(one, request=self.moved(why)) for one in waiting]
                )[0]
                for why in moves
            },
            **{
                f"reassignment_notices {name}": LETTERS.reassignment_notices([one] * 2, lead=mary)
                for name, one in {
                    **{why.value: self.moved(why) for why in moves},
                    "other": self.changed_for_another(),
                }.items()
            },
            **{
                f"delegation_notice {name}{' ended' if ended else ''}": LETTERS.delegation_notice(
                    DelegationNotice(
                        reader=reader.employee_id,
                        substitute_id=mary.employee_id,
                        start=TODAY,
                        end=TODAY + timedelta(days=9),
                        ended=ended,
                    ),
                    reader=reader,
                    employee=john,
                    substitute=mary,
                )
                for name, reader in {"own": john, "substitute": mary}.items()
                for ended in (False, True)
            },
            "adjustment_notice": LETTERS.adjustment_notice(jim, self.adjusted()),
            **{
                f"admin_alert {name}": LETTERS.admin_alert(
                    request, address="hr@foo.com", reader=reader
                )
                for name, (request, reader) in undelivered.items()
            },
        }

    def adjusted(self) -> list[AdjustedAccount]:
        """Return an account with days given and taken, and one that the rules do not know."""
        at = {"at": NOW, "actor": "user/hr", "reason": self.reason}
        given, taken = (
            Adjustment(leave_type="annual", days=Decimal(days), **at) for days in ("2", "-0.5")
        )
        annual: Any = {"leave_type": "annual", "year": 2027}
        balance = Balance(
            **annual,
            entitlement=Decimal(25),
            carried_in=Decimal(3),
            carried_left=Decimal(3),
            carried_until=a_day("2027-03-31"),
            adjustments=Decimal("1.5"),
            **dict.fromkeys(("approved", "pending"), Decimal(0)),
            available=Decimal("26.5"),
            booked_later=Decimal(2),
            booked_in=2028,
        )
        gone = replace(given, leave_type="gone", days=Decimal(1))
        return [
            AdjustedAccount(**annual, adjustments=[given, taken], balance=balance),
            AdjustedAccount(year=2026, leave_type="gone", adjustments=[gone]),
        ]

    def view(self, request: LeaveRequest) -> DecisionView:
        brief = self.decision_summary() if request.question else None
        return DecisionView(request=request, plan=request.plan, decision_summary=brief)

    def pages(self) -> dict[str, str]:
        """Return every page there is."""
        asked, cancelling = self.asked(), self.cancelling()
        closed = {**self.outcomes(), "withdrawn": self.withdrawn()}
        link, overlap = link_text(asked), errors.OverlapError(R2, WEEK, "pending")
        short = partial(
            errors.InsufficientBalanceError, 2027, asked=Decimal(4), available=Decimal("2.5")
        )
        problems = {
            "comment": errors.CommentMissingError("missing"),
            "long comment": errors.CommentTooLongError(2_001, 2_000),
            "balance": short(),
            "balance later": short(booked_later=Decimal(3), booked_in=2028),
            "not employed": errors.NotEmployedError(WEEK, employed()),
            "other": self.reason,
            "overlap": overlap,
            "unknown": errors.UnknownEmployeeError("E002"),
        }
        last = asked
        for _ in range(MAXIMUM_UNDONE):
            last = answer(last, APPROVED).undo(at=NOW)
        view, hidden = self.view(asked), replace(self.view(asked).plan, leave_type="", reason="")

        def form(opened: DecisionView, decision: Decision = DENIED, **options: Any) -> str:
            return decide(opened, decision, link=link, time_zone=ZONE, **options)

        def end(opened: DecisionView, *, now: bool = False, **options: Any) -> str:
            changes = {name: options.pop(name) for name in OPENED if name in options}
            return decided(replace(opened, **changes), now=now, link=link, **options)

        made = {
            **{
                f"decide {name} {decision}": form(self.view(request), decision)
                for name, request in {"leave": asked, "cancellation": cancelling}.items()
                for decision in Decision
            },
            "decide last": form(self.view(last)),
            "decided last": end(self.view(answer(last, APPROVED)), now=True),
            "decide undone": form(view, undone=True),
            "decide problem comment cancellation": form(
                self.view(cancelling), problem=problems["comment"]
            ),
            "decide problem balance hidden": form(
                replace(view, plan=hidden), problem=problems["balance"]
            ),
            **{
                f"decide problem {name}": form(view, problem=problem, comment=self.reason)
                for name, problem in problems.items()
            },
            "decided late": end(self.view(closed["approved"]), late=True),
            "decided problem": end(self.view(closed["denied"]), undo_until=UNTIL, problem=overlap),
            "closed_link over": end(self.view(closed["denied"]), hidden=True),
            "closed_link open": end(view, hidden=True),
        }
        for name, request in closed.items():
            for now in (True, False) if can_be_answered(name) else (False,):
                made[f"decided {name} {now}"] = end(self.view(request), now=now)
                made[f"decided {name} {now} undo"] = end(
                    self.view(request), now=now, undo_until=UNTIL
                )
        waiting = {
            "same": asked,
            "other": ask(asked, self.other),
            "moving": asked.reroute(actor="hr", why="", at=NOW),
        }
        for why in RevocationReason:
            revoked = RevokedLink(
                secret=Secret("old"), at=NOW, why=why, owner="E001", language=self.language
            )
            for name, request in waiting.items():
                for now in (True, False):
                    made[f"retired {why} {name} {now}"] = end(
                        self.view(request), now=now, revoked=revoked
                    )
            made[f"retired {why} over"] = end(self.view(closed["denied"]), revoked=revoked)
        own: Any = {"language": self.language, "company": COMPANY}
        return {
            **made,
            "unknown_link": pages.unknown_link(**own),
            **{f"trouble {retry}": pages.trouble(retry=retry, **own) for retry in (True, False)},
            "trouble too long": pages.trouble(retry=False, longest_comment=2_000, **own),
            **self.sign_in_pages(),
        }

    def sign_in_pages(self) -> dict[str, str]:
        """Return the pages of who is not signed in, or as somebody else."""
        own: Any = {"language": self.language, "company": COMPANY}
        url = "../sign_in?decision=approved&link=x"
        return {
            **{f"sign_in {one}": pages.sign_in(url, answered=one, **own) for one in (True, False)},
            "another_person": pages.another_person(self.words or "jane@foo.com", url, **own),
            "own_link": pages.own_link(**own),
            **{
                f"sign_in_failed {why} {again}": pages.sign_in_failed(why, again=again, **own)
                for why in ("stale", "stranger", "given-up", "trouble")
                for again in (url, None)
            },
        }


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
    by_a_click = {"approved", "approved.both", "denied", "cancelled", "cancellation-declined"}
    return outcome in by_a_click
