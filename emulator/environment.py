"""MiniStack's own Python environment, made on demand from the locked requirements.

It is shared by all stages of this checkout and holds none of the project's packages, so that a
module missing from the Lambda artifact is missing here as well.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from contextlib import contextmanager
from typing import TYPE_CHECKING

from emulator.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from emulator.progress import Progress


def ministack_python(*, lock: Path, local: Path, progress: Progress) -> Path:
    """Return the interpreter of an environment with exactly `lock` installed.

    The environment is made below `local` when it is not there yet, named after the lock's content
    and this Python's version. Raises StageError when it cannot be made.
    """
    home = local / f"ministack-{_digest(lock)}-{sys.implementation.cache_tag}"
    python = home / "bin" / "python"
    if python.exists():
        return python
    local.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(local / "ministack.lock"):
        # Another stage may have made it while this one waited for the lock.
        if not python.exists():
            progress.note("Installing MiniStack, the local AWS (once, about 10 seconds) …")
            try:
                _make(home, lock)
            finally:
                # Of this attempt when it failed, or of one that was killed.
                _remove_leftovers(local)
    return python


def _make(home: Path, lock: Path) -> None:
    part = home.with_name(f"{home.name}.part")
    # This interpreter's pip installs into it, which saves the 3 seconds pip's own set-up takes.
    venv.create(part, symlinks=True, clear=True, with_pip=not _has_pip())
    python = part / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    if not _has_pip():
        pip = [str(python), "-m", "pip"]
    options = ["--require-hashes", "--no-deps", "--no-compile", "--quiet", "--no-input"]
    install = [*pip, "install", *options, "--disable-pip-version-check", "-r", str(lock)]
    done = subprocess.run(install, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise StageError(
            f"MiniStack could not be installed from {lock.name}; pip ended with {done.returncode}.",
            cure="Check that this machine reaches a Python package index (pip config list), "
            "then start again.",
            detail=(done.stderr or done.stdout)[-3000:],
        )
    # MiniStack loads its services when they are first used; compile them now, not in that call.
    modules = [str(path) for path in part.glob("lib/*/site-packages/ministack")]
    subprocess.run(
        [str(python), "-m", "compileall", "-q", "-j", "0", *modules],
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    # Nothing in it knows its own path except the scripts in bin/, which are not used.
    part.rename(home)


def _digest(lock: Path) -> str:
    try:
        return hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    except FileNotFoundError as error:
        raise StageError(
            f"{lock} is missing.", cure="Restore it: git checkout -- requirements"
        ) from error


def _has_pip() -> bool:
    return importlib.util.find_spec("pip") is not None


def _remove_leftovers(local: Path) -> None:
    for part in local.glob("ministack-*.part"):
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def _one_at_a_time(path: Path) -> Generator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
