"""The table of `make bench`, and what counts as a change of what is recorded."""

from __future__ import annotations

from bench.figures import Figure, changes, table

SIZE = Figure("size", 1_000, "bytes", aim=1_100, tolerance=0.02)


def sized(value: float) -> Figure:
    return Figure("size", value, "bytes", aim=1_100, tolerance=0.02)


def test_an_aim_is_the_most_or_the_least_a_figure_may_be() -> None:
    assert Figure("a", 5, "s", aim=5).met is True
    assert Figure("a", 5.1, "s", aim=5).met is False
    assert Figure("a", 5.1, "1/s", aim=5, at_least=True).met is True
    assert Figure("a", 4.9, "1/s", aim=5, at_least=True).met is False
    assert Figure("a", 5, "s").met is None


def test_what_differs_by_more_than_its_tolerance_is_a_change_for_better_or_worse() -> None:
    recorded = {"size": 1_000.0}
    assert not changes([sized(980), sized(1_020)], recorded)
    assert changes([sized(1_021)], recorded) == ["size is 1,021 bytes, not 1,000"]
    assert changes([sized(979)], recorded) == ["size is 979 bytes, not 1,000"]


def test_without_a_tolerance_one_is_too_many() -> None:
    assert changes([Figure("calls", 4, "calls")], {"calls": 3}) == ["calls is 4 calls, not 3"]


def test_what_was_never_recorded_is_a_change() -> None:
    assert changes([SIZE], {}) == ["size is not recorded"]


def test_times_are_not_compared() -> None:
    assert not changes([Figure("wait", 9, "s", kind="timing")], {"wait": 1})


def test_the_table_shows_what_is_missed() -> None:
    ratio = Figure("start", 1.5, "x", aim=1.35, kind="timing", note="median of 15")
    lines = table([SIZE, ratio, Figure("past", 0.25, "s")]).splitlines()
    assert [line.split() for line in lines] == [
        ["figure", "value", "unit", "aim", "met", "note"],
        ["size", "1,000", "bytes", "<=", "1,100", "yes"],
        ["start", "1.50", "x", "<=", "1.35", "NO", "median", "of", "15"],
        ["past", "0.250", "s"],
    ]
