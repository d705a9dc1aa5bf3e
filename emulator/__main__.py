"""`python -m emulator`: the whole system on this machine, until it is asked to stop."""

from __future__ import annotations

import sys

from emulator.signals import StopRequested, raise_when_asked_to_stop, stopping


def main() -> int:
    """Return 0 when asked to stop, 1 when the stage could not start or broke, 2 for wrong usage."""
    try:
        raise_when_asked_to_stop()
        # Only now, because they take time: a stop that comes meanwhile is a stop as well.
        from emulator.command import run  # noqa: PLC0415

        return run(sys.argv[1:])
    except StopRequested:
        stopping()
        print("Stopped.", flush=True)
        return 0


if __name__ == "__main__":
    sys.exit(main())
