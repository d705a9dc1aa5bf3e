"""Loopback ports: a free one, or the one that was asked for."""

from __future__ import annotations

import errno
import json
import os
import socket
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from emulator.errors import StageError

if TYPE_CHECKING:
    from pathlib import Path

LOOPBACK = "127.0.0.1"
_HIGHEST = 65535


@dataclass(frozen=True, kw_only=True)
class Ports:
    """The two ports of a local stage; 0 lets the operating system choose."""

    aws: int = 0
    google: int = 0


def choose(*, asked: int | None, state_dir: Path | None) -> Ports:
    """Return the ports of a stage: what was asked for, else what it had before, else free ones.

    Google's may stay 0, because it can choose by itself. Raises StageError when one is taken.
    """
    kept = remembered(state_dir) if state_dir else Ports()
    aws = asked if asked is not None else kept.aws or free_port()
    cure = "Stop that process, or name another port with --port."
    require_free(aws, whose="the AWS emulator", cure=cure)
    if kept.google:
        cure = f"Stop that process; {state_dir} keeps its port, as tokens and mails name it."
        require_free(kept.google, whose="the Google stand-in", cure=cure)
    return Ports(aws=aws, google=kept.google)


def free_port() -> int:
    """Return a port nobody listens on, for a server that cannot choose one itself."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


def require_free(port: int, *, whose: str, cure: str) -> None:
    """Raise StageError when nothing could listen on `port` now."""
    if not 0 < port <= _HIGHEST:
        raise StageError(f"{port} is not a port for {whose}.", cure=f"Choose 1 to {_HIGHEST}.")
    with socket.socket() as probe:
        # Without it a port whose last connections are still closing would count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise StageError(_refusal(port, whose, error), cure=cure) from error


def _refusal(port: int, whose: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {whose} is taken by another process."
    return f"Port {port} of {whose} cannot be used: {error.strerror}."


def remembered(state_dir: Path) -> Ports:
    """Return the ports of the last run in `state_dir`, so that links in old mails still work."""
    path = _file(state_dir)
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return Ports(aws=int(kept["aws"]), google=int(kept["google"]))
    except FileNotFoundError:
        return Ports()
    except (ValueError, KeyError, TypeError) as error:
        raise StageError(
            f"{path} does not hold the ports of a local stage ({error}).",
            cure="Delete that file; the next start chooses new ports.",
        ) from error


def remember(state_dir: Path, ports: Ports) -> None:
    """Keep `ports` for the next run in `state_dir`."""
    path = _file(state_dir)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(ports)), encoding="utf-8")
    os.replace(part, path)  # noqa: PTH105 - the atomic rename is the point


def _file(state_dir: Path) -> Path:
    return state_dir / "ports.json"
