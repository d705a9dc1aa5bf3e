"""The stage as a command: starting, stopping, and several at once."""

from __future__ import annotations

import json
import signal
import socket
import time
from typing import TYPE_CHECKING

import pytest

from emulator import ports
from emulator.demo import web
from tests import processes
from tests.end_to_end.people import Someone, fresh_day
from tests.stage import LocalStage, emulator_process, local_stage

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.stage


def test_the_ready_file_has_every_address_of_the_contract(stage: LocalStage) -> None:
    told = json.loads(stage.ready_file.read_text())
    contract = {"api_url", "aws_endpoint_url", "google_url", "inbox_url", "region"}
    assert contract | {"state_machine_arn", "table_name", "functions"} <= told.keys()
    assert told["functions"].keys() >= {
        "request_leave",
        "process_leave_request",
        "submit_lead_response",
        "process_lead_response",
    }
    assert web.get(f"{told['api_url']}/health").status == 200
    assert web.get(told["inbox_url"]).status == 200


def test_the_summary_has_what_a_person_pastes(stage: LocalStage) -> None:
    said = stage.emulator.said()
    assert f"curl {stage.facts.api_url}/request_leave" in said
    assert stage.facts.inbox_url in said


def test_two_stages_side_by_side_do_not_touch_each_other(stage: LocalStage, tmp_path: Path) -> None:
    with local_stage(tmp_path) as other:
        day = fresh_day().isoformat()
        said = Someone(other.facts, "jim@foo.com").ask(date=day).fields()
        Someone(other.facts, "john@foo.com").wait_for_mail(said["requestId"])
        assert Someone(stage.facts, "john@foo.com").mails(said["requestId"]) == []
        executions = stage.aws.workflows.list_executions(
            stateMachineArn=stage.facts.state_machine_arn
        )["executions"]
        assert said["requestId"] not in {execution["name"] for execution in executions}
        token = Someone(other.facts, "jim@foo.com").token()
        assert Someone(stage.facts, "jim@foo.com").ask(token=token, date=day).status == 401
        assert other.emulator.ask_to_stop() == 0
    assert web.get(f"{stage.facts.api_url}/health").status == 200


def test_a_stopped_stage_leaves_nothing_running_and_no_ready_file(tmp_path: Path) -> None:
    with local_stage(tmp_path) as running:
        children = processes.below(running.emulator.process.pid)
        assert any("ministack" in command for command in children.values())
        assert running.emulator.ask_to_stop() == 0
    assert processes.still_there(children) == {}
    assert not running.ready_file.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
@pytest.mark.parametrize("seconds", [0.3, 0.8, 1.5, 2.5, 4.0])
def test_a_stage_can_be_stopped_at_any_moment_of_its_start(
    tmp_path: Path, seconds: float, number: signal.Signals
) -> None:
    ready_file = tmp_path / "ready.json"
    with emulator_process(tmp_path, "--ready-file", str(ready_file)) as starting:
        time.sleep(seconds)
        children = processes.below(starting.process.pid)
        starting.process.send_signal(number)
        assert starting.wait() == 0, starting.said()
    assert processes.still_there(children) == {}
    assert not ready_file.exists()
    assert "Traceback" not in starting.said()


def test_a_killed_stage_takes_everything_with_it(tmp_path: Path) -> None:
    with local_stage(tmp_path) as running:
        children = processes.below(running.emulator.process.pid)
        assert children
        running.emulator.process.kill()
        running.emulator.wait()
        assert processes.still_there(children) == {}


def test_a_taken_port_is_told_with_the_cure(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with emulator_process(tmp_path, "--port", port) as refused:
            assert refused.wait() == 1
    assert f"Port {port} of the AWS emulator is taken by another process." in refused.said()
    assert "Cure: " in refused.said()
    assert "Traceback" not in refused.said()


def test_the_port_that_was_asked_for_is_used(tmp_path: Path) -> None:
    port = ports.free_port()
    with local_stage(tmp_path, "--port", str(port)) as running:
        assert running.facts.aws_endpoint_url == f"http://127.0.0.1:{port}"


def test_a_ready_file_that_can_not_be_written_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "ready.json"
    with emulator_process(tmp_path, "--ready-file", str(path)) as refused:
        assert refused.wait() == 1
    assert "ready file can not be written" in refused.said()


def test_a_stale_ready_file_is_gone_before_the_stage_is_ready(tmp_path: Path) -> None:
    ready_file = tmp_path / "ready.json"
    ready_file.write_text("stale")
    with emulator_process(tmp_path, "--ready-file", str(ready_file)) as starting:
        deadline = time.monotonic() + 30
        while ready_file.exists() and ready_file.read_text() == "stale":
            assert time.monotonic() < deadline
            time.sleep(0.01)
        starting.ask_to_stop()
    assert not ready_file.exists()


def test_a_kept_stage_goes_on_where_it_was(tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    with local_stage(tmp_path, "--state-dir", state) as first:
        said = Someone(first.facts, "jim@foo.com").ask(date=fresh_day().isoformat()).fields()
        john = Someone(first.facts, "john@foo.com")
        link = john.wait_for_mail(said["requestId"]).link("approved")
        first.aws.tables.put_item(
            TableName=first.facts.table_name, Item={"pk": {"S": "KEPT"}, "sk": {"S": "KEPT"}}
        )
        assert first.emulator.ask_to_stop() == 0
    with local_stage(tmp_path, "--state-dir", state) as second:
        assert second.facts == first.facts
        assert web.get(link).status == 200
        assert john.mails(said["requestId"])
        key = {"pk": {"S": "KEPT"}, "sk": {"S": "KEPT"}}
        assert "Item" in second.aws.tables.get_item(TableName=second.facts.table_name, Key=key)
        asked = Someone(second.facts, "jane@foo.com").ask(date=fresh_day().isoformat())
        assert asked.status == 202
        john.wait_for_mail(asked.fields()["requestId"])
        assert "Sample directory" not in second.emulator.said()


def test_two_stages_can_not_share_their_state(tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    with local_stage(tmp_path, "--state-dir", state) as running:
        with emulator_process(tmp_path, "--state-dir", state) as refused:
            assert refused.wait() == 1
        assert "Another stage is running on the state" in refused.said()
        assert web.get(f"{running.facts.api_url}/health").status == 200
