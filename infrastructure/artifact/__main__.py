"""Prints what ships in the layer, as locked: `make sbom` makes a bill of materials of it."""

from __future__ import annotations

import sys
from pathlib import Path

from infrastructure.artifact.lock import LOCK, needed_requirements

if __name__ == "__main__":
    sys.stdout.write(needed_requirements(Path(LOCK).read_text("utf-8")))
