"""What arguments may look like, and the options that several commands share."""

from __future__ import annotations

import argparse
import re
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from leave.domain.employee import EMPLOYEE_ID
from leave.domain.typed_text import says_something, tidy
from leave.functions.inputs import (
    COMMENT_LENGTH,
    FIRST_YEAR,
    LAST_REVISION,
    LAST_YEAR,
    REASON_LENGTH,
)

if TYPE_CHECKING:
    from argparse import ArgumentParser

YEAR_DAYS, _HIGHEST_PORT = 366, 65535
_STAGE = re.compile(r"[a-z][a-z0-9-]{0,30}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MAIL_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_REQUEST_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


def stage_name(text: str) -> str:
    """Read the name of a stage."""
    return _matching(_STAGE, text, "a stage such as dev or prod")


def employee_id(text: str) -> str:
    """Read an employee id."""
    return _matching(EMPLOYEE_ID, text, "an employee id such as E002")


def mail_address(text: str) -> str:
    """Read a mail address."""
    return _matching(_MAIL_ADDRESS, text, "a mail address such as jim@foo.com")


def request_id(text: str) -> str:
    """Read a request id."""
    return _matching(_REQUEST_ID, text, "the id of a request, as `leave status` lists them")


def day(text: str) -> date:
    """Read a day in the form 2027-01-31."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is not a day of the calendar") from error
    raise argparse.ArgumentTypeError(f"must be a day such as 2027-01-31, not {text!r}")


def year(text: str) -> int:
    """Read a calendar year."""
    if text.isascii() and text.isdigit() and FIRST_YEAR <= int(text[:5]) <= LAST_YEAR:
        return int(text)
    raise argparse.ArgumentTypeError(f"must be a year from {FIRST_YEAR} to {LAST_YEAR}")


def days(text: str) -> Decimal:
    """Read working days, in halves; less than zero takes them away."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if number.is_finite() and 0 < abs(number) <= YEAR_DAYS and number * 2 == int(number * 2):
        return number
    raise argparse.ArgumentTypeError(
        f"must be working days in halves, such as 2 or -0.5 and not 0, not {text!r}"
    )


def port_number(text: str) -> int:
    """Read a TCP port, 0 for any free one."""
    if text.isascii() and text.isdigit() and int(text[:6]) <= _HIGHEST_PORT:
        return int(text)
    raise argparse.ArgumentTypeError(f"must be a port from 0 to {_HIGHEST_PORT}, not {text!r}")


def revision(text: str) -> int:
    """Read the revision of a request."""
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= LAST_REVISION:
        return int(text)
    raise argparse.ArgumentTypeError(f"must be a whole number such as 1, not {text!r}")


def reason(text: str) -> str:
    """Read a few words of why."""
    return _words(text, REASON_LENGTH)


def comment(text: str) -> str:
    """Read what an approver writes to the employee."""
    return _words(text, COMMENT_LENGTH)


def _words(text: str, longest: int) -> str:
    try:
        words = tidy(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if says_something(words) and len(words) <= longest:
        return words
    raise argparse.ArgumentTypeError(f"must have 1 to {longest} characters to be read")


def add_stage_options(parser: ArgumentParser) -> None:
    """Add how a stage's AWS resources are found."""
    parser.add_argument("--stage", type=stage_name, metavar="S", help="the stage, such as dev")
    parser.add_argument("--region", metavar="R", help="the stage's AWS region; else AWS_REGION")
    parser.add_argument(
        "--ready-file",
        type=Path,
        metavar="FILE",
        help="the file in which a local stage writes its addresses; else the standard AWS"
        " environment counts (AWS_PROFILE or keys, AWS_REGION, AWS_ENDPOINT_URL)",
    )


def add_browser_options(parser: ArgumentParser) -> None:
    """Add how a browser signs somebody in."""
    parser.add_argument(
        "--no-browser", action="store_true", help="print the address instead of opening it"
    )
    parser.add_argument(
        "--port",
        type=port_number,
        default=0,
        metavar="N",
        help="where the browser comes back to, on this machine; any free port by default",
    )


def add_api_options(parser: ArgumentParser) -> None:
    """Add how the API to call is chosen, and how its answer is shown."""
    target = parser.add_mutually_exclusive_group()
    target.add_argument(
        "--stage", type=stage_name, metavar="S", help="the stage; else where you last signed in"
    )
    target.add_argument("--api-url", metavar="U", help="the address of the stage's API")
    target.add_argument(
        "--ready-file", type=Path, metavar="FILE", help="a local stage, as its file describes it"
    )
    add_json_option(parser)


def add_json_option(parser: ArgumentParser) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help="print JSON, for scripts")


def _matching(pattern: re.Pattern[str], text: str, what: str) -> str:
    if not pattern.fullmatch(text):
        raise argparse.ArgumentTypeError(f"must be {what}, not {text!r}")
    return text
