"""AWS and Google in the caller's own process, which answer at once.

They sit below the SDK, where it would write to the network: everything above is the real thing.
Conditions of writes are not looked at, since no other person writes here.
"""

from __future__ import annotations

import io
import json
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

import botocore.awsrequest
import botocore.httpsession
import urllib3
from botocore.compat import HTTPHeaders

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

CREDENTIALS = {
    "type": "authorized_user",
    **dict.fromkeys(("client_id", "client_secret", "refresh_token"), "made-up"),
    "token_uri": "https://oauth2.googleapis.com/token",
}
WEB_CLIENT = {"client_id": "made-up", "client_secret": "made-up", "signing_key": "k" * 43}
_GOOGLE: dict[str, Any] = {
    "/token": {"access_token": "made-up", "expires_in": 3599, "token_type": "Bearer"},
    "/send": {"id": "18f0", "threadId": "18f0", "labelIds": ["SENT"]},
    "/openid-configuration": {
        "issuer": "https://accounts.google.com",
        "authorization_endpoint": "https://accounts.google.com/auth",
        "token_endpoint": "https://oauth2.googleapis.com/token",
    },
}


class InstantAws:
    """One table, state machine, secret and Gmail; `mails` are what Gmail took."""

    def __init__(self, items: list[dict[str, Any]] | None = None) -> None:
        self._partitions: dict[str, dict[str, dict[str, Any]]] = {}
        self.mails: list[str] = []
        self.restore(items or [])

    def restore(self, items: list[dict[str, Any]]) -> None:
        """Have exactly these items in the table."""
        self._partitions = {}
        for item in items:
            self._put(item)

    def items(self) -> list[dict[str, Any]]:
        """Return what is in the table."""
        return [item for partition in self._partitions.values() for item in partition.values()]

    def install(self) -> None:
        """Take the place of the network, for the rest of the process."""
        for patch in self._patches():
            patch.start()

    @contextmanager
    def installed(self) -> Generator[None]:
        """Take the place of the network for a while."""
        with ExitStack() as patches:
            for patch in self._patches():
                patches.enter_context(patch)
            yield

    def _patches(self) -> tuple[Any, ...]:
        return (
            mock.patch.object(botocore.httpsession.URLLib3Session, "send", self._aws),
            mock.patch.object(urllib3.PoolManager, "urlopen", self.google),
        )

    def _get(self, key: dict[str, Any]) -> dict[str, Any] | None:
        pk, sk = _key(key)
        return self._partitions.get(pk, {}).get(sk)

    def _put(self, item: dict[str, Any]) -> None:
        pk, sk = _key(item)
        self._partitions.setdefault(pk, {})[sk] = item

    def _aws(self, request: Any) -> Any:
        target = request.headers["X-Amz-Target"]
        operation = (target if isinstance(target, str) else target.decode()).rpartition(".")[2]
        asked = json.loads(request.body)
        answer = json.dumps(getattr(self, f"_{operation}")(asked)).encode()
        return botocore.awsrequest.AWSResponse(request.url, 200, HTTPHeaders(), _Raw(answer))

    def google(self, _method: str, url: str, **arguments: Any) -> urllib3.HTTPResponse:
        """Answer a call of Google."""
        path = url.partition("?")[0]
        if path.endswith("/send"):
            self.mails.append(json.loads(arguments["body"])["raw"])
        answer = next(answer for end, answer in _GOOGLE.items() if path.endswith(end))
        headers = {"content-type": "application/json; charset=UTF-8"}
        return urllib3.HTTPResponse(json.dumps(answer).encode(), headers=headers, status=200)

    def _GetItem(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's own name
        item = self._get(asked["Key"])
        return {"Item": item} if item else {}

    def _BatchGetItem(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        found = {
            table: [item for key in wanted["Keys"] if (item := self._get(key))]
            for table, wanted in asked["RequestItems"].items()
        }
        return {"Responses": found, "UnprocessedKeys": {}}

    def _Query(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        values = {name: value["S"] for name, value in asked["ExpressionAttributeValues"].items()}
        index = "IndexName" in asked
        pk, sk = ("openShard", "openKey") if index else ("pk", "sk")
        # Or a long past would take time here, and drive the function out of the processor's caches.
        among = self.items() if index else self._partitions.get(values[":pk"], {}).values()
        found = [
            item
            for item in among
            if item.get(pk, {}).get("S") == values[":pk"]
            and item[sk]["S"].startswith(values.get(":prefix", ""))
            and item[sk]["S"] > values.get(":after", "")
        ]
        found.sort(key=lambda item: item[sk]["S"], reverse=not asked.get("ScanIndexForward", True))
        found = found[: asked.get("Limit")]
        return {"Items": [{pk: i[pk], sk: i[sk]} for i in found] if index else found}

    def _PutItem(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self._put(asked["Item"])
        return {}

    def _TransactWriteItems(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        for operation in asked["TransactItems"]:
            if "Put" in operation:
                self._PutItem(operation["Put"])
            else:
                pk, sk = _key(operation["Delete"]["Key"])
                self._partitions.get(pk, {}).pop(sk, None)
        return {}

    def _StartExecution(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        arn = asked["stateMachineArn"].replace(":stateMachine:", ":execution:")
        return {"executionArn": f"{arn}:{asked['name']}", "startDate": 0}

    def _DescribeExecution(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"executionArn": asked["executionArn"], "status": "RUNNING", "startDate": 0}

    def _SendTaskSuccess(self, _asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {}

    _SendTaskFailure = _SendTaskSuccess

    def _GetSecretValue(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        value = WEB_CLIENT if "sign-in" in asked["SecretId"] else CREDENTIALS
        return {"ARN": asked["SecretId"], "SecretString": json.dumps(value)}


class _Raw(io.BytesIO):
    def stream(self) -> Iterator[bytes]:
        yield self.read()


def _key(item: dict[str, Any]) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]
