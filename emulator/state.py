"""The directory in which a stage keeps its state from one run to the next."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from emulator import guard
from emulator.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

WRITE_SECONDS = 300.0
"""Longer than a stage that was killed may take to write its state, after which it ends itself."""


def of_aws(state_dir: Path) -> Path:
    """Return where MiniStack keeps its part."""
    return state_dir / "aws"


@contextmanager
def held(state_dir: Path, tell: Callable[[str], None]) -> Generator[Path]:
    """Make `state_dir` and keep every other stage out of it; raises StageError when one is in.

    `tell` hears whether one has to wait for the last run, and whether it lost something.
    """
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(state_dir / "stage.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StageError(
            f"The state directory {state_dir} cannot be used: {error.strerror}.",
            cure="Name a directory that can be written with --state-dir.",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise StageError(
            f"Another stage is running on the state in {state_dir}.",
            cure="Stop it, or name another directory with --state-dir.",
        ) from error
    try:
        _wait_until_written(state_dir, tell)
        yield state_dir
    finally:
        # Closing gives the lock back; so does our end, however it comes.
        os.close(descriptor)


def _wait_until_written(state_dir: Path, tell: Callable[[str], None]) -> None:
    """Wait for the MiniStack of a stage that was killed: it outlives it, to write what it has."""
    try:
        descriptor = os.open(of_aws(state_dir) / guard.LOCK, os.O_RDWR)
    except FileNotFoundError:
        return
    try:
        if not _is_free(descriptor):
            tell("The last run is still writing its state …")
            deadline = time.monotonic() + WRITE_SECONDS
            while not _is_free(descriptor):
                if time.monotonic() > deadline:
                    raise StageError(
                        f"The last run is still writing its state to {state_dir}.",
                        cure="Wait for its end, end it, or name another directory with "
                        "--state-dir.",
                    )
                time.sleep(0.1)
        if os.fstat(descriptor).st_size:
            tell(
                f"The last run in {state_dir} ended before it had written what AWS held: this "
                "starts from what was written until then, mostly by the run before it. Mails are "
                "all there. To start anew, delete that directory"
            )
    finally:
        os.close(descriptor)


def _is_free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
