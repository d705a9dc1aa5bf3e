"""What counts as a trace, on a stage where others are at work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.people import fresh_day
from tests.end_to_end.traces import nothing_written

if TYPE_CHECKING:
    from tests.end_to_end.employees import Employee
    from tests.stage import LocalStage

pytestmark = pytest.mark.stage


def test_what_is_asked_for_meanwhile_is_a_trace(stage: LocalStage, jim: Employee) -> None:
    with pytest.raises(AssertionError, match="REQUEST#"), nothing_written(stage):
        jim.submit(date=fresh_day().isoformat(), type="unpaid")


def test_what_becomes_of_an_earlier_request_is_none(
    stage: LocalStage, jim: Employee, john: Employee
) -> None:
    said = jim.submit(date=fresh_day().isoformat(), type="unpaid")
    with nothing_written(stage):
        link = john.wait_for_mail(said["requestId"]).link("approved")
        assert john.press(link).status == 200
        assert jim.withdraw(said["requestId"]).status == 202
