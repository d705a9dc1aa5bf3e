"""Whether any partition of the table gets hot, by the keys that the adapters write.

How DynamoDB hashes is not published; any good hash spreads alike, so this takes MD5. A partition
does 1,000 write units and 3,000 read units a second, and holds 10 GB. Sources:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.Partitions.html
"""

from __future__ import annotations

import dataclasses
import hashlib
import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from bench.figures import Figure, table
from bench.workload import WORST, Workload
from leave.adapters.dynamodb.directory import email_key, employee_key
from leave.adapters.dynamodb.ledgers import ledger_key
from leave.adapters.dynamodb.requests import listed_key, request_key
from leave.adapters.dynamodb.table import SHARDS, index_key
from leave.adapters.system import new_request_id
from leave.domain.calendar import Period
from leave.domain.counting import YearCount
from leave.domain.history import Person
from leave.domain.invitations import Invitation
from leave.domain.policy import Plan
from leave.domain.request import LeaveRequest
from leave.domain.values import Secret, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WRITE_LIMIT, READ_LIMIT = 1_000, 3_000
LARGEST_TEAM = 100
"""How many colleagues of a team are played; a larger one would cost as docs/scaling.md says."""
_DAY = date(2027, 3, 8)


@dataclass(frozen=True)
class Touch:
    """What one step reads and writes below one partition key, in capacity units."""

    step: str
    pk: str
    reads: int = 0
    writes: int = 0


def touches(
    request_id: str, employee_id: str, email: str, lead_id: str, colleagues: Iterable[str] = ()
) -> Iterator[Touch]:
    """Yield what a request costs from asking to the mail with the decision, key by key.

    Asking, opening and deciding have in sum the units that `bench.growth` measures; the functions
    that mail read the request, people and ledgers as well, and write the request twice or once.
    What an approver is shown, by mail and on the page, takes a ledger of each colleague.
    """
    request, _ = request_key(request_id)
    employee, _ = employee_key(employee_id)
    ledger, _ = ledger_key(employee_id, _DAY.year)
    lead, _ = employee_key(lead_id)
    yield Touch("request leave", email_key(email)[0], reads=1)
    yield Touch("request leave", lead, reads=1)
    yield Touch("request leave", ledger, reads=4, writes=2)
    yield Touch("request leave", listed_key(employee_id, request_id)[0], writes=2)
    yield Touch("request leave", request, writes=2)
    yield Touch("ask", request, reads=1, writes=4)
    yield Touch("ask", employee, reads=1)
    yield Touch("ask", ledger, reads=4)
    yield Touch("ask", lead, reads=1)
    yield Touch("open the link", request, reads=1)
    yield Touch("open the link", lead, reads=1)
    yield Touch("open the link", employee, reads=1)
    yield Touch("open the link", ledger, reads=4)
    yield Touch("open the link", f"TEAM#{lead_id}", reads=1)
    yield Touch("decide", request, reads=1, writes=2)
    yield Touch("decide", lead, reads=1)
    yield Touch("decide", employee, reads=1)
    yield Touch("decide", ledger, reads=4, writes=2)
    yield Touch("tell", request, reads=1, writes=2)
    yield Touch("tell", employee, reads=1)
    for colleague in colleagues:
        for step in ("ask", "open the link"):
            yield Touch(step, ledger_key(colleague, _DAY.year)[0], reads=1)


INDEX_WRITES = 3
"""Into the index with no approver or with one, to another approver at times, and out of it."""


@dataclass(frozen=True)
class Found:
    """The busiest partition and index shard in any second, and how evenly items lie."""

    writes: int
    reads: int
    mean_writes: float
    shard_writes: int
    shard_share: float
    items_share: float


def simulate(workload: Workload, *, partitions: int, seconds: int, seed: int = 1) -> Found:
    """Play so many of a peak day's busiest seconds, with employees drawn by chance."""
    chance = random.Random(seed)  # noqa: S311 - a sample, and the same one every time
    a_second = round(workload.peak_second)
    busiest = Found(0, 0, 0.0, 0, 0.0, 0.0)
    written, items, shards = 0, Counter[int](), Counter[str]()
    for _ in range(seconds):
        reads, writes, index = Counter[int](), Counter[int](), Counter[str]()
        for _ in range(a_second):
            number = chance.randrange(workload.employees)
            employee_id, lead_id = f"E{number}", f"E{number // workload.team}"
            request_id = new_request_id()
            first = number - number % workload.team
            team = [f"E{one}" for one in range(first, first + min(workload.team, LARGEST_TEAM))]
            email = f"e{number}@foo.com"
            for touch in touches(request_id, employee_id, email, lead_id, team):
                partition = partition_of(touch.pk, partitions)
                reads[partition] += touch.reads
                writes[partition] += touch.writes
            items[partition_of(request_key(request_id)[0], partitions)] += 1
            index[shard_of(request_id, employee_id, lead_id)] += INDEX_WRITES
        written += writes.total()
        shards += index
        busiest = dataclasses.replace(
            busiest,
            writes=max(busiest.writes, *writes.values()),
            reads=max(busiest.reads, *reads.values()),
            shard_writes=max(busiest.shard_writes, *index.values()),
        )
    return dataclasses.replace(
        busiest,
        mean_writes=written / seconds / partitions,
        shard_share=max(shards.values()) / shards.total(),
        items_share=max(items.values()) / items.total(),
    )


def partition_of(pk: str, partitions: int) -> int:
    """Return the number of the partition whose range of hashes a key falls into."""
    digest = hashlib.md5(pk.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:8]) * partitions >> 64


def shard_of(request_id: str, employee_id: str, lead_id: str) -> str:
    """Return the shard in which the adapter puts a request of this employee."""
    asked = replace(
        _REQUEST,
        request_id=request_id,
        employee=Person(employee_id=employee_id, name=""),
        invitations=(replace(_INVITATION, approver=Person(employee_id=lead_id, name="")),),
    )
    return index_key(asked)["openShard"]


_INVITATION = Invitation(
    approver=Person(employee_id="", name=""),
    secret=Secret(""),
    asked_at=datetime.combine(_DAY, time(), tzinfo=UTC),
)
_REQUEST = LeaveRequest(
    request_id="",
    employee=Person(employee_id="", name=""),
    plan=Plan(
        leave_type="annual",
        period=Period(start=_DAY, end=_DAY),
        counts={_DAY.year: YearCount(costs=((_DAY, Decimal(1)),))},
    ),
    history=(),
)


def measure() -> Iterable[Figure]:
    """Yield what 60 peak seconds of 10 million employees do to 32 and to 64 partitions."""
    found = {number: simulate(WORST, partitions=number, seconds=60) for number in (32, 64)}
    for partitions, busiest in found.items():
        shares = f"it has {busiest.items_share:.2%} of requests, even {1 / partitions:.2%}"
        hottest = f"hottest of {partitions} partitions"
        yield Figure(
            f"writes of the {hottest}",
            busiest.writes,
            "units/s",
            aim=WRITE_LIMIT / 2,
            kind="timing",
            note=f"{busiest.mean_writes:.0f} on average; {shares}",
        )
        yield Figure(
            f"reads of the {hottest}", busiest.reads, "units/s", aim=READ_LIMIT / 2, kind="timing"
        )
    yield Figure(
        "writes of the hottest index shard",
        found[32].shard_writes,
        "units/s",
        aim=WRITE_LIMIT / 2,
        kind="timing",
        note=f"it has {found[32].shard_share:.2%} of changes, even {1 / SHARDS:.2%}",
    )


def main() -> None:
    """Print the busiest seconds of ten million employees."""
    print(f"{WORST.employees:,} employees, {WORST.peak_second:.0f} requests in the peak second")
    print(table(measure()))


if __name__ == "__main__":
    main()
