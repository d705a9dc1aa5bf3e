"""Where the stages' processes log; kept for a while, because one reads them afterwards."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

KEPT_SECONDS = 7 * 24 * 3600.0


@dataclass(frozen=True, kw_only=True)
class Logs:
    """The log files of the stage whose AWS listens on `port`, and of no other running one."""

    folder: Path
    port: int

    @property
    def aws(self) -> Path:
        """What MiniStack writes."""
        return self.folder / f"{self.port}.aws.log"

    @property
    def deployment(self) -> Path:
        """What the Pulumi program and its SDK write."""
        return self.folder / f"{self.port}.deployment.log"

    def remove_old_ones(self) -> None:
        """Remove the logs of stages that were started long ago."""
        oldest = time.time() - KEPT_SECONDS
        for path in self.folder.glob("*.log"):
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)
