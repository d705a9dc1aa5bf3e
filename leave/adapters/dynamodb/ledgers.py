"""The item of a yearly ledger.

Its pk is `LEDGER#<employee id>`, its sk `LEDGER#<year>`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from leave.adapters.dynamodb.table import adjusted_key, check_form, value_from_item, value_to_item
from leave.domain.calendar import HalfDay, Period
from leave.domain.counting import YearCount
from leave.domain.ledger import Booking, Ledger
from leave.domain.values import replace

if TYPE_CHECKING:
    from leave.adapters.dynamodb.table import Item

_WHOLE_DAYS = _NO_DAY = "-"


def ledger_key(employee_id: str, year: int) -> tuple[str, str]:
    """Return the key of a ledger."""
    return f"LEDGER#{employee_id}", f"LEDGER#{year}"


def costs_to_text(count: YearCount) -> str:
    """Return runs of days of one cost: "2027-05-03*5:1,2027-05-08:0.5" is 5.5 days from a Monday.

    "-" stands for no day at all, so that a booking keeps its words.
    """
    runs: list[tuple[date, int, Decimal]] = []
    for day, cost in count.costs:
        if runs:
            start, length, same = runs[-1]
            if cost == same and day == start + timedelta(days=length):
                runs[-1] = (start, length + 1, same)
                continue
        runs.append((day, 1, cost))
    texts = (f"{day}{f'*{length}' if length > 1 else ''}:{cost:f}" for day, length, cost in runs)
    return ",".join(texts) or _NO_DAY


def costs_from_text(text: str) -> YearCount:
    """Read what `costs_to_text` wrote."""
    costs: list[tuple[date, Decimal]] = []
    for run in () if text == _NO_DAY else text.split(","):
        days, _, cost = run.partition(":")
        start, _, length = days.partition("*")
        first = date.fromisoformat(start)
        costs += [(first + timedelta(days=n), Decimal(cost)) for n in range(int(length or 1))]
    return YearCount(costs=tuple(costs))


def ledger_to_item(ledger: Ledger) -> Item:
    """Return the item of a ledger as it will be once written: one version on."""
    pk, sk = ledger_key(ledger.employee_id, ledger.year)
    written = value_to_item(replace(ledger, version=ledger.version + 1, bookings=()))
    bookings = [_booking_to_text(booking) for booking in ledger.bookings]
    return {"pk": pk, "sk": sk, **written, "bookings": bookings, **adjusted_key(ledger)}


def ledger_from_item(item: Item) -> Ledger:
    """Read a ledger."""
    check_form(item)
    return value_from_item(
        item | {"bookings": [_booking_from_text(text) for text in item["bookings"]]}, Ledger
    )


def _booking_to_text(booking: Booking) -> str:
    """Return a booking in one line, because a year of them is to fit the smallest unit of a read.

    A read unit is 4 KB, about 50 bookings. Source:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
    """
    period = booking.period
    return " ".join(
        (
            booking.request_id,
            booking.leave_type,
            period.start.isoformat(),
            period.end.isoformat(),
            _halves_to_text(period),
            costs_to_text(booking.count),
            _status_to_text(booking),
        )
    )


def _booking_from_text(text: str) -> Booking:
    request_id, leave_type, start, end, halves, costs, state = text.split(" ")
    status, _, answer = state.partition(">")
    becomes, _, final_at = answer.partition("@")
    return Booking(
        request_id=request_id,
        leave_type=leave_type,
        period=Period(
            start=date.fromisoformat(start),
            end=date.fromisoformat(end),
            **_halves_from_text(halves),
        ),
        count=costs_from_text(costs),
        status=status,
        becomes=becomes,
        final_at=datetime.fromisoformat(final_at) if final_at else None,
    )


def _halves_to_text(period: Period) -> str:
    """Return `whole`, half of a single day, or half ends such as `afternoon>`, `>morning`."""
    if period.start_half or period.end_half:
        return f"{period.start_half or ''}>{period.end_half or ''}"
    return period.half_day or _WHOLE_DAYS


def _halves_from_text(text: str) -> dict[str, HalfDay | None]:
    first, ends, last = text.partition(">")
    if not ends:
        return {"half_day": None if text == _WHOLE_DAYS else HalfDay(text)}
    return {
        "start_half": HalfDay(first) if first else None,
        "end_half": HalfDay(last) if last else None,
    }


def _status_to_text(booking: Booking) -> str:
    """Return a status, and what it becomes when: `pending>approved@2027-03-01T09:35:00+00:00`."""
    if booking.final_at is None:
        return booking.status
    return f"{booking.status}>{booking.becomes}@{booking.final_at.isoformat()}"
