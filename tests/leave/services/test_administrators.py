"""Administrators by `leave:admins` and by role, and readers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from leave.domain.employee import AdministrativeRole
from leave.domain.errors import AskedTooMuchError, NotAllowedError, UnknownEmployeeError
from leave.domain.policy import Audience, LeaveType, Rules
from leave.domain.values import replace
from leave.services.ports import EmailKey
from tests.leave.builders import JANE, JIM, TODAY, employed
from tests.leave.services.stage import (
    A_STRANGER_CALLS,
    ADMIN_CALLS,
    JANE_CALLS,
    JIM_CALLS,
    JOHN_CALLS,
    FakeStage,
    a_wish,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from leave.services.authorization import Caller
    from leave.services.ports import RecordKey, Records

BOTH = ("require_admin", "require_reader")
HIDDEN = LeaveType(id="annual", name="Annual leave", visible_to=Audience.NOBODY)


@dataclass
class Recording:
    """Keeps the keys of each call."""

    records: Records
    made: list[list[RecordKey]]

    def read(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, Any]:
        self.made.append(list(keys))
        return self.records.read(keys)


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage whose leave type is hidden from leads, and that counts a request a day."""
    return FakeStage(rules=Rules(leave_types=(HIDDEN,), requests_per_day=1))


def be(stage: FakeStage, role: AdministrativeRole | None) -> None:
    """Give Jane a role."""
    stage.directory.put(replace(JANE, role=role))


def test_who_has_the_role_acts_for_everybody(stage: FakeStage) -> None:
    be(stage, AdministrativeRole.ADMIN)
    for way in (stage.people.require_manage, stage.people.require_view):
        assert way(stage.begin(), JANE_CALLS, "E002").employee_id == "E002"
        with pytest.raises(UnknownEmployeeError):
            way(stage.begin(), JANE_CALLS, "E404")
    submitted = stage.request_leave(JANE_CALLS, a_wish("2027-05-03"), employee_id="E002")
    visible = stage.read_leave.request(JANE_CALLS, submitted.request_id)
    assert visible.request.plan.leave_type == "annual"
    assert visible.request.history[0].actor == "E003"


def test_the_steps_of_who_has_the_role_are_not_counted(stage: FakeStage) -> None:
    stage.request_leave(JANE_CALLS, a_wish("2027-05-03"))
    with pytest.raises(AskedTooMuchError):
        stage.request_leave(JANE_CALLS, a_wish("2027-05-04"))
    be(stage, AdministrativeRole.ADMIN)
    submitted = stage.request_leave(JANE_CALLS, a_wish("2027-05-04"))
    stage.change_leave_request.change(JANE_CALLS, submitted.request_id, a_wish("2027-05-05"))


@pytest.mark.parametrize("role", [None, AdministrativeRole.READER])
def test_nobody_else_acts_for_others(stage: FakeStage, role: AdministrativeRole | None) -> None:
    be(stage, role)
    submitted = stage.request_leave(JIM_CALLS, a_wish("2027-05-03"))
    with pytest.raises(NotAllowedError):
        stage.request_leave(JANE_CALLS, a_wish("2027-05-04"), employee_id="E002")
    with pytest.raises(NotAllowedError):
        stage.change_leave_request.withdraw(JANE_CALLS, submitted.request_id)
    with pytest.raises(NotAllowedError):
        stage.read_leave.request(JANE_CALLS, submitted.request_id)
    with pytest.raises(NotAllowedError):
        stage.read_leave.team(JANE_CALLS, TODAY, TODAY, employee_id="E002")


def test_a_reader_sees_the_whole_balance_of_everybody(stage: FakeStage) -> None:
    def shown(caller: Caller, of: str) -> int:
        return len(stage.read_leave.balances(caller, employee_id=of, year=2027)[2])

    with pytest.raises(NotAllowedError):
        shown(JANE_CALLS, "E002")
    be(stage, AdministrativeRole.READER)
    assert (shown(JANE_CALLS, "E002"), shown(JOHN_CALLS, "E002")) == (1, 0)
    with pytest.raises(UnknownEmployeeError):
        shown(JANE_CALLS, "E404")


@pytest.mark.parametrize(
    ("caller", "role", "ways"),
    [
        (JANE_CALLS, None, ()),
        (JANE_CALLS, AdministrativeRole.READER, ("require_reader",)),
        (JANE_CALLS, AdministrativeRole.ADMIN, BOTH),
        (replace(JANE_CALLS, in_admins=True), None, BOTH),
        (ADMIN_CALLS, None, BOTH),
        (A_STRANGER_CALLS, None, ()),
        # A lead is none by that.
        (JOHN_CALLS, None, ()),
    ],
)
def test_who_may_administer_and_who_may_read(
    stage: FakeStage, caller: Caller, role: AdministrativeRole | None, ways: tuple[str, ...]
) -> None:
    be(stage, role)
    for way in BOTH:
        require = getattr(stage.people, way)
        if way in ways:
            actor = "hr@foo.com" if caller is ADMIN_CALLS else "E003"
            assert require(stage.begin(), caller).employee_id == actor
        else:
            with pytest.raises(NotAllowedError, match="Only administrators"):
                require(stage.begin(), caller)


@pytest.mark.parametrize("caller", [JANE_CALLS, replace(JANE_CALLS, in_admins=True)])
def test_who_is_not_employed_today_is_no_administrator(stage: FakeStage, caller: Caller) -> None:
    left = employed(end=TODAY - timedelta(days=1))
    stage.directory.put(replace(JANE, role=AdministrativeRole.ADMIN, employments=left))
    for require in (stage.people.require_admin, stage.people.require_reader):
        with pytest.raises(NotAllowedError, match="E003 left on"):
            require(stage.begin(), caller)


@pytest.mark.parametrize("caller", [JIM_CALLS, replace(JIM_CALLS, in_admins=True)])
def test_the_role_is_looked_up_with_the_caller(stage: FakeStage, caller: Caller) -> None:
    """What every call reads first tells it, so that no call is made for it alone."""
    stage.directory.put(replace(JIM, role=AdministrativeRole.ADMIN))
    uow, made = stage.begin(), []
    uow.records = Recording(records=stage.records, made=made)
    stage.people.require_admin(uow, caller)
    stage.people.require_manage(uow, caller, None)
    stage.people.reader(uow, caller, "E003")
    assert made == [[EmailKey(email=JIM.email)]]
