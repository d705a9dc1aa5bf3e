"""How one MiniStack runs, as the environment variables it reads."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.ports import LOOPBACK

if TYPE_CHECKING:
    from pathlib import Path

LAMBDA_CONCURRENCY = 16
"""Each concurrent invocation is a process of about 30 MB; a burst must not swamp a laptop."""


@dataclass(frozen=True, kw_only=True)
class MiniStackSettings:
    """How one MiniStack runs; without `state_dir` everything is forgotten when it stops."""

    python: Path
    port: int
    region: str
    log: Path
    state_dir: Path | None = None

    def environment(self, *, scratch: str, name: str) -> dict[str, str]:
        """Return all of its environment: its Lambda workers inherit whatever is in it.

        `scratch` is a directory of its own; `name` is told in its health answer.
        """
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": scratch,
            "TMPDIR": scratch,
            "LANG": "C.UTF-8",
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": LOOPBACK,
            "MINISTACK_REGION": self.region,
            "MINISTACK_EDITION": name,
            "AUTH": "true",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            "LAMBDA_ACCOUNT_CONCURRENCY": str(LAMBDA_CONCURRENCY),
        }
        if self.state_dir is not None:
            environment["PERSIST_STATE"] = "1"
            environment["STATE_DIR"] = str(self.state_dir)
        return environment
