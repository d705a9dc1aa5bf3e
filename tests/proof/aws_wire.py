"""A wire around every HTTP call to AWS: it counts them, and lets each of AWS's troubles happen.

DynamoDB and Secrets Manager are moto's, Step Functions is that of `tests/step_functions.py`. The
calls go through botocore as the functions configure it, with its retries.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse

from tests.proof.world import Crash
from tests.step_functions import StateMachine

CONNECT_SECONDS, READ_SECONDS = 2, 5
"""How long the functions' clients wait: leave/bootstrap."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What becomes of a call. `effect` tells whether it is done all the same."""

    name: str
    status: int = 0
    code: str = ""
    reason: str = ""
    effect: bool = False
    dies: bool = False

    def __str__(self) -> str:
        return self.name

    def happen(
        self, make: Callable[[], AWSResponse], wire: AwsWire, asked: dict[str, Any]
    ) -> AWSResponse:
        """Answer, or not, in the place of AWS."""
        if self is UNPROCESSED:
            return response(200, {"Responses": {}, "UnprocessedKeys": asked["RequestItems"]})
        if self.effect:
            make()
        if self.dies:
            raise Crash(self.name)
        if self.status:
            return refusal(self.status, self.code, self.reason)
        if self.effect or self.name == "hangs":
            wire.in_vain += READ_SECONDS
            raise ReadTimeoutError(endpoint_url="https://aws")
        wire.in_vain += CONNECT_SECONDS
        raise ConnectTimeoutError(endpoint_url="https://aws")


DIES_BEFORE = Trouble(name="dies before", dies=True)
DIES_AFTER = Trouble(name="dies after", effect=True, dies=True)
LOST_ANSWER = Trouble(name="answer lost", effect=True)
HANGS = Trouble(name="hangs")
UNPROCESSED = Trouble(name="keys are left unprocessed")
_ANY = (LOST_ANSWER, HANGS, Trouble(name="unreachable"))


def _codes(*codes: tuple[int, str]) -> tuple[Trouble, ...]:
    return tuple(Trouble(name=code, status=status, code=code) for status, code in codes)


def _cancelled(reason: str) -> Trouble:
    code = "TransactionCanceledException"
    return Trouble(name=f"{code} [{reason}]", status=400, code=code, reason=reason)


# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_DYNAMODB = _codes(
    (400, "ProvisionedThroughputExceededException"),
    (400, "ThrottlingException"),
    (400, "RequestLimitExceeded"),
    # The table is away, as while a backup takes its place: docs/operations.md.
    (400, "ResourceNotFoundException"),
    (400, "ExpiredTokenException"),
    (500, "InternalServerError"),
    (503, "ServiceUnavailable"),
)
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
_TRANSACTION = (
    _cancelled("TransactionConflict"),
    _cancelled("ThrottlingError"),
    _cancelled("ProvisionedThroughputExceeded"),
    *_codes((400, "TransactionInProgressException")),
)
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
_SECRETS = _codes(
    (400, "ThrottlingException"),
    (500, "InternalServiceError"),
    (400, "ResourceNotFoundException"),
    (400, "DecryptionFailure"),
    (400, "InvalidRequestException"),
    (400, "AccessDeniedException"),
)
# https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html
_STATES = _codes(
    (400, "ThrottlingException"),
    (503, "ServiceUnavailable"),
    (500, "InternalFailure"),
    (400, "AccessDeniedException"),
    (400, "ExpiredTokenException"),
)
_STARTING = _codes((400, "ExecutionLimitExceeded"))


THROTTLES = {
    "DynamoDB": (_DYNAMODB[0], _DYNAMODB[1], UNPROCESSED),
    "SecretsManager": (_SECRETS[0],),
    "StepFunctions": (_STATES[0],),
}
"""How each service says that it is asked too often; a batch may be left unread instead."""


def troubles_of(call: str) -> tuple[Trouble, ...]:
    """Return all that can become of a call such as `DynamoDB.GetItem`."""
    service, _, operation = call.partition(".")
    if service == "DynamoDB":
        transaction = _TRANSACTION if operation == "TransactWriteItems" else ()
        batch = (UNPROCESSED,) if operation == "BatchGetItem" else ()
        return (*_ANY, *_DYNAMODB, *transaction, *batch)
    if service == "SecretsManager":
        return (*_ANY, *_SECRETS)
    # Task tokens are refused by the state machine itself: test_task_tokens.py.
    return (*_ANY, *_STATES, *(_STARTING if operation == "StartExecution" else ()))


@dataclass(kw_only=True)
class AwsWire:
    """`trouble` says, for the number and name of each HTTP call, what becomes of it.

    `in_vain` are the seconds that the functions have waited for answers that did not come.
    """

    trouble: Callable[[int, str], Trouble | None] = lambda _number, _call: None
    machine: StateMachine | None = None
    calls: list[str] = field(default_factory=list[str])
    crashes: list[str] = field(default_factory=list[str])
    deaths: int = 0
    in_vain: float = 0
    paused: bool = False

    def __call__(
        self, stubber: BotocoreStubber, event_name: str, request: AWSPreparedRequest, **_: Any
    ) -> AWSResponse:
        """Answer an HTTP call; stands in for moto's own handler of botocore's `before-send`."""
        target = request.headers["X-Amz-Target"]
        target = target.decode() if isinstance(target, bytes) else target
        service, _, operation = target.partition(".")
        name = f"{_SERVICES[service]}.{operation}"

        def make() -> AWSResponse:
            if service == "AWSStepFunctions":
                return self._by_machine(operation, json.loads(request.body))
            status, headers, body = stubber.process_request(request)  # type: ignore[misc]
            return AWSResponse(request.url, status, headers, MockRawResponse(body))  # type: ignore[arg-type]

        if self.paused:
            return make()
        assert event_name
        self.calls.append(name)
        trouble = self.trouble(len(self.calls), name)
        if trouble is None:
            return make()
        self.crashes.append(f"{trouble} at call {len(self.calls)}, {name}")
        self.deaths += trouble.dies or trouble.effect
        return trouble.happen(make, self, json.loads(request.body))

    def _by_machine(self, operation: str, arguments: dict[str, Any]) -> AWSResponse:
        assert self.machine is not None
        method = "".join(f"_{c.lower()}" if c.isupper() else c for c in operation)[1:]
        try:
            answer = getattr(self.machine, method)(**arguments) or {}
        except ClientError as error:
            return refusal(400, error.response["Error"]["Code"])
        return response(200, answer)


_SERVICES = {
    "DynamoDB_20120810": "DynamoDB",
    "secretsmanager": "SecretsManager",
    "AWSStepFunctions": "StepFunctions",
}


def refusal(status: int, code: str, reason: str = "") -> AWSResponse:
    """Return an error as AWS's JSON protocols have it."""
    body: dict[str, Any] = {"__type": f"com.amazonaws#{code}", "message": "Said in words"}
    if reason:
        body["CancellationReasons"] = [{"Code": reason, "Message": "Said in words"}]
    return response(status, body)


def response(status: int, body: dict[str, Any]) -> AWSResponse:
    """Return a JSON answer."""
    headers = {"content-type": "application/x-amz-json-1.0"}
    return AWSResponse("https://aws", status, headers, MockRawResponse(json.dumps(body)))  # type: ignore[arg-type]
