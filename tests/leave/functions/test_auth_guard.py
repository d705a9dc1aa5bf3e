"""A decision link on a stage that asks leads to sign in."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from leave.domain.errors import UnavailableError
from leave.domain.request import Person
from leave.functions import html as auth_guard
from leave.functions import submit_lead_response
from leave.services.sign_in import SESSION
from tests.leave.builders import NOW, R1
from tests.leave.functions.clicks import everything, opened
from tests.leave.functions.events import CONTEXT, link_event
from tests.leave.services.stage import OTHER_TOKEN
from tests.leave.sign_ins import API_URL, FakeSignIn

if TYPE_CHECKING:
    from tests.leave.adapters.markup import Page
    from tests.leave.services.stage import FakeStage

PERSONAL = ("Jim", "O'Dell", "John", "Carpenter", "2027", "Monday", "May")


@pytest.fixture
def guard(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> FakeSignIn:
    """Let the stage ask leads to sign in."""
    guard = FakeSignIn(clock=stage.clock)
    monkeypatch.setattr(auth_guard, "sessions", lambda: (API_URL, guard.sessions))
    return guard


def called(
    method: str, link: str, session: str | None = None, *, decision: str = "approved", **form: str
) -> tuple[int, Page]:
    call: dict[str, Any] = link_event(
        method, decision, link, form=form if method == "POST" else None
    )
    if session is not None:
        call["cookies"] = [f"__Host-leave-session={session}"]
    return opened(call)


def pass_on_to_jane(stage: FakeStage) -> str:
    """Let Jane be asked in the place of John; return her link."""
    jane = Person(employee_id="E003", name="Jane Cook")
    passed = stage.requests[R1].reroute(actor="", why="", at=NOW)
    stage.requests.put(passed.ask(jane, task_token=OTHER_TOKEN, at=NOW))
    return stage.link(R1)


def asks_to_sign_in(page: Page, link: str) -> None:
    assert page.all("form") == []
    ((target, words),) = page.links
    assert words == "Sign in with Google"
    assert target.startswith(f"{API_URL}/sign_in?")
    assert dict(parse_qsl(urlsplit(target).query)) == {"decision": "approved", "link": link}
    assert not [word for word in PERSONAL if word in page.text]


def test_opening_a_link_shows_nothing_of_the_request(
    stage: FakeStage, guard: FakeSignIn, link: str
) -> None:
    assert guard
    before = everything(stage)
    status, page = called("GET", link)
    assert status == 200
    asks_to_sign_in(page, link)
    assert everything(stage) == before


@pytest.mark.parametrize(
    ("email", "expected"), [(None, 200), ("john@foo.com", 200), ("jane@foo.com", 403)]
)
def test_a_head_is_answered_as_a_get(
    stage: FakeStage, guard: FakeSignIn, link: str, email: str | None, expected: int
) -> None:
    before = everything(stage)
    session = [f"__Host-leave-session={guard.sessions.begin(email)}"] if email else []
    got, reply = (
        submit_lead_response.handler(
            link_event(method, "approved", link) | {"cookies": session}, CONTEXT
        )
        for method in ("GET", "HEAD")
    )
    assert reply == got
    assert reply["statusCode"] == expected
    assert everything(stage) == before


def test_pressing_the_button_without_a_session_decides_nothing(
    stage: FakeStage, guard: FakeSignIn, link: str
) -> None:
    assert guard
    before = everything(stage)
    status, page = called("POST", link, comment="Enjoy")
    assert status == 403
    assert "Nothing was changed" in page.text
    asks_to_sign_in(page, link)
    assert everything(stage) == before


def test_the_approver_sees_the_form_and_decides(
    stage: FakeStage, guard: FakeSignIn, link: str
) -> None:
    session = guard.sessions.begin("john@foo.com")
    status, page = called("GET", link, session)
    assert status == 200
    assert "Approve leave of Jim O'Dell?" in page.text
    assert page.one("form").attributes == {"method": "post"}
    assert called("POST", link, session)[0] == 200
    assert stage.requests[R1].status == "approved"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("email", ["jim@foo.com", "jane@foo.com", "nobody@foo.com"])
def test_a_forwarded_mail_decides_and_shows_nothing(
    stage: FakeStage, guard: FakeSignIn, link: str, method: str, email: str
) -> None:
    before = everything(stage)
    status, page = called(method, link, guard.sessions.begin(email))
    assert status == 403
    assert f"You are signed in as {email}; this link is for another person" in page.text
    assert not re.search("decide|request", page.text), "it may be decided by now"
    assert not [word for word in PERSONAL if word in page.text]
    ((target, words),) = page.links
    assert words == "Sign in with another account"
    query = dict(parse_qsl(urlsplit(target).query))
    assert query == {"decision": "approved", "link": link, "choose": "account"}
    assert everything(stage) == before


def test_an_address_is_text_on_the_page(guard: FakeSignIn, link: str) -> None:
    _, page = called("GET", link, guard.sessions.begin('"<b>x</b>"@foo.com'))
    assert page.all("b") == []
    assert '"<b>x</b>"@foo.com' in page.text


def test_a_forged_an_old_and_a_cut_session_are_none(
    stage: FakeStage, guard: FakeSignIn, link: str
) -> None:
    session = guard.sessions.begin("john@foo.com")
    mine = FakeSignIn(clock=stage.clock)
    mine.provider.email = "john@foo.com"
    before = everything(stage)
    for forged in ("", "john@foo.com", session[:-1], session[5:], f"{session}.x"):
        status, page = called("POST", link, forged)
        assert status == 403
        asks_to_sign_in(page, link)
    stage.clock.go_on(SESSION)
    assert called("POST", link, session)[0] == 403
    stage.clock.go_on(timedelta(days=-1))
    assert everything(stage) == before


def test_the_name_without_the_browsers_guard_is_none(guard: FakeSignIn, link: str) -> None:
    call: dict[str, Any] = link_event("POST", "approved", link, form={})
    call["cookies"] = [f"leave-session={guard.sessions.begin('john@foo.com')}"]
    assert opened(call)[0] == 403


def test_what_was_decided_is_told_after_signing_in_only(
    stage: FakeStage, guard: FakeSignIn, link: str
) -> None:
    stage.decide(link, "denied", "Release week")
    status, page = called("GET", link)
    assert status == 200
    asks_to_sign_in(page, link)
    _, page = called("GET", link, guard.sessions.begin("john@foo.com"))
    assert "Nothing to decide: denied already" in page.text
    assert "Release week" in page.text


@pytest.mark.parametrize(("method", "expected"), [("GET", 200), ("POST", 409)])
def test_a_former_approver_reads_why_their_link_was_replaced_and_who_decides(
    stage: FakeStage, guard: FakeSignIn, link: str, method: str, expected: int
) -> None:
    pass_on_to_jane(stage)
    before = everything(stage)
    status, page = called(method, link, guard.sessions.begin("john@foo.com"))
    assert status == expected
    assert "another approver decides for Jim O'Dell" in page.text
    assert "Jane Cook is asked now" in page.text
    assert page.all("form") == []
    assert everything(stage) == before


def test_a_first_approver_who_clicks_twice_reads_twice_what_they_approved(
    stage: FakeStage, guard: FakeSignIn, link: str
) -> None:
    session = guard.sessions.begin("john@foo.com")
    stage.requests.put(stage.requests[R1].approve_first(comment="Fine", at=NOW))
    for _ in range(2):
        status, page = called("POST", link, session)
        assert status == 200
        assert "Your first approval is recorded" in page.text
        pass_on_to_jane(stage)


@pytest.mark.parametrize(("method", "expected"), [("GET", 200), ("POST", 409)])
@pytest.mark.parametrize("how", ["passed on", "first of two", "decided"])
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "asked about this request in a mail"),
        ("de", "wurden zu diesem Antrag selbst gefragt"),
    ],
)
def test_an_approver_who_opens_a_replaced_link_of_another_is_sent_to_their_own(  # noqa: PLR0913, PLR0917
    stage: FakeStage,
    guard: FakeSignIn,
    link: str,
    method: str,
    expected: int,
    how: str,
    language: str,
    words: str,
) -> None:
    if how == "first of two":
        stage.requests.put(stage.requests[R1].approve_first(comment="Fine", at=NOW))
    own = pass_on_to_jane(stage)
    if how == "decided":
        stage.decide(own)
    before = everything(stage)
    call = link_event(method, "approved", link, form={} if method == "POST" else None)
    call["cookies"] = [f"__Host-leave-session={guard.sessions.begin('jane@foo.com')}"]
    call["headers"]["accept-language"] = language
    status, page = opened(call)
    assert status == expected
    assert words in page.text
    assert not re.search("You approved|need not|müssen nichts|Sie haben den Antrag", page.text)
    assert not [word for word in PERSONAL if word in page.text]
    assert everything(stage) == before


def test_a_link_that_opens_nothing_says_so_to_everybody(guard: FakeSignIn, link: str) -> None:
    assert guard
    for broken in ("nonsense", link[:-3], f"{link[:-3]}xyz"):
        status, page = called("GET", broken)
        assert status == 404
        assert "This link is not valid" in page.text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_its_secret_a_stage_lets_nobody_decide(
    stage: FakeStage, link: str, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    def unreadable() -> None:
        raise UnavailableError("The sign-in secret has no value.")

    monkeypatch.setattr(auth_guard, "sessions", unreadable)
    before = everything(stage)
    status, page = called(method, link)
    assert status == 503
    assert "try again in a minute" in page.text
    assert everything(stage) == before


def test_a_stage_that_asks_nobody_needs_no_session(stage: FakeStage, link: str) -> None:
    auth_guard.sessions.cache_clear()
    assert called("POST", link)[0] == 200
    assert stage.requests[R1].status == "approved"
