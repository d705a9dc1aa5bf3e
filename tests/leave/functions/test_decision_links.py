"""Links and forms that are not what the mail and the page have sent."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from leave.domain.errors import UnavailableError
from leave.domain.request import Person
from leave.functions.submit_lead_response import handler
from tests.leave.builders import R1, R2, invited
from tests.leave.functions.clicks import everything, opened
from tests.leave.functions.events import CONTEXT, link_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.leave.services.stage import FakeStage


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "spoil",
    [
        lambda link: link[:-1],
        lambda link: link + "x",
        lambda link: link[:-1] + ("A" if link[-1] != "A" else "B"),
        lambda link: link.replace(R1, R2),
        lambda link: link.split(".")[0],
        lambda link: link.split(".")[1],
        lambda _: f"{R1}." + "A" * 43,
        lambda _: "",
        lambda _: "../../etc/passwd",
        lambda _: "<script>alert(1)</script>",
        lambda _: f"{R1}.\ud800",
        lambda _: "x" * 10_000,
    ],
)
def test_a_forged_cut_or_altered_link_opens_nothing(
    stage: FakeStage, link: str, method: str, spoil: Callable[[str], str]
) -> None:
    before = everything(stage)
    status, page = opened(
        link_event(
            method, "approved", spoil(link), form={"comment": "x"} if method == "POST" else None
        )
    )
    assert status == 404
    assert "This link is not valid" in page.text
    assert "Jim" not in page.text
    assert "alert" not in page.html
    assert everything(stage) == before


@pytest.mark.parametrize("decision", ["approved", "undecided"])
@pytest.mark.parametrize(
    ("accepted", "words"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "Dieser Link ist ungültig"),
        ("fr", "This link is not valid"),
        ("<script>", "This link is not valid"),
    ],
)
def test_who_is_unknown_is_answered_in_the_browsers_language(
    stage: FakeStage,  # noqa: ARG001
    decision: str,
    accepted: str,
    words: str,
) -> None:
    event = link_event("GET", decision, f"{R1}." + "A" * 43)
    event.setdefault("headers", {})["accept-language"] = accepted
    status, page = opened(event)
    assert (status, words in page.text) == (404, True)
    assert "script" not in page.html


def test_trouble_is_told_in_the_browsers_language(
    stage: FakeStage, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(request_id: str) -> None:
        raise UnavailableError(request_id)

    monkeypatch.setattr(stage.requests, "get", unavailable)
    event = link_event("GET", "approved", link)
    event.setdefault("headers", {})["accept-language"] = "de"
    status, page = opened(event)
    assert status == 503
    assert "in einer Minute" in page.text


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("decision", ["Approved", "withdrawn", "expired", "pending", "", "approve"])
def test_a_decision_that_is_none_opens_nothing(
    stage: FakeStage, link: str, method: str, decision: str
) -> None:
    assert opened(link_event(method, decision, link))[0] == 404
    assert stage.requests[R1].question == "leave"


def test_an_unknown_and_a_foreign_link_look_the_same(stage: FakeStage, link: str) -> None:  # noqa: ARG001
    foreign = handler(link_event("GET", "approved", f"{R1}." + "A" * 43), CONTEXT)
    unknown = handler(link_event("GET", "approved", "r404." + "A" * 43), CONTEXT)
    assert foreign == unknown


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("&".join(f"f{n}=x" for n in range(30)), 400),
        ("\ud800", 400),
    ],
)
def test_an_odd_form_decides_nothing_and_is_no_error_of_ours(
    stage: FakeStage, link: str, caplog: pytest.LogCaptureFixture, form: str, status: int
) -> None:
    event = link_event("POST", "approved", link, form=form, encoded=False)
    answered, page = opened(event)
    assert answered == status
    assert "The form could not be read" in page.text
    assert stage.requests[R1].question == "leave"
    assert caplog.records == []


@pytest.mark.parametrize(("language", "words"), [("en", "is too long"), ("de", "ist zu lang")])
def test_a_form_over_the_limit_is_said_to_be_too_long(
    stage: FakeStage, link: str, language: str, words: str
) -> None:
    event = link_event("POST", "denied", link, form="comment=" + "x" * 40_000, encoded=False)
    event["headers"]["accept-language"] = language
    status, page = opened(event)
    assert status == 413
    assert words in page.text
    assert "2000" in page.text
    assert stage.requests[R1].question == "leave"


def test_broken_base64_decides_nothing(stage: FakeStage, link: str) -> None:
    event = link_event("POST", "approved", link, form={"comment": "x"})
    for body in ("%%%", "YQ", base64_of_no_utf8()):
        event["body"] = body
        assert opened(event)[0] == 400
    assert stage.requests[R1].question == "leave"


def base64_of_no_utf8() -> str:
    return "/////w=="


@pytest.mark.parametrize("letter", ["a", "ä", "語", "🌴"])
def test_the_first_of_two_comments_is_kept_with_all_its_2000_characters(
    stage: FakeStage, link: str, letter: str
) -> None:
    form = urlencode([("comment", letter * 2_000), ("comment", "b"), ("other", "c")])
    assert opened(link_event("POST", "denied", link, form=form))[0] == 200
    assert stage.requests[R1].outcome.comment == letter * 2_000


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "The comment is too long: it has 2001 characters, and at most 2000 are allowed."),
        ("de", "Der Kommentar ist zu lang: Er hat 2001 Zeichen, erlaubt sind höchstens 2000."),
    ],
)
@pytest.mark.parametrize("decision", ["approved", "denied"])
def test_a_comment_that_is_too_long_is_refused_and_stays_in_the_form(
    stage: FakeStage, link: str, decision: str, language: str, words: str
) -> None:
    reader = Person(employee_id="E001", name="John Carpenter", language=language)
    stage.requests.put(invited(stage.requests[R1], approver=reader))
    before = everything(stage)
    comment = "<b>" + "a" * 1_998
    status, page = opened(link_event("POST", decision, link, form={"comment": comment}))
    assert status == 422
    assert words in page.text
    assert page.all("b") == []
    assert comment in page.text, "to be shortened"
    assert everything(stage) == before
    assert opened(link_event("POST", decision, link, form={"comment": comment[1:]}))[0] == 200


@pytest.mark.parametrize("whose", ["right", "forged"])
def test_head_is_answered_as_get_is_and_changes_nothing(
    stage: FakeStage, link: str, whose: str
) -> None:
    """Scanners of mail ask with it first; API Gateway leaves the page out."""
    opens = link if whose == "right" else link[:-1]
    before = everything(stage)
    shown = handler(link_event("GET", "approved", opens), CONTEXT)
    asked = handler(link_event("HEAD", "approved", opens), CONTEXT)
    assert asked == shown
    assert everything(stage) == before
