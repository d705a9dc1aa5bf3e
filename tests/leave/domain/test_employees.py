from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.employees import approver_id
from leave.domain.errors import NoApproverError
from tests.leave.builders import TODAY, an_employee

IDS = st.none() | st.sampled_from(["E001", "E002", "E003", ""])


def test_the_lead_decides() -> None:
    assert approver_id(an_employee("E002", lead_id="E001"), fallback="E009") == "E001"


def test_without_a_lead_the_fallback_decides() -> None:
    assert approver_id(an_employee("E001", lead_id=None), fallback="E009") == "E009"


def test_without_lead_and_fallback_nobody_does_and_the_cure_is_told() -> None:
    with pytest.raises(NoApproverError, match=r"E001 has no lead.*Ask an administrator"):
        approver_id(an_employee("E001", lead_id=None), fallback=None)


def test_the_fallback_does_not_decide_about_itself() -> None:
    with pytest.raises(NoApproverError):
        approver_id(an_employee("E009", lead_id=None), fallback="E009")


@given(IDS, IDS)
def test_nobody_ever_decides_about_themselves(lead: str | None, fallback: str | None) -> None:
    employee = an_employee("E002", lead_id=lead)
    try:
        chosen = approver_id(employee, fallback=fallback)
    except NoApproverError:
        assert {lead, fallback} <= {None, "", "E002"}
    else:
        assert chosen in {lead, fallback} - {None, "", "E002"}


def test_the_last_day_of_employment_is_still_employment() -> None:
    assert not an_employee(end_date=TODAY).has_left(TODAY)
    assert an_employee(end_date=TODAY - timedelta(days=1)).has_left(TODAY)
    assert not an_employee(end_date=None).has_left(TODAY)
