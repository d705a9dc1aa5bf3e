"""Fakes of what only the daily sweep needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leave.domain.errors import ConflictError
from leave.domain.values import replace
from leave.services.ports import OpenRequest, Unmailed
from tests.leave.fake_delegations import FakeDelegations
from tests.leave.hooks import Hooks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from leave.domain.request import LeaveRequest
    from leave.services.ports import Sweep
    from tests.leave.fake_requests import FakeRequests


@dataclass(kw_only=True)
class FakeOpenRequests:
    """The open ones among the fake requests, by approver."""

    requests: FakeRequests
    delegations: FakeDelegations = field(default_factory=FakeDelegations)
    pages: list[str] = field(default_factory=list)

    def after(self, cursor: str, limit: int) -> Sequence[OpenRequest]:
        self.pages.append(cursor)
        found = sorted((_key(r), r) for r in self.requests.stored.values() if r.is_open)
        return [
            OpenRequest(request=request, approver_id=key.rpartition("#")[0], cursor=key)
            for key, request in found
            if key > cursor
        ][:limit]

    def of_approver(self, approver_id: str) -> Sequence[str]:
        keys = sorted(_key(r) for r in self.requests.stored.values() if r.is_open)
        return [key.rpartition("#")[2] for key in keys if key.rpartition("#")[0] == approver_id]

    def unmailed(self, after: Unmailed | None, limit: int) -> Sequence[Unmailed]:
        found = [
            *((who, str(year)) for (who, year), one in self.requests.books.items() if one.unmailed),
            *((who, "delegation") for who, one in self.delegations.stored.items() if one.notices),
        ]
        last = (after.employee_id, str(after.year or "delegation")) if after else ("", "")
        return [
            Unmailed(employee_id=who, year=int(what) if what.isdecimal() else None)
            for who, what in sorted(found)
            if (who, what) > last
        ][:limit]


@dataclass(kw_only=True)
class FakeSweeps:
    """The memory of the sweep, under real optimistic locking."""

    hooks: Hooks = field(default_factory=Hooks)
    stored: Sweep | None = None
    reminders: dict[str, date] = field(default_factory=dict)

    def last(self) -> Sweep | None:
        return self.stored

    def save(self, made: Sweep) -> Sweep:
        with self.hooks.around("save"):
            if made.version != (self.stored.version if self.stored else 0):
                raise ConflictError("somebody else wrote first")
            self.stored = replace(made, version=made.version + 1)
            return self.stored

    def reminded(self, lead_id: str) -> date | None:
        return self.reminders.get(lead_id)

    def mark_reminded(self, lead_id: str, day: date) -> None:
        with self.hooks.around("mark_reminded"):
            self.reminders[lead_id] = max(day, self.reminders.get(lead_id, day))


def _key(request: LeaveRequest) -> str:
    approver = request.approver.employee_id if request.approver else ""
    return f"{approver}#{request.request_id}"
