from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from emulator import guard
from tests import processes

if TYPE_CHECKING:
    from collections.abc import Generator

MODULE = """
import os, pathlib, signal, sys, time
def stop(*_):
    pathlib.Path(sys.argv[1]).write_text("stopped in good order")
    if "STATE_DIR" in os.environ:
        pathlib.Path(os.environ["STATE_DIR"], "written.json").write_text("{}")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("running", flush=True)
time.sleep(60)
"""
# Starts the guarded module as MiniStack is started, and waits to be killed.
STARTER = """
import subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, start_new_session=True)
print(child.pid, flush=True)
child.wait()
"""


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    (tmp_path / "sleeper.py").write_text(MODULE)
    scratch = str(tmp_path / "scratch")
    Path(scratch).mkdir()
    run = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import runpy; "
    run += f"sys.argv[0] = {guard.__file__!r}; runpy.run_path(sys.argv[0], run_name='__main__')"
    return [sys.executable, "-c", run, scratch, "sleeper", str(tmp_path / "mark")]


def wait_for(path: Path) -> str:
    deadline = time.monotonic() + 60
    while not path.exists() or not path.read_text():
        assert time.monotonic() < deadline, "the guarded process did not stop"
        time.sleep(0.02)
    return path.read_text()


def wait_until_gone(path: Path) -> None:
    deadline = time.monotonic() + 60
    while path.exists():
        assert time.monotonic() < deadline, f"{path} is still there"
        time.sleep(0.02)


def test_a_guarded_process_stops_in_good_order_when_its_starter_is_killed(
    command: list[str], tmp_path: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, *command], stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        said = {starter.stdout.readline().strip(), starter.stdout.readline().strip()}
        assert "running" in said
        starter.kill()
        assert wait_for(tmp_path / "mark") == "stopped in good order"
        wait_until_gone(tmp_path / "scratch")


def test_a_guarded_process_runs_as_long_as_its_starter_does(
    command: list[str], tmp_path: Path
) -> None:
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as guarded:
        assert guarded.stdout is not None
        assert guarded.stdout.readline() == b"running\n"
        time.sleep(0.3)
        assert guarded.poll() is None
        guarded.terminate()
        assert guarded.wait(60) == 0
    assert (tmp_path / "mark").exists()


def test_it_ends_with_what_it_started_and_does_not_wait_for_threads(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(
        "import pathlib, subprocess, sys, threading, time\n"
        "worker = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "threading.Thread(target=time.sleep, args=(60,)).start()\n"
        "print('running', flush=True)\n"
        f"while not pathlib.Path({str(tmp_path / 'seen')!r}).exists(): time.sleep(0.02)\n"
        "sys.exit(3)\n"
    )
    run = f"import sys, runpy; sys.path.insert(0, {str(tmp_path)!r}); "
    run += f"sys.argv[0] = {guard.__file__!r}; runpy.run_path(sys.argv[0], run_name='__main__')"
    with subprocess.Popen(
        [sys.executable, "-c", run, str(tmp_path / "scratch"), "server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as guarded:
        assert guarded.stdout is not None
        guarded.stdout.readline()
        workers = processes.below(guarded.pid)
        assert workers
        (tmp_path / "seen").touch()
        assert guarded.wait(60) == 3
    assert processes.still_there(workers) == {}


def test_what_a_worker_still_writes_while_it_ends_is_removed(tmp_path: Path) -> None:
    scratch, worker = tmp_path / "scratch", tmp_path / "worker.py"
    scratch.mkdir()
    worker.write_text(
        "import itertools, pathlib, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"scratch, end = pathlib.Path({str(scratch)!r}), time.monotonic() + 3\n"
        "for n in itertools.count():\n"
        "    if time.monotonic() > end or not scratch.exists(): break\n"
        "    try: (scratch / f'{n}').write_text('')\n"
        "    except OSError: break\n"
    )
    (tmp_path / "server.py").write_text(
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, {str(worker)!r}])\n"
        "time.sleep(0.5)\n"
    )
    run = f"import sys, runpy; sys.path.insert(0, {str(tmp_path)!r}); "
    run += f"sys.argv[0] = {guard.__file__!r}; runpy.run_path(sys.argv[0], run_name='__main__')"
    with subprocess.Popen(
        [sys.executable, "-c", run, str(scratch), "server"],
        stdin=subprocess.PIPE,
        start_new_session=True,
    ) as guarded:
        assert guarded.wait(60) == 0
    assert not scratch.exists()


@contextmanager
def keeping(command: list[str], folder: Path) -> Generator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "STATE_DIR": str(folder)},
    ) as guarded:
        assert guarded.stdout is not None
        assert guarded.stdout.readline() == b"running\n"
        yield guarded


def test_what_it_has_not_written_yet_is_locked(command: list[str], tmp_path: Path) -> None:
    with keeping(command, tmp_path) as guarded:
        with (tmp_path / guard.LOCK).open() as lock:
            with pytest.raises(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            assert lock.read()
        guarded.terminate()
        assert guarded.wait(60) == 0
        with (tmp_path / guard.LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            assert lock.read() == ""


def test_an_end_without_writing_is_noted(command: list[str], tmp_path: Path) -> None:
    with keeping(command, tmp_path) as guarded:
        guarded.kill()
        guarded.wait(60)
    assert (tmp_path / guard.LOCK).read_text()


def test_what_could_not_be_written_is_noted(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "of-the-last-run.json").write_text("{}")
    with keeping(command, tmp_path) as guarded:
        guarded.terminate()
        assert guarded.wait(60) == 0
    assert (tmp_path / "written.json").exists()
    assert (tmp_path / guard.LOCK).read_text()
