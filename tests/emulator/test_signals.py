from __future__ import annotations

import signal
import subprocess
import sys

import pytest

SETUP = """
import signal, sys, time
from emulator.signals import StopRequested, raise_when_asked_to_stop, stopping
def running():
    print("running", flush=True)
"""


def told_to_stop(program: str, *numbers: signal.Signals) -> tuple[int, str]:
    """Run a program, send it signals once it runs, and return its exit code and what it said."""
    with subprocess.Popen(
        [sys.executable, "-c", SETUP + program], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        for number in numbers:
            process.send_signal(number)
        said, _ = process.communicate(timeout=120)
        return process.returncode, said


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name
)
def test_every_way_to_ask_stops(number: signal.Signals) -> None:
    program = """
try:
    raise_when_asked_to_stop()
    running()
    time.sleep(20)
except StopRequested:
    print("stopped")
"""
    assert told_to_stop(program, number) == (0, "stopped\n")


def test_a_request_that_python_dropped_is_made_again() -> None:
    program = """
class Careless:
    def __del__(self):
        running()
        time.sleep(2)
try:
    raise_when_asked_to_stop()
    Careless()
    time.sleep(20)
except StopRequested:
    print("stopped")
"""
    assert told_to_stop(program, signal.SIGTERM) == (0, "stopped\n")


def test_nothing_interrupts_the_stopping_itself() -> None:
    program = """
try:
    raise_when_asked_to_stop()
    running()
    time.sleep(20)
except StopRequested:
    stopping()
    signal.raise_signal(signal.SIGINT)
    time.sleep(1.5)
    print("stopped in peace")
"""
    assert told_to_stop(program, signal.SIGTERM) == (0, "stopped in peace\n")


def test_who_never_asked_for_it_keeps_its_own_signals() -> None:
    program = """
stopping()
running()
time.sleep(20)
"""
    code, _ = told_to_stop(program, signal.SIGTERM)
    assert code == -signal.SIGTERM
