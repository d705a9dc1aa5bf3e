from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time

import pytest

from tests import processes
from tests.stage import PROJECT, START_SECONDS

pytestmark = pytest.mark.stages
DEMO = [sys.executable, "-m", "emulator.demo"]


def test_the_demo_run_is_played_and_true() -> None:
    done = subprocess.run(
        DEMO, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for told in (
        "Jim O'Dell (E002) asks for",
        "The workflow EmployeeLeaveWorkflow is RUNNING",
        "Subject: ",
        "Looking decides nothing: the workflow is still RUNNING",
        "The request is approved",
        "The workflow is SUCCEEDED",
        "Jane Cook (E003) asks for",
        "The request is denied",
        "It says denied and quotes the lead",
        "All of it was true.",
    ):
        assert told in done.stdout
    assert "\033[" not in done.stdout


def test_a_demo_that_can_not_start_says_why_and_ends_with_1() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*DEMO, "--port", port], cwd=PROJECT, capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert f"Port {port} of the AWS emulator is taken" in done.stdout
    assert "Cure: " in done.stdout


def test_an_interrupted_demo_leaves_nothing_running() -> None:
    with subprocess.Popen(
        DEMO, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as demo:
        deadline = time.monotonic() + START_SECONDS
        while not (children := processes.below(demo.pid)):
            assert time.monotonic() < deadline, "nothing was started"
            time.sleep(0.1)
        demo.send_signal(signal.SIGINT)
        _, said = demo.communicate(timeout=120)
        assert demo.returncode == 130
    assert b"Traceback" not in said
    assert processes.still_there(children) == {}
