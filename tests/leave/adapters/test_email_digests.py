"""Subjects, threads and entries of the mails, and mails about several requests."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leave.adapters.presentation.emails import MOST_BYTES
from leave.domain.employee import Company
from leave.domain.history import Decision, Person
from leave.domain.invitations import RevocationReason
from leave.domain.values import replace
from leave.domain.views import Method, PendingItem, calendar_uid
from leave.functions.inputs import REASON_LENGTH
from tests.examples import examples
from tests.leave.adapters import samples
from tests.leave.adapters.markup import Page
from tests.leave.adapters.reading import (
    CAST,
    DAYS,
    GERMAN,
    MAILS,
    MARY,
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
    APPROVED,
    DENIED,
    LETTERS,
    Cast,
    answer,
)
from tests.leave.builders import (
    JOHN,
    NOW,
    R1,
    R2,
    R3,
    TODAY,
    a_day,
    a_plan,
    an_id,
)

# Subjects and threads


def test_all_mails_of_a_request_have_one_thread() -> None:
    apart = ("digest", "approval_requests", "reassignment_notices", "admin_alert", "adjustment")
    apart += ("delegation_notice",)
    assert {mail.thread for name, mail in MAILS.items() if not name.startswith(apart)} == {R1}
    assert MAILS["admin_alert approver"].thread == f"undeliverable-{R1}"


def test_all_that_a_lead_reads_about_the_same_days_has_one_subject() -> None:
    kinds = ("approval_request ", "reminder", "withdrawal_notice", "reassignment_notice ")
    mails = [
        mail
        for name, mail in MAILS.items()
        if name.startswith(kinds) and not name.endswith(("changed", "half"))
    ]
    assert len(mails) >= 10
    assert {mail.subject for mail in mails} == {f"Leave request from Jim O'Dell: {DAYS}"}


@pytest.mark.parametrize(
    ("name", "english", "german"),
    [
        ("outcome_notice approved", "Approved", "Genehmigt"),
        ("outcome_notice approved.both", "Approved", "Genehmigt"),
        ("outcome_notice approved.by_rule", "Noted", "Eingetragen"),
        ("outcome_notice denied", "Denied", "Abgelehnt"),
        ("outcome_notice expired", "Expired", "Abgelaufen"),
        ("outcome_notice cancelled", "Cancelled", "Storniert"),
        ("outcome_notice cancelled.by_employee", "Cancelled", "Storniert"),
        ("outcome_notice cancellation-declined", "Stays approved", "Bleibt genehmigt"),
        ("outcome_notice cancellation-expired", "Stays approved", "Bleibt genehmigt"),
        ("approval_request asked", "Leave request from Jim O'Dell", "Urlaubsantrag von Jim O'Dell"),
        ("absence_notice", "Jim O'Dell is away", None),
        ("absence_notice cancelled", "Jim O'Dell is not away after all", None),
        ("absence_notice by_end", "Leave of Jim O'Dell is cancelled", None),
        ("proxy_notice requested", "Requested for you", None),
        ("proxy_notice cancellation-asked", "Cancellation requested", None),
        ("proxy_notice withdrawn", "Withdrawn", None),
    ],
)
def test_a_subject_says_what_became_of_which_days(
    name: str, english: str, german: str | None
) -> None:
    assert MAILS[name].subject == f"{english}: {DAYS}"
    assert german is None or GERMAN[name].subject == f"{german}: Mo 3. – So 9. Mai 2027"


def test_other_days_have_another_subject() -> None:
    for subject, mail in {
        "Leave request from Jim O'Dell": MAILS["approval_request changed"],
        "Changed": MAILS["proxy_notice changed"],
        "Approved": tell(answer(CAST.changed(), APPROVED)),
    }.items():
        assert mail.subject == f"{subject}: Tue 1 – Wed 2 June 2027"


def test_the_subject_is_in_the_language_of_the_reader_and_names_the_undelivered() -> None:
    german = brief_mail(CAST.asked(), lead=replace(JOHN, language="de"))
    assert german.subject == "Urlaubsantrag von Jim O'Dell: Mo 3. – So 9. Mai 2027"
    assert MAILS["admin_alert approver"].subject == "Mail does not reach John Carpenter"


# Calendar entries


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
    endings = ("approved", "both", "by first", "by_rule", "cancelled", "by_employee", "half", "too")
    endings += (
        "approved.recorded",
        "cancelled.by_other",
        "by_end",
        "for_other",
        "lapsed",
        "back",
        "not carried",
    )
    assert {name for name, entry in entries.items() if entry} == {
        n for n in MAILS if n.startswith("outcome_notice") and n.endswith(endings)
    }


@pytest.mark.parametrize("decision", Decision)
@pytest.mark.parametrize("question", ["leave", "cancellation"])
def test_an_entry_that_a_mail_got_wrong_is_put_right_by_the_next_one(
    question: str, decision: Decision
) -> None:
    """The answer was taken back in the very moment in which the mail about it left."""
    asked = CAST.asked() if question == "leave" else CAST.cancelling()
    first = answer(asked, APPROVED)
    undone = first.undo(at=NOW).mark_entry_uncertain()
    mails = [tell(answer(undone, decision, "So be it")), tell(undone.expire(at=NOW))]
    stays = decision is (APPROVED if question == "leave" else DENIED), question == "cancellation"
    for mail, is_approved in zip(mails, stays, strict=True):
        assert mail.calendar is not None
        assert (mail.calendar.method is Method.PUBLISH) is is_approved
        assert mail.calendar.sequence > len(first.history)
        change = "adds the days" if is_approved else "removes the entry"
        says(mail, f"The attached leave.ics {change}")


# Mails about several requests


def passed_on(number: int, reason: str = "") -> list[PendingItem]:
    """Return requests that came to John after Mary had not answered."""
    request = CAST.moved(RevocationReason.ESCALATED)
    request = replace(request, plan=replace(request.plan, reason=reason))
    return [
        pending(replace(request, request_id=an_id(n)), decision_summary=CAST.decision_summary())
        for n in range(number)
    ]


def test_one_waiting_request_is_a_reminder_in_its_own_thread() -> None:
    mail = MAILS["reminder"]
    assert (mail.subject, mail.thread) == (MAILS["approval_request asked"].subject, R1)


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
    assert links(mail) == links_of(requests[1], requests[2], requests[0])
    says_not(LETTERS.reminder(JOHN, waiting, more=0), "more request")
    one = LETTERS.reminder(JOHN, waiting[:1], more=1)
    assert one.subject == "2 leave requests wait for you"


def test_a_digest_says_once_what_is_so_for_all_and_of_each_what_is_left() -> None:
    waiting = passed_on(3)
    mail = LETTERS.reminder(JOHN, waiting, more=0)
    for part in (mail.text, mail.html):
        assert part.count("Now you decide") == part.count("second approval is needed") == 1
        assert part.count("12.5 → 8.5 working days in 2027") == part.count("Jane Cook") == 3
    second = replace(CAST.second(), request_id=an_id(4))
    other = pending(second, decision_summary=CAST.decision_summary())
    mixed = LETTERS.reminder(JOHN, [*waiting, other], more=0)
    assert mixed.text.count("Now you decide") == 3, "each for itself"


def test_what_comes_from_another_approver_is_one_mail_with_all_links() -> None:
    asked = passed_on(31)
    mail, listed = LETTERS.approval_requests(JOHN, asked)
    assert (mail.to, listed) == (JOHN.email, 31)
    assert mail.subject == "31 leave requests wait for your decision now"
    assert links(mail) == links_of(*(one.request for one in asked))
    for part in (mail.text, mail.html):
        assert part.count("Mary Major was asked before and has not answered") == 1
        assert part.count("12.5 → 8.5 working days in 2027") == 31
    says_not(mail, "Waiting since", "more request", "as long as something waits")


def test_what_does_not_fit_is_left_to_another_mail() -> None:
    asked = passed_on(50, reason="ä" * REASON_LENGTH)
    mail, listed = LETTERS.approval_requests(JOHN, asked)
    assert 1 < listed < 50
    assert len(mail.html.encode()) <= MOST_BYTES
    assert len(links(mail)) == 2 * listed
    assert mail.subject == f"{listed} leave requests wait for your decision now"
    alone = brief_mail(asked[0].request, CAST.decision_summary())
    assert LETTERS.approval_requests(JOHN, asked[:1]) == (alone, 1)


def test_who_is_released_from_several_reads_which_why_and_who_decides_now() -> None:
    requests = [one.request for one in passed_on(3)]
    mail = LETTERS.reassignment_notices(requests, lead=MARY)
    assert mail.subject == "You no longer decide about 3 leave requests"
    says(mail, "They have waited for a long time.", "John Carpenter decides now.")
    says(mail, "You need not do anything.")
    assert mail.text.count(f"* Jim O'Dell: {DAYS} · 5 working days") == 3
    one = LETTERS.reassignment_notices(requests[:1], lead=MARY)
    assert one == LETTERS.reassignment_notice(requests[0], lead=MARY)


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
        pending(
            replace(CAST.asked(a_plan(reason=reason)), request_id=an_id(number)),
            decision_summary=CAST.decision_summary(),
        )
        for number, reason in enumerate((reasons * repeats)[:50])
    ]
    mail = LETTERS.reminder(JOHN, waiting, more=more)
    assert len(mail.html.encode()) <= MOST_BYTES
    listed = len(links(mail)) // 2
    left_out = len(waiting) + more - listed
    assert mail.subject == f"{len(waiting) + more} leave requests wait for you"
    says(mail, mail.subject)
    if left_out > 1:
        says(mail, f"And {left_out} more requests wait for you; you have a mail about each.")
    else:
        assert ("more request waits for you" in mail.text) == bool(left_out)
    assert listed >= min(len(waiting), 4)


# Every mail


@pytest.mark.parametrize("reader", [CAST.employee, CAST.lead, CAST.other])
def test_an_administrator_can_read_of_any_reader_of_any_request(reader: Person) -> None:
    requests = [*CAST.outcomes().values(), *CAST.by_others().values(), CAST.withdrawn()]
    requests += [CAST.request(), CAST.asked(), CAST.changed(), CAST.second(), CAST.cancelling()]
    for request in requests:
        mail = LETTERS.admin_alert(request, address="hr@foo.com", reader=reader)
        says(mail, f"Mail does not reach {reader.name}")


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
