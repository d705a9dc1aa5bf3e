"""What each way of a request takes of Step Functions and Lambda: `python -m bench.transitions`.

Played on local stages, and counted from the history of each execution, as AWS counts what it
charges for: https://aws.amazon.com/step-functions/pricing/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bench.company import Company
from bench.figures import Figure, table
from bench.local_stage import local_stage
from emulator.aws import EmulatedAws
from emulator.demo import web
from leave.adapters.dynamodb.requests import DynamoRequests

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping

_OVER: Final = 2
"""Days above which the leave of these stages needs a second approval."""


class Counted(NamedTuple):
    """States that an execution entered, and functions that it invoked."""

    entered: tuple[str, ...]
    invoked: int


class Least(NamedTuple):
    """The least states and invocations with which the design gets along."""

    states: int
    invocations: int


WITH_UNDO: Final = {
    "approved": Least(4, 5),
    "denied": Least(4, 5),
}
WITHOUT_UNDO: Final = {
    "approved, no undoing": Least(3, 5),
    "approved twice": Least(4, 8),
    "changed, then approved": Least(4, 7),
    "withdrawn": Least(3, 4),
    "expired": Least(3, 3),
    "approved after one mail failed": Least(5, 6),
}


def count(history: Iterable[dict[str, Any]]) -> Counted:
    """Count what AWS bills, from the events of GetExecutionHistory."""
    events = list(history)
    entered = tuple(
        event["stateEnteredEventDetails"]["name"]
        for event in events
        if event["type"].endswith("StateEntered")
    )
    return Counted(entered, sum(event["type"] == "TaskScheduled" for event in events))


class Ways:
    """Each way a request can go; the number is of the calls that people make of functions."""

    def __init__(self, company: Company) -> None:
        self._company, self._boss = company, company.promote(200)
        self._requests = DynamoRequests(company.table)
        self.played: Mapping[str, Callable[[dict[str, Any]], int]] = {
            "approved": self._approved,
            "denied": self._denied,
            "approved, no undoing": self._approved,
            "approved twice": self._approved_twice,
            "changed, then approved": self._changed,
            "withdrawn": self._withdrawn,
            "expired": self._expired,
            "approved after one mail failed": self._approved,
        }

    def play(self, way: str, day: int) -> tuple[Counted, int]:
        """Play a way; return what its execution took, and all functions that were invoked."""
        if way == "approved after one mail failed":
            order = {"endpoint": "send", "faults": ["429"]}
            web.post_json(f"{self._company.facts.google_url}/_fake/faults", order)
        asked = self._company.ask(day, days=_OVER + 1 if way == "approved twice" else 1)
        called = self.played[way](asked)
        counted = count(self._company.history(asked["ref"]))
        return counted, 1 + called + counted.invoked

    def _approved(self, asked: dict[str, Any]) -> int:
        return self._decided("approved", asked)

    def _denied(self, asked: dict[str, Any]) -> int:
        return self._decided("denied", asked)

    def _approved_twice(self, asked: dict[str, Any]) -> int:
        return self._approved(asked) + self._decided("approved", asked, by=self._boss)

    def _decided(self, decision: str, asked: dict[str, Any], *, by: str = "john@foo.com") -> int:
        """Open a link and press its button."""
        link = self._company.link(decision, asked["requestId"], to=by)
        web.get(link)
        web.post_form(link, {"comment": "no" if decision == "denied" else ""})
        return 2

    def _changed(self, asked: dict[str, Any]) -> int:
        first = self._company.link("approved", asked["requestId"])
        self._company.change(asked["requestId"], "PATCH", {"date": self._company.day(40)})
        while self._company.link("approved", asked["requestId"]) == first:
            pass
        return 1 + self._approved(asked)

    def _withdrawn(self, asked: dict[str, Any]) -> int:
        self._company.link("approved", asked["requestId"])
        self._company.change(asked["requestId"], "DELETE")
        return 1

    def _expired(self, asked: dict[str, Any]) -> int:
        """Let the wait end as Step Functions ends it when its time is over."""
        self._company.link("approved", asked["requestId"])
        request = self._requests.get(asked["requestId"])
        if request is None or request.task_token is None:
            raise LookupError(asked["requestId"])
        token = request.task_token.reveal()
        self._company.aws.workflows.send_task_failure(taskToken=token, error="States.Timeout")
        return 0


def measure() -> Iterable[Figure]:
    """Yield what each way takes."""
    yield from _on_a_stage(WITH_UNDO, undo_seconds=1)
    yield from _on_a_stage(WITHOUT_UNDO, undo_seconds=0)


def _on_a_stage(ways: Mapping[str, Least], *, undo_seconds: int) -> Generator[Figure]:
    options = (f"undo-seconds={undo_seconds}", f"second-approval-over-days={_OVER}")
    with local_stage(*(word for option in options for word in ("--set", option))) as facts:
        aws = EmulatedAws(endpoint_url=facts.aws_endpoint_url, region=facts.region)
        played = Ways(Company(facts, aws))
        for number, (way, least) in enumerate(ways.items()):
            counted, invoked = played.play(way, 5 * number)
            entered, note = len(counted.entered), " → ".join(counted.entered)
            yield Figure(f"states, {way}", entered, "states", least.states, "timing", note)
            yield Figure(f"invocations, {way}", invoked, "calls", least.invocations, kind="timing")


if __name__ == "__main__":
    print(table(measure()))
