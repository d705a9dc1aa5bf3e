"""Calling a stage's API as whoever is signed in."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from cli.errors import CommandError
from cli.output import printable
from cli.web import Answer, Call, NoAnswerError, send

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cli.account.profiles import Profile
    from cli.account.tokens import IdTokens
    from cli.web import Web

ATTEMPTS = 4
_LONGEST_PAUSE_SECONDS = 10.0
_OTHER, _UNAUTHORIZED, _TOO_MANY, _OURS = 300, 401, 429, 500
# What stands between us and the API says these too, when it cannot tell what became of a call.
_PASSING = frozenset({502, 503, 504})
_LOOK = "So it is not known whether this was done: look with `leave status`."


@dataclass(kw_only=True, slots=True)
class Api:
    """The API of one stage. A call that is safe to repeat is repeated when its answer is lost."""

    profile: Profile
    tokens: IdTokens
    web: Web = send
    pause: Callable[[float], None] = time.sleep

    def get(self, path: str, query: Mapping[str, str | None] | None = None) -> dict[str, Any]:
        """Return what is read at a path, without those parts of the query that are None."""
        given = {name: value for name, value in (query or {}).items() if value is not None}
        question = f"?{urlencode(given)}" if given else ""
        return self._call("GET", path + question, repeatable=True, lost="Try again.")

    def post(self, path: str, body: Mapping[str, str], *, idempotency_key: str) -> dict[str, Any]:
        """Return the answer to a body, which counts once however often it is sent."""
        return self._call(
            "POST",
            path,
            body=body,
            headers={"Idempotency-Key": idempotency_key},
            repeatable=True,
            lost="So it is not known whether this was recorded: look with `leave status`, or repeat"
            f" exactly this with --idempotency-key {idempotency_key}, which is safe.",
        )

    def answer(self, path: str, body: Mapping[str, str | int]) -> dict[str, Any]:
        """Return the request after an approver's answer, which can be given again."""
        lost = "So it is not known whether this was recorded: the same command again is safe."
        return self._call("POST", path, body=body, repeatable=True, lost=lost)

    def remind(self, path: str) -> dict[str, Any]:
        """Return the request whose approver is reminded."""
        return self._call("POST", path, lost="So it is not known whether the approver gets a mail.")

    def patch(self, path: str, body: Mapping[str, str]) -> dict[str, Any]:
        """Return the answer to a change."""
        return self._call("PATCH", path, body=body, lost=_LOOK)

    def delete(self, path: str) -> dict[str, Any]:
        """Return the answer to a withdrawal."""
        return self._call("DELETE", path, lost=_LOOK)

    def _call(  # noqa: PLR0913 - what a call is made of
        self,
        method: str,
        path: str,
        *,
        lost: str,
        body: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = False,
    ) -> dict[str, Any]:
        """Return the JSON of the answer; `lost` is said when the call may have had an effect."""
        content = None if body is None else json.dumps(body).encode()
        url = self.profile.api_url + path
        call = Call(method=method, url=url, headers=headers or {}, body=content)
        try:
            return _read(self._answer(call, repeatable=repeatable))
        except NoAnswerError as error:
            cure = lost if error.sent else "Check the network, and whether the stage is there."
            raise CommandError(
                f"{self.profile.api_url} does not answer ({error}). {cure}"
            ) from error

    def _answer(self, call: Call, *, repeatable: bool) -> Answer:
        renewed = False
        for attempt in range(1, ATTEMPTS):
            try:
                answer = self._send(call)
            except NoAnswerError as error:
                if not (error.sent and repeatable):
                    raise
                self.pause(_pause_seconds(attempt, None))
                continue
            if answer.status == _UNAUTHORIZED and not renewed:
                self.profile, renewed = self.tokens.renewed(self.profile), True
                continue
            if not (answer.status == _TOO_MANY or (repeatable and answer.status in _PASSING)):
                return answer
            self.pause(_pause_seconds(attempt, answer.headers.get("retry-after")))
        return self._send(call)

    def _send(self, call: Call) -> Answer:
        self.profile = self.tokens.valid(self.profile)
        token = self.profile.id_token
        headers = {"Authorization": f"Bearer {token.reveal() if token else ''}", **call.headers}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        return self.web(replace(call, headers=headers))


def _pause_seconds(attempt: int, asked: str | None) -> float:
    wanted = float(asked) if asked and asked.isascii() and asked.isdigit() else 0.25 * 2**attempt
    return min(wanted, _LONGEST_PAUSE_SECONDS)


def _read(answer: Answer) -> dict[str, Any]:
    document = answer.document()
    if answer.status >= _OTHER:
        raise CommandError(_sentence(answer.status, document), document=document or None)
    if not document:
        raise CommandError("The answer is not a JSON object. Sign in to the right address again.")
    return document


def _sentence(status: int, problem: Mapping[str, Any]) -> str:
    """Return what a problem document says, after RFC 9457, or what API Gateway itself says."""
    title = problem.get("title") or problem.get("message") or f"The API answered {status}"
    errors: list[Any] = problem.get("errors") or []
    if errors:
        lines = [f"  {error.get('field')}: {error.get('message')}" for error in errors]
        return "\n".join(map(printable, (f"{title}:", *lines)))
    detail = f": {problem['detail']}" if problem.get("detail") else f" ({status})."
    cure = " Sign in again with `leave login`." if status == _UNAUTHORIZED else ""
    call = problem.get("instance") if status >= _OURS else None
    return printable(f"{title}{detail}{cure}{f' ({call})' if call else ''}")
