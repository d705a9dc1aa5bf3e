from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from emulator import ports
from emulator.errors import StageError
from emulator.ports import LOOPBACK, Ports

if TYPE_CHECKING:
    from pathlib import Path


def test_a_free_port_can_be_listened_on() -> None:
    port = ports.free_port()
    ports.require_free(port, whose="the test", cure="none needed")
    with socket.create_server((LOOPBACK, port)):
        pass


def test_a_taken_port_is_named_with_its_user_and_the_cure() -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StageError) as caught:
            ports.require_free(port, whose="the AWS emulator", cure="Use another.")
    assert str(caught.value) == (
        f"Port {port} of the AWS emulator is taken by another process.\nCure: Use another."
    )


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_what_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(StageError, match=f"{port} is not a port"):
        ports.require_free(port, whose="the AWS emulator", cure="")


def test_ports_are_remembered_in_the_state_directory(tmp_path: Path) -> None:
    ports.remember(tmp_path, Ports(aws=4601, google=4602))
    assert ports.remembered(tmp_path) == Ports(aws=4601, google=4602)


def test_a_new_state_directory_remembers_no_ports(tmp_path: Path) -> None:
    assert ports.remembered(tmp_path) == Ports(aws=0, google=0)


@pytest.mark.parametrize("text", ["", "{}", '{"aws": 1}', "[]", '{"aws": "x", "google": 1}'])
def test_a_damaged_file_of_ports_is_named_with_the_cure(tmp_path: Path, text: str) -> None:
    (tmp_path / "ports.json").write_text(text)
    with pytest.raises(StageError, match="does not hold the ports") as caught:
        ports.remembered(tmp_path)
    assert "Delete that file" in caught.value.cure


def test_a_new_stage_gets_a_free_port_and_lets_google_choose() -> None:
    chosen = ports.choose(asked=None, state_dir=None)
    ports.require_free(chosen.aws, whose="the test", cure="none needed")
    assert chosen.google == 0


def test_a_kept_stage_gets_the_ports_it_had(tmp_path: Path) -> None:
    kept = Ports(aws=ports.free_port(), google=ports.free_port())
    ports.remember(tmp_path, kept)
    assert ports.choose(asked=None, state_dir=tmp_path) == kept


def test_the_port_that_is_asked_for_wins(tmp_path: Path) -> None:
    ports.remember(tmp_path, Ports(aws=ports.free_port(), google=ports.free_port()))
    asked = ports.free_port()
    assert ports.choose(asked=asked, state_dir=tmp_path).aws == asked


def test_zero_is_not_taken_for_a_port() -> None:
    with pytest.raises(StageError, match="0 is not a port"):
        ports.choose(asked=0, state_dir=None)


def test_a_kept_port_that_is_taken_is_told_with_its_reason(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        ports.remember(tmp_path, Ports(aws=ports.free_port(), google=port))
        with pytest.raises(StageError, match=f"Port {port} of the Google stand-in") as caught:
            ports.choose(asked=None, state_dir=tmp_path)
    assert str(tmp_path) in caught.value.cure
