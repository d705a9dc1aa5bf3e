"""Whom to ask: the lead, in the place of one who has left their lead, else the fallback."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.errors import NoApproverError
from leave.services.approvers import find_approver
from tests.leave.builders import TODAY, an_employee
from tests.leave.fakes import FakeDirectory

if TYPE_CHECKING:
    from leave.domain.employees import Employee

YESTERDAY = TODAY - timedelta(days=1)
BOSS = an_employee("E001", lead_id=None)
LEAD = an_employee("E002", lead_id="E001")
JIM = an_employee("E003", lead_id="E002")
HR = an_employee("E009", lead_id=None)


def asked(employee: Employee, *others: Employee, fallback: str | None = None) -> str:
    directory = FakeDirectory(employee, *others)
    return find_approver(directory, employee, fallback=fallback, today=TODAY).approver.employee_id


def gone(employee: Employee) -> Employee:
    return an_employee(employee.employee_id, lead_id=employee.lead_id, end_date=YESTERDAY)


def test_the_lead_is_asked() -> None:
    assert asked(JIM, LEAD, BOSS, HR, fallback="E009") == "E002"


def test_on_the_last_day_of_employment_the_lead_is_still_asked() -> None:
    leaving = an_employee("E002", lead_id="E001", end_date=TODAY)
    assert asked(JIM, leaving, BOSS) == "E002"


def test_in_the_place_of_a_lead_who_has_left_the_leads_lead_is_asked() -> None:
    assert asked(JIM, gone(LEAD), BOSS, HR, fallback="E009") == "E001"


def test_without_a_lead_the_fallback_is_asked() -> None:
    assert asked(BOSS, HR, fallback="E009") == "E009"


def test_when_all_leads_have_left_the_fallback_is_asked() -> None:
    assert asked(JIM, gone(LEAD), gone(BOSS), HR, fallback="E009") == "E009"


def test_a_lead_who_is_not_in_the_directory_leads_no_further() -> None:
    assert asked(JIM, BOSS, HR, fallback="E009") == "E009"


@pytest.mark.parametrize(
    ("others", "fallback"),
    [
        ((), None),
        ((), "E009"),  # not in the directory
        ((), "E001"),  # the employee
        ((gone(HR),), "E009"),
    ],
)
def test_when_nobody_is_left_the_cure_is_told(
    others: tuple[Employee, ...], fallback: str | None
) -> None:
    with pytest.raises(NoApproverError, match=r"E001 has no lead.*Ask an administrator"):
        asked(BOSS, *others, fallback=fallback)


def test_two_who_lead_each_other_ask_each_other() -> None:
    one, other = an_employee("E001", lead_id="E002"), an_employee("E002", lead_id="E001")
    assert asked(one, other) == "E002"
    assert asked(other, one) == "E001"


def test_a_circle_of_leads_that_have_left_ends() -> None:
    one = gone(an_employee("E001", lead_id="E002"))
    other = gone(an_employee("E002", lead_id="E001"))
    with pytest.raises(NoApproverError):
        asked(an_employee("E003", lead_id="E001"), one, other)


IDS = ["E001", "E002", "E003", "E004"]
STAFF = st.fixed_dictionaries(
    {
        name: st.builds(
            an_employee,
            st.just(name),
            lead_id=st.none() | st.sampled_from([*IDS, "E404"]),
            end_date=st.none() | st.just(YESTERDAY),
        )
        for name in IDS
    }
)


@given(STAFF, st.none() | st.sampled_from([*IDS, "E404"]))
def test_nobody_decides_about_themselves_and_nobody_who_has_left_decides(
    staff: dict[str, Employee], fallback: str | None
) -> None:
    directory = FakeDirectory(*staff.values())
    for employee in staff.values():
        try:
            chosen = find_approver(directory, employee, fallback=fallback, today=TODAY).approver
        except NoApproverError:
            lead = staff.get(employee.lead_id or "")
            assert lead is None or lead is employee or lead.has_left(TODAY)
        else:
            assert chosen.employee_id != employee.employee_id
            assert not chosen.has_left(TODAY)
