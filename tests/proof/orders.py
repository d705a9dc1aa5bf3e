"""Which orders of turns are played: all that can make a difference, or some of all.

Two calls that touch nothing in common can change places, and nobody will ever know. Of all orders
that differ by nothing else, one is played: places where another actor could have come in are found
in what was played (Flanagan and Godefroid, Dynamic Partial-Order Reduction, 2005), and what was
gone through already is put to sleep (Godefroid, Partial-Order Methods, 1996).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.proof.interleavings import NothingNewError, Touch, Turns

Play = Callable[[Turns], object]


@dataclass(kw_only=True)
class Moment:
    """A place in an order: who could go on, and who has been let, or has to be."""

    pending: Mapping[int, Touch]
    asleep: frozenset[int]
    chosen: int
    to_try: set[int] = field(default_factory=set[int])
    tried: set[int] = field(default_factory=set[int])

    @property
    def touch(self) -> Touch:
        """What the chosen one touches."""
        return self.pending[self.chosen]

    def asleep_after(self) -> frozenset[int]:
        """Return whose turns were gone through in this place, and are untouched by the chosen."""
        known = (self.asleep | self.tried) - {self.chosen}
        return frozenset(one for one in known if not self.pending[one].meets(self.touch))


class Search:
    """Goes through the orders of a scene that can make a difference, one after the other."""

    def __init__(self) -> None:
        self.moments: list[Moment] = []
        self._place = 0

    def choose(self, pending: Mapping[int, Touch]) -> int:
        """Choose as in the last order up to the place that is new, then let whoever acts go on."""
        if self._place == len(self.moments):
            asleep = self.moments[-1].asleep_after() if self.moments else frozenset[int]()
            awake = [actor for actor in pending if actor not in asleep]
            if not awake:
                self._find_races(pending)
                raise NothingNewError
            self.moments.append(Moment(pending=pending, asleep=asleep, chosen=awake[0]))
        moment = self.moments[self._place]
        self._place += 1
        return moment.chosen

    def go_on(self) -> bool:
        """Turn to the next order, the longest part of the last one kept; False after the last."""
        self._find_races({})
        self._place = 0
        while self.moments:
            last = self.moments[-1]
            last.tried.add(last.chosen)
            if left := sorted(last.to_try - last.tried - last.asleep):
                last.chosen = left[0]
                return True
            self.moments.pop()
        return False

    def _find_races(self, left: Mapping[int, Touch]) -> None:
        """Note where somebody could have come before a call that theirs meets.

        `heard[a][b]` is the place of the last turn of b that a turn of a has come after.
        """
        heard: dict[int, dict[int, int]] = defaultdict(dict)
        told: list[dict[int, int]] = []
        for place in range(len(self.moments) + 1):
            here = self.moments[place] if place < len(self.moments) else None
            for actor, touch in (here.pending if here else left).items():
                self._find_race(place, actor, touch, heard[actor])
            if here is None:
                return
            mine = heard[here.chosen]
            for earlier in range(place):
                if self.moments[earlier].touch.meets(here.touch):
                    for actor, at in told[earlier].items():
                        mine[actor] = max(mine.get(actor, -1), at)
            mine[here.chosen] = place
            told.append(dict(mine))

    def _find_race(self, place: int, actor: int, touch: Touch, heard: Mapping[int, int]) -> None:
        for earlier in range(place - 1, -1, -1):
            moment = self.moments[earlier]
            if (
                moment.chosen != actor
                and heard.get(moment.chosen, -1) < earlier
                and moment.touch.meets(touch)
            ):
                moment.to_try.add(actor)
                return


def every_difference(play: Play) -> Iterator[None]:
    """Play a scene once for all orders of turns that come to the same."""
    search = Search()
    going = True
    while going:
        try:
            play(Turns(search.choose))
        except NothingNewError:
            pass
        else:
            yield
        going = search.go_on()


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Whose turn it was, out of those who could have had it, and whether the first could go on."""

    chosen: int
    possible: tuple[int, ...]
    goes_on: bool

    @property
    def interrupts(self) -> bool:
        """Tell whether somebody who could have gone on had to wait."""
        return self.goes_on and self.chosen != self.possible[0]


@dataclass(kw_only=True)
class Schedule:
    """Chooses by a list, and after its end whoever acts."""

    choices: Sequence[int] = ()
    taken: list[Turn] = field(default_factory=list[Turn])

    def choose(self, pending: Mapping[int, Touch]) -> int:
        """Choose whose turn it is."""
        place, possible = len(self.taken), tuple(pending)
        goes_on = bool(self.taken) and possible[0] == self.taken[-1].chosen
        chosen = self.choices[place] if place < len(self.choices) else possible[0]
        self.taken.append(Turn(chosen=chosen, possible=possible, goes_on=goes_on))
        return chosen


def every_order(play: Play, *, interruptions: int) -> Iterator[None]:
    """Play a scene once for every order of turns with up to so many interruptions."""
    choices: list[int] | None = []
    while choices is not None:
        schedule = Schedule(choices=choices)
        play(Turns(schedule.choose))
        yield
        choices = _next(schedule.taken, interruptions)


def _next(taken: Sequence[Turn], most: int) -> list[int] | None:
    """Return the next schedule, the longest part of the last one kept; None after the last one."""
    for place in range(len(taken) - 1, -1, -1):
        turn, before = taken[place], taken[:place]
        later = turn.possible[turn.possible.index(turn.chosen) + 1 :]
        spent = sum(earlier.interrupts for earlier in before) + turn.goes_on
        if later and spent <= most:
            return [*(earlier.chosen for earlier in before), later[0]]
    return None
