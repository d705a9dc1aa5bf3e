from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.values import Secret
from tests.leave.builders import an_asked_request

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = "correct horse battery staple"


@dataclass(frozen=True)
class Holder:
    """Something a developer may print."""

    secret: Secret
    others: tuple[Secret, ...] = ()


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        ascii,
        format,
        "{}".format,
        "{!r}".format,
        lambda secret: f"{secret}",
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031 - loggers format like this
        lambda secret: repr([secret]),
        lambda secret: repr({secret: secret}),
        lambda secret: repr(Holder(secret, (secret,))),
        lambda secret: str(ValueError(secret)),
    ],
)
def test_a_secret_never_shows_its_text(show: Callable[[Secret], str]) -> None:
    shown = show(Secret(TEXT))
    assert TEXT not in shown
    assert "***" in shown


def test_a_secret_takes_no_format_that_could_cut_it_in_pieces() -> None:
    with pytest.raises(TypeError):
        format(Secret(TEXT), ">40")


def fail_with(secret: Secret) -> NoReturn:
    local_copy = secret
    raise ValueError(local_copy)


def test_a_traceback_with_local_variables_does_not_show_it() -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is checked below
        fail_with(Secret(TEXT))
    story = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    told = "".join(story.format())
    assert "local_copy" in told
    assert TEXT not in told


def test_a_log_record_does_not_show_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("test").warning("token %s", Secret(TEXT), extra={"token": Secret(TEXT)})
    (record,) = caplog.records
    assert TEXT not in f"{record.getMessage()} {record.__dict__}"


def test_a_request_does_not_show_its_secrets() -> None:
    request = an_asked_request()
    assert request.task_token is not None
    assert request.link_secret is not None
    shown = f"{request} {request!r}"
    assert request.task_token.reveal() not in shown
    assert request.link_secret.reveal() not in shown


@pytest.mark.parametrize("encode", [msgspec.to_builtins, msgspec.json.encode])
@pytest.mark.parametrize("holder", [Secret(TEXT), [Secret(TEXT)], an_asked_request()])
def test_a_secret_is_encoded_by_no_accident(
    encode: Callable[[object], object], holder: object
) -> None:
    with pytest.raises(TypeError, match="Secret is unsupported"):
        encode(holder)


def test_a_secret_reveals_its_text_when_asked() -> None:
    assert Secret(TEXT).reveal() == TEXT


@given(st.text(), st.text())
def test_secrets_match_exactly_the_same_text(text: str, other: str) -> None:
    assert Secret(text).matches(text)
    assert Secret(text).matches(other) == (text == other)
    assert (Secret(text) == Secret(other)) == (text == other)


def test_a_text_that_is_no_unicode_matches_nothing_and_does_not_raise() -> None:
    assert not Secret(TEXT).matches("\ud800")


def test_a_secret_can_not_be_changed() -> None:
    with pytest.raises(AttributeError):
        Secret(TEXT)._text = "other"  # type: ignore[misc]
