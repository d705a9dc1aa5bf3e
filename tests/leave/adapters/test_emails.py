"""The mails: what a lead needs to decide in ten seconds, and what an employee wants to know."""

import re
from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest

from leave.domain.counting import Day
from leave.domain.history import OUTCOMES, Channel, EventType
from leave.domain.ledger import Absence
from leave.domain.values import replace
from leave.domain.views import DecisionSummary, YearBalance
from tests.leave.adapters import samples
from tests.leave.adapters.markup import Page
from tests.leave.adapters.reading import (
    CAST,
    DAYS,
    GERMAN,
    MAILS,
    MARY,
    URL,
    brief_mail,
    links,
    links_of,
    parts,
    pending,
    says,
    says_not,
    tell,
)
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
    a_booking,
    a_count,
    a_day,
    a_period,
    a_plan,
    a_request,
    invited,
)

# What each mail says, in both of its parts


def table(text: str) -> dict[str, list[str]]:
    """Read lines of a mail's name and what is said, parted by bars; indented ones go on."""
    lines = text.strip().replace("\n    ", " ").splitlines()
    rows = (line.split(": ", maxsplit=1) for line in lines)
    return {name: said.split(" | ") for name, said in rows}


TEXTS = table("""
approval_request asked: Hello John Carpenter | Jim O'Dell asks for leave | Mon 3 – Sun 9 May 2027 |
    Annual leave | My wedding | 5 working days | Thu 6 May is Ascension Day |
    Fri 7 May is half a day | 2 weekend days | Jane Cook: Tue 4 May |
    pending leave counted as taken | 12.5 → 8.5 working days in 2027 |
    Requested 3 days ahead; 14 days are expected. | Blocked: Mon 3 – Sun 9 May (My wedding). |
    Mon 3 May: only 1 of the team would be there; 2 are needed. |
    after your approval, a second approval is needed | Opening a link decides nothing
approval_request changed: Jim O'Dell has changed a request for leave | Tue 1 – Wed 2 June 2027 |
    Before | Mon 3 – Sun 9 May 2027
approval_request cancelling: Jim O'Dell wants to cancel leave that was approved
approval_request second:
    Mary Major has given the first approval, on Monday, 1 March 2027 at 10:30 CET |
    Your approval is the second and last one.
approval_request moved escalated True: Mary Major was asked before and has not answered |
    in place of Ann Other, because Ann Other was away
approval_request moved escalated False: Mary Major was asked before and has not answered
approval_request moved rerouted True: Mary Major was asked before. Now you decide.
approval_request moved rerouted False: Mary Major was asked before. Now you decide.
approval_request moved unreachable False: Mail does not reach the approver who was to be asked.
approval_request carried: 12.5 → 8.5 working days in 2027 |
    of these, carried over and booked in 2028 already: 3 working days
approval_request for_other requested: Pat Doe requests leave for Jim O'Dell
approval_request for_other changed: Pat Doe has changed a leave request of Jim O'Dell
approval_request for_other cancellation-asked: Pat Doe wants to cancel approved leave of Jim
reminder: Waiting since today. | Annual leave
withdrawal_notice: Jim O'Dell has withdrawn this request | nothing left to decide | do nothing any
withdrawal_notice for_other: Pat Doe has withdrawn the request of Jim O'Dell
absence_notice: Nothing needs to be decided | 5 working days
absence_notice cancelled: Pat Doe has cancelled the leave.
absence_notice by_end: The days lie outside the employment of Jim O'Dell
reassignment_notice over: You no longer decide about | There is nothing left to decide |
    need not do
reassignment_notice rerouted True: John Carpenter decides now | You need not do anything
reassignment_notice escalated True: John Carpenter decides now | You need not do anything
reassignment_notice unreachable True: John Carpenter decides now | You need not do anything
reassignment_notice other: John Carpenter decides now | You need not do anything
outcome_notice approved: Your leave is approved | John Carpenter has approved | adds the days
outcome_notice approved.both: Mary Major and John Carpenter have approved | Mary Major writes:
outcome_notice approved.by_rule: Your leave is noted | needs no approval
outcome_notice approved by first: Mary Major has approved | so one approval is enough |
    Mary Major writes: | adds the days
outcome_notice ended: has expired | Some or all of these days lie outside your employment |
    free again
outcome_notice expired after first: Mary Major has approved | second approval was not given
outcome_notice denied: Your leave request is denied | John Carpenter has denied |
    days are free again
outcome_notice expired: request has expired | was not answered | talk to John Carpenter
outcome_notice expired begun: The leave has begun already | talk to John Carpenter | HR can
outcome_notice expired unasked: talk to your lead
outcome_notice cancelled: Your leave is cancelled | John Carpenter has agreed. |
    The attached leave.ics removes the entry
outcome_notice cancelled back: You have the days back.
outcome_notice cancelled.by_employee: Your leave is cancelled |
    You have cancelled your leave yourself.
outcome_notice cancelled.by_end: Your leave is cancelled | lie outside your employment |
    removes the entry
outcome_notice cancelled.by_other: Your leave is cancelled | Pat Doe has cancelled your leave
outcome_notice cancellation-declined: Your leave stays approved: the cancellation was declined
outcome_notice cancellation-expired: Your leave stays approved |
    Your request to cancel was not answered
outcome_notice cancellation-expired.by_other:
    Pat Doe has requested the cancellation of your leave. | was not answered | If you
outcome_notice by_rule for_other: Pat Doe has requested leave for you.
outcome_notice requested for_other: Pat Doe has requested leave for you.
outcome_notice changed for_other: Pat Doe has changed your leave request.
outcome_notice cancellation-asked for_other: Pat Doe has requested the cancellation of your leave.
proxy_notice requested: Pat Doe has requested leave for you.
proxy_notice changed: Pat Doe has changed your leave request.
proxy_notice cancellation-asked: Pat Doe has requested the cancellation
proxy_notice withdrawn: Pat Doe has withdrawn your leave request.
adjustment_notice: An administrator has added or deducted days of leave
delegation_notice own: Mary Major decides for you: Mon 1 – Wed 10 March 2027 |
    Mary Major is asked about leave in your place | links in your earlier mails do nothing
delegation_notice own ended: Mary Major no longer decides for you | stays with Mary Major
delegation_notice substitute: You decide for John Carpenter | by a mail about each request
delegation_notice substitute ended: You no longer decide for John Carpenter |
    Please still decide what you were asked before
approval_request delegated: You decide for Mary Major, who has delegated approvals to you
admin_alert approver: John Carpenter was to decide about the leave of Jim O'Dell |
    Another approver | Please correct the address of E001 in the directory
admin_alert former: John Carpenter is asked now
admin_alert withdrawn: has not been notified that Jim O'Dell withdrew the request
admin_alert employee:
    Jim O'Dell has not been notified of what became of the request. The request is denied.
admin_alert owner requested: Jim O'Dell has not been notified that Pat Doe has requested leave for
admin_alert owner changed: Jim O'Dell has not been notified that Pat Doe has changed the leave
""")
UNSAID = table("""
approval_request cancelling: Jane Cook | Also away | Please note
reassignment_notice over: decides | now | by the approver
reassignment_notice rerouted True: omebody else
reassignment_notice escalated True: omebody else
reassignment_notice unreachable True: omebody else
reassignment_notice other: omebody else
outcome_notice cancelled: days back
admin_alert approver: My wedding | Annual leave
admin_alert employee: My wedding | Annual leave
admin_alert withdrawn: was to decide | is asked now
absence_notice: My wedding | Annual leave | Type | Reason
absence_notice cancelled: My wedding | Annual leave | Type | Reason
absence_notice by_end: My wedding | Annual leave | Type | Reason
""")
RELEASED = {
    "rerouted True": "Jim O'Dell. The approver was changed. John",
    "escalated True": "Jim O'Dell. The request has waited for a long time. John",
    "unreachable True": "Jim O'Dell. Mail to you could not be delivered. John",
    "other": "about the request of Jim O'Dell. John",
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_mail_says_what_its_reader_needs_and_no_more(name: str) -> None:
    says(MAILS[name], *TEXTS[name])
    says_not(MAILS[name], *UNSAID.get(name, []))


@pytest.mark.parametrize("name", RELEASED)
def test_who_is_released_reads_why(name: str) -> None:
    assert RELEASED[name] in parts(MAILS[f"reassignment_notice {name}"])[0]


def test_a_german_lead_reads_the_same_in_german() -> None:
    says(
        GERMAN["approval_request asked"],
        *("Guten Tag John Carpenter", "Jim O'Dell beantragt Urlaub", "Mo 3. – So 9. Mai 2027"),
        *("5 Arbeitstage", "Do 6. Mai ist Ascension Day", "Fr 7. Mai ist ein halber Tag"),
        *("2 Tage am Wochenende", "Jane Cook: Di 4. Mai", "12,5 → 8,5 Arbeitstage in 2027"),
        *("3 Tage vorher beantragt; erwartet werden 14 Tage.", "Genehmigen", "Ablehnen"),
    )


ADDRESSES = {
    **dict.fromkeys(
        ("approval_request", "reminder", "digest", "withdrawal", "absence"), JOHN.email
    ),
    **dict.fromkeys(("outcome_notice", "proxy_notice", "adjustment_notice"), JIM.email),
    "reassignment_notice": MARY.email,
    "delegation_notice own": JOHN.email,
    "delegation_notice substitute": MARY.email,
    "admin_alert": "hr@foo.com",
}
ASKING = ("approval_request", "reminder", "digest")


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_goes_to_its_reader_and_has_links_only_to_decide_by(name: str) -> None:
    (address,) = {to for prefix, to in ADDRESSES.items() if name.startswith(prefix)}
    assert MAILS[name].to == address
    found = len(links(MAILS[name]))
    several = name.startswith(("digest", "approval_requests"))
    assert found == (4 if several else 2) * name.startswith(ASKING)


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
    assert links(brief_mail(request)) == links_of(request)
    with pytest.raises(ValueError, match=f"{R1} has no link yet"):
        brief_mail(a_request())


# What a lead reads


def test_a_mailbox_shows_the_essentials_below_the_subject() -> None:
    shown = MAILS["approval_request asked"].html.split("<body")[1]
    first = Page(f"<p>{shown.split('<div', 1)[1].split('>', 1)[1].split('</div>')[0]}</p>").text
    assert first == f"{DAYS} · 5 working days · Annual leave · 12.5 → 8.5 working days in 2027"


def test_what_is_not_special_is_not_said() -> None:
    says_not(
        brief_mail(), "Please note", "asked before", "second", "in place of", "Before", "Reason"
    )
    says(brief_mail(), "no colleague of the team")
    own = {"actor": JIM.employee_id, "name": JIM.name}
    same = CAST.asked(a_plan()).change(a_plan(reason="New"), **own, at=NOW)
    mail = brief_mail(ask(same, CAST.lead))
    says(mail, "has changed a request")
    says_not(mail, "Before")


def test_many_days_and_colleagues_are_counted_instead_of_named() -> None:
    dates = [a_day(f"2027-05-{day:02}") for day in range(3, 15)]
    days = [Day(date=date, cost=Decimal(0), holiday="Feast") for date in dates]
    booking = a_booking(R2, a_period("2027-12-31", "2028-01-01"))
    away = [Absence(employee=JANE, booking=booking)] * 9
    mail = brief_mail(summary=DecisionSummary(days=days, colleagues=away))
    says(mail, "10 public holidays; 2 weekend days", "and 3 more absences")
    says(mail, "Fri 31 December 2027 – Sat 1 January 2028")
    assert mail.text.count("Jane Cook") == 6


def test_days_and_balances_are_exact_to_the_half_and_debt_has_a_minus() -> None:
    balances = [
        YearBalance(year=2027, before=Decimal(2), after=Decimal("1E+1")),
        YearBalance(year=2028, before=Decimal("0.0"), after=Decimal("-1.50")),
    ]
    wednesday = Day(date=a_day("2027-05-05"), cost=Decimal(0))
    plan = a_plan(counts={2027: a_count("1E+1"), 2028: a_count("2.50")})
    says(
        brief_mail(CAST.asked(plan), DecisionSummary(balances=balances, days=[wednesday])),
        *("2 → 10 working days in 2027", "0 → −1.5 working days in 2028"),
        *("12.5 working days", "1 day not worked"),
    )


def test_what_the_lead_may_not_know_is_in_no_mail_to_the_lead() -> None:
    plan = a_plan(leave_type="sick", reason="My operation")
    asked = CAST.asked(plan)
    waiting = [pending(asked, 1), pending(replace(asked, request_id=R2), 1)]
    for mail in (
        brief_mail(asked),
        brief_mail(CAST.cancelling(plan)),
        LETTERS.withdrawal_notice(asked.withdraw(actor="", at=NOW), lead=JOHN),
        LETTERS.reassignment_notice(asked, lead=JOHN),
        LETTERS.reminder(JOHN, waiting[:1], more=0),
        LETTERS.reminder(JOHN, waiting, more=0),
        LETTERS.admin_alert(asked, address="hr@foo.com", reader=CAST.lead),
    ):
        for part in (mail.text, mail.html, mail.subject):
            assert not re.search("operation|sick|Reason|Type", part)
        says(mail, "1 working day")


def test_a_new_name_of_the_employee_is_used_at_once() -> None:
    mail = brief_mail(CAST.asked(), employee=replace(JIM, name="Jim Smith"))
    assert mail.subject.startswith("Leave request from Jim Smith:")
    says(mail, "Jim Smith asks for leave")
    says_not(mail, "O'Dell")


def test_a_former_approver_reads_neither_new_days_nor_a_new_reason() -> None:
    changed = CAST.changed_for_another()
    withdrawn = changed.withdraw(actor=JIM.employee_id, name=JIM.name, at=NOW)
    for mail in (
        LETTERS.reassignment_notice(changed, lead=MARY),
        LETTERS.withdrawal_notice(withdrawn, lead=MARY),
    ):
        says_not(mail, "June", "Newer")
        assert mail.subject == f"Leave request from Jim O'Dell: {DAYS}"
    says(LETTERS.withdrawal_notice(withdrawn, lead=JOHN), "June", "Newer")


# What an employee reads


def test_every_outcome_has_a_mail_with_the_comment_of_who_answered() -> None:
    requests = CAST.outcomes()
    for name, request in requests.items():
        mail, said = MAILS[f"outcome_notice {name}"], request.outcome
        assert said is not None
        says(mail, "Hello Jim O'Dell", DAYS, "My wedding")
        assert said.comment in mail.text
        by_link = said.channel == "link" and bool(said.comment)
        assert ("John Carpenter writes:" in mail.text) == by_link
    outcomes = {request.outcome.type for request in requests.values() if request.outcome}
    assert outcomes == OUTCOMES - {EventType.WITHDRAWN}
    with pytest.raises(ValueError, match="has no outcome"):
        tell(CAST.asked())


def test_the_employee_reads_type_and_reason_all_the_same() -> None:
    plan = a_plan(leave_type="sick", reason="My operation")
    says(tell(answer(CAST.asked(plan), APPROVED)), "Sick leave", "My operation")
    says_not(tell(answer(CAST.asked(a_plan(leave_type="gone")), APPROVED)), "Type", "gone")


def test_only_the_comment_of_the_last_answer_is_quoted_and_keeps_its_lines() -> None:
    says(tell(answer(CAST.asked(), DENIED, "Release week,\nask in June")), "Release week, ask in")
    approved = answer(CAST.asked(), APPROVED, "Enjoy").ask_to_cancel(actor="", at=NOW)
    first = ask(CAST.request(), CAST.other).approve_first(comment="Enjoy", at=NOW)
    for request in (approved, first):
        mail = tell(answer(ask(request, CAST.lead), DENIED, "Tickets are paid"))
        says(mail, "John Carpenter writes: Tickets are paid")
        says_not(mail, "Enjoy", "Mary Major")


def test_names_and_comments_are_those_of_who_answered_not_of_who_was_asked_last() -> None:
    """Mary stands in and approves; to cancel, John is asked, and nobody answers."""
    approved = answer(ask(CAST.request(), CAST.other), APPROVED, "Enjoy")
    mail = tell(invited(approved, approver=CAST.lead))
    says(mail, "Mary Major has approved", "Mary Major writes: Enjoy")
    says_not(mail, "John Carpenter")


def test_a_change_that_needs_no_approval_is_not_told_as_a_new_request() -> None:
    changed = CAST.asked().change(CAST.plan(), **CAST.hr, at=NOW).approve_without_asking(at=NOW)
    says(tell(changed), "Pat Doe has changed your leave request. This kind of leave needs no")
    says_not(tell(changed), "has requested leave")


@pytest.mark.parametrize("language", ["en", "de"])
def test_nothing_is_said_twice_in_a_row(language: str) -> None:
    mails = {"en": MAILS, "de": GERMAN}[language]
    for name in CAST.outcomes():
        text = mails[f"outcome_notice {name}"].text
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        heading = lines[1].rstrip(".")
        assert not any(line.startswith(heading) for line in lines[2:]), name


@pytest.mark.parametrize(
    ("language", "again", "human"),
    [
        ("en", "make a new request", "HR can record"),
        ("de", "stellen Sie den Antrag neu", "Personalabteilung erfassen"),
    ],
)
def test_only_days_to_come_are_said_to_be_asked_for_again(
    language: str, again: str, human: str
) -> None:
    reader = replace(JIM, language=language)
    start = datetime.combine(WEEK.start, time(0, 30), tzinfo=samples.ZONE)
    for days, begun in ((0, False), (1, True)):
        request = CAST.asked().expire(at=start + timedelta(days=days))
        mail = LETTERS.outcome_notice(request, employee=reader)
        assert (again in mail.text, human in mail.text) == (not begun, begun)
    ended = CAST.asked().expire(at=start, channel=Channel.IMPORT)
    mail = LETTERS.outcome_notice(ended, employee=reader)
    assert again not in mail.text
    assert "John Carpenter" not in mail.text


def test_days_that_stand_apart_have_their_last_day() -> None:
    """Those carried over, and those that did not come back."""
    for name, first, second in (
        ("approval_request carried half", "25 → 25 working days in 2027", "5 → 1 working day"),
        ("outcome_notice lapsed", "Back in your account: 2.5 working days.", "1.5 working days."),
    ):
        text, _ = parts(MAILS[name])
        assert first in text
        assert f"31 March 2027: {second}" in text


def test_an_employee_reads_what_was_given_and_taken_why_and_what_is_left() -> None:
    mail, german = MAILS["adjustment_notice"], GERMAN["adjustment_notice"]
    assert mail.subject == "Your leave account was adjusted"
    assert (
        "Account Annual leave 2027 Change 2 working days more Reason My wedding"
        " Change 0.5 working days fewer Reason My wedding Days left 26.5 working days in 2027"
        " of these, carried over and booked in 2028 already 2 working days"
        " carried over, for days until Wednesday, 31 March 2027 3 working days"
        " Account gone 2026 Change 1 working day more Reason My wedding"
    ) in " ".join(mail.text.replace(":", "").split())
    assert german.subject == "Ihr Abwesenheitskonto wurde angepasst"
    annual = LETTERS.adjustment_notice(replace(JIM, language="de"), CAST.adjusted()[:1])
    assert annual.subject == "Ihr Urlaubskonto wurde angepasst"
    says(german, "2 Arbeitstage mehr", "0,5 Arbeitstage weniger", "26,5 Arbeitstage in 2027")


def test_only_an_approval_is_green() -> None:
    names = ("approved", "approved.by_rule", "denied", "cancellation-declined")
    green = [
        "#15803d" in MAILS[f"outcome_notice {name}"].html
        for name in (*names, "cancellation-expired")
    ]
    assert green == [True, False, False, False, False]


def test_nobody_who_is_ill_is_said_to_be_on_holiday_in_german() -> None:
    """Neither where the type is told, nor where it is hidden."""
    cast = Cast(language="de")
    jim, john = replace(JIM, language="de"), replace(JOHN, language="de")
    for leave_type in ("sick", "unpaid", "gone"):
        plan = a_plan(WEEK, leave_type=leave_type, reason="Fieber")
        asked, cancelling = cast.asked(plan), cast.cancelling(plan)
        outcomes = (
            answer(asked, APPROVED),
            answer(asked, DENIED, "Nein"),
            asked.expire(at=NOW),
            cast.request(plan).approve_without_asking(at=NOW),
            answer(cancelling, APPROVED),
            answer(cancelling, DENIED, "Nein"),
            cancelling.expire(at=NOW),
        )
        for mail in (
            brief_mail(asked, employee=jim, lead=john),
            brief_mail(cancelling, employee=jim, lead=john),
            LETTERS.withdrawal_notice(asked.withdraw(actor="", at=NOW), lead=john),
            LETTERS.reassignment_notice(asked, lead=john),
            LETTERS.reminder(john, [pending(asked)], more=2),
            *(LETTERS.outcome_notice(request, employee=jim) for request in outcomes),
        ):
            says_not(mail, "Urlaub")
            assert mail.calendar is None or "Urlaub" not in mail.calendar.summary
    assert "Urlaub" in GERMAN["outcome_notice approved"].text
