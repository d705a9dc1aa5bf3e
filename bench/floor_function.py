"""The smallest functions that make the same calls as the real ones; this file is all they run.

`STEP` says which of the four it is. Keys and values are made up, and of the same kind and number.
"""

from __future__ import annotations

import base64
import json
import os
import time
from typing import Any

import botocore.session
import urllib3

# boto3's stubs overload by name, which strict types cannot follow without one package each.
# pyright: reportUnknownMemberType=false

_TABLE = os.environ["TABLE"]
_STEP = os.environ["STEP"]
_session = botocore.session.get_session()
_table: Any = _session.create_client("dynamodb")
_secrets: Any = _session.create_client("secretsmanager") if "SECRET" in os.environ else None
_workflows: Any = _session.create_client("stepfunctions")
_http = urllib3.PoolManager()
_token: dict[str, Any] = {"value": "", "until": 0.0}


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Do what the step does."""
    return _STEPS[_STEP](event)


def _ask(event: dict[str, Any]) -> dict[str, Any]:
    mark = json.loads(event["body"])["mark"]
    _get("EMAIL")
    _get("LEAD")
    _get_some(3)
    _write(mark, 4)
    _workflows.start_execution(
        stateMachineArn=os.environ["MACHINE"], name=mark, input=json.dumps({"mark": mark})
    )
    return {"statusCode": 202, "body": json.dumps({"mark": mark})}


def _brief(event: dict[str, Any]) -> dict[str, Any]:
    mark = event["mark"]
    for key in (mark, "EMPLOYEE", "LEAD"):
        _get(key)
    _get_some(1)
    _put(mark, event["token"])
    _get_some(3)
    _table.query(
        TableName=_TABLE,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "FLOOR#TEAM"}},
        ConsistentRead=True,
    )
    _get_some(1)
    _send(f"ask {mark}")
    _put(mark, event["token"])
    return {}


def _decide(event: dict[str, Any]) -> dict[str, Any]:
    mark = event["pathParameters"]["mark"]
    token = _get(mark)["token"]["S"]
    _get("EMPLOYEE")
    _get_some(3)
    _write(f"{mark}-decided", 2)
    _workflows.send_task_success(taskToken=token, output="{}")
    return {"statusCode": 200, "body": "done"}


def _tell(event: dict[str, Any]) -> dict[str, Any]:
    mark = event["mark"]
    _get(mark)
    _get("EMPLOYEE")
    _send(f"tell {mark}")
    _get(mark)
    _put(mark, "told")
    return {}


def _key(name: str) -> dict[str, Any]:
    return {"pk": {"S": f"FLOOR#{name}"}, "sk": {"S": "FLOOR"}}


def _get(name: str) -> dict[str, Any]:
    answer = _table.get_item(TableName=_TABLE, Key=_key(name), ConsistentRead=True)
    return answer.get("Item", {})


def _get_some(number: int) -> None:
    keys = [_key(f"LEDGER#{n}") for n in range(number)]
    _table.batch_get_item(RequestItems={_TABLE: {"Keys": keys, "ConsistentRead": True}})


def _put(name: str, token: str) -> None:
    item = {**_key(name), "token": {"S": token}, "filling": {"S": "x" * 900}}
    _table.put_item(TableName=_TABLE, Item=item)


def _write(name: str, number: int) -> None:
    items = [{**_key(f"{name}#{n}"), "filling": {"S": "x" * 900}} for n in range(number)]
    puts = [{"Put": {"TableName": _TABLE, "Item": item}} for item in items]
    _table.transact_write_items(TransactItems=puts)


def _send(subject: str) -> None:
    text = f"To: floor@foo.com\r\nSubject: {subject}\r\n\r\n{'x' * 6000}"
    raw = base64.urlsafe_b64encode(text.encode()).decode()
    _http.request(
        "POST",
        f"{os.environ['GMAIL']}/gmail/v1/users/me/messages/send",
        json={"raw": raw},
        headers={"Authorization": f"Bearer {_access_token()}"},
    )


def _access_token() -> str:
    if _secrets is not None and _token["until"] < time.time():
        stored = json.loads(
            _secrets.get_secret_value(SecretId=os.environ["SECRET"])["SecretString"]
        )
        fields = {
            "grant_type": "refresh_token",
            **{name: stored[name] for name in ("client_id", "client_secret", "refresh_token")},
        }
        answer = _http.request_encode_body(
            "POST", stored["token_uri"], fields=fields, encode_multipart=False
        )
        _token.update(value=answer.json()["access_token"], until=time.time() + 3000)
    return str(_token["value"])


_STEPS = {"ask": _ask, "brief": _brief, "decide": _decide, "tell": _tell}
