"""Reports as CSV files: RFC 4180, with a byte order mark."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from leave.domain.calendar import HalfDay
from leave.domain.errors import ReportTooLongError
from leave.domain.typed_text import without_formula
from leave.domain.views import ABSENCES, ADJUSTMENTS, BALANCES, BOOKED, SEPARATORS
from leave.functions.http import Query
from leave.functions.presenting import present_moment
from leave.functions.replies import reply

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leave.domain.calendar import Period
    from leave.functions.http import Event
    from leave.services.reports import AbsenceRow, AdjustmentRow, BalanceRow, Reports

REPORT_BYTES = 5 * 1024 * 1024
"""The most bytes of a report, as Lambda counts them: it sends up to 6 MB, as a text in JSON.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

_BOM = "\ufeff"
# Every row of a shorter span may say a number that is longer by so much, such as 0.5 for 5.
_LONGER = 2
Cell = str | Decimal | int | date | None


def report_absences(reports: Reports, event: Event) -> dict[str, Any]:
    """Answer GET /reports/absences."""
    query = Query(event, "from", "to", "status", "dialect")
    start, end = query.report_span()
    statuses = query.statuses() or BOOKED
    separator = SEPARATORS[query.choice("dialect", tuple(SEPARATORS))]
    query.check()
    rows = list(reports.absences(start, end, statuses))
    lines = _lines(ABSENCES, map(_absence, rows), separator)
    if sum(map(_bytes, lines)) > REPORT_BYTES:
        fitting = _fitting_end(rows, lines)
        span = (start, fitting) if fitting is not None and fitting >= start else None
        raise ReportTooLongError(REPORT_BYTES, span)
    return _file(lines, f"absences-{start}-{end}")


def report_balances(reports: Reports, event: Event) -> dict[str, Any]:
    """Answer GET /reports/balances."""
    year, separator = _year(event)
    return _whole(BALANCES, map(_balance, reports.balances(year)), separator, f"balances-{year}")


def report_adjustments(reports: Reports, event: Event) -> dict[str, Any]:
    """Answer GET /reports/adjustments."""
    year, separator = _year(event)
    rows = (_adjustment(row, year) for row in reports.adjustments(year))
    return _whole(ADJUSTMENTS, rows, separator, f"adjustments-{year}")


def _year(event: Event) -> tuple[int, str]:
    query = Query(event, "year", "dialect")
    year = query.required("year", query.year())
    separator = SEPARATORS[query.choice("dialect", tuple(SEPARATORS))]
    query.check()
    return year or 0, separator


def _absence(row: AbsenceRow) -> tuple[Cell, ...]:
    start_half, end_half = _halves(row.period)
    return (
        *(row.employee.employee_id, row.employee.name, row.leave_type, row.type_name),
        *(row.period.start, row.period.end, start_half, end_half),
        *(row.working_days, row.in_span, row.status, row.decided_by),
        *(row.decided_at and present_moment(row.decided_at), row.request_id),
    )


def _halves(period: Period) -> tuple[str, str]:
    """Return the half in which leave begins at noon, and the one in which it ends at noon."""
    start = period.start_half or (period.half_day if period.half_day is HalfDay.AFTERNOON else None)
    end = period.end_half or (period.half_day if period.half_day is HalfDay.MORNING else None)
    return start or "", end or ""


def _balance(row: BalanceRow) -> tuple[Cell, ...]:
    balance = row.balance
    return (
        *(row.employee.employee_id, row.employee.name, balance.leave_type, balance.year),
        *(balance.entitlement, balance.adjustments, balance.carried_in, balance.carried_until),
        *(balance.carried_left, balance.expired, balance.taken, balance.planned),
        *(balance.pending, balance.available),
    )


def _adjustment(row: AdjustmentRow, year: int) -> tuple[Cell, ...]:
    one = row.adjustment
    return (
        *(row.employee.employee_id, row.employee.name, one.leave_type, year),
        *(one.days, one.reason, one.actor, present_moment(one.at)),
    )


def _lines(header: Sequence[str], rows: Iterable[Sequence[Cell]], separator: str) -> Sequence[str]:
    """Return each record with its line end, the header first."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
    lines: list[str] = []
    for row in (header, *rows):
        writer.writerow([_cell(value, separator) for value in row])
        lines.append(text.getvalue())
        text.seek(0)
        text.truncate()
    return lines


def _cell(value: Cell, separator: str) -> str:
    match value:
        case str():
            return without_formula(value)
        case Decimal():
            number = f"{value.normalize():f}"
            return number.replace(".", ",") if separator == ";" else number
        case None:
            return ""
        case _:
            return str(value)


def _bytes(line: str) -> int:
    """Return how many bytes a line takes in the answer: JSON escapes quotes and line ends."""
    return len(line.encode()) + sum(map(line.count, '"\\\r\n'))


def _fitting_end(rows: Sequence[AbsenceRow], lines: Sequence[str]) -> date | None:
    """Return the last day up to which a report of these rows is short enough."""
    by_start = sorted(
        (row.period.start, _bytes(line) + _LONGER)
        for row, line in zip(rows, lines[1:], strict=True)
    )
    totals = accumulate((size for _, size in by_start), initial=_bytes(lines[0]))
    next(totals)
    over = (day for (day, _), total in zip(by_start, totals, strict=True) if total > REPORT_BYTES)
    first = next(over, None)
    return first and first - timedelta(days=1)


def _whole(
    header: Sequence[str], rows: Iterable[Sequence[Cell]], separator: str, name: str
) -> dict[str, Any]:
    lines = _lines(header, rows, separator)
    if sum(map(_bytes, lines)) > REPORT_BYTES:
        raise ReportTooLongError(REPORT_BYTES)
    return _file(lines, name)


def _file(lines: Sequence[str], name: str) -> dict[str, Any]:
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    text = _BOM + "".join(lines)
    return reply(200, text, content_type="text/csv; charset=utf-8", headers=headers)
