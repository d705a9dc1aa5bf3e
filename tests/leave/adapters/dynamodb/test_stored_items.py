"""Stored items of every kind in every form that was ever released, read by the present code.

`stored_items/<schema>.json` has an item of each kind as DynamoDB keeps it. After the first release,
a change of the form raises `SCHEMA` and adds a file; the files of earlier forms stay.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from leave.adapters.dynamodb.delegations import DynamoDelegations, delegation_from_item
from leave.adapters.dynamodb.directory import DynamoDirectory, employee_from_item
from leave.adapters.dynamodb.ledgers import ledger_from_item
from leave.adapters.dynamodb.requests import (
    DynamoRequests,
    idempotency_record_from_item,
    request_from_item,
)
from leave.adapters.dynamodb.sweeps import DynamoSweeps
from leave.adapters.dynamodb.table import SCHEMA, Table, decode
from leave.domain.delegation import Delegation, DelegationNotice
from leave.domain.errors import UnavailableError
from leave.domain.history import Person
from leave.domain.invitations import Invitation, Revocation, RevocationReason
from leave.domain.policy import PolicyWarning, WarningKind
from leave.domain.values import Secret, replace
from leave.services.ports import AuditEntry, IdempotencyKey, IdempotencyRecord, Sweep
from tests.leave.builders import (
    JIM,
    JOHN,
    JOHN_HIMSELF,
    NOW,
    R1,
    TODAY,
    a_booking,
    a_cancellation,
    a_ledger,
    a_period,
    a_plan,
    an_adjustment,
)

STORED = Path(__file__).parent / "stored_items"
FORMS = sorted(int(path.stem) for path in STORED.glob("*.json"))

_NOTICE = PolicyWarning(
    kind=WarningKind.NOTICE, start=TODAY, end=TODAY, found=3, needed=14, reason=""
)
REQUEST = replace(
    a_cancellation(plan=a_plan(a_period("2027-05-03", "2027-05-07"), warnings=(_NOTICE,))),
    first_approval=JOHN_HIMSELF,
    passed_over=("E009",),
    to_notify=(JOHN_HIMSELF,),
    noted=JOHN_HIMSELF,
    restarts=1,
    restarted_at=NOW,
    invitations=(
        Invitation(
            approver=Person(employee_id="E009", name="", language="de"),
            secret=Secret("o" * 43),
            asked_at=NOW,
            address="b" * 64,
            unsent=True,
            revoked=Revocation(at=NOW, why=RevocationReason.ESCALATED, revision=1),
        ),
        Invitation(
            approver=JOHN_HIMSELF,
            secret=Secret("n" * 43),
            asked_at=NOW,
            stands_in_for=JOHN_HIMSELF,
            delegated_by=JOHN_HIMSELF,
            address="a" * 64,
            mailed=True,
            reminder_due=NOW,
        ),
    ),
    entry_uncertain=True,
    reminded_on=TODAY,
)
LEDGER = replace(
    a_ledger(2027, a_booking(R1, status="approved", becomes="cancelled", final_at=NOW)),
    carried_in=Decimal("2.5"),
    carried_by="0123456789abcdef",
    adjustments=(an_adjustment(),),
    asked_on=TODAY,
    asked=2,
    mailed=0,
    uncertain=1,
)
KEY = IdempotencyKey(caller="E002", route="POST /request_leave", key="key")
RECORD = IdempotencyRecord(
    key=KEY,
    body_digest="digest",
    status=202,
    ids={"requestId": R1},
    numbers={"workingDays": Decimal("2.5")},
    at=NOW,
)
DELEGATION = Delegation(
    employee_id="E001",
    substitute_id="E003",
    start=TODAY,
    end=TODAY,
    notices=(
        DelegationNotice(reader="E001", substitute_id="E003", start=TODAY, end=TODAY),
        DelegationNotice(
            reader="E009",
            substitute_id="E009",
            start=TODAY,
            end=TODAY,
            ended=True,
            uncertain=True,
        ),
    ),
)
SWEEP = Sweep(day=TODAY, cursor="07/E001#r1", leased_until=NOW, oldest=4, passing=(R1,))
AUDIT = AuditEntry(
    at=NOW,
    kind="directory",
    actor="user/hr",
    channel="api",
    employee_id="E002",
    what="changed",
    changes={"name": ("Jim", "Jim O'Dell")},
    email="hr@foo.com",
    sub="1234",
)


@dataclass
class Recorder:
    """A client that keeps what is put; `found` is the answer to each read of one item."""

    found: dict[str, Any] | None = None
    puts: list[dict[str, Any]] = field(default_factory=list)

    def put_item(self, **arguments: Any) -> None:
        self.puts.append(arguments["Item"])

    def transact_write_items(self, **arguments: Any) -> None:
        puts = [operation["Put"] for operation in arguments["TransactItems"]]
        self.puts += [put["Item"] for put in puts]

    def get_item(self, **_: Any) -> dict[str, Any]:
        return {"Item": self.found} if self.found else {}


def written() -> dict[str, Any]:
    """Return the items that the present code writes, by kind; of copies, the first."""
    recorder = Recorder()
    table = Table(recorder, "leave-test")
    DynamoRequests(table).add(REQUEST, [LEDGER], RECORD)
    DynamoDirectory(table).write(JIM, before=None, audit=AUDIT)
    DynamoDelegations(table).write(DELEGATION)
    DynamoSweeps(table).save(SWEEP)
    DynamoSweeps(table).mark_reminded(JOHN.employee_id, TODAY)
    found: dict[str, Any] = {}
    for item in recorder.puts:
        found.setdefault(item["pk"]["S"].split("#")[0].lower(), item)
    return found


def stored(form: int) -> dict[str, Any]:
    return json.loads((STORED / f"{form}.json").read_text("utf-8"))


def _reminder(item: dict[str, Any]) -> object:
    return DynamoSweeps(Table(Recorder(item), "leave-test")).reminded("E001")


def _sweep(item: dict[str, Any]) -> Sweep | None:
    return DynamoSweeps(Table(Recorder(item), "leave-test")).last()


READ: Mapping[str, tuple[Callable[[dict[str, Any]], object], object]] = {
    "request": (lambda item: request_from_item(decode(item)), REQUEST),
    "ledger": (
        lambda item: ledger_from_item(decode(item)),
        replace(LEDGER, version=LEDGER.version + 1),
    ),
    "idempotency": (lambda item: idempotency_record_from_item(KEY, decode(item)), RECORD),
    "employee": (lambda item: employee_from_item(decode(item)), JIM),
    "delegation": (
        lambda item: delegation_from_item(decode(item)),
        replace(DELEGATION, version=1),
    ),
    "sweep": (_sweep, replace(SWEEP, version=SWEEP.version + 1)),
    "reminder": (_reminder, TODAY),
}


def test_each_item_says_the_form_that_it_was_written_in() -> None:
    assert {item["schema"]["N"] for item in written().values()} == {str(SCHEMA)}


def test_what_is_written_has_the_newest_form_that_is_kept() -> None:
    assert FORMS[-1] == SCHEMA, "raise SCHEMA, and keep the items of the new form in a new file"
    assert written() == stored(SCHEMA), "the stored form has changed: see the top of this file"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", READ)
def test_an_item_of_every_form_is_read(form: int, kind: str) -> None:
    read, record = READ[kind]
    assert read(stored(form)[kind]) == record


@pytest.mark.parametrize("kind", READ)
def test_an_item_of_a_newer_form_is_not_read(kind: str) -> None:
    """It would be written again without what this release does not know, after a rollback."""
    read, _ = READ[kind]
    newer = stored(SCHEMA)[kind] | {"schema": {"N": str(SCHEMA + 1)}, "plan": {"S": "unknown"}}
    with pytest.raises(UnavailableError, match=f"has the form {SCHEMA + 1}"):
        read(newer)
