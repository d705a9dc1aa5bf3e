"""The calls of administrators: the directory, adjustments of accounts, and reports."""

from __future__ import annotations

import logging
import os
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from leave import bootstrap
from leave.domain.errors import FieldProblem, MalformedRequestError
from leave.functions import cold_start
from leave.functions.http import (
    Query,
    claims,
    employee_id,
    error_boundary,
    header,
    idempotency_key,
    read_body,
    read_bytes,
    require_content_type,
    route,
)
from leave.functions.inputs import FILE_BYTES, read_adjustment_body
from leave.functions.presenting import present_adjustment, present_balance, present_import
from leave.functions.replies import reply, reply_json
from leave.functions.reports import report_absences, report_adjustments, report_balances
from leave.services.import_directory import ImportOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from leave.bootstrap import AdministratorUseCases
    from leave.functions.http import Event
    from leave.services.authorization import Authenticator, Caller
    from leave.services.reports import Reports

_log = logging.getLogger(__name__)
_CSV = "text/csv"
_BOM = "\ufeff"
_VERSION = re.compile(r'"([0-9]{1,18})"')


@cache
@cold_start
def application() -> tuple[Authenticator, AdministratorUseCases]:
    """Build the use cases, once in the life of a warm function."""
    return bootstrap.administer(os.environ)


def handler(event: Event, context: Any) -> dict[str, Any]:
    """Answer whichever of the routes was called."""
    return error_boundary(context, lambda: _administer(event))


def _administer(event: Event) -> dict[str, Any]:
    authenticator, use_cases = application()
    caller = authenticator.authenticate(claims(event))
    return _ROUTES[route(event)](use_cases, caller, event)


def _export(use_cases: AdministratorUseCases, caller: Caller, event: Event) -> dict[str, Any]:
    Query(event).check()
    text, version = use_cases.import_directory.export(caller)
    headers = {
        "content-disposition": 'attachment; filename="employees.csv"',
        "etag": f'"{version}"',
    }
    return reply(200, _BOM + text, content_type=f"{_CSV}; charset=utf-8", headers=headers)


def _import(use_cases: AdministratorUseCases, caller: Caller, event: Event) -> dict[str, Any]:
    directory = use_cases.import_directory
    actor = directory.require_admin(caller)
    query = Query(event, "dryRun", "endMissing", "cancelLater", "firstYear")
    options = ImportOptions(
        is_dry_run=query.flag("dryRun", default=True),
        end_missing=query.day("endMissing"),
        cancels_later=query.flag("cancelLater", default=False),
        first_year=query.year("firstYear"),
        versions=_versions(event),
    )
    query.check()
    require_content_type(event, _CSV)
    try:
        raw = read_bytes(event, FILE_BYTES)
    except ValueError as error:
        raise MalformedRequestError(FieldProblem("body", "is not a file")) from error
    imported = directory(raw, options, caller=caller, actor=actor)
    body = present_import(imported)
    headers = {"etag": f'"{imported.version}"'}
    if imported.remaining:
        return reply_json(202, body | {"remaining": imported.remaining}, headers=headers)
    return reply_json(200, body, headers=headers)


def _versions(event: Event) -> frozenset[int] | None:
    """Return the versions of the directory that a write is for; None for any.

    A weak tag never matches: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1
    """
    wanted = header(event, "if-match")
    if wanted is None or wanted.strip() == "*":
        return None
    tags = (_VERSION.fullmatch(tag.strip()) for tag in wanted.split(","))
    return frozenset(int(tag[1]) for tag in tags if tag)


def _adjust(use_cases: AdministratorUseCases, caller: Caller, event: Event) -> dict[str, Any]:
    adjust = use_cases.adjust_balance
    adjust.require_admin(caller)
    Query(event).check()
    key, who = idempotency_key(event), employee_id(event)
    adjusted = adjust(caller, who, read_adjustment_body(read_body(event)), idempotency_key=key)
    _log.info("adjusted", extra={"employeeId": who, "adjustmentId": adjusted.adjustment_id})
    return reply_json(
        201,
        {
            "adjustmentId": adjusted.adjustment_id,
            "balance": present_balance(adjusted.balance),
        },
    )


def _adjustments(use_cases: AdministratorUseCases, caller: Caller, event: Event) -> dict[str, Any]:
    adjust = use_cases.adjust_balance
    adjust.require_reader(caller)
    query = Query(event, "year")
    year = query.year()
    query.check()
    who = employee_id(event)
    year, adjustments = adjust.list(caller, who, year)
    return reply_json(
        200,
        {
            "employeeId": who,
            "year": year,
            "adjustments": [present_adjustment(one) for one in adjustments],
        },
    )


def _report(
    report: Callable[[Reports, Event], dict[str, Any]],
) -> Callable[[AdministratorUseCases, Caller, Event], dict[str, Any]]:
    def answer(use_cases: AdministratorUseCases, caller: Caller, event: Event) -> dict[str, Any]:
        reports = use_cases.reports
        reports.require_reader(caller)
        return report(reports, event)

    return answer


_ROUTES: dict[str, Callable[[AdministratorUseCases, Caller, Event], dict[str, Any]]] = {
    "GET /employees": _export,
    "PUT /employees": _import,
    "GET /employees/{employeeId}/adjustments": _adjustments,
    "POST /employees/{employeeId}/adjustments": _adjust,
    "GET /reports/absences": _report(report_absences),
    "GET /reports/balances": _report(report_balances),
    "GET /reports/adjustments": _report(report_adjustments),
}
