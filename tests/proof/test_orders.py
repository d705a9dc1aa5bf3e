"""The search itself: which orders it plays, and that none is played twice."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest

from tests.proof.interleavings import NOTHING, Touch, Turns, reading, writing
from tests.proof.orders import every_difference, every_order

A_THEN_B, B_THEN_A = "aaabb", "bbaaa"


def said(turns: Turns, touch: Callable[[str], Touch], *words: str) -> str:
    """Let each actor say a word, letter by letter, and return what was heard."""
    heard: list[str] = []
    say = turns.on(heard, touches=lambda _, letter: touch(letter)).append
    turns.run(*(lambda word=word: [say(letter) for letter in word] for word in words))
    return "".join(heard)


def all_of(*words: str) -> list[str]:
    return sorted({"".join(order) for order in permutations("".join(words))})


def test_every_order_is_gone_through_once() -> None:
    """Three calls and two can follow each other in ten ways, two of which interrupt nobody."""
    for interruptions, expected in ((9, all_of("aaa", "bb")), (0, [A_THEN_B, B_THEN_A])):
        seen: list[str] = []
        orders = every_order(
            lambda turns, seen=seen: seen.append(said(turns, lambda _: NOTHING, "aaa", "bb")),
            interruptions=interruptions,
        )
        list(orders)
        assert (sorted(seen) if interruptions else seen) == expected


@pytest.mark.parametrize("words", [("aaa", "bb"), ("aa", "bb", "cc")], ids="-".join)
def test_of_calls_that_all_write_the_same_every_order_is_played(words: tuple[str, ...]) -> None:
    seen: list[str] = []
    list(
        every_difference(lambda turns: seen.append(said(turns, lambda _: writing(("x",)), *words)))
    )
    assert sorted(seen) == all_of(*words)


@pytest.mark.parametrize("touch", [lambda _: reading(("x",)), lambda letter: writing((letter,))])
def test_of_calls_that_do_not_meet_one_order_is_played(touch: Callable[[str], Touch]) -> None:
    seen: list[str] = []
    list(every_difference(lambda turns: seen.append(said(turns, touch, "aaa", "bb", "cc"))))
    assert seen == ["aaabbcc"]


def test_one_order_of_each_kind_is_played() -> None:
    """Capitals write what they are called, small letters read it; the others meet nobody."""

    def touch(letter: str) -> Touch:
        key = (letter.lower(),)
        return writing(key) if letter.isupper() else reading(key)

    def kind(order: str) -> tuple[tuple[str, ...], ...]:
        """Return for each letter what it came after that it meets."""
        met = [
            (letter, *(o for o in order[:place] if o != letter and o.lower() == letter.lower()))
            for place, letter in enumerate(order)
        ]
        return tuple(sorted(met))

    words = ("yXq", "xYw", "Xv")
    seen: list[str] = []
    list(every_difference(lambda turns: seen.append(said(turns, touch, *words))))
    everything: list[str] = []
    list(every_order(lambda turns: everything.append(said(turns, touch, *words)), interruptions=9))
    assert {kind(order) for order in seen} == {kind(order) for order in everything}


@pytest.mark.parametrize(
    ("one", "other", "meets"),
    [
        (reading(("request", "R1")), reading(("request", "R1")), False),
        (reading(("request", "R1")), writing(("request", "R1")), True),
        (writing(("request", "R1")), writing(("request", "R2")), False),
        (reading(("request",)), writing(("request", "R2")), True),
        (writing(("request",)), writing(("ledger",)), False),
        (NOTHING, writing(("request", "R1")), False),
    ],
)
def test_two_calls_meet_where_one_writes_what_the_other_touches(
    one: Touch, other: Touch, *, meets: bool
) -> None:
    assert one.meets(other) is meets
    assert other.meets(one) is meets
