"""The demo's plot, on a stage of its own."""

from __future__ import annotations

import argparse
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from emulator.demo.cast import JANE, JIM, JOHN, Wish
from emulator.demo.failure import DemoFailedError
from emulator.demo.stage_view import StageView
from emulator.demo.story import Story
from emulator.demo.terminal import Terminal
from emulator.errors import StageError
from emulator.progress import Progress
from emulator.stage import StageOptions, running_stage
from emulator.summary import working_day_ahead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emulator.ready import StageFacts

REASON = "We release that week, please choose another one."


def run(arguments: Sequence[str]) -> int:
    """Play the demo; return 0 when everything was so, 1 otherwise."""
    options = _parser().parse_args(arguments)
    terminal, progress = Terminal(), Progress()
    terminal.heading("The local stage: AWS and Google on this machine, and the real Pulumi program")
    try:
        with running_stage(StageOptions(port=options.port), progress) as stage:
            _play(stage.facts, terminal)
    except StageError as error:
        terminal.failure(f"The local stage failed. {error}")
        return 1
    except DemoFailedError:
        return 1
    terminal.success(f"All of it was true. It took {progress.elapsed:.0f} seconds.")
    return 0


def _play(facts: StageFacts, terminal: Terminal) -> None:
    view = StageView(facts)
    day = working_day_ahead(datetime.now().astimezone().date())
    story = Story(facts, view, terminal, lead=JOHN)
    try:
        terminal.heading("Jim's leave request is approved")
        story.play(Wish(employee=JIM, day=day, decision="approved"))
        terminal.heading("Jane's leave request is denied")
        later = day + timedelta(weeks=1)
        story.play(Wish(employee=JANE, day=later, decision="denied", comment=REASON))
    except DemoFailedError as error:
        # While the stage still runs: the logs are in it.
        terminal.failure(str(error))
        terminal.tell("The last lines the functions logged:")
        terminal.quote(view.log_tails())
        raise


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m emulator.demo",
        description="Play the demo run on a local stage of its own: Jim's leave request is "
        "approved, Jane's is denied.",
    )
    parser.add_argument("--port", type=int, metavar="N", help="port of the emulated AWS")
    return parser
