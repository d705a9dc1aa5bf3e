"""Starting and stopping a stage by command, at any moment, with and without state."""

from __future__ import annotations

import re
import signal
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from emulator import ports
from emulator.demo import web
from tests import processes
from tests.end_to_end.people import Someone, fresh_day
from tests.end_to_end.sweeps import make_sweep
from tests.stage import START_SECONDS, emulator_process, local_stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stage import EmulatorProcess

pytestmark = pytest.mark.stages


def listens(starting: EmulatorProcess) -> bool:
    """Tell whether Python is so far that a signal reaches the program; it is told by Linux only."""
    status = Path(f"/proc/{starting.process.pid}/status")
    if not status.exists():
        time.sleep(1)
        return True
    caught = re.search(r"^SigCgt:\s*(\w+)$", status.read_text(), re.MULTILINE)
    return caught is not None and bool(int(caught[1], 16) >> (signal.SIGTERM - 1) & 1)


def has_children(starting: EmulatorProcess) -> bool:
    return bool(processes.below(starting.process.pid))


def has_aws(starting: EmulatorProcess) -> bool:
    return "stand-ins are up" in starting.said()


def is_deployed(starting: EmulatorProcess) -> bool:
    return "every resource created" in starting.said()


@pytest.mark.parametrize(
    ("moment", "number", "later"),
    [
        (listens, signal.SIGINT, 0.0),
        (has_children, signal.SIGTERM, 1.0),
        pytest.param(has_aws, signal.SIGINT, 0.0, marks=pytest.mark.full),
        (has_aws, signal.SIGTERM, 1.0),
        pytest.param(is_deployed, signal.SIGINT, 0.0, marks=pytest.mark.full),
    ],
)
def test_a_stage_can_be_stopped_at_any_moment_of_its_start(
    tmp_path: Path, moment: Callable[[EmulatorProcess], bool], number: signal.Signals, later: float
) -> None:
    """By what it has done already, since a busy machine takes its time."""
    ready_file = tmp_path / "ready.json"
    with emulator_process(tmp_path, "--ready-file", str(ready_file)) as starting:
        deadline = time.monotonic() + START_SECONDS
        while not moment(starting):
            assert time.monotonic() < deadline, starting.said()
            time.sleep(0.02)
        time.sleep(later)
        children = processes.below(starting.process.pid)
        starting.process.send_signal(number)
        assert starting.wait() == 0, starting.said()
    assert processes.still_there(children) == {}
    assert not ready_file.exists()
    assert "Traceback" not in starting.said()
    # As the stopping may take a while.
    assert moment is listens or "Stopping the stage …" in starting.said()


def test_a_taken_port_is_told_with_the_cure(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with emulator_process(tmp_path, "--port", port) as refused:
            assert refused.wait() == 1
    assert f"Port {port} of the AWS emulator is taken by another process." in refused.said()
    assert "Cure: " in refused.said()
    assert "Traceback" not in refused.said()


def test_a_ready_file_that_can_not_be_written_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "ready.json"
    with emulator_process(tmp_path, "--ready-file", str(path)) as refused:
        assert refused.wait() == 1
    assert "ready file cannot be written" in refused.said()


def test_a_stale_ready_file_is_gone_before_the_stage_is_ready(tmp_path: Path) -> None:
    ready_file = tmp_path / "ready.json"
    ready_file.write_text("stale")
    with emulator_process(tmp_path, "--ready-file", str(ready_file)) as starting:
        deadline = time.monotonic() + 120
        while ready_file.exists() and ready_file.read_text() == "stale":
            assert time.monotonic() < deadline
            time.sleep(0.01)
        starting.ask_to_stop()
    assert not ready_file.exists()


def test_a_stage_that_is_killed_or_stopped_takes_everything_with_it_and_goes_on_where_it_was(
    tmp_path: Path,
) -> None:
    state, port = str(tmp_path / "state"), ports.free_port()
    with local_stage(tmp_path, "--state-dir", state, "--port", str(port)) as first:
        assert first.facts.aws_endpoint_url == f"http://127.0.0.1:{port}", "as it was asked for"
        children = processes.below(first.emulator.process.pid)
        assert any("ministack" in command for command in children.values())
        said = Someone(first.facts, "jim@foo.com").ask(date=fresh_day().isoformat()).fields()
        john = Someone(first.facts, "john@foo.com")
        link = john.wait_for_mail(said["requestId"]).link("approved")
        first.aws.tables.put_item(
            TableName=first.facts.table_name, Item={"pk": {"S": "KEPT"}, "sk": {"S": "KEPT"}}
        )
        with emulator_process(tmp_path, "--state-dir", state) as refused:
            assert refused.wait() == 1
        assert "Another stage is running on the state" in refused.said()
        first.emulator.process.kill()
        first.emulator.wait()
        assert processes.still_there(children) == {}
    with local_stage(tmp_path, "--state-dir", state) as second:
        assert second.facts == first.facts
        assert web.get(link).status == 200
        assert john.mails(said["requestId"])
        make_sweep(second)
        assert john.press(link).status == 200, "its workflow waits again"
        jim = Someone(second.facts, "jim@foo.com")
        assert "approved" in jim.wait_for_mail(said["requestId"]).text
        key = {"pk": {"S": "KEPT"}, "sk": {"S": "KEPT"}}
        assert "Item" in second.aws.tables.get_item(TableName=second.facts.table_name, Key=key)
        asked = Someone(second.facts, "jane@foo.com").ask(date=fresh_day().isoformat())
        assert asked.status == 202
        john.wait_for_mail(asked.fields()["requestId"])
        assert "Sample directory" not in second.emulator.said()
        children = processes.below(second.emulator.process.pid)
        assert second.emulator.ask_to_stop() == 0
    assert processes.still_there(children) == {}
    assert not second.ready_file.exists()
