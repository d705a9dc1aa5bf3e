"""`python -m emulator`: the whole system on this machine, until it is asked to stop."""

from __future__ import annotations

import sys

from emulator.signals import StopRequested, ignore_from_now_on, raise_when_asked_to_stop


def main() -> int:
    """Return 0 when asked to stop, 1 when the stage could not start or broke, 2 for wrong usage."""
    # Before anything that takes time: a stop that comes during the imports is a stop as well.
    raise_when_asked_to_stop()
    try:
        from emulator.command import run  # noqa: PLC0415

        return run(sys.argv[1:])
    except StopRequested:
        print("Stopped.", flush=True)
        return 0
    finally:
        ignore_from_now_on()


if __name__ == "__main__":
    sys.exit(main())
