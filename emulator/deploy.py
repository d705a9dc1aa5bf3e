"""Deploys the Pulumi program; a process of its own, told what to do by one line of JSON on stdin.

It is a process because the SDK keeps its state in globals, and so that a stage can be stopped at
any moment of it. It answers with one JSON object a line on stdout, and ends when stdin is closed.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from pathlib import Path
from typing import Any

from emulator.aws import EmulatedAws
from emulator.creators.resource import Deployment
from emulator.errors import StageError
from emulator.guard import end_with_parent
from emulator.program import Creation, run_program


class Answers:
    """The lines this process answers with; what the program prints goes to stderr instead."""

    def __init__(self) -> None:
        self._stream = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        self._lock = threading.Lock()

    def send(self, event: str, **fields: Any) -> None:
        """Answer with one event."""
        with self._lock:
            self._stream.write(json.dumps({"event": event, **fields}) + "\n")
            self._stream.flush()


class _PulumiLog(logging.Handler):
    """What the program says through `pulumi.log` is for the person who waits."""

    def __init__(self, answers: Answers) -> None:
        super().__init__(level=logging.INFO)
        self._answers = answers

    def emit(self, record: logging.LogRecord) -> None:
        self._answers.send("log", message=record.getMessage())


def main() -> int:
    """Deploy; return 0, or 1 after having told why it failed."""
    answers = Answers()
    order: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    end_with_parent(sys.stdin.fileno())
    try:
        answers.send("done", **_deploy(order, answers))
    except StageError as error:
        answers.send("failed", problem=error.problem, cure=error.cure, detail=error.detail)
        return 1
    return 0


def _deploy(order: dict[str, Any], answers: Answers) -> dict[str, Any]:
    program, stack = Path(order["program"]), order["stack"]
    config: dict[str, str] = order["config"]
    aws = EmulatedAws(endpoint_url=order["endpoint_url"], region=config["aws:region"])
    deployment = Deployment(aws=aws, project=order["project"], stack=stack, program=program)
    logger = logging.getLogger("pulumi")
    logger.setLevel(logging.INFO)
    logger.addHandler(_PulumiLog(answers))

    def report(creation: Creation) -> None:
        answers.send("created", token=creation.token, name=creation.name, took=creation.seconds)

    exports = run_program(deployment, config, report=report, logger=logger)
    # As a person does after `pulumi up`: Pulumi never sees the credentials themselves.
    aws.secrets.put_secret_value(
        SecretId=exports["gmail_secret_name"],
        SecretString=json.dumps(order["gmail_credentials"]),
    )
    if "sign_in_secret_name" in exports:
        aws.secrets.put_secret_value(
            SecretId=exports["sign_in_secret_name"],
            SecretString=json.dumps(order["sign_in"]),
        )
    employees = aws.tables.scan(TableName=exports["table_name"], Limit=1)["Count"]
    return {"exports": exports, "directory_is_empty": employees == 0}


if __name__ == "__main__":
    sys.exit(main())
