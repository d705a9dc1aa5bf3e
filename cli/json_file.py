"""JSON files that a person names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from cli.errors import CommandError

if TYPE_CHECKING:
    from pathlib import Path


def read_object(path: Path, *, cure: str) -> dict[str, Any]:
    """Return the JSON object in a file, an empty one for other JSON.

    Raises `CommandError` with `cure` when the file cannot be read.
    """
    try:
        stored: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}. {cure}") from error
    except ValueError:
        # Not chained: the parser's error would carry the text.
        raise CommandError(f"{path} is not JSON. {cure}") from None
    return cast("dict[str, Any]", stored) if isinstance(stored, dict) else {}
