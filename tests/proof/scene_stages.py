"""Stages on which actors take turns, a turn for each call that takes effect at one moment."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.leave.builders import link_text
from tests.leave.fake_records import FakeRecords
from tests.leave.fake_requests import the_end_of_time
from tests.leave.fake_sweeps import FakeOpenRequests
from tests.leave.fakes import FakeDirectory
from tests.proof.world import ProofStage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from leave.domain.employee import Employee
    from leave.domain.ledger import Ledger
    from leave.domain.request import LeaveRequest
    from leave.services.ports import RecordKey
    from tests.proof.interleavings import Turns

PORTS = ("requests", "open_requests", "directory", "workflow", "mailer", "sweeps")


@dataclass(frozen=True, kw_only=True)
class RecordsOneByOne(FakeRecords):
    """Reads each record at a moment of its own, in the order asked for or against it.

    BatchGetItem promises no more:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
    """

    backwards: bool = False

    def read(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, Any]:
        order = list(keys)[::-1] if self.backwards else keys
        return {key: self.one(key) for key in order}


@dataclass(kw_only=True)
class SceneStage(ProofStage):
    """A stage in memory; `stored` and `books_of` tell what is really there."""

    backwards: bool = False

    @classmethod
    def in_memory(cls, people: Collection[Employee], *, backwards: bool = False) -> SceneStage:
        """Return a stage on which nothing was asked yet."""
        stage = cls(directory=FakeDirectory(*people), backwards=backwards)
        stage.open_requests = FakeOpenRequests(requests=stage.requests)
        return stage

    @property
    def records(self) -> FakeRecords:
        return RecordsOneByOne(
            directory=self.directory, requests=self.requests, backwards=self.backwards
        )

    @contextmanager
    def taking(self, turns: Turns) -> Iterator[None]:
        """Let each call of a port take a turn."""
        deserialize = {name: getattr(self, name) for name in PORTS}
        for name, port in deserialize.items():
            setattr(self, name, turns.on(port))
        try:
            yield
        finally:
            for name, port in deserialize.items():
                setattr(self, name, port)

    def link(self, request_id: str) -> str:
        request = self.requests.get(request_id)
        assert request is not None
        return link_text(request)

    def stored(self) -> list[LeaveRequest]:
        """Return every request there is."""
        return list(self.requests.stored.values())

    def books_of(self, employee_id: str) -> dict[int, Ledger]:
        """Return somebody's ledgers, by year."""
        return {
            year: book.at(the_end_of_time())
            for (who, year), book in self.requests.books.items()
            if who == employee_id
        }
