"""Run a module in such a way that it ends when the process that started it ends.

    python -P guard.py SCRATCH MODULE [ARGUMENTS…]

SCRATCH is a directory made for it, which is removed at the end. Where STATE_DIR is set, a file in
it is locked for as long as we run, so that nobody reads what we have not written yet; it is empty
when the last run has written all.

The starter keeps the write end of our standard input open. However it ends, even by SIGKILL, the
kernel closes that end, we read the end of the file, and stop. This works on Linux and macOS alike,
where the parent-death signal does not. Only the standard library: MiniStack's environment has
nothing else.
"""

from __future__ import annotations

import fcntl
import os
import runpy
import shutil
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import NoReturn

LOCK = "guard.lock"

# Where state is kept, MiniStack writes it in the end, which takes a while on a busy machine.
GRACE_SECONDS = 240.0 if "STATE_DIR" in os.environ else 20.0
REMOVE_SECONDS = 10.0


def _watch(descriptor: int) -> None:
    try:
        while os.read(descriptor, 4096):
            pass
    except OSError:
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


def end_with_parent(descriptor: int) -> None:
    """Send ourselves SIGTERM when `descriptor`, a pipe's read end, is closed by its writer."""
    threading.Thread(target=_watch, args=(descriptor,), name="guard", daemon=True).start()


def hold(state_dir: Path) -> int:
    """Lock the state as soon as no other run has it, and note that this one has written nothing."""
    state_dir.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(state_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.truncate(descriptor, 0)
    os.write(descriptor, b"running, or ended before its state was written\n")
    return descriptor


def note_what_was_written(state_dir: Path, descriptor: int) -> None:
    """Empty the file that `hold` wrote to, if every file of the state is younger than that."""
    begun = os.fstat(descriptor).st_mtime_ns
    written = [file.stat().st_mtime_ns for file in state_dir.glob("*.json")]
    if written and min(written) >= begun:
        os.truncate(descriptor, 0)


def _run(module: str) -> int:
    """Run a module as `python -m` does, and return its exit code."""
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception:  # noqa: BLE001 - this is the outermost edge
        traceback.print_exc()
        return 1
    return 0


def _end(code: int, scratch: str) -> NoReturn:
    """End now, and everything the module started in our process group with us.

    A server that has shut down would otherwise wait for its threads, and these for workers that
    wait for the server.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    if os.getpgrp() == os.getpid():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(os.getpid(), signal.SIGTERM)
    _remove(Path(scratch))
    os._exit(code)


def _remove(scratch: Path) -> None:
    """Remove the directory, to which what is ending may still write."""
    deadline = time.monotonic() + REMOVE_SECONDS
    while scratch.exists() and time.monotonic() < deadline:
        shutil.rmtree(scratch, ignore_errors=True)
        time.sleep(0.02)


if __name__ == "__main__":
    end_with_parent(sys.stdin.fileno())
    scratch, sys.argv = sys.argv[1], sys.argv[2:]
    kept = Path(os.environ["STATE_DIR"]) if "STATE_DIR" in os.environ else None
    # Held until the process ends, which closes it.
    lock = hold(kept) if kept is not None else None
    code = _run(sys.argv[0])
    if kept is not None and lock is not None:
        note_what_was_written(kept, lock)
    _end(code, scratch)
