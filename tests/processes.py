"""The processes below one, as the operating system sees them."""

from __future__ import annotations

import subprocess
import time

_GONE_SECONDS = 60.0


def below(pid: int) -> dict[int, str]:
    """Return the id and command of every process that descends from `pid`."""
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True
    ).stdout
    children: dict[int, list[tuple[int, str]]] = {}
    for line in listing.splitlines():
        own, parent, command = line.split(None, 2)
        children.setdefault(int(parent), []).append((int(own), command))
    found: dict[int, str] = {}
    waiting = [pid]
    while waiting:
        for child, command in children.get(waiting.pop(), []):
            found[child] = command
            waiting.append(child)
    return found


def still_there(processes: dict[int, str]) -> dict[int, str]:
    """Return those of `processes` that are still running after a while."""
    deadline = time.monotonic() + _GONE_SECONDS
    while (left := _running(processes)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def _running(processes: dict[int, str]) -> dict[int, str]:
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,stat=,command="], capture_output=True, text=True, check=True
    ).stdout
    # The command as well, because an id may belong to somebody else by now.
    now = {
        (int(pid), command)
        for pid, state, command in (line.split(None, 2) for line in listing.splitlines())
        if not state.startswith("Z")
    }
    return {pid: command for pid, command in processes.items() if (pid, command) in now}
