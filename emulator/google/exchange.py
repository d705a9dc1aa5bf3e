"""One HTTP exchange as plain values: what came in, what goes out, and the ways to refuse."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request whose body was read completely; `query` keeps the last value of each name."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    # True once the caller has hung up, so that a hanging answer need not outlive its caller.
    abandoned: Callable[[], bool] = lambda: False

    def header(self, name: str) -> str:
        """Return a header by its lower-case name, "" when it is missing."""
        return self.headers.get(name, "")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer; Content-Length and Date are the server's business."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class RefusalError(Exception):
    """A request that is answered by an error; carries the whole answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"refused with {reply.status}")
        self.reply = reply


class HangUpError(Exception):
    """The connection closes without an answer."""


def json_reply(
    value: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Reply:
    """Return `value` as JSON, never cached unless `headers` say otherwise."""
    body = json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n"
    return Reply(status=status, body=body, headers={"Cache-Control": "no-store", **(headers or {})})


def problem(status: int, detail: str, *, headers: Mapping[str, str] | None = None) -> Reply:
    """Return an error of the stand-in itself (not one of Google's) as JSON with `detail`."""
    return json_reply(
        {"error": {"code": status, "message": detail}}, status=status, headers=headers
    )


def refused(detail: str, *, status: int = 400) -> RefusalError:
    """Return the error that answers with `problem(status, detail)`."""
    return RefusalError(problem(status, detail))


def json_object(body: bytes) -> dict[str, object]:
    """Return the JSON object in `body`; ValueError says why there is none."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the body is not JSON ({error})") from error
    if not isinstance(value, dict):
        raise ValueError("the body is JSON, but no object")  # noqa: TRY004 - one error to catch
    return cast("dict[str, object]", value)


def form(text: str) -> dict[str, str]:
    """Return the fields of a form or query string, the last value of each; ValueError if odd."""
    fields = parse_qs(text, keep_blank_values=True, max_num_fields=200)
    return {name: values[-1] for name, values in fields.items()}
