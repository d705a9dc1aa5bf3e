"""Employees in the table, and the audit trail of changes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from leave.adapters.dynamodb.table import check_form, value_from_item, value_to_item
from leave.domain.calendar import Dated, WorkingWeek
from leave.domain.employee import Employee, Employment
from leave.domain.errors import ConflictError
from leave.domain.values import Value, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leave.adapters.dynamodb.table import Item, Table


def employee_to_item(employee: Employee) -> Item:
    """Return the attributes of an employee, without a key."""
    return value_to_item(employee) | {
        "annualLeaveDays": employee.annual_leave_days.format(lambda days: f"{days:f}"),
        "workingTime": employee.working_time.format(str),
        "employments": [str(employment) for employment in employee.employments],
    }


def _is_still(item: Item) -> dict[str, Any]:
    """Return the condition that nothing was written since this item was read.

    It names what was read, not what is made of it: an item of an earlier form lacks attributes.
    """
    read = {name: value for name, value in item.items() if name not in {"pk", "sk"}}
    absent = employee_to_item(employee_from_item(item)).keys() - read.keys()
    holds = [f"#{name} = :{name}" for name in read]
    holds += [f"attribute_not_exists(#{name})" for name in sorted(absent)]
    return {
        "condition": " AND ".join(holds),
        "names": {f"#{name}": name for name in (*read, *absent)},
        "values": {f":{name}": value for name, value in read.items()},
    }


def _is_free_or_of(*employee_ids: str) -> dict[str, Any]:
    """Return the condition that a key is nobody's, or of one of these employees."""
    values = {f":owner{number}": owner for number, owner in enumerate(employee_ids)}
    owned = f"employeeId IN ({', '.join(values)})"
    return {"condition": f"attribute_not_exists(pk) OR {owned}", "values": values}


def employee_from_item(item: Item) -> Employee:
    """Read an employee."""
    check_form(item)
    read = {
        "leadId": item.get("leadId"),
        "annualLeaveDays": Dated.parse(item["annualLeaveDays"], Decimal),
        "workingTime": Dated.parse(item["workingTime"], WorkingWeek.parse),
        "employments": [Employment.parse(text) for text in item["employments"]],
    }
    return value_from_item(item | read, Employee)


# | pk | sk |
# |---|---|
# | `AUDIT#<year>-<month>` | `<moment, in UTC>#<employee id>` |


class AuditEntry(Value):
    """A change of what the stage knows about an employee.

    `actor` is who AWS took the operator for. `changes` are the old and the new text of each field;
    there is never a secret among them.
    """

    at: datetime
    kind: str
    actor: str
    channel: str
    employee_id: str
    what: str
    changes: Mapping[str, tuple[str, str]]


def audit_to_item(entry: AuditEntry) -> Item:
    """Return the item of an entry."""
    at = entry.at.isoformat(timespec="microseconds")
    key = {"pk": f"AUDIT#{entry.at:%Y-%m}", "sk": f"{at}#{entry.employee_id}"}
    return key | value_to_item(entry) | {"at": at}


# Each employee is written under every key they are looked up by, so that each look-up is one read
# that is never behind:
#
# | pk | sk |
# |---|---|
# | `EMPLOYEE#<id>` | `PROFILE` |
# | `EMAIL#<mail address in lower case>` | `PROFILE` |
# | `FEED#<digest of the calendar feed>` | `PROFILE` |
# | `TEAM#<id of the lead>` | `EMPLOYEE#<id>` |
#
# Under the last two the feed's secret is left out: the function that answers anybody reads them.


_PROFILE = "PROFILE"
_NEW = "attribute_not_exists(pk)"


def employee_key(employee_id: str) -> tuple[str, str]:
    """Return the key of an employee."""
    return f"EMPLOYEE#{employee_id}", _PROFILE


def email_key(email: str) -> tuple[str, str]:
    """Return the key of the employee with this mail address, whatever its case."""
    return f"EMAIL#{email.lower()}", _PROFILE


def _feed_key(feed: str) -> str:
    digest = hashlib.sha256(feed.encode("utf-8", "surrogatepass")).hexdigest()
    return f"FEED#{digest}"


def _copies(employee: Employee) -> Iterator[tuple[tuple[str, str], Employee]]:
    """Yield each key of an employee, with what is stored under it."""
    yield employee_key(employee.employee_id), employee
    yield email_key(employee.email), employee
    without_feed = replace(employee, feed=None)
    if employee.feed is not None:
        yield (_feed_key(employee.feed.reveal()), _PROFILE), without_feed
    if employee.lead_id is not None:
        yield (f"TEAM#{employee.lead_id}", f"EMPLOYEE#{employee.employee_id}"), without_feed


def _is_unchanged(
    employee_id: str, before: Employee | None, stored: Mapping[tuple[str, str], Item]
) -> dict[str, Any]:
    """Return the condition that an employee is stored as `before`, or not at all."""
    if before is None:
        return {"condition": _NEW}
    item = stored.get(employee_key(employee_id))
    if item is None or employee_from_item(item) != before:
        raise ConflictError(f"{employee_id}: another writer was first")
    return _is_still(item)


@dataclass(slots=True, eq=False)
class DynamoDirectory:
    """Implements `Directory`, and lets administrators write it."""

    table: Table

    def by_email(self, email: str) -> Employee | None:
        """Return the employee with this mail address, whatever its case."""
        return self._one(email_key(email))

    def by_id(self, employee_id: str) -> Employee | None:
        """Return the employee with this id."""
        return self._one(employee_key(employee_id))

    def by_feed(self, feed: str) -> Employee | None:
        """Return the employee whose calendar feed this opens, without its secret."""
        return self._one((_feed_key(feed), _PROFILE))

    def team(self, lead_id: str) -> Sequence[Employee]:
        """Return the employees who have this lead, without the secrets of their feeds."""
        return [employee_from_item(i) for i in self.table.query(f"TEAM#{lead_id}", "EMPLOYEE#")]

    def everybody(self) -> Iterator[Employee]:
        """Yield all employees; reads the whole table, for exports and imports only."""
        return map(employee_from_item, self.table.scan("EMPLOYEE#", _PROFILE))

    def write(
        self,
        employee: Employee,
        *,
        before: Employee | None,
        audit: AuditEntry | None = None,
        email_from: str | None = None,
    ) -> None:
        """Write an employee under all keys, and remove the keys of `before` that are no more.

        A key that is another person's by now, such as a mail address given on, stays theirs.
        `email_from` is the id of an employee who gives up the mail address. The `audit` entry is
        written with the employee, or neither is.

        Raises `ConflictError`, and writes nothing, when what is stored is not `before` any more, or
        when the mail address is another employee's.
        """
        own = employee.employee_id
        copies = dict(_copies(employee))
        stored = self.table.get_many(dict(_copies(before))) if before else {}
        conditions = dict.fromkeys(copies, _is_free_or_of(own))
        conditions[employee_key(own)] = _is_unchanged(own, before, stored)
        if email_from is not None:
            conditions[email_key(employee.email)] = _is_free_or_of(own, email_from)
        operations: list[dict[str, Any]] = [
            {
                "Put": self.table.put_request(
                    {"pk": key[0], "sk": key[1], **employee_to_item(copy)}, **conditions[key]
                )
            }
            for key, copy in copies.items()
        ]
        if audit is not None:
            put = self.table.put_request(audit_to_item(audit), condition=_NEW)
            operations.append({"Put": put})
        operations += [
            {
                "Delete": self.table.delete_request(
                    *key, condition="employeeId = :own", values={":own": own}
                )
            }
            for key, item in stored.items()
            if key not in copies and item["employeeId"] == own
        ]
        self.table.write(*operations)

    def _one(self, key: tuple[str, str]) -> Employee | None:
        item = self.table.get(*key)
        return employee_from_item(item) if item else None
