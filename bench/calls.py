"""Which calls of AWS and Google each step of a leave request makes: `python -m bench.calls`.

The steps run over the real adapters, composed by the real composition root: see `bench.in_memory`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from bench.capacity_units import item_bytes
from bench.figures import Figure
from bench.histories import Past
from bench.in_memory import TEAM, VARIABLES, Calls, next_monday, stage
from leave import bootstrap
from leave.adapters.dynamodb.requests import DynamoRequests, listed_key, request_key
from leave.adapters.dynamodb.table import encode
from leave.domain.calendar import Period
from leave.domain.history import Decision
from leave.domain.ledger import AdjustmentInput
from leave.domain.policy import ANNUAL_LEAVE
from leave.domain.values import Secret
from leave.services.approvals import PAGE_SIZE
from leave.services.authorization import Caller
from leave.services.leave_policy import LeaveRequestInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from leave.adapters.dynamodb.table import Table

EMPLOYEE: Final = Caller(email="e1@foo.com", in_admins=False)
LEAD: Final = Caller(email="e2@foo.com", in_admins=False)
ADMIN: Final = Caller(email="hr@foo.com", in_admins=True)
USUAL_PAST: Final = 10
OPEN: Final = 5
"""How many open requests a sweep of the table finds."""
TOLD: Final = ("ask the lead", "tell the employee")
"""What sends a mail, and has to fetch credentials when the function is cold."""
JOURNEY: Final = (
    *("request leave", "ask the lead", "open the link", "decide", "tell the employee"),
)
"""The steps of one request that is asked for, looked at and approved."""
FEWEST: Final = {
    "request leave": 4,
    "request leave, with a key": 4,
    "ask the lead": 8,
    "open the link": 4,
    "decide": 4,
    "tell the employee": 4,
    "change dates": 4,
    "withdraw": 4,
    "read one": 1,
    "remind": 3,
    "ask the lead, to remind": 8,
    "decide by token": 4,
    "approvals, none waiting": 2,
    "approvals, 50 waiting": 6,
    "balance": 2,
    "adjust": 3,
    "report absences": 3,
    "report balances": 3,
    "report adjustments": 2,
    "team calendar": 4,
}
"""What docs/adr/0029 derives: a call for each answer that a later one needs, and each effect."""


@dataclass(frozen=True)
class Step:
    """What one step calls, in order, and what DynamoDB charges for it; `printed` are bytes."""

    calls: tuple[str, ...]
    reads: int
    writes: int
    printed: int


@dataclass(frozen=True)
class _Player:
    calls: Calls
    table: Table
    steps: dict[str, Step]

    def play(self, name: str, call: Callable[[], Any]) -> Any:
        """Do one step, and keep what it called."""
        self.calls.reset()
        result = call()
        meter, printed = self.calls.meter, len(self.calls.said.getvalue().encode())
        self.steps[name] = Step(tuple(self.calls.names), meter.reads, meter.writes, printed)
        return result

    def link(self, request_id: str) -> str:
        """Return the last part of the decision URL."""
        request = DynamoRequests(self.table).get(request_id)
        link = request and request.link()
        if link is None:
            raise LookupError(request_id)
        return link.reveal()


def steps(past: int = USUAL_PAST) -> Mapping[str, Step]:
    """Return every step with warm functions, and those that mail with cold ones as well.

    They are those of an employee with so many past requests.
    """
    return _played(past)[0]


def kept() -> int:
    """Return how many bytes a decided request leaves in the table: itself, and where it is listed.

    The ledger it is booked in is there already, and a booking takes less than a list's entry.
    """
    return _played(USUAL_PAST)[1]


@cache
def _played(past: int) -> tuple[Mapping[str, Step], int]:
    with stage(Past(past)) as (calls, table):
        found: dict[str, Step] = {}
        request_id = _play(_Player(calls, table, found))
        item = encode(table.get(*request_key(request_id)) or {})
        pk, sk = listed_key("E00001", request_id)
        return found, item_bytes(item) + 2 * item_bytes(encode({"pk": pk, "sk": sk}))


def _play(on: _Player) -> str:
    """Play all of it, and return the id of a request that was decided and told."""
    _, request_leave = bootstrap.request_leave(VARIABLES)
    _, change = bootstrap.change_leave_request(VARIABLES)
    _, read = bootstrap.read_leave(VARIABLES)
    ask, tell = bootstrap.process_leave_request, bootstrap.process_lead_response
    lead = bootstrap.submit_lead_response(VARIABLES)
    monday = next_monday().date()

    def wanted(day: int) -> LeaveRequestInput:
        date = monday + timedelta(weeks=day // 5, days=day % 5)
        return LeaveRequestInput(period=Period(start=date, end=date), leave_type=ANNUAL_LEAVE)

    decided = ""
    warm_ask, warm_tell = ask(VARIABLES), tell(VARIABLES)
    # The first of two sweeps opens the year's ledger, and warms the functions up.
    for number, suffix in enumerate((", cold", "")):
        submitted = on.play(
            f"request leave{suffix}", lambda n=number: request_leave(EMPLOYEE, wanted(n))
        )
        request_id, token = submitted.request_id, Secret(f"token {number}")
        on.play(f"ask the lead{suffix}", lambda i=request_id, t=token: warm_ask(i, t))
        link = on.link(request_id)
        on.play(f"open the link{suffix}", lambda k=link: lead.show(k))
        on.play(f"decide{suffix}", lambda k=link: lead(k, Decision.APPROVED, ""))
        on.play(f"tell the employee{suffix}", lambda i=request_id: warm_tell(i))
        decided = request_id
    for name in ("request leave", "open the link", "decide"):
        del on.steps[f"{name}, cold"]
    keyed = on.play(
        "request leave, with a key",
        lambda: request_leave(EMPLOYEE, wanted(2), idempotency_key="key"),
    )
    on.play("read one", lambda: read.request(EMPLOYEE, keyed.request_id))
    on.play("balance", lambda: read.balances(EMPLOYEE, employee_id=None, year=monday.year))
    span = (monday, monday + timedelta(days=60))
    on.play("team calendar", lambda: read.team(EMPLOYEE, *span))
    warm_ask(keyed.request_id, Secret("token"))
    on.play("change dates", lambda: change.change(EMPLOYEE, keyed.request_id, wanted(3)))
    warm_ask(keyed.request_id, Secret("another token"))
    on.play("withdraw", lambda: change.withdraw(EMPLOYEE, keyed.request_id))
    warm_tell(keyed.request_id)
    _sweeps(on, lambda n: request_leave(EMPLOYEE, wanted(10 + n)).request_id, warm_ask)
    _by_token(on, lambda who, n: request_leave(who, wanted(20 + n)).request_id, warm_ask)
    _administer(on, monday)
    return decided


def _administer(on: _Player, monday: date) -> None:
    """Adjust an account, and report about all employees."""
    _, use_cases = bootstrap.administer(VARIABLES)
    adjust, reports, year = use_cases.adjust_balance, use_cases.reports, monday.year
    given = AdjustmentInput(year=year, leave_type=ANNUAL_LEAVE, days=Decimal(1), reason="Moved")
    on.play("adjust", lambda: adjust(ADMIN, "E00001", given, idempotency_key="key"))
    span = (monday, monday + timedelta(days=60))
    on.play("report absences", lambda: list(reports.absences(*span)))
    on.play("report balances", lambda: list(reports.balances(year)))
    on.play("report adjustments", lambda: list(reports.adjustments(year)))


def _by_token(on: _Player, make: Callable[[Caller, int], str], ask: Any) -> None:
    """List a page of what waits, have the lead reminded of one request, and decide it."""
    _, approvals, _ = bootstrap.approvals(VARIABLES)
    _, change = bootstrap.change_leave_request(VARIABLES)
    on.play("approvals, none waiting", lambda: approvals.waiting(EMPLOYEE, None))
    team = [Caller(email=f"e{number}@foo.com", in_admins=False) for number in range(3, 2 + TEAM)]
    asked = ""
    for number in range(PAGE_SIZE - OPEN):
        asked = make(team[number % len(team)], number // len(team))
        ask(asked, Secret(f"token of {asked}"))
    page = on.play(f"approvals, {PAGE_SIZE} waiting", lambda: approvals.waiting(LEAD, None))
    if (len(page.approvals), page.cursor) != (PAGE_SIZE, None):
        raise LookupError("not all requests wait")
    own = next(a.request.request_id for a in page.approvals if a.employee_name == "Employee 1")
    on.play("remind", lambda: change.remind(EMPLOYEE, own))
    on.play("ask the lead, to remind", lambda: ask(own, Secret("a new token")))
    on.play(
        "decide by token",
        lambda: approvals.decide(LEAD, own, Decision.APPROVED, "", revision=1),
    )


def _sweeps(on: _Player, make: Callable[[int], str], ask: Any) -> None:
    """Make the sweep with nothing to do, with one open request, and with some."""

    def a_sweep() -> None:
        bootstrap.daily_sweep(VARIABLES)(only_if_due=False, has_time=lambda: True)

    on.play("daily sweep, none open", a_sweep)
    for number in range(OPEN):
        ask(make(number), Secret(f"token of {number}"))
        if number == 0:
            on.play("daily sweep, 1 open", a_sweep)
    on.play(f"daily sweep, {OPEN} open", a_sweep)


def measure() -> Iterable[Figure]:
    """Yield how many calls each step makes, and their units."""
    for name, step in steps().items():
        aim = FEWEST.get(name)
        yield Figure(f"calls: {name}", len(step.calls), "calls", aim=aim, note=_listed(step.calls))
    for name in JOURNEY:
        step = steps()[name]
        yield Figure(f"units: {name}, read", step.reads, "RRU")
        yield Figure(f"units: {name}, written", step.writes, "WRU")


def _listed(calls: tuple[str, ...]) -> str:
    return " → ".join(calls) if len(calls) < 12 else f"{len(calls)} calls"  # noqa: PLR2004


def main() -> None:
    """Print the calls of each step, in order."""
    for name, step in steps().items():
        print(f"{name:<28}{len(step.calls):>3}  {', '.join(step.calls)}")


if __name__ == "__main__":
    main()
