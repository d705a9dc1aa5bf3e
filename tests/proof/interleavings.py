"""Every order in which the calls of people who act at once can take effect.

What two actors do to each other depends on the order of their calls of the ports, each of which
takes effect at one moment. So each actor runs in a thread of its own that waits before each call
until it is its turn, and all orders of turns are gone through, one after the other.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from leave.domain.errors import LeaveError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")
_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Whose turn it was, out of those who could have had it.

    Who had the last turn comes first among them, if that one could have gone on; to choose another
    one then is to interrupt.
    """

    chosen: int
    possible: tuple[int, ...]
    goes_on: bool

    @property
    def interrupts(self) -> bool:
        """Tell whether somebody who could have gone on had to wait."""
        return self.goes_on and self.chosen != self.possible[0]


@dataclass(kw_only=True)
class Actor:
    """Somebody who acts; `result` is what came of it, an error of the system included."""

    act: Callable[[], object]
    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    begun: bool = False
    ended: bool = False
    result: object = None
    bug: BaseException | None = None


class Turns:
    """Lets actors act one call at a time: first by a schedule, then without interruption."""

    def __init__(self, schedule: Sequence[int] = ()) -> None:
        self.schedule = schedule
        self.taken: list[Turn] = []
        self._here = threading.local()
        self._back = threading.Semaphore(0)

    def on(self, port: T) -> T:
        """Return the port, each call of which takes a turn."""
        return cast("T", _Port(port, self))

    def run(self, *acts: Callable[[], object]) -> list[Any]:
        """Let all act, and return what came of each."""
        actors = [Actor(act=act) for act in acts]
        threads = [threading.Thread(target=self._play, args=(a,), daemon=True) for a in actors]
        for thread in threads:
            thread.start()
        last = 0
        while possible := [n for n, actor in enumerate(actors) if not actor.ended]:
            possible.sort(key=lambda number, last=last: number != last)
            place = len(self.taken)
            chosen = self.schedule[place] if place < len(self.schedule) else possible[0]
            goes_on = bool(self.taken) and possible[0] == last
            self.taken.append(Turn(chosen=chosen, possible=tuple(possible), goes_on=goes_on))
            last = chosen
            actors[chosen].go.release()
            assert self._back.acquire(timeout=_SECONDS), "an actor never came back"
        for thread, actor in zip(threads, actors, strict=True):
            thread.join()
            if actor.bug is not None:
                raise actor.bug
        return [actor.result for actor in actors]

    def wait(self) -> None:
        """Wait for the next turn, unless it is not an actor who calls."""
        actor: Actor | None = getattr(self._here, "actor", None)
        if actor is None:
            return
        if actor.begun:
            self._back.release()
            actor.go.acquire()
        actor.begun = True

    def _play(self, actor: Actor) -> None:
        self._here.actor = actor
        # The first turn goes up to the end of the first call: before it, nobody is touched.
        actor.go.acquire()
        try:
            actor.result = actor.act()
        except LeaveError as error:
            actor.result = error
        except BaseException as bug:  # noqa: BLE001 - it is raised where the actors were started
            actor.bug = bug
        actor.ended = True
        self._back.release()


class _Port:
    """A port whose calls take turns; what is no call is handed through."""

    def __init__(self, port: object, turns: Turns) -> None:
        self._port, self._turns = port, turns

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            self._turns.wait()
            return found(*args, **kwargs)

        return call


def every_order(play: Callable[[Turns], object], *, interruptions: int) -> Iterator[Turns]:
    """Play a scene once for every order of turns with up to so many interruptions.

    Most mistakes show with two, and with as many as there are calls, none is left out.
    """
    schedule: list[int] | None = []
    while schedule is not None:
        turns = Turns(schedule)
        play(turns)
        yield turns
        schedule = _next(turns.taken, interruptions)


def _next(taken: Sequence[Turn], most: int) -> list[int] | None:
    """Return the next schedule, the longest part of the last one kept; None after the last one."""
    for place in range(len(taken) - 1, -1, -1):
        turn, before = taken[place], taken[:place]
        later = turn.possible[turn.possible.index(turn.chosen) + 1 :]
        spent = sum(earlier.interrupts for earlier in before) + turn.goes_on
        if later and spent <= most:
            return [*(earlier.chosen for earlier in before), later[0]]
    return None
