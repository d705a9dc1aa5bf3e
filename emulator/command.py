"""The command line of the local stage."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from emulator import ready
from emulator.errors import StageError
from emulator.overrides import SetError, overrides
from emulator.places import PROJECT, STACK
from emulator.prepare import prepare
from emulator.progress import Progress
from emulator.stage import StageOptions, running_stage
from emulator.summary import summary

if TYPE_CHECKING:
    from collections.abc import Sequence

WATCH_SECONDS = 0.5
USAGE = 2


def run(arguments: Sequence[str]) -> int:
    """Run the command; return its exit code unless it is asked to stop."""
    options = _parser().parse_args(arguments)
    progress = Progress()
    try:
        config = overrides(PROJECT, STACK, options.config)
        if options.action == "prepare":
            prepare(progress, config)
            progress.note("Prepared: MiniStack and the Lambda artifacts are there")
            return 0
        stage = StageOptions(port=options.port, state_dir=options.state_dir, overrides=config)
        _stay_up(stage, options.ready_file, progress)
    except SetError as error:
        print(error, file=sys.stderr)
        return USAGE
    except StageError as error:
        print(f"\nThe local stage failed. {error}", file=sys.stderr)
    return 1


def _stay_up(options: StageOptions, ready_file: Path | None, progress: Progress) -> None:
    if ready_file is not None:
        ready.remove(ready_file)
    with running_stage(options, progress) as stage:
        try:
            if ready_file is not None:
                ready.write(ready_file, stage.facts)
            today = datetime.now().astimezone().date()
            progress.say(summary(stage.facts, today=today, ready_file=ready_file))
            progress.note("Ready")
            while True:
                time.sleep(WATCH_SECONDS)
                stage.ministack.require_running()
        finally:
            if ready_file is not None:
                ready.withdraw(ready_file, stage.facts)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m emulator",
        description="The leave approval system on this machine: emulated AWS, a stand-in for "
        "Google, the real Pulumi program and the sample directory. Ctrl-C stops it.",
    )
    parser.add_argument(
        "action",
        nargs="?",
        choices=["run", "prepare"],
        default="run",
        help="'prepare' only makes what a first start must make (default: run)",
    )
    parser.add_argument(
        "--ready-file",
        type=_absolute,
        metavar="FILE",
        help="JSON file with all addresses; it is there exactly while the stage is ready",
    )
    parser.add_argument("--port", type=int, metavar="N", help="port of the emulated AWS")
    parser.add_argument(
        "--state-dir",
        type=_absolute,
        metavar="DIR",
        help="keep everything in DIR, and start from what is there; a workflow that waits when the "
        "stage stops is ended, though, as MiniStack cannot continue it",
    )
    parser.add_argument(
        "--set",
        dest="config",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a configuration key of the stage, as `pulumi config set` takes it, such as "
        "protect=true; lists and objects as JSON; may be given again for another key",
    )
    return parser


def _absolute(text: str) -> Path:
    return Path(text).absolute()
