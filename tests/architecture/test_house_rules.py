"""Rules of the house that a machine can check."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.architecture.source import ROOT, SHIPPED, Module, modules, program

if TYPE_CHECKING:
    from collections.abc import Iterator

WIRING_LINES = 80

ALL = [program(), *(module for folder in SHIPPED for module in modules(folder))]
TESTS = list(modules("tests"))

EMULATORS = re.compile(
    r"ministack|localstack|\bmoto\b|emulator|localhost|127\.0\.0\.1", re.IGNORECASE
)
# Plain http is refused but for a loopback address, as RFC 8252 and browsers have it.
LOOPBACK_RULE = ROOT / "infrastructure" / "config_rules.py"
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}

# Where a secret's text may be taken out: to be stored, sent or compared, and nowhere else.
MAY_REVEAL = {
    "leave.domain.invitations",
    "leave.domain.request",
    "leave.adapters.dynamodb.directory",
    "leave.adapters.dynamodb.table",
    "leave.adapters.google_oidc",
    "leave.adapters.presentation.emails",
    "leave.adapters.stepfunctions",
    "leave.functions.read_leave",
    "leave.functions.sign_in",
    "leave.services.sign_in",
}


@pytest.mark.parametrize("folder", ["leave", "infrastructure"])
def test_what_runs_on_aws_knows_no_emulator(folder: str) -> None:
    for path in (ROOT / folder).rglob("*"):
        if path.suffix not in {".py", ".html", ".txt", ".json", ".j2"} or path == LOOPBACK_RULE:
            continue
        found = EMULATORS.search(path.read_text(encoding="utf-8"))
        assert found is None, f"{path.relative_to(ROOT)}: {found and found[0]}"


def test_the_loopback_rule_knows_addresses_and_no_emulator() -> None:
    text = LOOPBACK_RULE.read_text(encoding="utf-8")
    assert {word.lower() for word in EMULATORS.findall(text)} <= {"localhost", "127.0.0.1"}


def test_the_program_knows_no_emulator_and_only_wires() -> None:
    assert EMULATORS.search(program().text) is None
    assert program().text.count("\n") < WIRING_LINES
    assert not [
        n for n in ast.walk(program().tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))
    ]


def test_every_module_says_what_it_is_for() -> None:
    # An empty __init__.py needs none: its package's name says it.
    silent = [str(m) for m in ALL if m.tree.body and not ast.get_docstring(m.tree)]
    assert silent == []


def test_modules_of_the_functions_begin_with_a_short_noun_phrase() -> None:
    firsts = {str(m): (ast.get_docstring(m.tree) or "").split("\n\n")[0] for m in modules("leave")}
    asking = re.compile(r"(What|Which|Whether|Who|Whom|How)\b")
    assert [m for m, first in firsts.items() if asking.match(first)] == []
    assert [m for m, first in firsts.items() if len(first.split()) > 12] == []


def test_names_say_something() -> None:
    for module in (*ALL, *TESTS):
        words = set(re.split(r"[._]", module.name.lower()))
        assert not words & EMPTY_NAMES, module.name
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                parts = {part.lower() for part in re.findall(r"[A-Z][a-z]+", node.name)}
                assert not parts & EMPTY_NAMES, node.name
                assert not re.match(r"(Base|My)[A-Z]", node.name), node.name


def attributes(module: Module) -> set[str]:
    return {node.attr for node in ast.walk(module.tree) if isinstance(node, ast.Attribute)}


def test_the_environment_is_read_by_entry_points_only() -> None:
    readers = {m.name for m in modules("leave") if attributes(m) & {"environ", "getenv"}}
    assert readers
    assert {name for name in readers if not name.startswith("leave.functions.")} == set()


def test_secrets_are_revealed_in_the_few_places_that_pass_them_on() -> None:
    assert {m.name for m in modules("leave") if "reveal" in attributes(m)} == MAY_REVEAL


def test_nothing_is_printed_but_by_what_talks_to_a_person() -> None:
    printing = {
        str(module)
        for module in (program(), *modules("leave"), *modules("infrastructure"))
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    }
    assert printing == set()


def test_no_file_names_a_place_of_one_machine() -> None:
    private = re.compile(r"(?<![\w.])/(work|root|home/[a-z]+)/", re.IGNORECASE)
    assert [str(module) for module in ALL if private.search(module.text)] == []


def texts(module: Module) -> Iterator[str]:
    """What a module can say, with `…` for what is filled in; no docstrings."""
    for node in ast.walk(module.tree):
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.JoinedStr):
                known = (getattr(value, "value", "…") for value in part.values)
                yield "".join(text if isinstance(text, str) else "…" for text in known)
            elif isinstance(part, ast.Constant) and not isinstance(node, (ast.Expr, ast.JoinedStr)):
                yield str(part.value)


def test_a_command_of_pulumi_in_a_message_names_the_stage() -> None:
    """Without it, Pulumi takes the stage that was selected last."""
    command = re.compile(r"\bpulumi (?:up|preview|destroy|refresh|cancel|config|stack)\b[^`&]*")
    said = [
        (str(module), found)
        for folder in ("cli", "infrastructure", "leave")
        for module in modules(folder)
        for text in texts(module)
        for found in command.findall(text)
    ]
    assert len(said) > 10
    assert [one for one in said if not re.search(r" (?:-s|--stack) ", one[1])] == []
