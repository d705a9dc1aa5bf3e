"""The policy that pages are served under."""

from __future__ import annotations

import ast
import base64
import hashlib
import inspect
import re
from typing import TYPE_CHECKING

import pytest

from leave.adapters.presentation import pages
from leave.domain.views import DecisionView
from leave.functions import html as auth_guard
from leave.functions import sign_in, submit_lead_response
from leave.functions.html import redirect, reply_html
from leave.functions.replies import HEADERS
from tests.leave.builders import a_decided_request

if TYPE_CHECKING:
    from types import ModuleType

    from leave.domain.request import LeaveRequest


def opened(request: LeaveRequest) -> DecisionView:
    return DecisionView(request=request, plan=request.plan)


def allowed_hashes(reply: dict[str, dict[str, str]]) -> list[str]:
    return re.findall(r"'sha256-([^']+)'", reply["headers"]["content-security-policy"])


def test_the_style_of_the_page_is_allowed_by_its_hash_and_nothing_else_is() -> None:
    html = pages.decided(opened(a_decided_request()), now=True, link="x")
    ((style,),) = [re.findall(r"<style>(.*?)</style>", html, re.DOTALL)]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    reply = reply_html(200, html)
    assert allowed_hashes(reply) == [digest]
    assert "script-src" not in reply["headers"]["content-security-policy"]


def test_every_page_has_the_same_style() -> None:
    replies = [
        reply_html(200, html)
        for html in (pages.unknown_link(), pages.trouble(retry=True), pages.trouble(retry=False))
    ]
    assert len({tuple(allowed_hashes(reply)) for reply in replies}) == 1


def test_a_style_that_somebody_typed_is_not_allowed() -> None:
    hostile = a_decided_request("denied", "<style>*{display:none}</style>")
    assert (
        len(allowed_hashes(reply_html(200, pages.decided(opened(hostile), now=True, link="x"))))
        == 1
    )


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
