"""The process that deploys the program, seen from the one that started it."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from emulator.errors import StageError
from emulator.order import Deployed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import IO, Self

    from emulator.order import Order
    from emulator.progress import Progress

QUIET_SECONDS = 5.0
"""After so long without news a person is told that it still goes on."""
DEPLOY_SECONDS = 300.0
"""So long without any news means that it hangs; the first build of the layer takes a minute."""
STOP_SECONDS = 5.0
_END: dict[str, Any] = {"event": "end"}


class Deployer:
    """The deploying process. It is started before it can be used, because of its long imports."""

    def __init__(self, *, log: Path, environment: Mapping[str, str], directory: Path) -> None:
        self._log = log
        self._environment = environment
        self._directory = directory
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()

    def start(self) -> None:
        """Start the process, which then waits for its order."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "emulator.deploy"],
                cwd=self._directory,
                env=dict(self._environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                # A group of its own, with the pip it may start, which can be ended as one.
                start_new_session=True,
            )
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe, see above
        listen = threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True)
        listen.start()

    def deploy(self, order: Order, progress: Progress) -> Deployed:
        """Deploy and return the result; raises StageError with the program's reason."""
        self._send(order)
        created: Counter[str] = Counter()
        quiet = 0.0
        while quiet < DEPLOY_SECONDS:
            try:
                answer = self._answers.get(timeout=QUIET_SECONDS)
            except queue.Empty:
                quiet += QUIET_SECONDS
                progress.note(f"… still deploying, {created.total()} resources so far")
                continue
            match answer["event"]:
                case "created":
                    created[answer["token"]] += 1
                case "log":
                    progress.note(answer["message"])
                case "failed":
                    raise StageError(
                        answer["problem"], cure=answer["cure"], detail=answer["detail"]
                    )
                case "done":
                    return Deployed(
                        exports=answer["exports"],
                        resources=created.total(),
                        directory_is_empty=answer["directory_is_empty"],
                    )
                case _:
                    raise self._failure("ended before it was done")
        raise self._failure(f"was not done after {DEPLOY_SECONDS:.0f} seconds")

    def stop(self) -> None:
        """End the process and everything it started; harmless when it has ended."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            _signal_group(process, signal.SIGTERM)
            try:
                process.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                _signal_group(process, signal.SIGKILL)
                process.wait()
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _send(self, order: Order) -> None:
        process = self._process
        if process is None or process.stdin is None:
            raise RuntimeError("the deploying process is not started")
        # When it has ended already, its missing answer tells more than the broken pipe.
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(asdict(order)) + "\n")
            process.stdin.flush()

    def _listen(self, stdout: IO[str]) -> None:
        with stdout:
            for line in stdout:
                self._answers.put(json.loads(line))
        self._answers.put(_END)

    def _failure(self, what: str) -> StageError:
        try:
            said = self._log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            said = ""
        return StageError(
            f"The process that deploys the Pulumi program {what}.",
            cure=f"Its output is in {self._log}.",
            detail=said[-3000:],
        )


def _signal_group(process: subprocess.Popen[str], number: signal.Signals) -> None:
    # Not waited for yet, so the id cannot be anybody else's.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
