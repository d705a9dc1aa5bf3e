"""Files that only their owner may read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping

_OWNER_ONLY_FOLDER, _OWNER_ONLY_FILE = 0o700, 0o600


def config_folder(variables: Mapping[str, str]) -> Path:
    """Return where the command keeps its files.

    After https://specifications.freedesktop.org/basedir-spec/, which ignores relative paths.
    """
    base = variables.get("XDG_CONFIG_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".config") / "leave"


def write_private(path: Path, text: str) -> None:
    """Write a file whole, readable by its owner only, as is its folder."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY_FOLDER)
        path.parent.chmod(_OWNER_ONLY_FOLDER)
        # Made with its final rights: written first and closed later, it could be read in between.
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY_FILE)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
