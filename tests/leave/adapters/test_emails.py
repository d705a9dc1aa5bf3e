"""The mails: what a lead needs to decide in ten seconds, and what an employee wants to know."""

from __future__ import annotations

import dataclasses
import re
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leave.adapters.presentation.emails import MOST_BYTES
from leave.domain.counting import Day
from leave.domain.employee import Company
from leave.domain.history import OUTCOMES, Channel, Decision, EventType
from leave.domain.invitations import RevocationReason
from leave.domain.ledger import Absence
from leave.domain.values import replace
from leave.domain.views import DecisionSummary, Method, PendingItem, YearBalance, calendar_uid
from leave.functions.inputs import REASON_LENGTH
from tests.examples import examples
from tests.leave.adapters import samples
from tests.leave.adapters.markup import Page
from tests.leave.adapters.samples import (
    API_URL,
    APPROVED,
    DENIED,
    LETTERS,
    WEEK,
    Cast,
    answer,
    ask,
)
from tests.leave.builders import (
    JANE,
    JIM,
    JOHN,
    NOW,
    R1,
    R2,
    R3,
    TODAY,
    a_booking,
    a_count,
    a_day,
    a_period,
    a_plan,
    a_request,
    an_id,
    invited,
    link_text,
)

if TYPE_CHECKING:
    from leave.domain.history import Person
    from leave.domain.request import LeaveRequest
    from leave.domain.views import Mail

CAST = Cast()
MAILS = CAST.mails()
GERMAN = Cast(language="de").mails()
URL = re.compile(r"https?://[^\s<>\"]+")


def brief_mail(
    request: LeaveRequest | None = None, decision_summary: DecisionSummary | None = None
) -> Mail:
    request = request or CAST.asked(a_plan())
    return LETTERS.approval_request(
        request, employee=JIM, lead=JOHN, decision_summary=decision_summary or DecisionSummary()
    )


def tell(request: LeaveRequest) -> Mail:
    return LETTERS.outcome_notice(request, employee=JIM)


def parts(mail: Mail) -> tuple[str, str]:
    """Return both parts as they are read, each line end a space."""
    return " ".join(mail.text.split()), Page(mail.html).text


def says(mail: Mail, *words: str) -> None:
    for part in parts(mail):
        for word in words:
            assert word in part


def says_not(mail: Mail, *words: str) -> None:
    for part in (*parts(mail), mail.subject):
        for word in words:
            assert word not in part


def test_a_lead_reads_who_when_how_long_what_why_what_is_left_and_who_is_away() -> None:
    mail = MAILS["approval_request asked"]
    assert mail.to == JOHN.email
    says(mail, "Hello John Carpenter", "Jim O'Dell asks for leave", "Mon 3 – Sun 9 May 2027")
    says(mail, "5 working days", "Thu 6 May is Ascension Day", "Fri 7 May is half a day")
    says(mail, "2 weekend days", "Annual leave", "My wedding", "Jane Cook: Tue 4 May")
    says(mail, "12.5 → 8.5 working days in 2027", "pending leave counted as taken")
    says(
        mail,
        "Requested 3 days ahead; 14 days are expected.",
        "Blocked: Mon 3 – Sun 9 May (My wedding).",
    )
    says(mail, "Mon 3 May: only 1 of the team would be there; 2 are needed.")
    says(mail, "after your approval, a second approval is needed")
    says(mail, "Opening a link decides nothing")


def test_a_german_lead_reads_the_same_in_german() -> None:
    mail = GERMAN["approval_request asked"]
    says(mail, "Guten Tag John Carpenter", "Jim O'Dell beantragt Urlaub", "Mo 3. – So 9. Mai 2027")
    says(mail, "5 Arbeitstage", "Do 6. Mai ist Ascension Day", "Fr 7. Mai ist ein halber Tag")
    says(mail, "2 Tage am Wochenende", "Jane Cook: Di 4. Mai", "12,5 → 8,5 Arbeitstage in 2027")
    says(mail, "3 Tage vorher beantragt; erwartet werden 14 Tage.", "Genehmigen", "Ablehnen")
    assert mail.subject == "Urlaubsantrag von Jim O'Dell: Mo 3. – So 9. Mai 2027"


def test_a_mailbox_shows_the_essentials_below_the_subject() -> None:
    shown = MAILS["approval_request asked"].html.split("<body")[1]
    first = Page(f"<p>{shown.split('<div', 1)[1].split('>', 1)[1].split('</div>')[0]}</p>").text
    assert first == (
        "Mon 3 – Sun 9 May 2027 · 5 working days · Annual leave · 12.5 → 8.5 working days in 2027"
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("asked", ("Approve", "Deny")),
        ("changed", ("Approve", "Deny")),
        ("second", ("Approve", "Deny")),
        ("cancelling", ("Agree to cancel", "Decline")),
    ],
)
def test_the_leads_mail_has_exactly_one_link_for_either_answer(
    name: str, words: tuple[str, str]
) -> None:
    mail = MAILS[f"approval_request {name}"]
    found = URL.findall(mail.text)
    assert [url.rsplit("/", 1)[0] for url in found] == [
        f"{API_URL}/leave_lead_response/{decision}" for decision in ("approved", "denied")
    ]
    assert Page(mail.html).links == list(zip(found, words, strict=True))
    for word, url in zip(words, found, strict=True):
        assert re.search(rf"^{word}: {re.escape(url)}$", mail.text, re.MULTILINE)


def test_the_links_are_the_requests_own() -> None:
    request = CAST.asked()
    assert link_text(request) in brief_mail(request).text
    with pytest.raises(ValueError, match=f"{R1} has no link yet"):
        brief_mail(a_request())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("changed", "Jim O'Dell has changed a request for leave"),
        ("cancelling", "Jim O'Dell wants to cancel leave that was approved"),
        ("second", "Mary Major has given the first approval, on Monday, 1 March 2027 at 10:30 CET"),
        ("second", "Your approval is the second and last one."),
        ("moved escalated True", "Mary Major was asked before and has not answered"),
        ("moved escalated True", "in place of Ann Other, because Ann Other was away"),
        ("moved escalated False", "Mary Major was asked before and has not answered"),
        ("moved rerouted True", "Mary Major was asked before. Now you decide."),
        ("moved rerouted False", "Mary Major was asked before. Now you decide."),
        ("moved unreachable False", "Mail does not reach the approver who was to be asked."),
    ],
)
def test_a_lead_reads_what_is_special_about_the_question(name: str, said: str) -> None:
    says(MAILS[f"approval_request {name}"], said)


def test_what_is_not_special_is_not_said() -> None:
    says_not(
        brief_mail(), "Please note", "asked before", "second", "in place of", "Before", "Reason"
    )
    says(brief_mail(), "no colleague of the team")


def test_a_changed_request_says_what_it_was_before() -> None:
    says(
        MAILS["approval_request changed"],
        "Tue 1 – Wed 2 June 2027",
        "Before",
        "Mon 3 – Sun 9 May 2027",
    )
    same = CAST.asked(a_plan()).change(
        a_plan(reason="New"), actor=JIM.employee_id, name=JIM.name, at=NOW
    )
    mail = brief_mail(ask(same, CAST.lead))
    says(mail, "has changed a request")
    says_not(mail, "Before")


def test_who_wants_to_cancel_needs_no_colleagues_and_no_warnings() -> None:
    says_not(MAILS["approval_request cancelling"], "Jane Cook", "Also away", "Please note")


def test_many_days_and_colleagues_are_counted_instead_of_named() -> None:
    dates = [a_day(f"2027-05-{day:02}") for day in range(3, 15)]
    days = [Day(date=date, cost=Decimal(0), holiday="Feast") for date in dates]
    booking = a_booking(R2, a_period("2027-12-31", "2028-01-01"))
    away = [Absence(employee=JANE, booking=booking)] * 9
    mail = brief_mail(decision_summary=DecisionSummary(days=days, colleagues=away))
    says(mail, "10 public holidays; 2 weekend days", "and 3 more absences")
    says(mail, "Fri 31 December 2027 – Sat 1 January 2028")
    assert mail.text.count("Jane Cook") == 6


def test_days_off_of_part_time_are_no_weekend() -> None:
    wednesday = Day(date=a_day("2027-05-05"), cost=Decimal(0))
    says(
        brief_mail(decision_summary=DecisionSummary(days=[wednesday])),
        "1 working day",
        "1 day not worked",
    )


def test_each_year_has_its_balance_and_debt_a_minus() -> None:
    balances = [
        YearBalance(year=2027, before=Decimal(2), after=Decimal("1E+1")),
        YearBalance(year=2028, before=Decimal("0.0"), after=Decimal("-1.50")),
    ]
    mail = brief_mail(decision_summary=DecisionSummary(balances=balances))
    says(mail, "2 → 10 working days in 2027", "0 → −1.5 working days in 2028")


def test_what_the_lead_may_not_know_is_in_no_mail_to_the_lead() -> None:
    plan = a_plan(leave_type="sick", reason="My operation")
    asked = CAST.asked(plan)
    waiting = [
        PendingItem(request=request, since=TODAY, days=1)
        for request in (asked, replace(asked, request_id=R2))
    ]
    mails = [
        brief_mail(asked),
        brief_mail(CAST.cancelling(plan)),
        LETTERS.withdrawal_notice(asked.withdraw(actor="", at=NOW), lead=JOHN),
        LETTERS.reassignment_notice(asked, lead=JOHN),
        LETTERS.reminder(JOHN, waiting[:1], more=0),
        LETTERS.reminder(JOHN, waiting, more=0),
        LETTERS.admin_alert(asked, address="hr@foo.com", reader=CAST.lead),
    ]
    for mail in mails:
        for part in (mail.text, mail.html, mail.subject):
            assert not re.search("operation|sick|Reason|Type", part)
        says(mail, "1 working day")


def test_no_administrator_reads_a_reason() -> None:
    for name in ("approver", "employee"):
        says_not(MAILS[f"admin_alert {name}"], "My wedding", "Annual leave")


def test_the_employee_is_told_type_and_reason_all_the_same() -> None:
    plan = a_plan(leave_type="sick", reason="My operation")
    says(tell(answer(CAST.asked(plan), APPROVED)), "Sick leave", "My operation")
    gone = tell(answer(CAST.asked(a_plan(leave_type="gone")), APPROVED))
    says_not(gone, "Type", "gone")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("approved", ["Your leave is approved", "John Carpenter has approved", "adds the days"]),
        ("approved.both", ["Mary Major and John Carpenter have approved", "Mary Major writes:"]),
        ("approved.by_rule", ["Your leave is noted", "needs no approval"]),
        (
            "approved by first",
            [
                "Mary Major has approved",
                "so one approval is enough",
                "Mary Major writes:",
                "adds the days",
            ],
        ),
        (
            "ended",
            ["has expired", "Some or all of these days lie outside your employment", "free again"],
        ),
        ("expired after first", ["Mary Major has approved", "second approval was not given"]),
        (
            "denied",
            ["Your leave request is denied", "John Carpenter has denied", "days are free again"],
        ),
        ("expired", ["request has expired", "was not answered", "talk to John Carpenter"]),
        ("expired begun", ["The leave has begun already", "talk to John Carpenter", "HR can"]),
        ("expired unasked", ["talk to your lead"]),
        ("cancelled", ["Your leave is cancelled", "John Carpenter has agreed."]),
        (
            "cancelled.by_employee",
            ["Your leave is cancelled", "You have cancelled your leave yourself."],
        ),
        (
            "cancelled.by_end",
            ["Your leave is cancelled", "lie outside your employment", "removes the entry"],
        ),
        ("cancelled.by_other", ["Your leave is cancelled", "Pat Doe has cancelled your leave"]),
        ("cancellation-declined", ["Your leave stays approved: the cancellation was declined"]),
        (
            "cancellation-expired",
            ["Your leave stays approved", "Your request to cancel was not answered"],
        ),
        (
            "cancellation-expired.by_other",
            ["Pat Doe has requested the cancellation of your leave.", "was not answered", "If you"],
        ),
    ],
)
def test_the_employees_mail_says_what_happened_how_the_leave_stands_and_what_to_do(
    name: str, words: list[str]
) -> None:
    mail = MAILS[f"outcome_notice {name}"]
    assert mail.to == JIM.email
    says(mail, "Hello Jim O'Dell", "Mon 3 – Sun 9 May 2027", "My wedding", *words)
    request = CAST.outcomes()[name]
    said = request.outcome
    assert said is not None
    assert (said.comment in mail.text) is True
    assert ("John Carpenter writes:" in mail.text) == (
        said.channel == "link" and bool(said.comment)
    )
    assert URL.findall(mail.text) == Page(mail.html).links == []


def test_every_outcome_has_a_mail() -> None:
    told = {request.outcome.type for request in CAST.outcomes().values() if request.outcome}
    assert told == OUTCOMES - {EventType.WITHDRAWN}
    with pytest.raises(ValueError, match="has no outcome"):
        tell(CAST.asked())


def test_a_comment_keeps_its_lines_and_an_older_one_is_not_quoted() -> None:
    says(tell(answer(CAST.asked(), DENIED, "Release week,\nask in June")), "Release week, ask in")
    approved = answer(CAST.asked(), APPROVED, "Enjoy").ask_to_cancel(actor="", at=NOW)
    mail = tell(answer(ask(approved, CAST.lead), DENIED, "Tickets are paid"))
    says(mail, "Tickets are paid")
    says_not(mail, "Enjoy")


def test_approved_leave_comes_with_an_entry_and_cancelled_leave_takes_it_back() -> None:
    entries = {name: mail.calendar for name, mail in MAILS.items()}
    approved, cancelled = entries["outcome_notice approved"], entries["outcome_notice cancelled"]
    assert approved is not None
    assert cancelled is not None
    assert (approved.method, cancelled.method) == (Method.PUBLISH, Method.CANCEL)
    assert approved.uid == cancelled.uid == calendar_uid(R1, "foo.com")
    assert approved.sequence < cancelled.sequence
    assert (approved.summary, approved.at, approved.period.length) == ("Leave", NOW, 7)
    german = GERMAN["outcome_notice half"].calendar
    assert german is not None
    assert german.summary == "Abwesend (vormittags)"
    with_entry = {name for name, entry in entries.items() if entry}
    endings = ("approved", "both", "by first", "by_rule", "cancelled", "by_employee", "half", "too")
    endings += ("cancelled.by_other", "by_end", "for_other", "lapsed", "back", "not carried")
    assert with_entry == {
        n for n in MAILS if n.startswith("outcome_notice") and n.endswith(endings)
    }


@pytest.mark.parametrize("decision", Decision)
def test_an_entry_that_a_mail_got_wrong_is_put_right_by_the_next_one(decision: Decision) -> None:
    """The answer was taken back in the very moment in which the mail about it left."""
    first = answer(CAST.asked(), APPROVED)
    undone = first.undo(at=NOW).mark_entry_uncertain()
    mails = [tell(answer(undone, decision, "So be it")), tell(undone.expire(at=NOW))]
    for mail, is_approved in zip(mails, (decision is APPROVED, False), strict=True):
        assert mail.calendar is not None
        assert (mail.calendar.method is Method.PUBLISH) is is_approved
        assert mail.calendar.sequence > len(first.history)
        says(
            mail,
            f"The attached leave.ics {'adds the days' if is_approved else 'removes the entry'}",
        )


@pytest.mark.parametrize("decision", Decision)
def test_an_entry_is_put_back_for_leave_that_stays_approved_after_all(decision: Decision) -> None:
    undone = answer(CAST.cancelling(), APPROVED).undo(at=NOW).mark_entry_uncertain()
    mails = [tell(answer(undone, decision, "So be it")), tell(undone.expire(at=NOW))]
    for mail, is_approved in zip(mails, (decision is DENIED, True), strict=True):
        assert mail.calendar is not None
        assert (mail.calendar.method is Method.PUBLISH) is is_approved
        says(
            mail,
            f"The attached leave.ics {'adds the days' if is_approved else 'removes the entry'}",
        )


def test_days_are_back_only_where_an_account_holds_them() -> None:
    says(MAILS["outcome_notice cancelled back"], "You have the days back.")
    says(MAILS["outcome_notice cancelled"], "The attached leave.ics removes the entry")
    says_not(MAILS["outcome_notice cancelled"], "days back")


def test_a_change_that_needs_no_approval_is_not_told_as_a_new_request() -> None:
    changed = CAST.asked().change(CAST.plan(), **CAST.hr, at=NOW).approve_without_asking(at=NOW)
    says(tell(changed), "Pat Doe has changed your leave request. This kind of leave needs no")
    says_not(tell(changed), "has requested leave")


@pytest.mark.parametrize("language", ["en", "de"])
def test_nothing_is_said_twice_in_a_row(language: str) -> None:
    cast = dataclasses.replace(CAST, language=language)
    for name, request in cast.outcomes().items():
        text = LETTERS.outcome_notice(request, employee=replace(JIM, language=language)).text
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        heading = lines[1].rstrip(".")
        assert not any(line.startswith(heading) for line in lines[2:]), name


@pytest.mark.parametrize("language", ["en", "de"])
def test_only_days_to_come_are_said_to_be_asked_for_again(language: str) -> None:
    again = {"en": "make a new request", "de": "stellen Sie den Antrag neu"}[language]
    human = {"en": "HR can record", "de": "Personalabteilung erfassen"}[language]
    reader = replace(JIM, language=language)
    start = datetime.combine(CAST.plan().period.start, time(0, 30), tzinfo=samples.ZONE)
    for days, begun in ((0, False), (1, True)):
        request = CAST.asked().expire(at=start + timedelta(days=days))
        mail = LETTERS.outcome_notice(request, employee=reader)
        assert (again in mail.text, human in mail.text) == (not begun, begun)
    ended = CAST.asked().expire(at=start, channel=Channel.IMPORT)
    mail = LETTERS.outcome_notice(ended, employee=reader)
    assert again not in mail.text
    assert "John Carpenter" not in mail.text


def test_a_denial_quotes_only_who_denied() -> None:
    first = ask(CAST.request(), CAST.other).approve_first(comment="Fine by me", at=NOW)
    mail = tell(answer(ask(first, CAST.lead), DENIED, "Release week"))
    says(mail, "John Carpenter writes: Release week")
    says_not(mail, "Fine by me", "Mary Major")


def test_who_is_released_from_what_is_over_is_told_of_nobody_who_decides() -> None:
    mail = MAILS["reassignment_notice over"]
    says(mail, "You no longer decide about", "There is nothing left to decide", "need not do")
    says_not(mail, "decides", "now", "by the approver")


def test_a_lead_is_told_of_a_withdrawal_without_a_link() -> None:
    mail = MAILS["withdrawal_notice"]
    assert mail.to == JOHN.email
    says(mail, "Jim O'Dell has withdrawn this request", "nothing left to decide", "do nothing any")
    assert Page(mail.html).links == URL.findall(mail.text) == []


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("rerouted True", "Jim O'Dell. The approver was changed. John"),
        ("escalated True", "Jim O'Dell. The request has waited for a long time. John"),
        ("unreachable True", "Jim O'Dell. Mail to you could not be delivered. John"),
        ("other", "about the request of Jim O'Dell. John"),
    ],
)
def test_who_is_released_reads_why_and_who_decides_now(name: str, why: str) -> None:
    mail = MAILS[f"reassignment_notice {name}"]
    says(mail, "John Carpenter decides now", "You need not do anything")
    assert why in " ".join(mail.text.split())
    says_not(mail, "omebody else")
    assert Page(mail.html).links == URL.findall(mail.text) == []


def test_one_waiting_request_is_a_reminder_in_its_own_thread() -> None:
    mail = MAILS["reminder"]
    assert (mail.subject, mail.thread) == (MAILS["approval_request asked"].subject, R1)
    says(mail, "Waiting since today.", "Annual leave")
    assert len(URL.findall(mail.text)) == len(Page(mail.html).links) == 2


def test_several_are_a_digest_oldest_first_each_with_its_links() -> None:
    requests = [replace(CAST.asked(), request_id=request_id) for request_id in (R1, R2, R3)]
    since = [TODAY, a_day("2027-02-01"), a_day("2027-02-15")]
    waiting = [
        PendingItem(request=request, since=day, days=number)
        for number, (request, day) in enumerate(zip(requests, since, strict=True))
    ]
    mail = LETTERS.reminder(JOHN, waiting, more=2)
    assert (mail.subject, mail.thread) == ("5 leave requests wait for you", "digest-E001")
    assert mail.to == JOHN.email
    says(mail, "Waiting since today", "Waiting for 1 working day", "2 more requests wait for you")
    expected = [
        f"{API_URL}/leave_lead_response/{decision}/{link_text(requests[number])}"
        for number in (1, 2, 0)
        for decision in ("approved", "denied")
    ]
    assert URL.findall(mail.text) == [url for url, _ in Page(mail.html).links] == expected
    says_not(LETTERS.reminder(JOHN, waiting, more=0), "more request")
    one = LETTERS.reminder(JOHN, waiting[:1], more=1)
    assert one.subject == "2 leave requests wait for you"


def test_a_digest_says_once_what_is_so_for_all_and_of_each_what_is_left() -> None:
    moved = [
        replace(CAST.moved(RevocationReason.ESCALATED), request_id=request_id)
        for request_id in (R1, R2, R3)
    ]
    second = replace(CAST.second(), request_id=an_id(4))
    waiting = [
        PendingItem(request=request, since=TODAY, days=2, decision_summary=CAST.decision_summary())
        for request in moved
    ]
    mail = LETTERS.reminder(JOHN, waiting, more=0)
    for part in (mail.text, mail.html):
        assert part.count("Now you decide") == part.count("second approval is needed") == 1
        assert part.count("12.5 → 8.5 working days in 2027") == part.count("Jane Cook") == 3
    other = PendingItem(
        request=second, since=TODAY, days=2, decision_summary=CAST.decision_summary()
    )
    mixed = LETTERS.reminder(JOHN, [*waiting, other], more=0)
    assert mixed.text.count("Now you decide") == 3, "each for itself"


def passed_on(number: int, reason: str = "") -> list[PendingItem]:
    """Return requests that came to John after Mary had not answered."""
    request = CAST.moved(RevocationReason.ESCALATED)
    request = replace(request, plan=replace(request.plan, reason=reason))
    return [
        PendingItem(
            request=replace(request, request_id=an_id(n)),
            since=TODAY,
            days=0,
            decision_summary=CAST.decision_summary(),
        )
        for n in range(number)
    ]


def test_what_comes_from_another_approver_is_one_mail_with_all_links() -> None:
    asked = passed_on(31)
    mail, listed = LETTERS.approval_requests(JOHN, asked)
    assert (mail.to, listed) == (JOHN.email, 31)
    assert mail.subject == "31 leave requests wait for your decision now"
    expected = [
        f"{API_URL}/leave_lead_response/{decision}/{link_text(one.request)}"
        for one in asked
        for decision in ("approved", "denied")
    ]
    assert URL.findall(mail.text) == [url for url, _ in Page(mail.html).links] == expected
    for part in (mail.text, mail.html):
        assert part.count("Mary Major was asked before and has not answered") == 1
        assert part.count("12.5 → 8.5 working days in 2027") == 31
    says_not(mail, "Waiting since", "more request", "as long as something waits")


def test_what_does_not_fit_is_left_to_another_mail() -> None:
    asked = passed_on(50, reason="ä" * REASON_LENGTH)
    mail, listed = LETTERS.approval_requests(JOHN, asked)
    assert 1 < listed < 50
    assert len(mail.html.encode()) <= MOST_BYTES
    assert len(Page(mail.html).links) == 2 * listed
    assert mail.subject == f"{listed} leave requests wait for your decision now"
    alone, one = LETTERS.approval_requests(JOHN, asked[:1])
    decision_summary = LETTERS.approval_request(
        asked[0].request, employee=JIM, lead=JOHN, decision_summary=CAST.decision_summary()
    )
    assert (alone, one) == (decision_summary, 1)


def test_who_is_released_from_several_reads_which_why_and_who_decides_now() -> None:
    mary = replace(JOHN, employee_id=CAST.other.employee_id)
    requests = [one.request for one in passed_on(3)]
    mail = LETTERS.reassignment_notices(requests, lead=mary)
    assert mail.subject == "You no longer decide about 3 leave requests"
    why = "They have waited for a long time."
    says(mail, why, "John Carpenter decides now.", "You need not do anything.")
    assert mail.text.count("* Jim O'Dell: Mon 3 – Sun 9 May 2027 · 5 working days") == 3
    assert Page(mail.html).links == URL.findall(mail.text) == []
    one = LETTERS.reassignment_notices(requests[:1], lead=mary)
    assert one == LETTERS.reassignment_notice(requests[0], lead=mary)


def test_an_administrator_reads_who_can_not_be_reached_and_the_cure() -> None:
    mail = MAILS["admin_alert approver"]
    assert mail.to == "hr@foo.com"
    assert mail.subject == "Mail does not reach John Carpenter"
    assert mail.thread == f"undeliverable-{R1}"
    says(mail, "John Carpenter was to decide about the leave of Jim O'Dell", "Another approver")
    says(mail, "Please correct the address of E001 in the directory")
    says(MAILS["admin_alert former"], "John Carpenter is asked now")
    withdrawn = MAILS["admin_alert withdrawn"]
    says(withdrawn, "has not been notified that Jim O'Dell withdrew the request")
    says_not(withdrawn, "was to decide", "is asked now")
    untold = MAILS["admin_alert employee"]
    says(
        untold,
        "Jim O'Dell has not been notified of what became of the request. The request is denied.",
    )
    for name, said in (("requested", "requested leave for"), ("changed", "changed the leave")):
        says(
            MAILS[f"admin_alert owner {name}"],
            f"Jim O'Dell has not been notified that Pat Doe has {said}",
        )
    for name in ("approver", "former", "employee", "withdrawn"):
        assert URL.findall(MAILS[f"admin_alert {name}"].text) == []


@pytest.mark.parametrize("reader", [CAST.employee, CAST.lead, CAST.other])
def test_an_administrator_can_read_of_any_reader_of_any_request(reader: Person) -> None:
    requests = [*CAST.outcomes().values(), *CAST.by_others().values(), CAST.withdrawn()]
    requests += [CAST.request(), CAST.asked(), CAST.changed(), CAST.second(), CAST.cancelling()]
    for request in requests:
        mail = LETTERS.admin_alert(request, address="hr@foo.com", reader=reader)
        says(mail, f"Mail does not reach {reader.name}")


def test_all_mails_of_a_request_have_one_thread() -> None:
    apart = ("digest", "approval_requests", "reassignment_notices", "admin_alert")
    apart += ("adjustment_notice",)
    assert {mail.thread for name, mail in MAILS.items() if not name.startswith(apart)} == {R1}


def test_all_that_a_lead_reads_about_the_same_days_has_one_subject() -> None:
    mails = [
        mail
        for name, mail in MAILS.items()
        if name.startswith(
            ("approval_request", "reminder", "withdrawal_notice", "reassignment_notice")
        )
        and not name.startswith(("approval_requests", "reassignment_notices"))
        and not name.endswith(("changed", "half"))
    ]
    assert len(mails) >= 10
    assert {mail.subject for mail in mails} == {
        "Leave request from Jim O'Dell: Mon 3 – Sun 9 May 2027"
    }


def test_other_days_have_another_subject() -> None:
    changed = MAILS["approval_request changed"]
    assert changed.subject == "Leave request from Jim O'Dell: Tue 1 – Wed 2 June 2027"
    approved = tell(answer(CAST.changed(), APPROVED))
    assert approved.subject == "Approved: Tue 1 – Wed 2 June 2027"


@pytest.mark.parametrize(
    ("name", "english", "german"),
    [
        ("approved", "Approved", "Genehmigt"),
        ("approved.both", "Approved", "Genehmigt"),
        ("approved.by_rule", "Noted", "Eingetragen"),
        ("denied", "Denied", "Abgelehnt"),
        ("expired", "Expired", "Abgelaufen"),
        ("cancelled", "Cancelled", "Storniert"),
        ("cancelled.by_employee", "Cancelled", "Storniert"),
        ("cancellation-declined", "Stays approved", "Bleibt genehmigt"),
        ("cancellation-expired", "Stays approved", "Bleibt genehmigt"),
    ],
)
def test_the_employees_subject_says_what_became_of_which_days(
    name: str, english: str, german: str
) -> None:
    mail = f"outcome_notice {name}"
    assert MAILS[mail].subject == f"{english}: Mon 3 – Sun 9 May 2027"
    assert GERMAN[mail].subject == f"{german}: Mo 3. – So 9. Mai 2027"


def test_each_reader_has_a_subject_in_their_own_language() -> None:
    request = CAST.asked()
    german = replace(JOHN, language="de")
    asked = LETTERS.approval_request(
        request, employee=JIM, lead=german, decision_summary=DecisionSummary()
    )
    assert asked.subject == "Urlaubsantrag von Jim O'Dell: Mo 3. – So 9. Mai 2027"
    assert brief_mail(request).subject == "Leave request from Jim O'Dell: Mon 3 – Sun 9 May 2027"


@pytest.mark.parametrize(
    ("name", "green"),
    [
        ("approved", True),
        ("approved.by_rule", False),
        ("denied", False),
        ("cancellation-declined", False),
        ("cancellation-expired", False),
    ],
)
def test_only_an_approval_is_green(name: str, green: bool) -> None:  # noqa: FBT001
    assert ("#15803d" in MAILS[f"outcome_notice {name}"].html) is green


def test_nobody_who_is_ill_is_said_to_be_on_holiday_in_german() -> None:
    """Neither where the type is told, nor where it is hidden."""
    cast = Cast(language="de")
    for leave_type in ("sick", "unpaid", "gone"):
        plan = a_plan(WEEK, leave_type=leave_type, reason="Fieber")
        asked, cancelling = cast.asked(plan), cast.cancelling(plan)
        jim, john = replace(JIM, language="de"), replace(JOHN, language="de")
        waiting = [PendingItem(request=asked, since=TODAY, days=0)]
        mails = [
            *(
                LETTERS.approval_request(
                    r, employee=jim, lead=john, decision_summary=DecisionSummary()
                )
                for r in (asked, cancelling)
            ),
            LETTERS.withdrawal_notice(asked.withdraw(actor="", at=NOW), lead=john),
            LETTERS.reassignment_notice(asked, lead=john),
            LETTERS.reminder(john, waiting, more=2),
            *(
                LETTERS.outcome_notice(request, employee=jim)
                for request in (
                    answer(asked, APPROVED),
                    answer(asked, DENIED, "Nein"),
                    asked.expire(at=NOW),
                    cast.request(plan).approve_without_asking(at=NOW),
                    answer(cancelling, APPROVED),
                    answer(cancelling, DENIED, "Nein"),
                    cancelling.expire(at=NOW),
                )
            ),
        ]
        for mail in mails:
            says_not(mail, "Urlaub")
            assert mail.calendar is None or "Urlaub" not in mail.calendar.summary
    assert "Urlaub" in GERMAN["outcome_notice approved"].text


def test_days_are_exact_to_the_half() -> None:
    plan = a_plan(counts={2027: a_count("1E+1"), 2028: a_count("2.50")})
    says(brief_mail(CAST.asked(plan)), "12.5 working days")


REASONS = st.text(st.sampled_from("x&<'\"\n \N{GRINNING FACE}ä"), max_size=REASON_LENGTH)


@settings(max_examples=examples(few=8, full=25))
@given(
    reasons=st.lists(REASONS | REASONS.map(lambda r: (r * 1_000)[:REASON_LENGTH]), min_size=2),
    more=st.integers(0, 3),
    repeats=st.integers(1, 50),
)
def test_a_digest_is_never_clipped_and_counts_what_it_leaves_out(
    reasons: list[str], more: int, repeats: int
) -> None:
    """Gmail shows 102 KB of a mail, and the last buttons have to be among them."""
    waiting = [
        PendingItem(
            request=replace(CAST.asked(a_plan(reason=reason)), request_id=an_id(number)),
            since=TODAY,
            days=2,
            decision_summary=CAST.decision_summary(),
        )
        for number, reason in enumerate((reasons * repeats)[:50])
    ]
    mail = LETTERS.reminder(JOHN, waiting, more=more)
    assert len(mail.html.encode()) <= MOST_BYTES
    listed = len(Page(mail.html).links) // 2
    assert URL.findall(mail.text) == [url for url, _ in Page(mail.html).links]
    left_out = len(waiting) + more - listed
    assert mail.subject == f"{len(waiting) + more} leave requests wait for you"
    says(mail, mail.subject)
    if left_out > 1:
        says(mail, f"And {left_out} more requests wait for you; you have a mail about each.")
    else:
        assert ("more request waits for you" in mail.text) == bool(left_out)
    assert listed >= min(len(waiting), 4)


@pytest.mark.parametrize(
    ("name", "subject", "said"),
    [
        ("requested", "Requested for you", "Pat Doe has requested leave for you."),
        ("changed", "Changed", "Pat Doe has changed your leave request."),
        ("cancellation-asked", "Cancellation requested", "Pat Doe has requested the cancellation"),
        ("withdrawn", "Withdrawn", "Pat Doe has withdrawn your leave request."),
    ],
)
def test_an_employee_reads_what_somebody_else_did_for_them(
    name: str, subject: str, said: str
) -> None:
    mail = MAILS[f"proxy_notice {name}"]
    assert mail.to == JIM.email
    assert mail.subject.startswith(f"{subject}: ")
    says(mail, said)
    assert URL.findall(mail.text) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("approval_request for_other requested", "Pat Doe requests leave for Jim O'Dell"),
        ("approval_request for_other changed", "Pat Doe has changed a leave request of Jim O'Dell"),
        (
            "approval_request for_other cancellation-asked",
            "Pat Doe wants to cancel approved leave of Jim",
        ),
        ("withdrawal_notice for_other", "Pat Doe has withdrawn the request of Jim O'Dell"),
        ("outcome_notice by_rule for_other", "Pat Doe has requested leave for you."),
        ("outcome_notice requested for_other", "Pat Doe has requested leave for you."),
        ("outcome_notice changed for_other", "Pat Doe has changed your leave request."),
        (
            "outcome_notice cancellation-asked for_other",
            "Pat Doe has requested the cancellation of your leave.",
        ),
    ],
)
def test_what_somebody_did_for_an_employee_is_not_told_as_the_employees_deed(
    name: str, said: str
) -> None:
    says(MAILS[name], said)


def test_a_lead_is_noted_of_who_is_away_and_when_but_never_why() -> None:
    note, cancelled = MAILS["absence_notice"], MAILS["absence_notice cancelled"]
    assert note.subject == "Jim O'Dell is away: Mon 3 – Sun 9 May 2027"
    assert cancelled.subject == "Jim O'Dell is not away after all: Mon 3 – Sun 9 May 2027"
    says(note, "Nothing needs to be decided", "5 working days")
    says(cancelled, "Pat Doe has cancelled the leave.")
    ended = MAILS["absence_notice by_end"]
    assert ended.subject == "Leave of Jim O'Dell is cancelled: Mon 3 – Sun 9 May 2027"
    says(ended, "The days lie outside the employment of Jim O'Dell")
    for mail in (note, cancelled, ended):
        assert mail.to == JOHN.email
        assert mail.calendar is None
        assert URL.findall(mail.text) == Page(mail.html).links == []
        says_not(mail, "My wedding", "Annual leave", "Type", "Reason")


def test_names_and_comments_are_those_of_who_answered_not_of_who_was_asked_last() -> None:
    """Mary stands in and approves; to cancel, John is asked, and nobody answers."""
    approved = answer(ask(CAST.request(), CAST.other), APPROVED, "Enjoy")
    later = invited(approved, approver=CAST.lead)
    says(tell(later), "Mary Major has approved", "Mary Major writes: Enjoy")
    says_not(tell(later), "John Carpenter")


def test_a_new_name_of_the_employee_is_used_at_once() -> None:
    renamed = replace(JIM, name="Jim Smith")
    mail = LETTERS.approval_request(
        CAST.asked(), employee=renamed, lead=JOHN, decision_summary=DecisionSummary()
    )
    assert mail.subject.startswith("Leave request from Jim Smith:")
    says(mail, "Jim Smith asks for leave")
    says_not(mail, "O'Dell")


def test_a_former_approver_reads_neither_new_days_nor_a_new_reason() -> None:
    changed = CAST.changed_for_another()
    mary = replace(JOHN, employee_id="E009")
    withdrawn = changed.withdraw(actor=JIM.employee_id, name=JIM.name, at=NOW)
    for mail in (
        LETTERS.reassignment_notice(changed, lead=mary),
        LETTERS.withdrawal_notice(withdrawn, lead=mary),
    ):
        says_not(mail, "June", "Newer")
        assert mail.subject == "Leave request from Jim O'Dell: Mon 3 – Sun 9 May 2027"
    says(LETTERS.withdrawal_notice(withdrawn, lead=JOHN), "June", "Newer")


def test_days_that_are_booked_next_year_are_named() -> None:
    says(
        MAILS["approval_request carried"],
        "12.5 → 8.5 working days in 2027",
        "of these, carried over and booked in 2028 already: 3 working days",
    )


def test_carried_days_stand_apart_with_their_last_day() -> None:
    text = " ".join(MAILS["approval_request carried half"].text.split())
    assert "25 → 25 working days in 2027" in text
    assert "31 March 2027: 5 → 1 working day" in text


def test_a_cancellation_says_which_days_did_not_come_back() -> None:
    text = " ".join(MAILS["outcome_notice lapsed"].text.split())
    assert "Back in your account: 2.5 working days." in text
    assert "31 March 2027: 1.5 working days." in text


def test_an_employee_reads_what_was_given_and_taken_why_and_what_is_left() -> None:
    mail, german = MAILS["adjustment_notice"], GERMAN["adjustment_notice"]
    assert (mail.to, mail.subject) == (JIM.email, "Your leave account was adjusted")
    says(mail, "An administrator has added or deducted days of leave")
    shown = " ".join(mail.text.replace(":", "").split())
    assert (
        "Account Annual leave 2027 Change 2 working days more Reason My wedding"
        " Change 0.5 working days fewer Reason My wedding Days left 26.5 working days in 2027"
        " of these, carried over and booked in 2028 already 2 working days"
        " carried over, for days until Wednesday, 31 March 2027 3 working days"
        " Account gone 2026 Change 1 working day more Reason My wedding" in shown
    )
    assert german.subject == "Ihr Abwesenheitskonto wurde angepasst"
    annual = LETTERS.adjustment_notice(replace(JIM, language="de"), CAST.adjusted()[:1])
    assert annual.subject == "Ihr Urlaubskonto wurde angepasst"
    says(german, "2 Arbeitstage mehr", "0,5 Arbeitstage weniger", "26,5 Arbeitstage in 2027")


@pytest.mark.parametrize(
    ("contact", "url"),
    [
        (None, ""),
        ("hr@foo.com", "mailto:hr@foo.com"),
        ("https://foo.com/leave?a=1&b", "https://foo.com/leave?a=1&b"),
    ],
)
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_mail_says_whose_system_it_comes_from_and_whom_to_ask(
    monkeypatch: pytest.MonkeyPatch, language: str, contact: str | None, url: str
) -> None:
    company = Company(name="Foo & Söhne", help_contact=contact)
    monkeypatch.setattr(samples, "LETTERS", replace(LETTERS, company=company))
    whose, ask = {
        "en": ("This mail comes from the leave system of", "Questions or doubts about it: "),
        "de": (
            "Diese E-Mail kommt aus der Abwesenheitsverwaltung von",
            "Fragen oder Zweifel dazu: ",
        ),
    }[language]
    foot = f"{whose} Foo & Söhne." + (f" {ask}{contact}." if contact else "")
    for name, mail in Cast(language=language).mails().items():
        if name.startswith("admin_alert") and language == "de":
            continue
        for part in parts(mail):
            assert part.endswith(foot), name
        assert [href for href, _ in Page(mail.html).anchors if href == url] == [url][: bool(url)]
        assert all(href.startswith(("https://", "mailto:")) for href, _ in Page(mail.html).anchors)
