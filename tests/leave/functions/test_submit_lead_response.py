"""GET, HEAD and POST on a decision link, from the event to the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from leave.domain.errors import ConflictError, UnavailableError
from leave.domain.request import ApprovalPolicy, Person
from leave.domain.values import Secret, replace
from leave.functions.submit_lead_response import handler
from tests.leave.builders import JOHN, JOHN_HIMSELF, NOW, R1, R2, a_booking, employed, invited
from tests.leave.functions.events import CONTEXT, link_event
from tests.leave.functions.replies import everything, get, opened, post
from tests.leave.hooks import raising
from tests.leave.services.stage import JIM_CALLS, OTHER_TOKEN, TOKEN, FakeStage, a_wish

WINDOW = timedelta(minutes=5)
JANE = Person(employee_id="E003", name="Jane Cook")
NOBODYS = f"{R1}.{'A' * 43}"
UNDO = {"undo": "1"}


def let_undo(stage: FakeStage) -> None:
    """Let answers be taken back for five minutes."""
    stage.policy = ApprovalPolicy(undo=WINDOW)


def is_asked_in(stage: FakeStage, language: str) -> None:
    """Let John, who was asked, read this language."""
    reader = Person(employee_id=JOHN.employee_id, name=JOHN.name, language=language)
    stage.requests.put(invited(stage.requests[R1], approver=reader))


# What has become of Jim's request before its link is used.


def pending(_: FakeStage) -> None:
    """Leave it as it was asked."""


def approved(stage: FakeStage) -> None:
    stage.decide(stage.link(R1))


def denied(stage: FakeStage) -> None:
    stage.decide(stage.link(R1), "denied", "Release week")


def expired(stage: FakeStage) -> None:
    stage.process_lead_response(R1, expire=True)


def approved_first(stage: FakeStage) -> None:
    """Let John give the first of two approvals, which wakes the workflow."""
    stage.requests.put(stage.requests[R1].approve_first(comment="Fine", at=NOW))
    stage.workflow.used.add(TOKEN.reveal())


def second_asked(stage: FakeStage) -> None:
    approved_first(stage)
    stage.requests.put(stage.requests[R1].ask(JANE, task_token=OTHER_TOKEN, at=NOW))


def second_approved(stage: FakeStage) -> None:
    second_asked(stage)
    stage.decide(stage.link(R1))
    stage.process_lead_response(R1)


def lead_left(stage: FakeStage) -> None:
    stage.directory.put(replace(JOHN, employments=employed(end=NOW.date() - timedelta(days=1))))


def employee_unknown(stage: FakeStage) -> None:
    stage.directory.remove("E002")


def days_taken(stage: FakeStage) -> None:
    """As when both were asked for at one moment, each booked in another year."""
    request = stage.requests[R1]
    (year,) = request.plan.counts
    other = a_booking(R2, request.plan.period)
    stage.requests.write_ledgers([stage.requests.book("E002", year).with_booking(other)])


def undoable(stage: FakeStage) -> None:
    let_undo(stage)
    approved(stage)


def too_late(stage: FakeStage) -> None:
    undoable(stage)
    stage.clock.go_on(WINDOW)


def denied_too_late(stage: FakeStage) -> None:
    let_undo(stage)
    denied(stage)
    stage.clock.go_on(WINDOW)


def undone(stage: FakeStage) -> None:
    undoable(stage)
    assert stage.submit_lead_response.undo(stage.link(R1))


def german(stage: FakeStage) -> None:
    is_asked_in(stage, "de")


Click = tuple[str, dict[str, str] | None]
YES: Click = ("approved", {})
NO: Click = ("denied", {"comment": "No"})
LOOK: Click = ("approved", None)
AGAIN, RECORDED = "Nothing to decide: approved already", "Your first approval is recorded"
REASON = "Please give a reason for the denial"
LATE = "Too late: the answer cannot be taken back any more"
LONG = {"comment": "<b>" + "a" * 1_998}
TOO_LONG = "The comment is too long: it has 2001 characters, and at most 2000 are allowed."
ZU_LANG = "Der Kommentar ist zu lang: Er hat 2001 Zeichen, erlaubt sind höchstens 2000."

# What was before, what is clicked (decision and form; no form is a GET), the status, what the page
# says, and how many forms it has.
UNCHANGED: list[tuple[Callable[..., None], Click, int, str, int]] = [
    (pending, LOOK, 200, "Jim O'Dell", 1),
    (pending, ("denied", None), 200, "Jim O'Dell", 1),
    *((pending, ("denied", {"comment": comment}), 422, REASON, 1)
      for comment in ("", "   ", "\n\t", "\u200b\u2060\ufeff\u2028", "\xa0\u3164", "\u0301",
                      "\xad", "\u202e\x00 ")),
    (pending, ("approved", LONG), 422, TOO_LONG, 1),
    (pending, ("denied", LONG), 422, TOO_LONG, 1),
    (german, ("denied", LONG), 422, ZU_LANG, 1),
    (approved, LOOK, 200, AGAIN, 0),
    (approved, YES, 200, AGAIN, 0),
    (approved, NO, 409, AGAIN, 0),
    (approved, ("denied", {"comment": ""}), 409, AGAIN, 0),
    (denied, LOOK, 200, "Release week", 0),
    (denied, ("denied", None), 200, "Nothing to decide: denied already", 0),
    (expired, YES, 409, "expired", 0),
    *((how, click, status, RECORDED, 0)
      for how in (approved_first, second_asked, second_approved)
      for click, status in ((YES, 200), (NO, 409))),
    (lead_left, LOOK, 200, "This link is closed", 0),
    (lead_left, YES, 409, "This link is closed", 0),
    (employee_unknown, LOOK, 200, "Jim O'Dell", 1),
    (employee_unknown, YES, 409, "Jim O'Dell is not in the directory", 1),
    (days_taken, YES, 422, "has other leave on some of these days", 1),
    (let_undo, ("approved", {"undo": "", "comment": "Enjoy"}), 409, "Jim O'Dell", 1),
    (too_late, ("approved", UNDO), 409, LATE, 0),
    (denied_too_late, ("denied", UNDO), 409, LATE, 0),
    (undone, ("approved", UNDO), 409, "Jim O'Dell", 1),
]  # fmt: skip


def name_of(value: object) -> str:
    """Return a short name of a case's part."""
    if isinstance(value, tuple):
        decision, form = value
        return f"GET {decision}" if form is None else f"POST {decision} {form!r:.30}"
    return getattr(value, "__name__", str(value)[:20])


@pytest.mark.parametrize(("how", "click", "status", "words", "forms"), UNCHANGED, ids=name_of)
def test_a_click_that_decides_nothing_says_why_and_changes_nothing(  # noqa: PLR0913, PLR0917
    stage: FakeStage,
    link: str,
    how: Callable[..., None],
    click: Click,
    status: int,
    words: str,
    forms: int,
) -> None:
    how(stage)
    before = everything(stage)
    decision, form = click
    for _ in range(2):
        found, page = get(decision, link) if form is None else post(decision, link, **form)
        assert found == status
        assert words in page.text
        assert [one.attributes["method"] for one in page.all("form")] == ["post"] * forms
        if words == REASON:
            assert "required" in page.one("textarea").attributes
        if form is LONG:
            assert page.all("b") == []
            assert LONG["comment"] in page.text, "to be shortened"
        if how is lead_left:
            assert "Jim" not in page.text
        assert ("Nothing to decide" in page.text) is (how in {approved, denied})
    assert everything(stage) == before


@pytest.mark.parametrize(
    ("decision", "form"),
    [
        ("approved", None),
        ("approved", {}),
        ("approved", {"comment": ""}),
        ("approved", {"comment": "Enjoy 🌴"}),
        ("denied", {"comment": "Release week"}),
    ],
)
def test_a_post_decides(
    stage: FakeStage, link: str, decision: str, form: dict[str, str] | None
) -> None:
    status, page = opened(link_event("POST", decision, link, form=form))
    assert status == 200
    assert f"Thank you: {decision}" in page.text
    request = stage.requests[R1]
    assert request.status == decision
    assert request.history[-1].comment == (form or {}).get("comment", "")
    assert stage.workflow.answers == [(TOKEN.reveal(), R1, decision)]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Grüße", "Grüße"),
        ("\x00No\r\n\u202e\u2066\xa0\x1b[31mway\x85 ❤️\u200b\x7f ", "No\n [31mway ❤️"),
        *((letter * 2_000, letter * 2_000) for letter in ("a", "ä", "語", "🌴")),
    ],
    ids=lambda text: text[:12],
)
@pytest.mark.parametrize("encoded", [True, False])
def test_the_first_of_two_comments_is_kept_without_what_cannot_be_seen(
    stage: FakeStage, link: str, typed: str, kept: str, *, encoded: bool
) -> None:
    form = urlencode([("comment", typed), ("comment", "b"), ("other", "c")])
    assert opened(link_event("POST", "denied", link, form=form, encoded=encoded))[0] == 200
    assert stage.requests[R1].history[-1].comment == kept


@pytest.mark.parametrize("how", [employee_unknown, days_taken])
def test_what_cannot_be_approved_can_be_denied(
    stage: FakeStage, link: str, how: Callable[[FakeStage], None]
) -> None:
    how(stage)
    assert post("denied", link, comment="No")[0] == 200
    assert stage.requests[R1].status == "denied"


def test_an_unknown_employee_is_told_in_the_approvers_language(stage: FakeStage, link: str) -> None:
    is_asked_in(stage, "de")
    employee_unknown(stage)
    assert "Jim O'Dell steht nicht mehr im" in post("approved", link)[1].text


def test_a_link_that_is_replaced_while_the_comment_is_asked_for_says_so(
    stage: FakeStage, link: str
) -> None:
    rerouted = stage.requests[R1].ask(JANE, task_token=Secret("token-2"), at=NOW)
    stage.requests.hooks.after("get", lambda: stage.requests.put(rerouted))
    status, page = post("denied", link, comment="")
    assert status == 409
    assert "Another approver decides now" in page.text


def test_a_first_approval_that_a_change_made_void_is_given_to_nothing_again(
    stage: FakeStage, link: str
) -> None:
    approved_first(stage)
    stage.clock.go_on(timedelta(minutes=1))
    stage.change_leave_request.change(JIM_CALLS, R1, a_wish("2027-05-04"))
    for _ in range(2):
        status, page = post("approved", link)
        assert status == 409
        assert "The request was changed" in page.text
        stage.clock.go_on(timedelta(minutes=1))
        now = stage.clock.now()
        asked = stage.requests[R1].ask(JOHN_HIMSELF, task_token=OTHER_TOKEN, at=now)
        stage.requests.put(asked.approve_first(comment="", at=now))


# Taking an answer back


@pytest.mark.parametrize("decision", ["approved", "denied"])
def test_a_post_with_undo_takes_the_answer_back_and_the_log_says_so(
    stage: FakeStage, link: str, decision: str, logged: Callable[[], str]
) -> None:
    let_undo(stage)
    stage.decide(link, decision, "So be it")
    status, page = post(decision, link, **UNDO)
    assert status == 200
    assert page.one("form").attributes["method"] == "post"
    assert (stage.requests[R1].status, stage.requests[R1].history[-1].type) == ("pending", "undone")
    assert "undone" in logged()
    assert R1 in logged()
    assert link.split(".")[1] not in logged()
    assert post("denied", link, comment="No")[0] == 200
    assert stage.requests[R1].status == "denied"


def test_an_answer_that_is_taken_back_is_no_trouble_though_the_summary_cannot_be_read(
    stage: FakeStage, link: str
) -> None:
    undoable(stage)
    hooks, error = stage.requests.hooks, UnavailableError("BatchGetItem")
    hooks.after("replace", lambda: hooks.before("ledgers", raising(error)))
    status, page = post("approved", link, **UNDO)
    assert status == 200
    assert "Nothing was changed" not in page.text
    assert page.one("form").attributes["method"] == "post"


def test_neither_a_get_nor_another_link_takes_an_answer_back(stage: FakeStage, link: str) -> None:
    undoable(stage)
    before = everything(stage)
    event = link_event("GET", "approved", link)
    event |= {"queryStringParameters": UNDO, "rawQueryString": "undo=1"}
    assert opened(event)[0] == 200
    for text in ("nonsense", NOBODYS):
        assert post("approved", text, **UNDO)[0] == 404
    assert everything(stage) == before


# Links and forms that are not what the mail and the page have sent


SPOILT: list[tuple[str, Callable[[str], str]]] = [
    ("approved", lambda link: link[:-1]),
    ("approved", lambda link: link + "x"),
    ("approved", lambda link: link[:-1] + ("A" if link[-1] != "A" else "B")),
    ("approved", lambda link: link.replace(R1, R2)),
    ("approved", lambda link: link.split(".")[0]),
    ("approved", lambda link: link.split(".")[1]),
    ("approved", lambda _: NOBODYS),
    ("approved", lambda _: ""),
    ("approved", lambda _: "../../etc/passwd"),
    ("approved", lambda _: "<script>alert(1)</script>"),
    ("approved", lambda _: f"{R1}.\ud800"),
    ("approved", lambda _: "x" * 10_000),
    *(
        (decision, lambda link: link)
        for decision in ("Approved", "withdrawn", "expired", "pending", "", "approve")
    ),
]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("decision", "spoil"), SPOILT)
def test_an_altered_link_opens_nothing_and_all_look_the_same(
    stage: FakeStage, link: str, method: str, decision: str, spoil: Callable[[str], str]
) -> None:
    before = everything(stage)
    form = {"comment": "x"} if method == "POST" else None
    status, page = opened(link_event(method, decision, spoil(link), form=form))
    assert status == 404
    assert "This link is not valid" in page.text
    assert page.html == get("approved", "r404." + "A" * 43)[1].html
    assert everything(stage) == before


@pytest.mark.parametrize(
    ("form", "body", "status", "words"),
    [
        ("&".join(f"f{n}=x" for n in range(30)), {}, 400, "The form could not be read"),
        ("\ud800", {}, 400, "The form could not be read"),
        ("", {"body": "%%%", "isBase64Encoded": True}, 400, "The form could not be read"),
        ("", {"body": "YQ", "isBase64Encoded": True}, 400, "The form could not be read"),
        ("", {"body": "/////w==", "isBase64Encoded": True}, 400, "The form could not be read"),
        ("comment=" + "x" * 40_000, {}, 413, "is too long"),
    ],
    ids=["fields", "half a character", "no base64", "cut", "no text", "too long"],
)
def test_an_odd_form_decides_nothing_and_is_no_error_of_ours(  # noqa: PLR0913, PLR0917
    stage: FakeStage,
    link: str,
    caplog: pytest.LogCaptureFixture,
    form: str,
    body: dict[str, Any],
    status: int,
    words: str,
) -> None:
    event = link_event("POST", "denied", link, form=form, encoded=False) | body
    found, page = opened(event)
    assert found == status
    assert words in page.text
    assert ("2000" in page.text) is (status == 413)
    assert stage.requests[R1].question == "leave"
    assert caplog.records == []


@pytest.mark.parametrize("opens", ["the request", "nothing"])
def test_head_is_answered_as_get_is_and_changes_nothing(
    stage: FakeStage, link: str, opens: str
) -> None:
    """Scanners of mail ask with it first; API Gateway leaves the page out."""
    asked = link if opens == "the request" else link[:-1]
    before = everything(stage)
    shown = handler(link_event("GET", "approved", asked), CONTEXT)
    assert handler(link_event("HEAD", "approved", asked), CONTEXT) == shown
    assert everything(stage) == before


@pytest.mark.parametrize(
    ("decision", "link_of", "accepted", "status", "words"),
    [
        ("approved", NOBODYS, "de-AT,de;q=0.9,en;q=0.8", 404, "Dieser Link ist ungültig"),
        ("undecided", NOBODYS, "de", 404, "Dieser Link ist ungültig"),
        ("approved", NOBODYS, "fr", 404, "This link is not valid"),
        ("approved", NOBODYS, "<script>", 404, "This link is not valid"),
        ("approved", None, "de", 503, "in einer Minute"),
        ("denied", "too long", "de", 413, "ist zu lang"),
    ],
)
def test_who_is_unknown_is_answered_in_the_browsers_language(  # noqa: PLR0913, PLR0917
    stage: FakeStage,
    link: str,
    decision: str,
    link_of: str | None,
    accepted: str,
    status: int,
    words: str,
) -> None:
    event = link_event("GET", decision, link_of or link)
    if status == 413:
        event = link_event("POST", decision, link, form="x" * 40_000)
    if status == 503:
        stage.requests.hooks.before("get", raising(UnavailableError("down")))
    event["headers"]["accept-language"] = accepted
    found, page = opened(event)
    assert (found, words in page.text) == (status, True)
    assert "script" not in page.html


# Trouble


@pytest.mark.parametrize(
    ("method", "call", "error", "status"),
    [
        ("GET", "get", UnavailableError("DynamoDB get_item: ThrottlingException"), 503),
        ("POST", "get", UnavailableError("DynamoDB get_item: ThrottlingException"), 503),
        ("GET", "get", RuntimeError("pk REQUEST#r1"), 500),
        ("POST", "get", RuntimeError("pk REQUEST#r1"), 500),
        ("POST", "replace", ConflictError("busy"), 503),
        ("UNDO", "replace", UnavailableError("DynamoDB"), 503),
    ],
    ids=str,
)
def test_trouble_says_nothing_of_the_inside_and_the_log_does(  # noqa: PLR0913, PLR0917
    stage: FakeStage,
    link: str,
    caplog: pytest.LogCaptureFixture,
    method: str,
    call: str,
    error: Exception,
    status: int,
) -> None:
    if method == "UNDO":
        undoable(stage)
    stage.requests.hooks.before(call, raising(error), times=50)
    form = {"UNDO": UNDO, "POST": {}, "GET": None}[method]
    before = everything(stage)
    event = link_event("GET" if form is None else "POST", "approved", link, form=form)
    found, page = opened(event)
    assert found == status
    assert "try again in a minute" in page.text
    assert "DynamoDB" not in page.html
    assert "REQUEST#" not in page.html
    assert everything(stage) == before
    if call == "get":
        assert str(error) in caplog.text
    stage.requests.hooks.forget()
    assert opened(event)[0] == 200
