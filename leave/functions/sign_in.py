"""GET /sign_in and GET /sign_in/callback."""

from __future__ import annotations

import logging
import os
from functools import cache
from typing import TYPE_CHECKING, Any

from leave import bootstrap
from leave.adapters.presentation import pages
from leave.domain.errors import LeaveError, NotAllowedError, UnauthenticatedError
from leave.functions import cold_start
from leave.functions.html import company, redirect, reply_html, sign_in_url
from leave.functions.http import Cookies, accepted_language, route
from leave.services.sign_in import ATTEMPT, SESSION, Goal

if TYPE_CHECKING:
    from leave.functions.http import Event
    from leave.services.sign_in import SignIn

_log = logging.getLogger(__name__)
_CALLBACK = "GET /sign_in/callback"
_STATUSES: tuple[tuple[type[Exception], int, str], ...] = (
    (UnauthenticatedError, 400, "stale"),
    (NotAllowedError, 403, "stranger"),
)


@cache
@cold_start
def application() -> tuple[str, SignIn]:
    """Build the API's address and the use case, once in the life of a warm function."""
    return bootstrap.sign_in(os.environ)


def handler(event: Event, context: Any) -> dict[str, Any]:  # noqa: ARG001
    """Send a browser to Google, and back to the decision page it came from."""
    try:
        api_url, app = application()
        query: dict[str, str] = event.get("queryStringParameters") or {}
        if route(event) == _CALLBACK:
            return _finish(api_url, app, event, query)
        return _start(api_url, app, event, query)
    except Exception:  # noqa: BLE001 - the edge always answers; the log has the rest
        _log.exception("sign_in failed")
        language = accepted_language(event)
        page = pages.sign_in_failed("trouble", language=language, company=company())
        return reply_html(503, page)


def _start(api_url: str, app: SignIn, event: Event, query: dict[str, str]) -> dict[str, Any]:
    goal = Goal.parse(query.get("decision", ""), query.get("link", ""))
    if goal is None:
        return reply_html(404, pages.unknown_link(accepted_language(event), company=company()))
    begun = app.start(goal, choose="choose" in query)
    cookie = Cookies(api_url=api_url).keep("sign-in", begun.attempt.reveal(), time=ATTEMPT)
    return redirect(begun.url, cookie)


def _finish(api_url: str, app: SignIn, event: Event, query: dict[str, str]) -> dict[str, Any]:
    cookies = Cookies(api_url=api_url)
    attempt = cookies.read(event, "sign-in")
    if "error" in query:
        _log.info("sign-in cancelled", extra={"error": query["error"][:40]})
        return _failed(event, api_url, app.goal(attempt), 403, "given-up")
    try:
        finished = app.finish(attempt, state=query.get("state", ""), code=query.get("code", ""))
    except (UnauthenticatedError, NotAllowedError) as error:
        _log.info("sign-in refused", extra={"reason": str(error)})
        status, why = next((s, w) for kind, s, w in _STATUSES if isinstance(error, kind))
        return _failed(event, api_url, app.goal(attempt), status, why)
    except LeaveError:
        _log.exception("sign-in unavailable")
        return _failed(event, api_url, app.goal(attempt), 503, "trouble")
    page = f"{api_url}/leave_lead_response/{finished.goal.decision}/{finished.goal.link.reveal()}"
    session = cookies.keep("session", finished.session.reveal(), time=SESSION)
    return redirect(page, session, cookies.drop("sign-in"))


def _failed(event: Event, api_url: str, goal: Goal | None, status: int, why: str) -> dict[str, Any]:
    choose = why == "stranger"
    again = goal and sign_in_url(api_url, goal.decision, goal.link.reveal(), choose=choose)
    language = accepted_language(event)
    page = pages.sign_in_failed(why, again=again, language=language, company=company())
    return reply_html(status, page)
