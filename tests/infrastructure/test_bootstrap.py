"""What the program tells a function is what the function reads: no less, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infrastructure.function_table import FUNCTIONS as SPECS
from leave import bootstrap
from tests.infrastructure.graph import FULL, graph
from tests.infrastructure.test_functions import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

BUILT = sorted(spec.resource for spec in SPECS if spec.reads)
ALONE = set(FUNCTIONS) - set(BUILT)


class Watched(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, variables: dict[str, str]) -> None:
        super().__init__(variables)
        self.asked: set[str] = set()

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.asked.add(str(key))
        return super().__contains__(key)

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("a function reads its variables by name")

    def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]
        self.asked.add(key)
        return super().get(key, default)


@pytest.fixture(autouse=True)
def _region(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda sets it for every function."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")


@pytest.mark.parametrize("name", BUILT)
def test_a_function_reads_exactly_the_variables_it_is_given(name: str) -> None:
    function = graph("dev", **FULL).of("lambda/function:Function")[name]
    given: dict[str, str] = function.inputs["environment"]["variables"]
    variables = Watched(given)
    built = getattr(bootstrap, name.replace("-", "_"))(variables)
    if name == "administer":
        # Each is built when it is called first.
        assert [built[1].import_directory, built[1].adjust_balance, built[1].reports]
    if name == "submit-lead-response":
        # Apart, since a page must be shown even when nothing else can be built.
        bootstrap.company(variables)
    assert variables.asked == given.keys()


def test_what_is_built_by_nobody_reads_nothing() -> None:
    assert not [name for name in ALONE if hasattr(bootstrap, name.replace("-", "_"))]
