"""Actors who take turns, one call at a time, and what each call touches."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar, cast

from leave.domain.errors import LeaveError
from leave.domain.ledger import Ledger
from leave.domain.request import LeaveRequest

Key = tuple[object, ...]
"""Names a record; the beginning of a key names all records whose key begins with it."""


@dataclass(frozen=True, kw_only=True)
class Touch:
    """What a call reads and what it writes."""

    reads: frozenset[Key] = frozenset()
    writes: frozenset[Key] = frozenset()

    def meets(self, other: Touch) -> bool:
        """Tell whether it can matter which of the two calls comes first."""
        return _meet(self, other)


@cache
def _meet(one: Touch, other: Touch) -> bool:
    return _common(one.writes, other.reads | other.writes) or _common(one.reads, other.writes)


Choose = Callable[[Mapping[int, Touch]], int]
NOTHING = Touch()
"""What only the actor itself and those who read mail will see."""


def _common(some: frozenset[Key], others: frozenset[Key]) -> bool:
    return any(one[: len(other)] == other[: len(one)] for one in some for other in others)


def reading(*keys: Key) -> Touch:
    """Return the touch of a call that reads these."""
    return Touch(reads=frozenset(keys))


def writing(*keys: Key) -> Touch:
    """Return the touch of a call that writes these, and may look at what was there."""
    return Touch(writes=frozenset(keys))


def _add(request: LeaveRequest, ledgers: Sequence[Ledger], idempotency_record: Any) -> Touch:
    keys = _idempotency_records(idempotency_record)
    return writing(("request", request.request_id), *_ledgers(ledgers), *keys)


def _replace(
    before: LeaveRequest, _: LeaveRequest, ledgers: Sequence[Ledger] = (), record: Any = None
) -> Touch:
    keys = _idempotency_records(record)
    return writing(("request", before.request_id), *_ledgers(ledgers), *keys)


def _idempotency_records(*records: Any) -> list[Key]:
    return [("idempotency_record", record.key) for record in records if record]


def _ledgers(ledgers: Sequence[Ledger]) -> list[Key]:
    keys: list[Key] = [("ledger", ledger.employee_id, ledger.year) for ledger in ledgers]
    return keys + [("adjusted", one.employee_id) for one in ledgers if one.adjustments]


TOUCHES: Mapping[str, Callable[..., Touch]] = {
    # Requests
    "get": lambda request_id: reading(("request", request_id)),
    "ledgers": lambda people, years: reading(*(("ledger", p, y) for p in people for y in years)),
    "idempotency_record": lambda key: reading(("idempotency_record", key)),
    "add": _add,
    "keep": lambda record: writing(*_idempotency_records(record)),
    "replace": _replace,
    "write_ledgers": lambda ledgers, record=None: writing(
        *_ledgers(ledgers), *_idempotency_records(record)
    ),
    # Open requests: an index over all there are
    "after": lambda *_: reading(("request",)),
    "of_approver": lambda _: reading(("request",)),
    "unmailed": lambda *_: reading(("adjusted",)),
    # Directory
    "by_id": lambda employee_id: reading(("employee", employee_id)),
    "by_email": lambda _: reading(("employee",)),
    "team": lambda _: reading(("employee",)),
    "put": lambda employee: writing(("employee", employee.employee_id)),
    # Workflow
    "start": lambda name, **_: writing(("execution", name)),
    "ensure": lambda name, **_: writing(("execution", name)),
    "end": lambda name: writing(("execution", name)),
    "answer": lambda token, **_: writing(("token", token.reveal())),
    "fail": lambda token, **_: writing(("token", token.reveal())),
    "run_out_of_time": lambda token: writing(("token", token.reveal())),
    # Sweeps
    "last": lambda: reading(("sweep",)),
    "save": lambda _: writing(("sweep",)),
    "reminded": lambda lead_id: reading(("reminder", lead_id)),
    "mark_reminded": lambda lead_id, _: writing(("reminder", lead_id)),
    # Delegations
    "of": lambda employee_id: reading(("delegation", employee_id)),
    "write": lambda delegation, record=None: writing(
        ("delegation", delegation.employee_id),
        ("adjusted", delegation.employee_id),
        *_idempotency_records(record),
    ),
    # Mailer
    "send": lambda _: NOTHING,
    "check": lambda: NOTHING,
}
"""By the name of the call; one that is missing here fails the scene in which it is made."""


T = TypeVar("T")
_SECONDS = 60.0


class NothingNewError(Exception):
    """However the scene goes on from here, it was played to its end before."""


class _Dismissed(BaseException):
    """The scene is not played to its end; what acts in it has to stop, whatever it catches."""


def _taken() -> threading.Lock:
    """Return a lock that somebody else gives back; a semaphore takes five times as long."""
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(kw_only=True)
class Actor:
    """Somebody who acts; `result` is what came of it, an error of the system included."""

    act: Callable[[], object]
    go: threading.Lock = field(default_factory=_taken)
    next: Touch = NOTHING
    ended: bool = False
    result: object = None
    bug: BaseException | None = None


class Turns:
    """Lets actors act one call at a time; `choose` is told what each would touch next.

    Who had the last turn comes first among those it may choose from.
    """

    def __init__(self, choose: Choose) -> None:
        self._choose = choose
        self._here = threading.local()
        self._back = _taken()
        self._dismissed = False

    def on(self, port: T, touches: Callable[..., Touch] | None = None) -> T:
        """Return the port, each call of which takes a turn."""
        return cast("T", _Port(port, self, touches or _touch))

    def run(self, *acts: Callable[[], object]) -> list[Any]:
        """Let all act, and return what came of each.

        Raises `NothingNewError` when it is of no use to let them go on.
        """
        actors = [Actor(act=act) for act in acts]
        threads = [threading.Thread(target=self._play, args=(a,), daemon=True) for a in actors]
        for actor, thread in zip(actors, threads, strict=True):
            # Up to its first call, which touches nobody.
            thread.start()
            self._let(actor)
        last = 0
        try:
            while possible := [n for n, actor in enumerate(actors) if not actor.ended]:
                possible.sort(key=lambda number, last=last: number != last)
                last = self._choose({number: actors[number].next for number in possible})
                self._let(actors[last])
        except NothingNewError:
            self._dismiss(actors)
            raise
        finally:
            for thread in threads:
                thread.join(_SECONDS)
        for actor in actors:
            if actor.bug is not None:
                raise actor.bug
        return [actor.result for actor in actors]

    def wait(self, touch: Callable[[], Touch]) -> None:
        """Wait for the next turn, unless it is not an actor who calls."""
        actor: Actor | None = getattr(self._here, "actor", None)
        if actor is None:
            return
        actor.next = touch()
        self._back.release()
        actor.go.acquire()
        if self._dismissed:
            raise _Dismissed

    @property
    def is_played(self) -> bool:
        """Tell whether it is an actor who calls."""
        return hasattr(self._here, "actor")

    def _let(self, actor: Actor) -> None:
        actor.go.release()
        assert self._back.acquire(timeout=_SECONDS), "an actor never came back"

    def _dismiss(self, actors: list[Actor]) -> None:
        self._dismissed = True
        for actor in actors:
            if not actor.ended:
                self._let(actor)

    def _play(self, actor: Actor) -> None:
        self._here.actor = actor
        actor.go.acquire()
        try:
            actor.result = actor.act()
        except LeaveError as error:
            actor.result = error
        except _Dismissed:
            pass
        except BaseException as bug:  # noqa: BLE001 - it is raised where the actors were started
            actor.bug = bug
        actor.ended = True
        self._back.release()


class _Port:
    """A port whose calls take turns; actors share nothing but by calls."""

    def __init__(self, port: object, turns: Turns, touches: Callable[..., Touch]) -> None:
        self._port, self._turns, self._touches = port, turns, touches

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            assert not self._turns.is_played, f"{name} is shared, and reached without a call"
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            self._turns.wait(lambda: self._touches(name, *args, **kwargs))
            return found(*args, **kwargs)

        return call


def _touch(name: str, *args: Any, **kwargs: Any) -> Touch:
    return TOUCHES[name](*args, **kwargs)
