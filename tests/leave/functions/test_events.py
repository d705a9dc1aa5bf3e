"""Reading API Gateway events, also those with parts missing."""

from __future__ import annotations

import base64

import pytest

from leave.domain.errors import MalformedRequestError
from leave.functions import http as events
from leave.functions.http import BODY_BYTES, BodyTooLargeError


def test_what_is_not_there_is_empty() -> None:
    assert events.read_body({}) == ""
    assert events.read_body({"body": None}) == ""
    assert events.read_form({}) == {}
    assert events.header({}, "x") is None
    assert events.claims({}) == {}
    assert events.route({}) == ""
    assert events.path_parameter({}, "link") == ""


@pytest.mark.parametrize("body", ["%%%", "YQ", "Y Q = =", "é", "/////w=="])
def test_what_is_no_base64_of_utf8_is_malformed(body: str) -> None:
    with pytest.raises(MalformedRequestError, match="UTF-8"):
        events.read_body({"body": body, "isBase64Encoded": True})


def test_half_a_character_is_malformed() -> None:
    with pytest.raises(MalformedRequestError, match="UTF-8"):
        events.read_body({"body": "\ud800"})


@pytest.mark.parametrize("size", [BODY_BYTES, BODY_BYTES + 1])
def test_the_limit_holds_for_the_decoded_body(size: int) -> None:
    encoded = base64.b64encode(b"x" * size).decode()
    for event in ({"body": "x" * size}, {"body": encoded, "isBase64Encoded": True}):
        if size > BODY_BYTES:
            with pytest.raises(BodyTooLargeError):
                events.read_body(event)
        else:
            assert events.read_body(event) == "x" * size


def test_a_form_keeps_the_first_value_of_each_field() -> None:
    form = events.read_form({"body": "comment=a+b%26c&comment=d&empty=&%C3%BC=%F0%9F%8C%B4"})
    assert form == {"comment": "a b&c", "empty": "", "ü": "🌴"}


def test_bytes_in_a_form_that_are_no_text_become_question_marks() -> None:
    assert events.read_form({"body": "comment=%FF%ED%A0%80"})["comment"] == "\ufffd" * 4
