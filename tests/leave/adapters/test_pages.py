"""The pages behind the links: a form that works without JavaScript, and nothing foreign."""

import re
from decimal import Decimal
from typing import Any

import pytest

from leave.adapters.presentation import pages
from leave.adapters.presentation.i18n import languages
from leave.domain.employee import Company
from leave.domain.errors import CommentMissingError, InsufficientBalanceError, OverlapError
from leave.domain.history import OUTCOMES, Decision, Person
from leave.domain.invitations import RevocationReason, RevokedLink
from leave.domain.request import MAXIMUM_UNDONE
from leave.domain.values import Secret, replace
from leave.domain.views import DecisionView
from tests.leave.adapters.markup import Page
from tests.leave.adapters.reading import CAST, PAGES, form, retired, told
from tests.leave.adapters.samples import (
    APPROVED,
    DENIED,
    UNTIL,
    WEEK,
    ZONE,
    Cast,
    answer,
    ask,
)
from tests.leave.adapters.test_hostile_words import contrast
from tests.leave.builders import NOW, R1, a_plan, a_request, invited, link_text

CLOSED_REQUESTS = {**CAST.outcomes(), "withdrawn": CAST.withdrawn()}
GERMAN = Cast(language="de").pages()


FOREIGN = {"script", "link", "img", "iframe", "object", "embed", "base", "svg"}
LOADING = {"src", "srcset", "style", "background", "tabindex"}


def decided_page(name: str, **options: Any) -> Page:
    return told(CLOSED_REQUESTS[name], time_zone=ZONE, **options)


@pytest.mark.parametrize("decision", Decision)
def test_the_form_posts_a_comment_to_its_own_address(decision: Decision) -> None:
    page = form(CAST.asked(), decision)
    assert page.one("form").attributes == {"method": "post"}
    area = page.one("textarea").attributes
    assert (area["name"], area["id"], area["maxlength"]) == ("comment", "comment", "2000")
    assert ("required" in area) == (decision is DENIED)
    assert page.one("label").attributes["for"] == "comment"
    assert page.one("button").attributes == {"class": decision.value, "type": "submit"}
    other = "denied" if decision is APPROVED else "approved"
    assert page.links[0][0] == f"../{other}/x"


@pytest.mark.parametrize(
    ("name", "verb", "other"),
    [
        ("leave approved", "Approve", "Deny"),
        ("leave denied", "Deny", "Approve"),
        ("cancellation approved", "Agree to cancel", "Decline to cancel"),
        ("cancellation denied", "Decline to cancel", "Agree to cancel"),
    ],
)
def test_the_form_says_what_its_button_does(name: str, verb: str, other: str) -> None:
    page = Page(PAGES[f"decide {name}"])
    assert f"{verb} leave of Jim O'Dell?" in page.text
    assert "Nothing is decided until you press the button" in page.text
    ((href, text),) = page.links
    assert text == f"{other} instead"
    assert href.startswith("../denied/" if name.endswith("approved") else "../approved/")


def test_the_form_shows_what_the_mail_says() -> None:
    text = form(CAST.asked()).text
    for row in (
        "Mon 3 – Sun 9 May 2027",
        "5 working days",
        "Thu 6 May is Ascension Day; Fri 7 May is half a day; 2 weekend days",
        "Annual leave",
        "My wedding",
        "12.5 → 8.5 working days in 2027",
        "Jane Cook: Tue 4 May",
        "Requested 3 days ahead; 14 days are expected.",
        "after your approval, a second approval is needed",
    ):
        assert row in text
    bare = CAST.asked(a_plan())
    page = form(DecisionView(request=bare, plan=bare.plan))
    assert not re.search("Reason|Type|Please note|Also away|Days left", page.text)


def test_an_answer_that_was_taken_back_can_be_given_again() -> None:
    page = form(CAST.asked(), undone=True)
    assert "Your answer was taken back. Nothing is decided, and no mail was sent." in page.text
    assert [e.name for e in page.elements if e.attributes.get("role") == "status"] == ["p"]
    assert page.one("button")


def test_the_form_and_the_page_say_that_the_sixth_answer_is_final_at_once() -> None:
    request = CAST.asked()
    for _ in range(MAXIMUM_UNDONE):
        given = told(answer(request, APPROVED), now=True)
        assert "final" not in form(request).text + given.text
        request = answer(request, APPROVED).undo(at=NOW)
    final, decided = "This answer is final at once", answer(request, APPROVED)
    assert final in form(request).text
    assert final in told(decided, now=True).text
    assert final not in told(decided).text


def test_a_page_shows_the_plan_as_the_lead_may_see_it() -> None:
    plan = a_plan(leave_type="sick", reason="My operation")
    asked = CAST.asked(plan)
    discreet = DecisionView(request=asked, plan=replace(plan, leave_type="", reason=""))
    revoked = RevokedLink(secret=Secret("old"), at=NOW, why=RevocationReason.CHANGED)
    for page in (
        form(discreet),
        told(replace(discreet, request=answer(asked, APPROVED)), now=True),
        told(discreet, revoked=revoked),
    ):
        assert not re.search("operation|sick|Reason", page.html)


@pytest.mark.parametrize("told", [False, True])
def test_a_page_names_the_previous_approver_as_the_mail_does(*, told: bool) -> None:
    page = form(CAST.moved(RevocationReason.ESCALATED, told=told))
    assert "Mary Major was asked before and has not answered. Now you decide." in page.text


@pytest.mark.parametrize("why", [RevocationReason.ESCALATED, RevocationReason.REROUTED])
def test_a_page_does_not_name_a_previous_approver_who_got_no_mail(why: RevocationReason) -> None:
    moved = CAST.moved(why)
    before, present = moved.invitations
    page = form(replace(moved, invitations=(replace(before, mailed=False), present)))
    assert "was asked before" not in page.text


@pytest.mark.parametrize(
    ("language", "text"), [("en", "the leave stays"), ("de", "nicht storniert wird")]
)
def test_declining_a_cancellation_is_no_denial(language: str, text: str) -> None:
    cast = Cast(language=language)
    page = form(cast.view(cast.cancelling()), DENIED, problem=CommentMissingError("x"))
    assert text in page.text
    assert "problem.comment" not in page.html


@pytest.mark.parametrize(
    ("problem", "english", "german"),
    [
        (
            CommentMissingError("x"),
            "Please give a reason for the denial.",
            "Bitte begründen Sie die Ablehnung.",
        ),
        (
            InsufficientBalanceError(
                2027,
                asked=CAST.plan().working_days,
                available=CAST.decision_summary().balances[0].after,
            ),
            "not enough days left in 2027. Requested: 5 working days. Left: 8.5",
            "In 2027 sind nicht genug Tage übrig. Beantragt: 5 Arbeitstage. Verfügbar: 8,5",
        ),
        (
            OverlapError(R1, WEEK, "pending"),
            "has other leave on some",
            "inzwischen einen anderen Antrag",
        ),
        ("Try later.", "Try later.", "Try later."),
    ],
)
def test_what_stood_in_the_way_is_said_next_to_the_field_in_the_readers_language(
    problem: Exception | str, english: str, german: str
) -> None:
    for language, words in {"en": english, "de": german}.items():
        cast = Cast(language=language)
        opened = cast.view(cast.asked())
        page = form(opened, DENIED, problem=problem)
        (alert,) = [e for e in page.elements if e.attributes.get("role") == "alert"]
        assert page.one("textarea").attributes["aria-describedby"] == alert.attributes["id"]
        assert words in page.text
        over = replace(opened, request=answer(opened.request, DENIED, "No"), decision_summary=None)
        assert words in told(over, problem=problem).text
    assert not any("role" in e.attributes for e in form(CAST.asked(), DENIED).elements)


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "not enough days left for this leave"), ("de", "sind nicht genug Tage übrig")],
)
def test_how_many_days_are_left_of_a_hidden_type_is_not_said(language: str, said: str) -> None:
    cast = Cast(language=language)
    opened = cast.view(cast.asked())
    hidden = replace(opened, plan=replace(opened.plan, leave_type="", reason=""))
    problem = InsufficientBalanceError(2027, asked=Decimal("6.5"), available=Decimal("3.5"))
    decided = replace(hidden, request=answer(hidden.request, DENIED, "No"), decision_summary=None)
    for page in (
        form(hidden, problem=problem),
        told(decided, problem=problem),
    ):
        assert said in page.text
        assert not re.search("[63][.,]5", page.text)


@pytest.mark.parametrize(
    ("name", "thanks", "stands"),
    [
        ("approved", "Thank you: approved", "The leave is approved."),
        ("denied", "Thank you: denied", "The request is denied."),
        ("cancelled", "Thank you: the leave is cancelled", "The leave is cancelled."),
        (
            "cancellation-declined",
            "Thank you: the cancellation was declined",
            "The leave is approved.",
        ),
    ],
)
def test_an_answer_is_thanked_for_and_says_how_the_leave_stands(
    name: str, thanks: str, stands: str
) -> None:
    page = decided_page(name, now=True)
    assert thanks in page.text
    assert "Jim O'Dell gets a mail now" in page.text
    assert stands in page.text
    assert "Comment My wedding" in page.text
    assert page.all("form") == []


@pytest.mark.parametrize("now", [True, False])
def test_an_answer_can_be_taken_back_until_the_employee_is_told(now: bool) -> None:  # noqa: FBT001
    page = decided_page("denied", now=now, undo_until=UNTIL)
    assert "Jim O'Dell gets a mail at 10:35 CET. Until then" in page.text
    assert "gets a mail now" not in page.text
    assert page.one("form").attributes == {"method": "post", "action": "../denied/x.y"}
    assert page.one("input").attributes == {"type": "hidden", "name": "undo", "value": "1"}
    assert page.one("button").attributes == {"class": "undo", "type": "submit"}
    assert "Undo" in page.text
    approved = decided_page("cancelled", now=now, undo_until=UNTIL)
    assert approved.one("form").attributes["action"] == "../approved/x.y"


CLOSED = {
    "approved": "approved already | John Carpenter approved the request on | talk to Jim",
    "approved.by_rule": "approved without asking | needs no approval. It was noted | need not do",
    "denied": "denied already | Carpenter denied the request on | talk to Jim O'Dell: future days",
    "withdrawn": "was withdrawn | Jim O'Dell withdrew the request on | need not do anything",
    "expired": "Too late | was not answered in time, so it expired on | future days can",
    "cancelled": "cancelled already | John Carpenter agreed to cancel the leave on | need not do",
    "cancelled.by_employee": "leave was cancelled | Jim O'Dell cancelled the leave on | need not",
    "cancelled.by_end": "leave was cancelled | outside the employment of Jim O'Dell | need not",
    "cancellation-declined": "declined already | declined to cancel the leave on | to request",
    "cancellation-expired": "stays approved | was not answered in time | to request",
}
# What is denied, withdrawn or expired is the request; there is no such leave.
STANDS = {
    "approved": "The leave is approved.",
    "denied": "The request is denied.",
    "withdrawn": "The request is withdrawn.",
    "cancelled": "The leave is cancelled.",
    "expired": "The request has expired.",
}


def test_every_outcome_has_its_words() -> None:
    outcomes = (CLOSED_REQUESTS[name].outcome for name in CLOSED)
    assert {outcome.type for outcome in outcomes if outcome} == OUTCOMES


@pytest.mark.parametrize("name", CLOSED)
def test_a_later_click_learns_what_happened_by_whom_when_and_what_to_do(name: str) -> None:
    page = decided_page(name)
    for words in CLOSED[name].split(" | "):
        assert words in page.text
    assert "on Monday, 1 March 2027 at 10:30 CET" in page.text
    assert STANDS[CLOSED_REQUESTS[name].status] in page.text
    assert page.all("form") == []
    assert len({Page(PAGES[f"decided {n} False"]).one("h1").name for n in CLOSED}) == 1


def test_a_link_that_shows_nothing_says_when_the_request_was_closed_and_where_to_look() -> None:
    over = decided_page("denied", hidden=True)
    assert "closed on Monday, 1 March 2027 at 10:30 CET" in over.text
    assert "The team calendar shows who is away" in over.text
    is_open = Page(PAGES["closed_link open"])
    assert "The approver who decides now has another link" in is_open.text
    for page in (over, is_open):
        assert "This link is closed" in page.text
        assert "Nothing was changed just now" in page.text
        assert not any(name in page.text for name in ("Jim", "John", "wedding", "May", "denied"))
        assert not any(page.all(element) for element in ("dl", "form"))
        assert page.links == []


def test_whoever_takes_an_answer_back_too_late_reads_that() -> None:
    for language, title in {
        "en": "Too late: the answer cannot be taken back any more",
        "de": "Zu spät: Die Antwort kann nicht mehr zurückgenommen werden",
    }.items():
        cast = Cast(language=language)
        page = told(cast.view(cast.outcomes()["approved"]), late=True)
        assert title in page.text
        assert "Nothing to decide" not in page.text
        assert cast.lead.name in page.text


def test_of_two_approvals_both_are_named() -> None:
    page = decided_page("approved.both")
    assert "First approval Mary Major" in page.text
    assert "John Carpenter approved the request" in page.text


def test_what_is_not_decided_can_not_be_told() -> None:
    with pytest.raises(ValueError, match=f"{R1} is not decided"):
        told(CAST.asked())


def test_nobody_asked_is_nobody_named() -> None:
    expired = a_request().expire(at=NOW)
    page = told(DecisionView(request=expired, plan=expired.plan))
    assert "was not answered in time" in page.text


def test_pages_without_a_request_say_what_to_do_in_the_browsers_language() -> None:
    assert "open the link in the latest mail" in Page(pages.unknown_link()).text
    assert "try again in a minute" in Page(pages.trouble(retry=True)).text
    assert "open the link in your mail again" in Page(pages.trouble(retry=False)).text
    accepted = "fr;q=0.4, de-AT, de;q=0.9, en;q=0.8"
    assert "Dieser Link ist ungültig" in pages.unknown_link(language=accepted)
    assert "in einer Minute" in pages.trouble(retry=True, language=accepted)


def test_a_former_approver_reads_the_page_in_their_own_language() -> None:
    german = Person(employee_id="E009", name="Mary Major", language="de")
    request = ask(CAST.request(), german).reroute(actor="hr", why="", at=NOW)
    asked = ask(request, CAST.lead)
    page = retired(asked, asked.revoked_links[-1])
    assert page.one("html").attributes == {"lang": "de"}
    assert "Jetzt wird John Carpenter gefragt" in page.text


def test_a_page_names_who_did_it_and_not_whom_it_is_for() -> None:
    for name, said in {
        "withdrawn": "Pat Doe withdrew the request on",
        "cancelled": "Pat Doe cancelled the leave on",
    }.items():
        request = {**CAST.by_others(), "cancelled": CAST.outcomes()["cancelled.by_other"]}[name]
        assert said in told(request).text
    changed = CAST.by_others()["changed"]
    page = retired(changed, changed.revoked_links[-1])
    assert "Pat Doe changed the request on" in page.text


def test_a_page_names_who_answered_and_not_who_was_asked_last() -> None:
    approved = answer(ask(CAST.request(), CAST.other), APPROVED, "Enjoy")
    page = told(invited(approved, approver=CAST.lead))
    assert "Mary Major approved the request on" in page.text
    assert "John Carpenter" not in page.text


def test_a_page_is_in_the_language_of_whoever_is_asked() -> None:
    reader = Person(employee_id="E001", name="John", language="de-CH")
    page = form(ask(CAST.request(), reader))
    assert page.one("html").attributes == {"lang": "de"}
    assert "Urlaub von Jim O'Dell genehmigen?" in page.text


@pytest.mark.parametrize("language", sorted(languages()))
def test_every_page_is_whole_and_loads_runs_or_frames_nothing(language: str) -> None:
    for name, html in {"en": PAGES, "de": GERMAN}[language].items():
        page = Page(html)
        assert html.startswith("<!doctype html>"), name
        assert page.open == page.comments == [], name
        assert page.one("html").attributes == {"lang": language}, name
        for element in ("title", "main", "h1", "style"):
            page.one(element)
        ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
        assert len(ids) == len(set(ids)), name
        labelled = {e.attributes["for"] for e in page.all("label")}
        assert {e.attributes["id"] for e in page.all("textarea")} == labelled, name
        names = {element.name for element in page.elements}
        assert not names & FOREIGN, name
        for element in page.elements:
            assert not set(element.attributes) & LOADING, name
            assert not any(key.startswith("on") for key in element.attributes), name
            assert element.attributes.get("action", "../").startswith("../"), name
        assert not re.search(
            r"https?:|url\(|@import|javascript:|http-equiv|[{}]{2}|None|Undefined", html
        ), name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_on_a_page_can_be_read(scheme: str) -> None:
    """WCAG 2.2, 1.4.3 and 1.4.11: 4.5 for text, 3 for what shows where a field or the focus is."""
    style = PAGES["unknown_link"].split("<style>")[1]
    light, dark = re.findall(r":root \{([^}]*)\}", style)
    colours = dict(re.findall(r"--([a-z-]+): (#\w+)", light))
    if scheme == "dark":
        colours |= dict(re.findall(r"--([a-z-]+): (#\w+)", dark))
    for ink, ground in (
        ("ink", "paper"),
        ("ink", "ground"),
        ("soft", "paper"),
        ("bad-ink", "paper"),
        ("warn-ink", "warn-paper"),
        ("note-ink", "note-paper"),
    ):
        assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    for button in ("good", "bad"):
        assert contrast("#fff", colours[button]) >= 4.5, button
    for edge, ground in (("edge", "paper"), ("focus", "paper"), ("focus", "ground")):
        assert contrast(colours[edge], colours[ground]) >= 3, edge


def test_no_page_shows_the_link_that_decided() -> None:
    decided = answer(CAST.asked(), APPROVED)
    assert link_text(decided) not in pages.decided(CAST.view(decided), now=True, link="x.y")


@pytest.mark.parametrize(
    ("language", "foot"),
    [
        ("en", "This page belongs to the leave system of Foo Ltd. Questions or doubts about it:"),
        ("de", "Diese Seite gehört zur Abwesenheitsverwaltung von Foo Ltd. Fragen oder Zweifel"),
    ],
)
def test_every_page_says_whose_system_it_belongs_to_and_whom_to_ask(
    language: str, foot: str
) -> None:
    for name, html in Cast(language=language).pages().items():
        page = Page(html)
        assert foot in page.text, name
        assert page.anchors[-1] == ("mailto:hr@foo.com", "hr@foo.com"), name
    alone = pages.unknown_link(language, company=Company(name="Foo Ltd"))
    assert Page(alone).text.endswith("Foo Ltd.")
    assert "Foo Ltd" not in pages.unknown_link(language)


# Signing in: nothing of a request

SIGN_IN = "https://api.example/test/sign_in?decision=approved&link=r1.s"
HOSTILE = """</p><script>alert("x")</script>{{ 7*7 }}' " & &lt;"""
WHYS = ("stale", "stranger", "given-up", "trouble")


def sign_in_pages(words: str = "jane@foo.com", url: str = SIGN_IN) -> list[str]:
    return [
        *(pages.sign_in(url, answered=answered) for answered in (True, False)),
        pages.another_person(words, url),
        pages.own_link(),
        *(pages.sign_in_failed(why, again=again) for why in WHYS for again in (None, url)),
    ]


@pytest.mark.parametrize("html", sign_in_pages())
def test_a_sign_in_page_is_whole_and_works_without_scripts(html: str) -> None:
    page = Page(html)
    assert page.open == []
    assert len(page.all("h1")) == 1
    assert page.one("html").attributes == {"lang": "en"}
    for name in ("script", "form", "img", "iframe", "link"):
        assert page.all(name) == []
    assert {href for href, _ in page.links} <= {SIGN_IN}


def test_nothing_hostile_becomes_markup_of_a_sign_in_page() -> None:
    for hostile, deserialize in zip(
        sign_in_pages(HOSTILE, f"{SIGN_IN}&{HOSTILE}"), sign_in_pages(), strict=True
    ):
        assert Page(hostile).skeleton == Page(deserialize).skeleton
    assert HOSTILE in Page(pages.another_person(HOSTILE, SIGN_IN)).text


def test_what_was_pressed_in_vain_is_told() -> None:
    assert "Nothing was changed" in Page(pages.sign_in(SIGN_IN, answered=True)).text
    assert "Nothing was changed" not in Page(pages.sign_in(SIGN_IN, answered=False)).text


@pytest.mark.parametrize("answered", [True, False])
@pytest.mark.parametrize(
    ("language", "state"),
    [("en", "wait|decid|open |undecided"), ("de", "[Ww]artet|[Ee]ntsch(ei|ie)d|offen")],
)
def test_the_sign_in_page_says_nothing_of_how_a_request_stands(
    language: str, state: str, *, answered: bool
) -> None:
    page = Page(pages.sign_in(SIGN_IN, answered=answered, language=language))
    said = page.text.replace("shows and decides nothing", "")
    assert not re.search(state, said.replace("zeigt und entscheidet nichts", ""))


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("stale", "This sign-in is no longer valid"),
        ("stranger", "This is not an account of the company"),
        ("given-up", "You are not signed in"),
        ("trouble", "Please try again in a minute"),
    ],
)
def test_each_failure_has_words_of_its_own_and_a_way_on(why: str, words: str) -> None:
    with_link = Page(pages.sign_in_failed(why, again=SIGN_IN))
    assert words in with_link.text
    assert [href for href, _ in with_link.links] == [SIGN_IN]
    assert "open the link in your mail again" in Page(pages.sign_in_failed(why)).text
