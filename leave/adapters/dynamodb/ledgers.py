"""How the ledger of a year looks as an item: pk `EMPLOYEE#<id>`, sk `LEDGER#<year>`."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from leave.domain.ledgers import Adjustment, Booking, Ledger
from leave.domain.periods import HalfDay, Period

if TYPE_CHECKING:
    from leave.adapters.dynamodb.table import Item

_WHOLE_DAYS = "-"


def ledger_key(employee_id: str, year: int) -> tuple[str, str]:
    """Return the key of a ledger."""
    return f"EMPLOYEE#{employee_id}", f"LEDGER#{year}"


def period_to_item(period: Period) -> Item:
    """Return the attributes of a period."""
    item = {"start": period.start.isoformat(), "end": period.end.isoformat()}
    return item | ({"halfDay": period.half_day.value} if period.half_day else {})


def period_from_item(item: Item) -> Period:
    """Read a period."""
    return Period(
        start=date.fromisoformat(item["start"]),
        end=date.fromisoformat(item["end"]),
        half_day=HalfDay(item["halfDay"]) if "halfDay" in item else None,
    )


def ledger_to_item(ledger: Ledger) -> Item:
    """Return the item of a ledger as it will be once written: one version on."""
    pk, sk = ledger_key(ledger.employee_id, ledger.year)
    asked_on = ledger.asked_on
    return {
        "pk": pk,
        "sk": sk,
        "employeeId": ledger.employee_id,
        "year": ledger.year,
        "version": ledger.version + 1,
        "carriedIn": ledger.carried_in,
        "bookings": [_booking_to_text(booking) for booking in ledger.bookings],
        "adjustments": [
            {
                "at": adjustment.at.isoformat(),
                "who": adjustment.who,
                "leaveType": adjustment.leave_type,
                "days": adjustment.days,
                "reason": adjustment.reason,
            }
            for adjustment in ledger.adjustments
        ],
        **({"askedOn": asked_on.isoformat(), "asked": ledger.asked} if asked_on else {}),
    }


def ledger_from_item(item: Item) -> Ledger:
    """Read a ledger."""
    return Ledger(
        employee_id=item["employeeId"],
        year=int(item["year"]),
        version=int(item["version"]),
        carried_in=item["carriedIn"],
        bookings=tuple(_booking_from_text(text) for text in item["bookings"]),
        adjustments=tuple(
            Adjustment(
                at=datetime.fromisoformat(value["at"]),
                who=value["who"],
                leave_type=value["leaveType"],
                days=value["days"],
                reason=value["reason"],
            )
            for value in item["adjustments"]
        ),
        asked_on=date.fromisoformat(item["askedOn"]) if "askedOn" in item else None,
        asked=int(item.get("asked", 0)),
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
            period.half_day or _WHOLE_DAYS,
            f"{booking.days:f}",
            f"{booking.early:f}",
            booking.status,
        )
    )


def _booking_from_text(text: str) -> Booking:
    request_id, leave_type, start, end, half_day, days, early, status = text.split(" ")
    return Booking(
        request_id=request_id,
        leave_type=leave_type,
        period=Period(
            start=date.fromisoformat(start),
            end=date.fromisoformat(end),
            half_day=None if half_day == _WHOLE_DAYS else HalfDay(half_day),
        ),
        days=Decimal(days),
        early=Decimal(early),
        status=status,
    )
