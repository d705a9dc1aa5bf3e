"""Values are frozen, compared by content and made by names; secrets show nothing."""

import ast
import copy
import logging
import pickle
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.values import Secret, Value, replace
from tests.architecture.source import modules
from tests.leave.builders import an_asked_request


class Point(Value):
    """A point with a rule of its own."""

    at_x: int
    tags: list[str] = []  # noqa: RUF012 - msgspec copies it for each point
    at_y: int

    def __post_init__(self) -> None:
        """Refuse what is out of the picture."""
        if self.at_x < 0:
            raise ValueError("x is negative")


class Pair(Value):
    """Something that can be hashed."""

    left: str
    right: tuple[int, ...] = ()


class Twin(Value):
    """The same fields, and another kind."""

    left: str
    right: tuple[int, ...] = ()


def test_values_of_one_kind_are_compared_and_shown_by_their_fields() -> None:
    pair: object = Pair(left="a")
    assert {Pair(left="a", right=(1,)), Pair(left="a", right=(1,))} == {Pair(left="a", right=(1,))}
    assert pair != Pair(left="a", right=(1,))
    assert pair != Twin(left="a")
    assert pair != {"left": "a", "right": ()}
    assert repr(pair) == "Pair(left='a', right=())"


@pytest.mark.parametrize("given", [{}, {"at_y": 1}, {"at_x": 1, "at_y": 1, "z": 1}])
def test_what_is_missing_or_unknown_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"at_x|z"):
        Point(**given)


def test_fields_are_named_and_not_counted() -> None:
    positional: Any = Point
    with pytest.raises(TypeError, match="positional"):
        positional(1, at_y=1)


def test_nothing_of_a_value_changes() -> None:
    point: Any = Point(at_x=1, at_y=1)
    with pytest.raises(AttributeError, match="immutable"):
        point.at_x = 2
    with pytest.raises(AttributeError, match="immutable"):
        del point.at_y
    with pytest.raises(AttributeError):
        point.z = 2
    assert point == Point(at_x=1, at_y=1)
    assert point.tags is not Point(at_x=1, at_y=1).tags, "each has a default of its own"


def test_what_is_made_is_checked_also_when_it_is_replaced_or_read() -> None:
    for make in (
        lambda: Point(at_x=-1, at_y=1),
        lambda: replace(Point(at_x=1, at_y=1), at_x=-1),
        lambda: msgspec.convert({"atX": -1, "atY": 1}, Point),
    ):
        with pytest.raises(ValueError, match="x is negative"):
            make()


def test_a_copy_is_equal_and_as_frozen() -> None:
    point = Point(at_x=1, at_y=1, tags=["a"])
    pickled = pickle.dumps(point)
    twins: list[Any] = [copy.copy(point), copy.deepcopy(point), pickle.loads(pickled)]  # noqa: S301
    for twin in twins:
        assert twin == point
        with pytest.raises(AttributeError):
            twin.at_x = 2
    assert copy.deepcopy(point).tags is not point.tags


def test_stored_names_are_in_camel_case() -> None:
    stored = msgspec.to_builtins(Point(at_x=1, at_y=2))
    assert stored == {"atX": 1, "tags": [], "atY": 2}
    assert msgspec.convert(stored, Point) == Point(at_x=1, at_y=2)


def test_what_ships_defines_no_frozen_dataclass_with_named_fields() -> None:
    """Each would cost every function that imports it about half a millisecond."""
    costly = [
        f"{module}: {node.name}"
        for module in modules("leave")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
        for decorator in map(ast.unparse, node.decorator_list)
        if "frozen=True" in decorator and "kw_only=True" in decorator
    ]
    assert costly == []


# Secrets

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
        "{!r}".format,
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031 - loggers format like this
        lambda secret: repr([{secret: secret}]),
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


def test_a_traceback_with_local_variables_does_not_show_it() -> None:
    def fail_with(secret: Secret) -> None:
        local_copy = secret
        raise ValueError(local_copy)

    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is checked below
        fail_with(Secret(TEXT))
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    lines = "".join(shown.format())
    assert "local_copy" in lines
    assert TEXT not in lines


def test_a_log_record_does_not_show_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("test").warning("token %s", Secret(TEXT), extra={"token": Secret(TEXT)})
    (record,) = caplog.records
    assert TEXT not in f"{record.getMessage()} {record.__dict__}"


def test_neither_a_request_nor_its_link_shows_its_secrets() -> None:
    request = an_asked_request()
    link = request.link()
    assert link is not None
    assert request.task_token is not None
    assert request.link_secret is not None
    shown = f"{request} {request!r} {link} {link!r}"
    for secret in (request.task_token, request.link_secret, link.secret):
        assert secret.reveal() not in shown


@pytest.mark.parametrize("encode", [msgspec.to_builtins, msgspec.json.encode])
@pytest.mark.parametrize("holder", [Secret(TEXT), [Secret(TEXT)], an_asked_request()])
def test_a_secret_is_encoded_by_no_accident(
    encode: Callable[[object], object], holder: object
) -> None:
    with pytest.raises(TypeError, match="Secret is unsupported"):
        encode(holder)


@given(st.text(), st.text())
def test_secrets_match_exactly_the_same_text(text: str, other: str) -> None:
    assert Secret(text).reveal() == text
    assert Secret(text).matches(text)
    assert Secret(text).matches(other) == (text == other)
    assert (Secret(text) == Secret(other)) == (text == other)


def test_a_text_that_is_no_unicode_matches_nothing_and_does_not_raise() -> None:
    assert not Secret(TEXT).matches("\ud800")


def test_a_secret_can_not_be_changed() -> None:
    with pytest.raises(AttributeError):
        Secret(TEXT)._text = "other"  # type: ignore[misc]
