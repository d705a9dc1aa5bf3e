"""Values are what frozen dataclasses are, field by field and error by error."""

from __future__ import annotations

import ast
import copy
import pickle
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.values import value
from tests.architecture.source import modules


@value
class Point:
    """One of each kind of field."""

    x: int
    y: int = 0
    tags: list[str] = field(default_factory=list[str])
    secret: str = field(default="hidden", repr=False)
    note: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        """Refuse what is out of the picture."""
        if self.x < 0:
            raise ValueError("x is negative")

    @property
    def total(self) -> int:
        """Return the sum of both."""
        return self.x + self.y


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """The same by the standard library."""

    x: int
    y: int = 0
    tags: list[str] = field(default_factory=list[str])
    secret: str = field(default="hidden", repr=False)
    note: str = field(default="", compare=False)


@value
class Pair:
    """Something that can be hashed."""

    left: str
    right: tuple[int, ...] = ()


POINTS = st.fixed_dictionaries(
    {"x": st.integers(0, 2)},
    optional={
        "y": st.integers(0, 2),
        "tags": st.lists(st.sampled_from("ab"), max_size=1),
        "secret": st.sampled_from("st"),
        "note": st.text(max_size=1),
    },
)


@given(one=POINTS, other=POINTS)
def test_a_value_is_made_compared_and_shown_as_the_model_is(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert asdict(Point(**one)) == asdict(Model(**one))
    assert repr(Point(**one)) == repr(Model(**one)).replace("Model", "Point")
    assert (Point(**one) == Point(**other)) is (Model(**one) == Model(**other))
    assert asdict(replace(Point(**one), **other)) == asdict(replace(Model(**one), **other))


def test_equal_values_have_one_hash() -> None:
    assert {Pair(left="a", right=(1,)), Pair(left="a", right=(1,)), Pair(left="a")} == {
        Pair(left="a"),
        Pair(left="a", right=(1,)),
    }


def test_a_field_may_be_left_out_of_comparing_and_of_showing() -> None:
    assert Point(x=1, note="a") == Point(x=1, note="b")
    assert "secret" not in repr(Point(x=1))


def test_a_value_equals_nothing_of_another_kind() -> None:
    assert Point(x=1) != Model(x=1)
    assert Point(x=1) != asdict(Point(x=1))


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "x"),
        ({"y": 1}, "x"),
        ({"x": 1, "z": 1}, "z"),
        ({"z": 1}, "x, z"),
    ],
)
def test_what_is_missing_or_unknown_is_named(given: dict[str, Any], named: str) -> None:
    with pytest.raises(TypeError, match=rf"Point .*: {named}$"):
        Point(**given)


def test_fields_are_named_and_not_counted() -> None:
    positional: Any = Point
    with pytest.raises(TypeError, match="positional"):
        positional(1)


def test_nothing_of_a_value_changes() -> None:
    point: Any = Point(x=1)
    with pytest.raises(FrozenInstanceError, match="x of a Point"):
        point.x = 2
    with pytest.raises(FrozenInstanceError, match="y of a Point"):
        del point.y
    with pytest.raises(FrozenInstanceError, match="z of a Point"):
        point.z = 2
    assert point == Point(x=1)
    assert not hasattr(point, "__dict__")


def test_each_value_has_a_default_of_its_own() -> None:
    assert Point(x=1).tags is not Point(x=1).tags


def test_what_is_made_is_checked_also_by_replace() -> None:
    with pytest.raises(ValueError, match="x is negative"):
        Point(x=-1)
    with pytest.raises(ValueError, match="x is negative"):
        replace(Point(x=1), x=-1)


def test_a_copy_is_equal_and_as_frozen() -> None:
    point = Point(x=1, tags=["a"])
    pickled = pickle.dumps(point)
    twins: list[Any] = [copy.copy(point), copy.deepcopy(point), pickle.loads(pickled)]  # noqa: S301
    for twin in twins:
        assert twin == point
        assert twin.total == 1
        with pytest.raises(FrozenInstanceError):
            twin.x = 2
    assert copy.deepcopy(point).tags is not point.tags


def test_its_fields_are_those_of_the_model() -> None:
    assert [(f.name, f.kw_only, f.init) for f in fields(Point)] == [
        (f.name, f.kw_only, f.init) for f in fields(Model)
    ]
    assert Point.__match_args__ == Model.__match_args__ == ()


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
