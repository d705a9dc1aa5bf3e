"""The people of a stage under attack, and what none of its answers may hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from leave.domain.history import Person
from leave.domain.values import Secret, replace
from tests.leave.builders import a_period, a_plan, a_request, an_employee, employed
from tests.leave.functions.events import JIMS_CLAIMS

if TYPE_CHECKING:
    from leave.domain.employee import Employee
    from leave.domain.request import LeaveRequest

TABLE = "leave-under-attack"
REASON = "canary-reason-of-jane"
TOKEN = Secret("canary-task-token")
JIMS_ID, JANES_ID = "01jq0000000000000000000001", "01jq0000000000000000000002"

BOSS = an_employee("E000", name="Bea Boss", email="bea@foo.com", lead_id=None)
JOHN = an_employee("E001", name="John Lead", email="john@foo.com", lead_id="E000")
JIM = an_employee("E002", name="Jim Asker", email="jim@foo.com")
JANE = an_employee("E003", name="Jane Canary", email="jane@foo.com")
SUE = an_employee("E004", name="Sue Substitute", email="sue@foo.com", lead_id="E000")
OTHER_LEAD = an_employee("E005", name="Otto Lead", email="otto@foo.com", lead_id="E000")
ALONE = an_employee("E006", name="Al Alone", email="al@foo.com", lead_id=None)
"""Nobody can decide about Al, so whatever Al asks for rightly is refused, too."""
LEAVER = an_employee("E007", name="Lea Leaver", email="lea@foo.com")
JOHN = replace(JOHN, substitute_id=SUE.employee_id)
LEAVER = replace(LEAVER, employments=employed(end=datetime(2020, 1, 31, tzinfo=UTC).date()))
PEOPLE: tuple[Employee, ...] = (
    *(replace(e, accounts_since=2020) for e in (BOSS, JOHN, JIM, JANE, SUE, OTHER_LEAD, ALONE)),
    replace(LEAVER, accounts_since=2020),
)

FORBIDDEN = (
    TABLE,
    REASON,
    TOKEN.reveal(),
    "arn:aws",
    "123456789012",
    "Traceback",
    'File "',
    "botocore",
    "ClientError",
    "sys.set_int_max_str_digits",
    "site-packages",
    *(employee.feed.reveal() for employee in PEOPLE if employee.feed),
)
"""What no refusal may hold: the inside of the stage, and what is somebody else's."""


def claims_of(email: str, **changes: object) -> dict[str, object]:
    """Return what API Gateway passes on for a verified account of the company."""
    return JIMS_CLAIMS | {"email": email} | changes


def asked_requests() -> tuple[LeaveRequest, LeaveRequest]:
    """Return a request of Jim's and one of Jane's, both waiting for John."""
    return _asked(JIMS_ID, JIM, "A quiet week"), _asked(JANES_ID, JANE, REASON)


def _asked(request_id: str, employee: Employee, reason: str) -> LeaveRequest:
    """Return a request that another lead had the link of first, before it was changed."""
    now = datetime.now(UTC)
    monday = now.date() + timedelta(days=100 - now.weekday())
    plan = a_plan(a_period(monday.isoformat()))
    made = a_request(request_id, plan=plan, employee=_person(employee))
    made = made.ask(_person(OTHER_LEAD), task_token=TOKEN, at=now)
    made = made.reroute(actor="hr@foo.com", why="John is asked instead", at=now)
    made = made.change(replace(plan, reason=reason), actor=employee.email, at=now)
    return made.ask(_person(JOHN), task_token=TOKEN, at=now).mark_lead_mailed()


def _person(employee: Employee) -> Person:
    return Person(employee_id=employee.employee_id, name=employee.name)
