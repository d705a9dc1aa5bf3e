"""A world whose functions are those that are deployed, over moto and a Google on loopback."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3
import botocore.endpoint
import google.auth._exponential_backoff as google_backoff
import pytest
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

import leave.adapters.presentation.emails
import leave.adapters.system
from leave.adapters.dynamodb import sweeps as open_index
from leave.adapters.dynamodb import table
from leave.adapters.dynamodb import table as open_key
from leave.adapters.gmail import credentials as transport
from leave.adapters.gmail.credentials import Urllib3Http
from leave.services import unit_of_work
from tests.leave.moto_table import create_table
from tests.proof.deployed import TABLE, DeployedStage, Stored, forget_what_is_warm
from tests.proof.proof_google import ProofGoogle
from tests.proof.proof_letters import ProofLetters
from tests.proof.world import DAY, SWEEP_AT, World
from tests.step_functions import MACHINE, StateMachine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leave.domain.employee import Employee
    from leave.domain.request import ApprovalPolicy
    from tests.proof.aws_wire import AwsWire

READ_SECONDS = 0.5
"""How long the mailer waits for Google here, where an answer takes milliseconds."""
GOOGLE_SECONDS = transport.READ_SECONDS
"""How long it waits where it is deployed."""
SECRET = "leave/test/gmail"
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "LEAVE_TABLE": TABLE,
    "LEAVE_TIME_ZONE": "UTC",
    "LEAVE_STAGE": "test",
    "LEAVE_COMPANY_DOMAIN": "foo.com",
    "LEAVE_ADMINS": "hr@foo.com",
    "LEAVE_STATE_MACHINE_ARN": MACHINE,
    "LEAVE_API_URL": "https://api.example/test",
    "LEAVE_GMAIL_SECRET": SECRET,
    "LEAVE_MAIL_SENDER": "leave-bot@foo.com",
    "LEAVE_RULES": json.dumps(
        {
            "leaveTypes": [
                {"id": "annual", "name": "Annual leave"},
                {"id": "sick", "name": "Sick leave", "needsApproval": False},
            ]
        }
    ),
}


@dataclass(kw_only=True)
class Company:
    """Google and AWS, and how worlds over them are made."""

    patch: pytest.MonkeyPatch
    google: ProofGoogle
    wire: AwsWire | None = None

    def waits(self, seconds: float) -> None:
        """Note how long a function would have waited here."""
        if self.wire is not None:
            self.wire.in_vain += seconds

    def make(
        self,
        employees: tuple[Employee, ...],
        *,
        wire: AwsWire,
        policy: ApprovalPolicy,
        keeps_token: bool = False,
        answer_timeout_days: int = 30,
        **_: Any,
    ) -> World:
        """Return a world in which nothing has happened yet."""
        self.google.sent.clear()
        self.google.refused.clear()
        self.google.fault = lambda _endpoint: None
        self.google.tried = 0
        self.wire = wire
        forget_what_is_warm()
        wire.paused = True
        self.patch.setattr(BotocoreStubber, "__call__", called(wire))
        client = boto3.client("dynamodb")
        store = Stored(client=client, wire=wire)
        self._set_up(client, policy)
        for employee in employees:
            store.put(employee, None)
        stage: Any = DeployedStage(store=store, wire=wire)
        self.patch.setattr(leave.adapters.system, "SystemClock", lambda _zone: stage.clock)
        wire.machine = StateMachine(
            clock=stage.clock,
            invoke=lambda name, payload: world.invoke(name, payload),  # noqa: PLW0108 - not made yet
            undo_seconds=int(policy.undo.total_seconds()),
            answer_timeout_days=answer_timeout_days,
            keeps_token=keeps_token,
        )
        store_like: Any = store
        mails: Any = self.google
        tomorrow = stage.clock.today() + DAY
        world = World(
            stage=stage,
            wire=wire,  # type: ignore[arg-type]
            store=store_like,
            mails=mails,
            machine=wire.machine,
            next_sweep=datetime.combine(tomorrow, SWEEP_AT, stage.clock.moment.tzinfo),
        )
        wire.paused = False
        return world

    def _set_up(self, client: Any, policy: ApprovalPolicy) -> None:
        if TABLE in client.list_tables()["TableNames"]:
            client.delete_table(TableName=TABLE)
        create_table(client, TABLE)
        secrets = boto3.client("secretsmanager")
        value = json.dumps(self.google.credentials())
        if any(one["Name"] == SECRET for one in secrets.list_secrets()["SecretList"]):
            secrets.put_secret_value(SecretId=SECRET, SecretString=value)
        else:
            secrets.create_secret(Name=SECRET, SecretString=value)
        settings = {
            "LEAVE_GMAIL_ENDPOINT": self.google.url,
            "LEAVE_FALLBACK_APPROVER": policy.fallback_approver or "",
            "LEAVE_REMIND_AFTER_DAYS": str(policy.remind_after_days),
            "LEAVE_ESCALATE_AFTER_DAYS": str(policy.escalate_after_days),
            "LEAVE_UNDO_SECONDS": str(int(policy.undo.total_seconds())),
            "LEAVE_SECOND_APPROVAL_OVER_DAYS": str(policy.second_approval_over_days),
        }
        for name, text in settings.items():
            self.patch.setenv(name, text)


def called(wire: AwsWire) -> Callable[..., Any]:
    """Return a wire as a method of moto's handler."""

    def call(stubber: Any, event_name: str, request: Any, **more: Any) -> Any:
        return wire(stubber, event_name, request, **more)

    return call


@contextmanager
def company() -> Iterator[Company]:
    """Set up what all worlds of a test share."""
    with pytest.MonkeyPatch.context() as patch, ProofGoogle() as google_, mock_aws():
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
            patch.delenv(name, raising=False)
        for name, text in ENVIRONMENT.items():
            patch.setenv(name, text)
        patch.setattr(
            leave.adapters.presentation.emails, "TemplateEmails", lambda **_: ProofLetters()
        )
        transports: list[Urllib3Http] = []
        begin = Urllib3Http.__init__

        def impatient(self: Urllib3Http) -> None:
            begin(self, read=READ_SECONDS)
            transports.append(self)

        patch.setattr(Urllib3Http, "__init__", impatient)
        # Two are enough to go from one to the next, and each is a query in each sweep.
        for keys in (open_index, open_key):
            patch.setattr(keys, "SHARDS", 2)
        made = Company(patch=patch, google=google_)
        google_.hangs = lambda: made.waits(GOOGLE_SECONDS)
        for module in (botocore.endpoint, google_backoff, unit_of_work, table):
            patch.setattr(module, "time", Awake(module.time, made.waits))
        yield made
        forget_what_is_warm()
        for one in transports:
            one.close()


class Awake:
    """The module `time`, by which nobody sleeps; `slept` hears of it."""

    def __init__(self, real: Any, slept: Callable[[float], None]) -> None:
        self._real, self.sleep = real, slept

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)
