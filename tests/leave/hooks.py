"""What happens around the calls of a fake: trouble, and other people's writes."""

from __future__ import annotations

from collections import defaultdict, deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Hooks:
    """Actions for the next calls of a fake, one for each call, in order.

    An action before a call stands for what happens until then, one after it for what happens
    before the caller hears of its success. An action may raise: before, the call then has no
    effect; after, it has, and the caller never learns.
    """

    def __init__(self) -> None:
        self._actions: dict[tuple[str, str], deque[Callable[[], object]]] = defaultdict(deque)

    def before(self, call: str, action: Callable[[], object], *, times: int = 1) -> None:
        """Queue an action to run before the next calls of this name."""
        self._actions["before", call].extend([action] * times)

    def after(self, call: str, action: Callable[[], object], *, times: int = 1) -> None:
        """Queue an action to run after the next calls of this name took effect."""
        self._actions["after", call].extend([action] * times)

    def forget(self) -> None:
        """Drop what is still queued."""
        self._actions.clear()

    @contextmanager
    def around(self, call: str) -> Iterator[None]:
        """Run what is queued before and after the body of a call."""
        self._run("before", call)
        yield
        self._run("after", call)

    def _run(self, moment: str, call: str) -> None:
        # Taken out first: an action may use the same fake.
        if queue := self._actions[moment, call]:
            queue.popleft()()


def raising(error: Exception) -> Callable[[], object]:
    """Return an action that raises this error."""

    def action() -> None:
        raise error

    return action


def nothing() -> None:
    """Do nothing, to let a call pass before the next queued action."""
