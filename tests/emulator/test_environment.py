from __future__ import annotations

import io
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from emulator.environment import ministack_python
from emulator.errors import StageError
from emulator.places import LOCAL, MINISTACK_LOCK
from emulator.progress import Progress

if TYPE_CHECKING:
    from pathlib import Path


def test_it_has_ministack_and_nothing_of_the_project(python: Path) -> None:
    def can_import(module: str) -> bool:
        done = subprocess.run([python, "-P", "-c", f"import {module}"], check=False, stderr=-3)
        return done.returncode == 0

    assert can_import("ministack")
    assert not any(map(can_import, ("googleapiclient", "jinja2", "pulumi", "boto3")))


def test_it_is_made_once_and_shared(python: Path) -> None:
    told = io.StringIO()
    again = ministack_python(lock=MINISTACK_LOCK, local=LOCAL, progress=Progress(told))
    assert again == python
    assert told.getvalue() == ""


def test_another_lock_makes_another_one(python: Path, tmp_path: Path) -> None:
    lock = tmp_path / "ministack.txt"
    lock.write_text("# nothing\n")
    told = io.StringIO()
    made = ministack_python(lock=lock, local=tmp_path, progress=Progress(told))
    assert made.exists()
    assert made.parents[1].name != python.parents[1].name
    assert "Installing MiniStack" in told.getvalue()


def test_stages_that_start_at_once_make_it_once(tmp_path: Path) -> None:
    lock = tmp_path / "ministack.txt"
    lock.write_text("# nothing\n")
    told = io.StringIO()
    made: list[Path] = []

    def start() -> None:
        made.append(ministack_python(lock=lock, local=tmp_path, progress=Progress(told)))

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1
    assert len(made) == 3


def test_what_can_not_be_installed_is_told_and_leaves_nothing_half_made(tmp_path: Path) -> None:
    lock = tmp_path / "ministack.txt"
    lock.write_text("ministack==0.0.0 --hash=sha256:" + "0" * 64 + "\n")
    with pytest.raises(StageError) as caught:
        ministack_python(lock=lock, local=tmp_path, progress=Progress(io.StringIO()))
    assert "could not be installed" in caught.value.problem
    assert "package index" in caught.value.cure
    assert "ministack==0.0.0" in caught.value.detail
    assert not list(tmp_path.glob("ministack-*/"))


def test_a_missing_lock_is_named(tmp_path: Path) -> None:
    with pytest.raises(StageError, match=r"ministack\.txt is missing"):
        ministack_python(
            lock=tmp_path / "ministack.txt", local=tmp_path, progress=Progress(io.StringIO())
        )
