"""What a browser is asked to keep, and how it comes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from leave.functions.http import Cookies

HTTPS = Cookies(api_url="https://abc.execute-api.eu-central-1.amazonaws.com/test")
HTTP = Cookies(api_url="http://api.example.com/test")


def test_over_https_no_other_host_can_set_it() -> None:
    assert HTTPS.keep("session", "abc", time=timedelta(hours=8)) == (
        "__Host-leave-session=abc; Path=/; Max-Age=28800; HttpOnly; SameSite=Lax; Secure"
    )


def test_over_http_it_could_not_be_set_with_that_name() -> None:
    assert HTTP.keep("session", "abc", time=timedelta(minutes=10)) == (
        "leave-session=abc; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"
    )


def test_a_value_is_forgotten() -> None:
    assert HTTPS.drop("sign-in").startswith("__Host-leave-sign-in=; Path=/; Max-Age=0;")


@pytest.mark.parametrize(
    "event",
    [
        {"cookies": ["a=b", "__Host-leave-session=abc"]},
        {"cookies": ["__Host-leave-session=abc", "__Host-leave-sign-in=d"]},
        {"headers": {"cookie": "a=b; __Host-leave-session=abc;c=d"}},
    ],
)
def test_a_value_is_read_by_its_kind(event: dict[str, Any]) -> None:
    assert HTTPS.read(event, "session") == "abc"


def test_a_value_may_hold_equals_signs() -> None:
    assert HTTPS.read({"cookies": ["__Host-leave-session=a=b="]}, "session") == "a=b="


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"cookies": []},
        {"cookies": ["__Host-leave-session"]},
        {"cookies": ["leave-session=abc"]},
        {"cookies": ["__host-leave-session=abc"]},
        {"cookies": ["x__Host-leave-session=abc"]},
        {"headers": {"cookie": "leave-session=abc"}},
    ],
)
def test_another_name_or_none_is_no_value(event: dict[str, Any]) -> None:
    """Over https, above all not the name that a neighbour could have set."""
    assert not HTTPS.read(event, "session")
