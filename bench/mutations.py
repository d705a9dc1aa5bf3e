"""Small changes of source code that tests should notice."""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_SWAPPED: Final = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
}
_SKIPPED_FIELDS: Final = {"annotation", "decorator_list", "returns", "type_params"}
_LOGGERS: Final = {"_log", "_logger", "log", "logger", "logging"}


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A replacement of one piece of a file, given by its offsets in bytes."""

    file: str
    scope: str
    lines: tuple[int, int]
    start: int
    end: int
    before: str
    after: str

    def apply(self, source: bytes) -> bytes:
        """Return the changed source."""
        return source[: self.start] + self.after.encode() + source[self.end :]


class _Mutator:
    """Collects the mutants of one file."""

    def __init__(self, file: str, source: bytes) -> None:
        self.found: list[Mutant] = []
        self._file, self._source = file, source
        self._line_starts = [0]
        for line in source.splitlines(keepends=True):
            self._line_starts.append(self._line_starts[-1] + len(line))
        self._scope: tuple[str, ...] = ()
        self._lines = (1, 1)
        self._visit(ast.parse(source))

    def _visit(self, node: ast.AST) -> None:
        if _is_left_out(node):
            return
        scope, lines = self._scope, self._lines
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self._scope = (*scope, node.name)
        if isinstance(node, ast.stmt):
            body: list[ast.stmt] = getattr(node, "body", [])
            last = body[0].lineno - 1 if body else node.end_lineno
            self._lines = (node.lineno, max(node.lineno, last or 0))
        for after in _changes(node):
            self._add(node, after)
        for name, value in ast.iter_fields(node):
            if name not in _SKIPPED_FIELDS:
                for child in value if isinstance(value, list) else [value]:
                    if isinstance(child, ast.AST):
                        self._visit(child)
        self._scope, self._lines = scope, lines

    def _add(self, node: ast.AST, after: str) -> None:
        start = self._line_starts[node.lineno - 1] + node.col_offset
        end = self._line_starts[node.end_lineno - 1] + node.end_col_offset
        before = self._source[start:end].decode()
        where = {"file": self._file, "scope": ".".join(self._scope), "lines": self._lines}
        self.found.append(Mutant(**where, start=start, end=end, before=before, after=after))


def _is_left_out(node: ast.AST) -> bool:
    match node:
        case ast.JoinedStr() | ast.Import() | ast.ImportFrom() | ast.FunctionDef(name="__repr__"):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            return name in _LOGGERS
        case _:
            return False


def _changes(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Compare() | ast.BoolOp() | ast.BinOp() | ast.AugAssign():
            yield from _with_other_operators(node)
        case ast.UnaryOp(op=ast.Not()):
            yield f"({ast.unparse(node.operand)})"
        case ast.Constant(value=bool()):
            yield str(not node.value)
        case ast.Constant(value=int() | float()):
            yield str(node.value + 1)
        case ast.Return(value=ast.expr()) if not _is_constant(node.value):
            yield "return None"
        case ast.Expr(value=ast.Call()):
            yield "pass"


def _with_other_operators(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Compare():
            for index, op in enumerate(node.ops):
                ops = [*node.ops[:index], _SWAPPED[type(op)](), *node.ops[index + 1 :]]
                yield f"({ast.unparse(ast.Compare(node.left, ops, node.comparators))})"
        case ast.BoolOp():
            yield f"({ast.unparse(ast.BoolOp(_SWAPPED[type(node.op)](), node.values))})"
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            other = _SWAPPED[type(node.op)]()
            yield f"({ast.unparse(ast.BinOp(node.left, other, node.right))})"
        case ast.AugAssign(op=ast.Add() | ast.Sub()):
            yield ast.unparse(ast.AugAssign(node.target, _SWAPPED[type(node.op)](), node.value))


def _is_constant(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, bool | None)


def mutants_of(source: bytes, file: str) -> list[Mutant]:
    """Return every mutant of a file."""
    return _Mutator(file, source).found


def mutants(root: Path, packages: Iterable[str]) -> list[Mutant]:
    """Return every mutant of the packages."""
    files = sorted(file for package in packages for file in (root / package).rglob("*.py"))
    return [
        mutant
        for file in files
        for mutant in mutants_of(file.read_bytes(), file.relative_to(root).as_posix())
    ]


def sample(every: Iterable[Mutant], count: int, seed: int) -> list[Mutant]:
    """Return as many mutants, the same ones wherever their functions are."""
    seen: Counter[str] = Counter()
    ranked: list[tuple[str, Mutant]] = []
    for mutant in every:
        key = f"{seed} {mutant.scope} {mutant.before} {mutant.after}"
        seen[key] += 1
        ranked.append((hashlib.sha256(f"{key} {seen[key]}".encode()).hexdigest(), mutant))
    chosen = [mutant for _, mutant in sorted(ranked, key=lambda each: each[0])[:count]]
    return sorted(chosen, key=lambda mutant: (mutant.file, mutant.start, mutant.after))
