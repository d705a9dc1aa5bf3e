"""Calling a stage's API as whoever is signed in."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from cli.errors import CommandError
from cli.output import printable
from cli.web import Answer, Call, NoAnswerError, send

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.web import Web
    from leave.domain.values import Secret

Query = Mapping[str, str | None]

ATTEMPTS = 4
_LONGEST_PAUSE_SECONDS = 10.0
_NO_CONTENT = 204
_OTHER, _UNAUTHORIZED, _TOO_MANY, _OURS = 300, 401, 429, 500
# What stands between us and the API says these too, when it cannot tell what became of a call.
_PASSING = frozenset({502, 503, 504})
_LOOK = "So it is not known whether this was done: look with `leave status`."


class TokenSource(Protocol):
    """The ID tokens of whoever calls."""

    def valid(self) -> Secret:
        """Return one that is good for a while."""
        ...

    def renewed(self) -> Secret:
        """Return another one, after the API refused the last."""
        ...


@dataclass(kw_only=True, slots=True)
class Api:
    """The API of one stage. A call that is safe to repeat is repeated when its answer is lost."""

    api_url: str
    tokens: TokenSource
    web: Web = send
    pause: Callable[[float], None] = time.sleep

    def get(self, path: str, query: Query | None = None) -> dict[str, Any]:
        """Return what is read at a path, without those parts of the query that are None."""
        return _read(self._call("GET", _with(path, query), repeatable=True, lost="Try again."))

    def download(self, path: str, query: Query | None = None) -> bytes:
        """Return a file as it is."""
        answer = self._call("GET", _with(path, query), repeatable=True, lost="Try again.")
        if answer.status >= _OTHER:
            _read(answer)
        return answer.body

    def upload(  # noqa: PLR0913 - what an upload is made of
        self, path: str, query: Query, content: bytes, *, kind: str, tag: str | None, lost: str
    ) -> tuple[dict[str, Any], str]:
        """Return the answer to a file, and its ETag; `tag` is what the file is for."""
        headers = {"Content-Type": kind, **({"If-Match": tag} if tag else {})}
        answer = self._call("PUT", _with(path, query), content=content, headers=headers, lost=lost)
        return _read(answer), answer.headers.get("etag", "")

    def post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        idempotency_key: str,
        look: str = "leave status",
    ) -> dict[str, Any]:
        """Return the answer to a body, which counts once however often it is sent.

        `look` is the command that shows whether it was recorded.
        """
        answer = self._call(
            "POST",
            path,
            content=_json(body),
            headers={"Idempotency-Key": idempotency_key},
            repeatable=True,
            lost=f"So it is not known whether this was recorded: look with `{look}`, or repeat"
            f" exactly this with --idempotency-key {idempotency_key}, which is safe.",
        )
        return _read(answer)

    def answer(self, path: str, body: Mapping[str, str | int]) -> dict[str, Any]:
        """Return the request after an approver's answer, which can be given again."""
        lost = "So it is not known whether this was recorded: the same command again is safe."
        answer = self._call("POST", path, content=_json(body), repeatable=True, lost=lost)
        return _read(answer)

    def remind(self, path: str) -> dict[str, Any]:
        """Return the request whose approver is reminded."""
        lost = "So it is not known whether the approver gets a mail."
        return _read(self._call("POST", path, lost=lost))

    def patch(self, path: str, body: Mapping[str, str]) -> dict[str, Any]:
        """Return the answer to a change."""
        return _read(self._call("PATCH", path, content=_json(body), lost=_LOOK))

    def put(self, path: str, body: Mapping[str, str]) -> dict[str, Any]:
        """Return the answer to what takes the place of something."""
        lost = "So it is not known whether this was recorded: the same command again is safe."
        return _read(self._call("PUT", path, content=_json(body), repeatable=True, lost=lost))

    def delete(self, path: str) -> dict[str, Any]:
        """Return the answer to a withdrawal."""
        return _read(self._call("DELETE", path, lost=_LOOK))

    def _call(  # noqa: PLR0913 - what a call is made of
        self,
        method: str,
        path: str,
        *,
        lost: str,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = False,
    ) -> Answer:
        """Return the answer; `lost` is said when the call may have had an effect."""
        url = self.api_url + path
        call = Call(method=method, url=url, headers=headers or {}, body=content)
        try:
            return self._answer(call, repeatable=repeatable)
        except NoAnswerError as error:
            cure = lost if error.sent else "Check the network, and whether the stage is there."
            raise CommandError(f"{self.api_url} does not answer ({error}). {cure}") from error

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
                self.tokens.renewed()
                renewed = True
                continue
            if not (answer.status == _TOO_MANY or (repeatable and answer.status in _PASSING)):
                return answer
            self.pause(_pause_seconds(attempt, answer.headers.get("retry-after")))
        return self._send(call)

    def _send(self, call: Call) -> Answer:
        headers = {"Authorization": f"Bearer {self.tokens.valid().reveal()}", **call.headers}
        if call.body is not None:
            headers.setdefault("Content-Type", "application/json")
        return self.web(replace(call, headers=headers))


def _with(path: str, query: Query | None) -> str:
    given = {name: value for name, value in (query or {}).items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def _json(body: Mapping[str, str | int]) -> bytes:
    return json.dumps(body).encode()


def _pause_seconds(attempt: int, asked: str | None) -> float:
    wanted = float(asked) if asked and asked.isascii() and asked.isdigit() else 0.25 * 2**attempt
    return min(wanted, _LONGEST_PAUSE_SECONDS)


def _read(answer: Answer) -> dict[str, Any]:
    document = answer.document()
    if answer.status >= _OTHER:
        raise CommandError(_sentence(answer.status, document), document=document or None)
    if answer.status == _NO_CONTENT:
        return {}
    if not document:
        raise CommandError("The answer is not a JSON object. Sign in to the right address again.")
    return document


def _sentence(status: int, problem: Mapping[str, Any]) -> str:
    """Return what a problem document says, after RFC 9457, or what API Gateway itself says."""
    title = problem.get("title") or problem.get("message") or f"The API answered {status}"
    errors: list[Any] = problem.get("errors") or []
    if errors:
        lines = [f"  {_where(error)}{error.get('message')}" for error in errors]
        more = [problem["detail"]] if problem.get("detail") and "line" in errors[0] else []
        return "\n".join(map(printable, (f"{title}:", *lines, *more)))
    detail = f": {problem['detail']}" if problem.get("detail") else f" ({status})."
    cure = " Sign in again with `leave login`." if status == _UNAUTHORIZED else ""
    call = problem.get("instance") if status >= _OURS else None
    return printable(f"{title}{detail}{cure}{f' ({call})' if call else ''}")


def _where(error: Mapping[str, Any]) -> str:
    """Return the field, or line and column, that an error is about."""
    if "line" not in error:
        return f"{error.get('field')}: "
    line = f"line {error['line']}: " if error["line"] else ""
    return f"{line}{error['column']}: " if error.get("column") else line
