"""Where the stand-in keeps what must survive a restart: a folder, or nothing at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


class FileStore:
    """Named byte strings in a folder that only its owner can read; without a folder, forgets.

    A write replaces the whole value at once, so a crash leaves the old or the new one.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        if folder:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def sub(self, name: str) -> FileStore:
        """Return the store `name` within this one."""
        return FileStore(self._folder / name if self._folder else None)

    def read(self, name: str) -> bytes | None:
        """Return the value, or None when there is none."""
        if not self._folder:
            return None
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, name: str, value: bytes) -> None:
        """Keep `value` under `name`."""
        if not self._folder:
            return
        handle, part = tempfile.mkstemp(dir=self._folder, prefix=".part-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(value)
            Path(part).replace(self._folder / name)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise

    def names(self) -> list[str]:
        """Return what is kept, sorted; parts of interrupted writes are not."""
        if not self._folder:
            return []
        return sorted(e.name for e in self._folder.iterdir() if not e.name.startswith("."))

    def remove(self, name: str) -> None:
        """Forget `name`, if it is there."""
        if self._folder:
            (self._folder / name).unlink(missing_ok=True)
