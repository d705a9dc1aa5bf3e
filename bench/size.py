"""Lines and files of each part, and what one call runs through: `python -m bench size`."""

from __future__ import annotations

import json
import os
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from bench.figures import Figure, table
from bench.histories import Past
from bench.in_memory import VARIABLES, next_monday, stage
from leave.functions import request_leave

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ROOT: Final = Path(__file__).parents[1]
_PRODUCT: Final = ("leave", "infrastructure", "emulator", "cli", "bench")


def measure() -> Iterable[Figure]:
    """Yield lines and files, and the path of POST /request_leave."""
    for part in (*_PRODUCT, "tests"):
        yield _figure(f"files of {part}", len(_files(part)), "files")
        yield _figure(f"lines of {part}", _lines(part), "lines")
    yield _figure("lines without tests", sum(map(_lines, _PRODUCT)), "lines")
    tests = _lines("tests/leave") + _lines("tests/proof")
    yield _figure("lines of tests/leave and tests/proof", tests, "lines")
    path = path_of_request_leave()
    yield _figure("files that POST /request_leave runs through", len(set(path)), "files")
    yield _figure("switches from file to file in it", len(path) - 1, "switches")
    switches = len(set(pairwise(path)))
    yield _figure("the same, each pair of files once", switches, "switches")


def path_of_request_leave() -> Sequence[str]:
    """Return the files of `leave/` in which one warm call runs, in order; a return leads back.

    Adapters are left out: what is counted is what a reader follows to understand the call.
    """
    path: list[str] = []

    def follow(frame: Any, event: str, _: object) -> None:
        running = frame if event == "call" else frame.f_back
        file = Path(running.f_code.co_filename) if running else _ROOT
        if event not in {"call", "return"} or not file.is_relative_to(_ROOT / "leave"):
            return
        name = str(file.relative_to(_ROOT / "leave"))
        if not name.startswith("adapters/") and path[-1:] != [name]:
            path.append(name)

    with stage(Past(10)), mock.patch.dict(os.environ, VARIABLES):
        request_leave.application.cache_clear()
        try:
            _answer(0)
            sys.setprofile(follow)
            try:
                _answer(1)
            finally:
                sys.setprofile(None)
        finally:
            request_leave.application.cache_clear()
    return path


def _answer(day: int) -> None:
    monday = next_monday().date()
    claims = {"email": "e1@foo.com", "email_verified": "true", "hd": "foo.com", "exp": "4000000000"}
    event = {
        "routeKey": "POST /request_leave",
        "rawQueryString": "",
        "headers": {},
        "requestContext": {"authorizer": {"jwt": {"claims": claims}}},
        "isBase64Encoded": False,
        "body": json.dumps({"date": str(monday.replace(day=monday.day + day))}),
    }
    reply = request_leave.handler(event, None)
    if reply["statusCode"] != 202:  # noqa: PLR2004
        raise RuntimeError(reply["body"])


def _files(part: str) -> Sequence[Path]:
    return sorted((_ROOT / part).rglob("*.py"))


def _lines(part: str) -> int:
    return sum(len(file.read_text("utf-8").splitlines()) for file in _files(part))


def _figure(name: str, value: int, unit: str) -> Figure:
    return Figure(name, value, unit, kind="timing")


if __name__ == "__main__":
    print(table(measure()))
