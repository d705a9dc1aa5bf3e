"""Employees in the table, and the audit trail of changes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from leave.adapters.dynamodb.table import check_form, value_from_item, value_to_item
from leave.domain.calendar import Dated, WorkingWeek
from leave.domain.employee import Employee, Employment
from leave.domain.errors import ConflictError
from leave.domain.values import replace
from leave.services.ports import DirectoryWrite

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leave.adapters.dynamodb.table import Item, Table
    from leave.services.ports import AuditEntry


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
# | `EMPLOYEES` | `EMPLOYEE#<id>` |
#
# Under FEED and TEAM the feed's secret is left out: the function that answers anybody reads them.
# With each write, the number in the item `DIRECTORY` grows by one.


_PROFILE = "PROFILE"
_EMPLOYEES = "EMPLOYEES"
_VERSION = ("DIRECTORY", "DIRECTORY")
# A transaction takes 100 items, and an employee at most five copies, an entry of the audit trail,
# and deletes of three keys.
_EMPLOYEES_A_TRANSACTION = 11
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
    yield (_EMPLOYEES, f"EMPLOYEE#{employee.employee_id}"), employee
    without_feed = replace(employee, feed=None)
    if employee.feed is not None:
        yield (_feed_key(employee.feed.reveal()), _PROFILE), without_feed
    if employee.lead_id is not None:
        yield (f"TEAM#{employee.lead_id}", f"EMPLOYEE#{employee.employee_id}"), without_feed


def _read_before(writes: Sequence[DirectoryWrite]) -> Iterator[tuple[str, str]]:
    """Yield the keys of what is to be written over, and of what is to be removed."""
    wanted = {key for write in writes for key, _ in _copies(write.after)}
    for before in filter(None, (write.before for write in writes)):
        own = employee_key(before.employee_id)
        yield from (key for key, _ in _copies(before) if key == own or key not in wanted)


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
        """Yield all employees."""
        return map(employee_from_item, self.table.query(_EMPLOYEES, "EMPLOYEE#"))

    def version(self) -> int:
        """Return the number that every write of the directory raises."""
        item = self.table.get(*_VERSION)
        return item["version"] if item else 0

    def write_all(
        self, writes: Sequence[DirectoryWrite], *, version: int
    ) -> Iterator[tuple[int, int]]:
        """Write employees under all keys, and remove the keys of before that are no more.

        Each step writes as many as fit into one transaction, and yields how many are written by
        then, and the version of the directory, which was `version` when the employees were read.

        Raises `ConflictError`, with nothing of that transaction written, when the directory was
        written since then, or when a mail address is another employee's.
        """
        done = 0
        while batch := writes[done : done + _EMPLOYEES_A_TRANSACTION]:
            stored = self.table.get_many(_read_before(batch))
            operations = self._operations(batch, stored)
            self.table.write(*operations, self._raise_version(version))
            version, done = version + 1, done + len(batch)
            yield done, version

    def write(
        self,
        employee: Employee,
        *,
        before: Employee | None,
        audit: AuditEntry | None = None,
        email_from: str | None = None,
    ) -> None:
        """Write a single employee; raises `ConflictError` as above."""
        write = DirectoryWrite(before=before, after=employee, audit=audit, email_from=email_from)
        for _ in self.write_all([write], version=self.version()):
            pass

    def _operations(
        self, batch: Sequence[DirectoryWrite], stored: Mapping[tuple[str, str], Item]
    ) -> Iterator[dict[str, Any]]:
        wanted = {key for write in batch for key, _ in _copies(write.after)}
        for write in batch:
            own = write.after.employee_id
            copies = dict(_copies(write.after))
            conditions = dict.fromkeys(copies, _is_free_or_of(own))
            conditions[employee_key(own)] = _is_unchanged(own, write.before, stored)
            if write.email_from is not None:
                key = email_key(write.after.email)
                conditions[key] = _is_free_or_of(own, write.email_from)
            for key, copy in copies.items():
                item = {"pk": key[0], "sk": key[1], **employee_to_item(copy)}
                yield {"Put": self.table.put_request(item, **conditions[key])}
            if write.audit is not None:
                put = self.table.put_request(audit_to_item(write.audit), condition=_NEW)
                yield {"Put": put}
            # A key that is another person's by now, such as a mail address given on, stays theirs.
            for key, _ in _copies(write.before) if write.before else ():
                if key not in wanted and stored.get(key, {}).get("employeeId") == own:
                    yield {
                        "Delete": self.table.delete_request(
                            *key, condition="employeeId = :own", values={":own": own}
                        )
                    }

    def _raise_version(self, version: int) -> dict[str, Any]:
        pk, sk = _VERSION
        put = self.table.put_request(
            {"pk": pk, "sk": sk, "version": version + 1},
            condition=f"#version = :version{'' if version else f' OR {_NEW}'}",
            names={"#version": "version"},
            values={":version": version},
        )
        return {"Put": put}

    def _one(self, key: tuple[str, str]) -> Employee | None:
        item = self.table.get(*key)
        return employee_from_item(item) if item else None
