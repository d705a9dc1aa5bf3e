from __future__ import annotations

import io

import pytest

from emulator.demo.terminal import Terminal


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def told_on(stream: io.StringIO) -> str:
    terminal = Terminal(stream)
    terminal.heading("Jim")
    terminal.call("curl x \\\n  -d y")
    terminal.quote("202 {}\n")
    terminal.check("accepted")
    terminal.failure("no mail")
    return stream.getvalue()


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_there_is_colour_on_a_screen() -> None:
    assert "\033[" in told_on(Screen())


def test_there_is_none_in_a_file_or_a_pipe() -> None:
    text = told_on(io.StringIO())
    assert "\033[" not in text
    assert "  ✓ accepted\n" in text
    assert "  curl x \\\n    -d y\n" in text


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_there_is_none_where_it_is_not_wanted(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert "\033[" not in told_on(Screen())
