"""GET, HEAD and POST /leave_lead_response/{decision}/{link}."""

from __future__ import annotations

import logging
import os
from functools import cache
from typing import TYPE_CHECKING, Any

from leave import bootstrap
from leave.adapters.presentation import pages
from leave.domain.errors import (
    CommentMissingError,
    CommentTooLongError,
    MalformedRequestError,
    OverlapError,
    RuleError,
    UnavailableError,
    UnknownEmployeeError,
)
from leave.domain.history import Decision
from leave.domain.typed_text import says_something, tidy_silently
from leave.functions import cold_start
from leave.functions.html import company, reply_html, require_approver
from leave.functions.http import (
    BodyTooLargeError,
    accepted_language,
    path_parameter,
    read_form,
    route,
)
from leave.functions.inputs import COMMENT_LENGTH

if TYPE_CHECKING:
    from datetime import tzinfo

    from leave.functions.http import Event
    from leave.services.submit_lead_response import SubmitLeadResponse

_log = logging.getLogger(__name__)
_SERVER_ERROR = 500
_STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (BodyTooLargeError, 413),
    (MalformedRequestError, 400),
    (UnavailableError, 503),
)
_ASKS_AGAIN = (
    CommentMissingError,
    CommentTooLongError,
    OverlapError,
    RuleError,
    UnknownEmployeeError,
)


@cache
@cold_start
def application() -> SubmitLeadResponse:
    """Build the use case, once in the life of a warm function."""
    return bootstrap.submit_lead_response(os.environ)


@cache
def time_zone() -> tzinfo:
    """Return the company's time zone, in which pages tell the time."""
    return bootstrap.time_zone(os.environ)


def _about_stage() -> dict[str, Any]:
    """Return what every page about a request knows of the stage."""
    return {"time_zone": time_zone(), "company": company()}


def handler(event: Event, context: Any) -> dict[str, Any]:  # noqa: ARG001
    """GET shows the request and changes nothing, nor does HEAD; POST decides."""
    try:
        return _reply(event)
    except Exception as error:  # noqa: BLE001 - the edge always answers; the log has the rest
        status = next((code for kind, code in _STATUSES if isinstance(error, kind)), 500)
        if status >= _SERVER_ERROR:
            _log.exception("submit_lead_response failed")
        page = pages.trouble(
            retry=status >= _SERVER_ERROR,
            longest_comment=COMMENT_LENGTH if isinstance(error, BodyTooLargeError) else None,
            language=accepted_language(event),
            company=company(),
        )
        return reply_html(status, page)


def _reply(event: Event) -> dict[str, Any]:
    link = path_parameter(event, "link")
    try:
        decision = Decision(path_parameter(event, "decision"))
    except ValueError:
        reply = None
    else:
        reply = require_approver(event, decision, link, application()) or _opened(
            event, decision, link
        )
    return reply or reply_html(404, pages.unknown_link(accepted_language(event), company=company()))


def _opened(event: Event, decision: Decision, link: str) -> dict[str, Any] | None:
    """Return the page, or None for a link that opens nothing."""
    if route(event).startswith("POST "):
        return _answer(application(), decision, link, read_form(event))
    return _show(application(), decision, link)


def _show(
    app: SubmitLeadResponse, decision: Decision, link: str, *, late: bool = False
) -> dict[str, Any] | None:
    view = app.show(link)
    if view is None:
        return None
    if view.decides:
        return reply_html(200, pages.decide(view, decision, link=link, **_about_stage()))
    page = pages.decided(view, now=False, late=late, link=link, **_about_stage())
    return reply_html(200, page)


def _answer(
    app: SubmitLeadResponse, decision: Decision, link: str, form: dict[str, str]
) -> dict[str, Any] | None:
    return _undo(app, decision, link) if "undo" in form else _decide(app, decision, link, form)


def _undo(app: SubmitLeadResponse, decision: Decision, link: str) -> dict[str, Any] | None:
    about = _about_stage()
    try:
        answer = app.undo(link)
    except (OverlapError, RuleError, UnknownEmployeeError) as error:
        view = app.show(link)
        if view is None:
            return None
        page = pages.decided(view, now=False, link=link, problem=error, **about)
        return reply_html(409, page)
    if answer is None:
        return None
    if not answer.changed:
        # Undone before, or too late.
        shown = _show(app, decision, link, late=True)
        return shown and shown | {"statusCode": 409}
    _log.info("undone", extra={"leaveRequestId": answer.view.request.request_id})
    page = pages.decide(answer.view, decision, link=link, undone=True, **about)
    return reply_html(200, page)


def _decide(
    app: SubmitLeadResponse, decision: Decision, link: str, form: dict[str, str]
) -> dict[str, Any] | None:
    comment = _comment(form)
    about = _about_stage()
    try:
        if len(comment) > COMMENT_LENGTH:
            raise CommentTooLongError(len(comment), COMMENT_LENGTH)
        answer = app(link, decision, comment)
    except _ASKS_AGAIN as error:
        view = app.show(link)
        if view is None:
            return None
        if not view.decides:
            return reply_html(409, pages.decided(view, now=False, link=link, **about))
        page = pages.decide(view, decision, link=link, problem=error, comment=comment, **about)
        return reply_html(409 if isinstance(error, UnknownEmployeeError) else 422, page)
    if answer is None:
        return None
    request = answer.view.request
    _log.info(
        "answered", extra={"leaveRequestId": request.request_id, "decidedNow": answer.changed}
    )
    page = pages.decided(answer.view, now=answer.changed, link=link, **about)
    return reply_html(200 if answer.agrees_with(decision) else 409, page)


def _comment(form: dict[str, str]) -> str:
    """Return the comment, empty when it says nothing.

    What cannot be seen is taken out and not refused: in a form, nobody could find it to remove it.
    """
    comment = tidy_silently(form.get("comment", "")).strip()
    return comment if says_something(comment) else ""
