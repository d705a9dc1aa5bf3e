"""`python -m emulator.demo`: start a stage, play the demo run on it, and stop it again."""

from __future__ import annotations

import sys

from emulator.signals import StopRequested, raise_when_asked_to_stop, stopping

INTERRUPTED = 130


def main() -> int:
    """Return 0 when all of it was true, 1 when not, 130 when interrupted, 2 for wrong usage."""
    try:
        raise_when_asked_to_stop()
        from emulator.demo.story import run  # noqa: PLC0415 - an interruption may come meanwhile

        return run(sys.argv[1:])
    except StopRequested:
        stopping()
        print("\nInterrupted; the stage is stopped.", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
