"""Pages behind links: the policy that they are served under, and the guard in front of them."""

from __future__ import annotations

import ast
import base64
import hashlib
import inspect
import re
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from leave.adapters.presentation import pages
from leave.domain.errors import UnavailableError
from leave.domain.request import Person
from leave.domain.views import DecisionView
from leave.functions import html as auth_guard
from leave.functions import sign_in, submit_lead_response
from leave.functions.html import redirect, reply_html
from leave.functions.replies import HEADERS
from leave.services.sign_in import SESSION
from tests.leave.adapters.markup import Page
from tests.leave.builders import NOW, R1, a_decided_request
from tests.leave.functions.events import CONTEXT, link_event
from tests.leave.functions.replies import everything, opened
from tests.leave.hooks import raising
from tests.leave.services.stage import OTHER_TOKEN, FakeStage
from tests.leave.sign_ins import API_URL, FakeSignIn


def decided(comment: str) -> str:
    """Return a page about a denied request."""
    request = a_decided_request("denied", comment)
    view = DecisionView(request=request, plan=request.plan)
    return pages.decided(view, now=True, link="x")


def allowed_hashes(reply: dict[str, dict[str, str]]) -> list[str]:
    return re.findall(r"'sha256-([^']+)'", reply["headers"]["content-security-policy"])


def test_the_style_of_the_page_is_allowed_by_its_hash_and_nothing_else_is() -> None:
    html = decided("Sorry")
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    for page in (
        html,
        decided("<style>*{display:none}</style>"),
        pages.unknown_link(),
        pages.trouble(retry=True),
        pages.trouble(retry=False),
    ):
        reply = reply_html(200, page)
        assert allowed_hashes(reply) == [digest]
        assert "script-src" not in reply["headers"]["content-security-policy"]


def test_a_page_is_shut_to_what_it_does_not_need() -> None:
    headers = reply_html(200, "<!doctype html><p>Plain</p>")["headers"]
    assert headers.items() >= HEADERS.items()
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    asked = headers["permissions-policy"].split(", ")
    assert {"camera=()", "geolocation=()", "microphone=()", "payment=()"} <= set(asked)
    assert all(feature.endswith("=()") for feature in asked)
    assert headers["referrer-policy"] == "no-referrer"


def test_a_page_that_is_to_be_asked_for_again_says_when() -> None:
    assert reply_html(503, "<p>Later</p>")["headers"]["retry-after"] == "5"
    assert "retry-after" not in reply_html(500, "<p>Sorry</p>")["headers"]


def test_the_way_to_another_page_asks_for_tls_too() -> None:
    reply = redirect("https://accounts.google.com", "a=b")
    assert reply["headers"].items() >= HEADERS.items()
    assert reply["cookies"] == ["a=b"]


def test_without_a_style_none_is_allowed() -> None:
    reply = reply_html(200, "<!doctype html><p>Plain</p>")
    assert "style-src 'none';" in reply["headers"]["content-security-policy"]
    assert (reply["statusCode"], reply["body"]) == (200, "<!doctype html><p>Plain</p>")


@pytest.mark.parametrize("module", [sign_in, auth_guard, submit_lead_response])
def test_every_page_that_a_function_shows_is_told_whose_it_is(module: ModuleType) -> None:
    calls = [
        {keyword.arg for keyword in node.keywords}
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("pages.")
    ]
    assert calls
    # None is a mapping of arguments, which holds what all pages about a request are told.
    assert all(told & {"company", None} for told in calls)


# The guard, on a stage that asks leads to sign in

PERSONAL = ("Jim", "O'Dell", "John", "Carpenter", "2027", "Monday", "May")
OWN = {"en": "asked about this request in a mail", "de": "wurden zu diesem Antrag selbst gefragt"}


@pytest.fixture
def guard(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> FakeSignIn:
    """Let the stage ask leads to sign in."""
    guard = FakeSignIn(clock=stage.clock)
    monkeypatch.setattr(auth_guard, "sessions", lambda: (API_URL, guard.sessions))
    return guard


def called(
    method: str, link: str, session: str | None = None, *, language: str = "en", **form: str
) -> tuple[int, Page]:
    call = link_event(method, "approved", link, form=form if method == "POST" else None)
    call["headers"]["accept-language"] = language
    if session is not None:
        call["cookies"] = [f"__Host-leave-session={session}"]
    return opened(call)


def pass_on_to_jane(stage: FakeStage) -> str:
    """Let Jane be asked in the place of John; return her link."""
    jane = Person(employee_id="E003", name="Jane Cook")
    passed = stage.requests[R1].reroute(actor="", why="", at=NOW)
    stage.requests.put(passed.ask(jane, task_token=OTHER_TOKEN, at=NOW))
    return stage.link(R1)


def leads_to_sign_in(page: Page, link: str, words: str = "Sign in with Google") -> None:
    """Check that a page shows nothing of the request, and only the way to sign in."""
    assert page.all("form") == []
    assert not [word for word in PERSONAL if word in page.text]
    ((target, told),) = page.links
    assert told == words
    assert target.startswith(f"{API_URL}/sign_in?")
    choose = {} if words == "Sign in with Google" else {"choose": "account"}
    goal = {"decision": "approved", "link": link}
    assert dict(parse_qsl(urlsplit(target).query)) == goal | choose


@pytest.mark.parametrize(("method", "expected"), [("GET", 200), ("POST", 403)])
@pytest.mark.parametrize("state", ["pending", "denied"])
@pytest.mark.parametrize("session", ["none", "forged", "cut", "altered", "ended"])
def test_without_a_session_nothing_is_shown_or_decided(  # noqa: PLR0913, PLR0917
    stage: FakeStage,
    guard: FakeSignIn,
    link: str,
    method: str,
    expected: int,
    state: str,
    session: str,
) -> None:
    if state == "denied":
        stage.decide(link, "denied", "Release week")
    good = guard.sessions.begin("john@foo.com")
    if session == "ended":
        stage.clock.go_on(SESSION)
    before = everything(stage)
    for text in {
        "none": [None],
        "forged": ["", "john@foo.com"],
        "cut": [good[:-1], good[5:]],
        "altered": [f"{good}.x"],
        "ended": [good],
    }[session]:
        status, page = called(method, link, text)
        assert status == expected
        assert ("Nothing was changed" in page.text) is (method == "POST")
        assert "Release week" not in page.text
        leads_to_sign_in(page, link)
    assert everything(stage) == before


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("email", ["jim@foo.com", "jane@foo.com", '"<b>x</b>"@foo.com'])
def test_a_forwarded_mail_decides_and_shows_nothing(
    stage: FakeStage, guard: FakeSignIn, link: str, method: str, email: str
) -> None:
    before = everything(stage)
    status, page = called(method, link, guard.sessions.begin(email))
    assert status == 403
    assert f"You are signed in as {email}; this link is for another person" in page.text
    assert page.all("b") == [], "an address is text on the page"
    assert not re.search("decide|request", page.text), "it may be decided by now"
    leads_to_sign_in(page, link, "Sign in with another account")
    assert everything(stage) == before


def test_the_name_without_the_browsers_guard_is_none(guard: FakeSignIn, link: str) -> None:
    call: dict[str, Any] = link_event("POST", "approved", link, form={})
    call["cookies"] = [f"leave-session={guard.sessions.begin('john@foo.com')}"]
    assert opened(call)[0] == 403


def test_the_approver_sees_the_form_and_decides_and_reads_it_again(
    stage: FakeStage, guard: FakeSignIn, link: str
) -> None:
    session = guard.sessions.begin("john@foo.com")
    status, page = called("GET", link, session)
    assert status == 200
    assert "Approve leave of Jim O'Dell?" in page.text
    assert page.one("form").attributes == {"method": "post"}
    assert called("POST", link, session, comment="Enjoy")[0] == 200
    assert stage.requests[R1].status == "approved"
    _, page = called("GET", link, session)
    assert "Nothing to decide: approved already" in page.text
    assert "Enjoy" in page.text


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
def test_an_approver_who_opens_a_replaced_link_of_another_is_sent_to_their_own(  # noqa: PLR0913, PLR0917
    stage: FakeStage, guard: FakeSignIn, link: str, method: str, expected: int, how: str
) -> None:
    if how == "first of two":
        stage.requests.put(stage.requests[R1].approve_first(comment="Fine", at=NOW))
    own = pass_on_to_jane(stage)
    if how == "decided":
        stage.decide(own)
    before = everything(stage)
    for language, words in OWN.items():
        session = guard.sessions.begin("jane@foo.com")
        status, page = called(method, link, session, language=language)
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
    unreadable = raising(UnavailableError("The sign-in secret has no value."))
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
