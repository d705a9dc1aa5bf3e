"""Who is asked about an employee's leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leave.domain.errors import NoApproverError
from leave.services.approvers import find_approver
from tests.leave.directories import read_text, text_of
from tests.leave.fakes import FakeClock

if TYPE_CHECKING:
    from leave.domain.employee import Employee


class Directory:
    """People by id: each with a lead and a last day, where they have one."""

    def __init__(self, **people: tuple[str, str]) -> None:
        lines = (
            f"{who},Name of {who},{who}@foo.com,{lead},25,Mon-Fri,2020-01-01,{last_day},,en"
            for who, (lead, last_day) in people.items()
        )
        read = read_text(text_of(*lines))
        assert not read.mistakes
        self._people = {employee.employee_id: employee for employee in read.employees.values()}

    def find_employee(self, employee_id: str) -> Employee | None:
        return self._people.get(employee_id)

    def asked_about(self, employee_id: str, fallback: str | None = None) -> str:
        employee = self._people[employee_id]
        return find_approver(
            self, employee, fallback=fallback, clock=FakeClock()
        ).approver.employee_id


def test_the_lead_is_asked() -> None:
    assert Directory(Jim=("John", ""), John=("", "")).asked_about("Jim", fallback="Jim") == "John"


def test_a_lead_decides_up_to_the_last_day() -> None:
    people = Directory(Jim=("John", ""), John=("Ann", "2027-03-01"), Ann=("", ""))
    assert people.asked_about("Jim") == "John"


def test_in_the_place_of_leads_who_have_left_their_leads_are_asked() -> None:
    people = Directory(
        Jim=("John", ""), John=("Ann", "2027-02-28"), Ann=("Eve", "2026-12-31"), Eve=("", "")
    )
    assert people.asked_about("Jim") == "Eve"


@pytest.mark.parametrize("lead", ["", "Nobody", "Gone"])
def test_where_no_lead_remains_the_fallback_is_asked(lead: str) -> None:
    people = Directory(Jim=(lead, ""), Gone=("", "2026-12-31"), Ann=("", ""))
    assert people.asked_about("Jim", fallback="Ann") == "Ann"


@pytest.mark.parametrize("fallback", [None, "Jim", "Gone", "Nobody"])
def test_nobody_decides_about_themselves_or_after_they_left(fallback: str | None) -> None:
    people = Directory(Jim=("Gone", ""), Gone=("Jim", "2026-12-31"))
    with pytest.raises(NoApproverError):
        people.asked_about("Jim", fallback=fallback)
