"""What is logged reaches the log, and the page for operators names all of it."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from tests.architecture.source import modules
from tests.docs.markdown import PROJECT, Page, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

# What Lambda writes itself; a field of the same name in `extra` is dropped without a word:
# https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
LAMBDAS = {"timestamp", "level", "message", "logger", "stackTrace", "errorType", "errorMessage"} | {
    "requestId",
    "location",
    "tenantId",
}
LEVELS = {"info": "INFO", "warning": "WARNING", "error": "ERROR", "exception": "ERROR"}
VARIABLE = {
    "previous approver not mailed": "leaveRequestId or leadId",
    "mail not sent": "leaveRequestId, error",
    "request left to the next sweep": "leaveRequestId, if it was one",
    "request changed meanwhile": "leaveRequestId",
    "sweep": "finished, requests, steps",
    "step failed": "leaveRequestId, error",
}
"""Lines whose fields are not written where they are logged."""


def entries() -> Iterator[tuple[str, str, str]]:
    """Yield level, message and fields of everything that is logged."""
    for module in modules("leave"):
        for node in ast.walk(module.tree):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="_log"), attr=level),
                    args=[ast.Constant(value=str(message)), *_],
                ):
                    yield LEVELS[level], message, VARIABLE.get(message, ", ".join(fields(node)))


def fields(call: ast.Call) -> list[str]:
    """The names in `extra`."""
    found = [word.value for word in call.keywords if word.arg == "extra"]
    return [
        str(key.value)
        for value in found
        if isinstance(value, ast.Dict)
        for key in value.keys
        if isinstance(key, ast.Constant)
    ]


def test_no_field_has_a_name_that_lambda_keeps_for_itself() -> None:
    used = {name for _, _, names in entries() for name in names.split(", ")}
    assert "leaveRequestId" in used
    assert not used & LAMBDAS


def test_the_page_for_operators_names_every_entry() -> None:
    section = Page(PROJECT / "docs" / "operations.md").section("### What the functions write")
    listed = {(row[1], row[0].strip("`"), re.sub("`", "", row[2])) for row in rows(section)}
    expected = {(level, message, names) for level, message, names in entries()}
    written = "\n".join(
        f"| `{message}` | {level} | {', '.join(f'`{n}`' for n in names.split(', ') if n)} |  |"
        for level, message, names in sorted(expected, key=lambda entry: entry[1])
    )
    assert listed == expected, f"Paste, and say what it means:\n{written}"
