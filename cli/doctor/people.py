"""Whether everybody can ask for leave, and somebody can decide about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.administration import CONFIGURED, Administration
from cli.doctor.findings import Finding, ok, problem, warning
from cli.doctor.leave_types import leave_types
from cli.doctor.unfitting_leave import unfitting_leave
from leave.domain.errors import NoApproverError
from leave.services.approvers import find_approver, why_nobody

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from cli.doctor.patient import Patient
    from leave.domain.employee import Employee
    from leave.services.ports import Clock
    from leave.services.unit_of_work import UnitOfWork

_NAMED = 10


def people(patient: Patient) -> Iterator[Finding]:
    """There are employees, each with an approver and an address that can sign in."""
    administration = Administration.of(patient.stage)
    clock, fallback = administration.clock, administration.policy.fallback_approver
    yield ok("rules", f"{len(administration.rules.leave_types)} leave types are configured.")
    employees = list(administration.directory.everybody())
    present = [
        employee for employee in employees if employee.is_employed_on(clock.today_of(employee))
    ]
    if not present:
        cure = f"Run `leave directory import FILE --stage {patient.stage.name}`."
        yield problem("directory", "There are no employees.", cure)
        return
    yield ok(
        "directory",
        f"{len(present)} employees today, {len(employees) - len(present)} not employed.",
    )
    yield from leave_types(administration, employees)
    uow = administration.unit_of_work(employees)
    everybody = {employee.employee_id: employee for employee in employees}
    yield from unfitting_leave(administration, everybody)
    yield from _fallback(uow, fallback, clock, patient.deploy)
    yield from _approvers(uow, present, fallback, clock)
    configured = patient.stage.environment(CONFIGURED)
    yield from _administrators(configured.names("LEAVE_ADMINS"), employees, clock, patient.deploy)
    domain = configured.optional("LEAVE_COMPANY_DOMAIN") or ""
    strangers = [e for e in present if not e.email.lower().endswith(f"@{domain.lower()}")]
    if strangers:
        yield warning(
            "addresses",
            f"Only accounts of {domain} are let in, which {_names(strangers)} do not have.",
            "Correct the addresses, or `leave:company-domain`.",
        )
    calendars = configured.holiday_calendars()
    uncounted = [e for e in present if e.holidays and e.holidays not in calendars]
    if uncounted:
        yield warning(
            "holidays",
            f"The stage does not have the holiday calendars of {_names(uncounted)}, so their"
            " requests are refused.",
            "Add them to `leave:holiday-calendars` and run"
            f" `pulumi up -s {patient.stage.name}`, or import others.",
        )


def _fallback(
    uow: UnitOfWork, fallback: str | None, clock: Clock, deploy: str
) -> Iterator[Finding]:
    if fallback is None:
        return
    approver = uow.find_employee(fallback)
    if approver is None or not approver.is_employed_on(clock.today_of(approver)):
        what = "is not in the directory" if approver is None else "is not employed today"
        yield problem(
            "approvers",
            f"The fallback approver {fallback} {what}.",
            f"Configure another employee as `leave:fallback-approver`. {deploy}",
        )


def _administrators(
    addresses: Collection[str], employees: Sequence[Employee], clock: Clock, deploy: str
) -> Iterator[Finding]:
    """Yield a warning for administrators who are not employed: no mail is sent to them."""
    by_email = {employee.email.lower(): employee for employee in employees}
    left = [
        address
        for address in sorted(addresses)
        if (owner := by_email.get(address)) and not owner.is_employed_on(clock.today_of(owner))
    ]
    if left:
        all_left = " No administrator is left to be mailed." if len(left) == len(addresses) else ""
        yield warning(
            "administrators",
            f"These addresses of `leave:admins` are of people who are not employed today, so they"
            f" are refused and get no mail: {', '.join(left)}.{all_left}",
            f"Remove them from `leave:admins`, or name others. {deploy}",
        )


def _approvers(
    uow: UnitOfWork, present: Sequence[Employee], fallback: str | None, clock: Clock
) -> Iterator[Finding]:
    """Somebody can decide about everybody; each other reason is told once, with its cure."""
    lost: dict[tuple[str, str], list[Employee]] = {}
    for employee in present:
        try:
            find_approver(uow, employee, fallback=fallback, clock=clock)
        except NoApproverError:
            why = why_nobody(uow, employee, fallback=fallback, clock=clock)
            lost.setdefault(why, []).append(employee)
    for (why, cure), employees in lost.items():
        yield warning(
            "approvers",
            f"There is no approver for {_names(employees)}, so their requests are refused: {why}.",
            f"{cure[0].upper()}{cure[1:]}.",
        )
    if not lost:
        yield ok("approvers", "Every employee has an approver.")


def _names(employees: Sequence[Employee]) -> str:
    named = ", ".join(employee.employee_id for employee in employees[:_NAMED])
    more = len(employees) - _NAMED
    return f"{named} and {more} more" if more > 0 else named
