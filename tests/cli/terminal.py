"""Running the command as a person does, in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.__main__ import main

if TYPE_CHECKING:
    import pytest


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Terminal:
    """Runs commands and keeps what each of them prints apart."""

    capture: pytest.CaptureFixture[str]

    def __call__(self, *arguments: object) -> Result:
        self.capture.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = int(stop.code or 0)
        printed = self.capture.readouterr()
        return Result(code=code, out=printed.out, err=printed.err)

    def done(self, *arguments: object) -> Result:
        """Run a command that has to succeed."""
        result = self(*arguments)
        assert result.code == 0, result.err
        return result

    def told(self, *arguments: object) -> str:
        """Run a command that has to fail, and return what it says."""
        result = self(*arguments)
        assert result.code == 1, result
        assert "Traceback" not in result.err
        return result.err
