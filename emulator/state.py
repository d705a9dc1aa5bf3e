"""The directory in which a stage keeps its state from one run to the next."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from emulator.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@contextmanager
def held(state_dir: Path) -> Generator[Path]:
    """Make `state_dir` and keep every other stage out of it; raises StageError when one is in."""
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(state_dir / "stage.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StageError(
            f"The state directory {state_dir} can not be used: {error.strerror}.",
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
        yield state_dir
    finally:
        # Closing gives the lock back; so does our end, however it comes.
        os.close(descriptor)
