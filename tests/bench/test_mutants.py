"""What a mutant is, which ones are taken, and what becomes of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.mutations import Mutant, mutants_of, sample

PROJECT = Path(__file__).parents[2]
PRICES = """
FREE_FROM = 10

def price(number):
    if number >= FREE_FROM:
        return 0
    return number + 1

def unused(number):
    return number + 2
"""
TESTS = """
from shop.prices import price

def test_price():
    assert price(1) == 2
    assert price(10) == 0
"""


def changed(source: str) -> list[str]:
    mutants = mutants_of(source.encode(), "a.py")
    return [mutant.apply(source.encode()).decode() for mutant in mutants]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", ["(a <= b)"]),
        ("a < b == c", ["(a <= b == c)", "(a < b != c)"]),
        ("é = 'é', a is b", ["é = 'é', (a is not b)"]),
        ("a in b", ["(a not in b)"]),
        ("a and (b, c)", ["(a or (b, c))"]),
        ("not a", ["(a)"]),
        ("a - b * c", ["(a + b * c)"]),
        ("a += b", ["a -= b"]),
        ("a = True", ["a = False"]),
        ("a = 0.5", ["a = 1.5"]),
        ("f(a)", ["pass"]),
        ("def f():\n    return a", ["def f():\n    return None"]),
    ],
)
def test_a_change_is_small(source: str, expected: list[str]) -> None:
    assert changed(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        '"""1 < 2"""',
        "import a",
        "a: Literal[1]",
        "def f(a: Literal[1]) -> Literal[2]: ...",
        "def __repr__(self):\n    return a + b",
        "_log.info(1)",
        "@dataclass(frozen=True)\nclass A: ...",
        "if TYPE_CHECKING:\n    a = 1",
        "f'{a + 1}'",
        "def f():\n    return None",
        "a * b",
    ],
)
def test_texts_types_logs_and_decorators_are_left_alone(source: str) -> None:
    assert changed(source) == []


def test_a_sample_is_the_same_wherever_the_functions_are() -> None:
    functions = [f"def f{n}(a):\n    return a + {n}\n" for n in range(20)]

    def texts(chosen: list[Mutant]) -> set[tuple[str, str]]:
        return {(mutant.scope, mutant.after) for mutant in chosen}

    one = mutants_of("".join(functions).encode(), "one.py")
    other = [
        *mutants_of("".join(functions[10:]).encode(), "b.py"),
        *mutants_of("".join(functions[:10]).encode(), "c.py"),
    ]
    assert len(sample(one, 8, seed=1)) == 8
    assert texts(sample(one, 8, seed=1)) == texts(sample(other, 8, seed=1))
    assert texts(sample(one, 8, seed=1)) != texts(sample(one, 8, seed=2))


def test_a_mutant_is_killed_by_a_test_of_its_statement_or_survives(tmp_path: Path) -> None:
    for name, text in (("shop/prices.py", PRICES), ("checks/test_prices.py", TESTS)):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "shop/__init__.py").touch()

    command = [sys.executable, "-m", "bench.mutants", "--count", "99", "--of", "shop"]
    subprocess.run(
        [*command, "--by", "checks"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        check=True,
    )

    report = json.loads((tmp_path / "reports/mutants.json").read_text("utf-8"))
    outcomes = {(m["line"], m["change"]): m["outcome"] for m in report["mutants"]}
    assert outcomes == {
        (2, "10 → 11"): "killed",
        (5, "number >= FREE_FROM → (number > FREE_FROM)"): "killed",
        (6, "return 0 → return None"): "killed",
        (6, "0 → 1"): "killed",
        (7, "return number + 1 → return None"): "killed",
        (7, "number + 1 → (number - 1)"): "killed",
        (7, "1 → 2"): "killed",
        (10, "return number + 2 → return None"): "not covered",
        (10, "number + 2 → (number - 2)"): "not covered",
        (10, "2 → 3"): "not covered",
    }
    assert (tmp_path / "shop/prices.py").read_text("utf-8") == PRICES
