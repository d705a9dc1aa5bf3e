"""MiniStack, the local AWS, as a child process that never outlives us."""

from __future__ import annotations

import http.client
import shutil
import subprocess
import tempfile
import time
import uuid
from collections import deque
from typing import TYPE_CHECKING

from emulator import guard
from emulator.errors import StageError
from emulator.ports import LOOPBACK

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from emulator.ministack_settings import MiniStackSettings

START_SECONDS = 90.0
LOAD_SECONDS = 240.0
"""How long it may take to start where state is kept, which it reads before it answers."""

STOP_SECONDS = 20.0
SAVE_SECONDS = 240.0
"""How long it may take to stop where state is kept: it is written in the end, and lost if not."""

_TAIL_LINES = 25


class MiniStack:
    """A running MiniStack; start it by entering the context, or with `start`."""

    def __init__(self, settings: MiniStackSettings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._scratch: str | None = None
        # Part of the health answer, so that we never mistake another person's MiniStack for ours.
        self._name = f"leave-{uuid.uuid4().hex}"

    @property
    def url(self) -> str:
        """The endpoint of every AWS service, without a slash at the end."""
        return f"http://{LOOPBACK}:{self._settings.port}"

    def start(self) -> None:
        """Start the process; `wait_until_healthy` tells when it can be used."""
        settings = self._settings
        settings.log.parent.mkdir(parents=True, exist_ok=True)
        self._scratch = tempfile.mkdtemp(prefix="leave-stage-")
        with settings.log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(settings.python), "-P", guard.__file__, self._scratch, "ministack"],
                env=settings.environment(scratch=self._scratch, name=self._name),
                cwd=self._scratch,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in the terminal is for us; we then stop MiniStack in good order.
                start_new_session=True,
            )

    def wait_until_healthy(self) -> None:
        """Return when AWS answers; raise StageError when it ends or takes too long."""
        patience = START_SECONDS if self._settings.state_dir is None else LOAD_SECONDS
        deadline = time.monotonic() + patience
        while not self._is_healthy():
            if self._process is None or self._process.poll() is not None:
                raise self._failure("ended while it was starting")
            if time.monotonic() > deadline:
                raise self._failure(f"did not answer within {patience:.0f} seconds")
            time.sleep(0.02)

    def require_running(self) -> None:
        """Raise StageError when the process has ended by itself."""
        if self._process is None or self._process.poll() is not None:
            raise self._failure("ended by itself")

    def stop(self) -> None:
        """Stop the process, by force when it does not go, and remove what it left.

        Raises StageError when it had no time to write what is kept.
        """
        process, self._process = self._process, None
        kept, forced = self._settings.state_dir, False
        if process is not None:
            process.terminate()
            try:
                process.wait(timeout=STOP_SECONDS if kept is None else SAVE_SECONDS)
            except subprocess.TimeoutExpired:
                forced = True
                process.kill()
                process.wait()
            if process.stdin is not None:
                process.stdin.close()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
        if forced and kept is not None:
            raise StageError(
                f"MiniStack, the local AWS, was ended before it had written its state to {kept}: "
                f"{SAVE_SECONDS:.0f} seconds were not enough.",
                cure="Stop it while the machine is less busy; the next start goes on from what "
                "the run before this one left.",
            )

    def log_tail(self) -> str:
        """The last lines MiniStack wrote."""
        try:
            with self._settings.log.open(encoding="utf-8", errors="replace") as log:
                return "".join(deque(log, maxlen=_TAIL_LINES))
        except OSError:
            return ""

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

    def _is_healthy(self) -> bool:
        connection = http.client.HTTPConnection(LOOPBACK, self._settings.port, timeout=5)
        try:
            connection.request("GET", "/_ministack/health")
            answer = connection.getresponse()
            return answer.status == http.client.OK and self._name.encode() in answer.read()
        except OSError:
            return False
        except http.client.HTTPException:
            return False
        finally:
            connection.close()

    def _failure(self, what: str) -> StageError:
        return StageError(
            f"MiniStack, the local AWS, {what}.",
            cure=f"Its log is {self._settings.log}; if the port was taken meanwhile, start again.",
            detail=self.log_tail(),
        )
