"""A stand-in for the AWS command line, by the same models that it is made of.

It knows services, operations, waiters and their options, and no shorthand. What the pages tell
operators to type is run by it on the local stage, and read by it in any case.
"""

from __future__ import annotations

import json
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import jmespath
from botocore import xform_name
from botocore.session import get_session

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from botocore.model import ServiceModel, Shape

GLOBAL = {"--query", "--output", "--region", "--cli-binary-format"}
# Nothing is imported besides, so that hundreds of calls take no time.
_SCRIPT = """#!{python} -SE
import json, socket, sys
link = socket.create_connection(("127.0.0.1", {port}))
body = json.dumps(sys.argv[1:]).encode()
link.sendall(b"POST / HTTP/1.0\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)
answer = b"".join(iter(lambda: link.recv(65536), b"")).partition(b"\\r\\n\\r\\n")[2]
told = json.loads(answer)
sys.stdout.write(told["output"])
sys.stderr.write(told["error"])
sys.exit(1 if told["error"] else 0)
"""


class UsageError(Exception):
    """The command is none that there is."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """What was typed: an operation of a service, or a waiter, with its arguments."""

    service: str
    operation: str
    arguments: dict[str, Any]
    options: dict[str, str]
    waiter: str = ""


@cache
def _model(service: str) -> ServiceModel:
    return get_session().get_service_model(service)


def parse(words: Sequence[str]) -> Command:
    """Read a command; raises `UsageError` for what the models do not know."""
    service, name, *rest = words
    service = {"s3api": "s3"}.get(service, service)
    waiter = ""
    try:
        model = _model(service)
        if name == "wait":
            waiter = rest.pop(0)
            waiters = get_session().get_waiter_model(service)
            (found,) = [n for n in waiters.waiter_names if _typed(n) == waiter]
            operation = waiters.get_waiter(found).operation
        else:
            (operation,) = [n for n in model.operation_names if _typed(n) == name]
    except Exception as error:
        raise UsageError(f"aws {service} {name}: there is no such thing") from error
    shape = model.operation_model(operation).input_shape
    members: dict[str, Shape] = shape.members if shape else {}
    arguments, options = _read(rest, {f"--{_typed(key)}": key for key in members}, members)
    return Command(
        service=service, operation=operation, arguments=arguments, options=options, waiter=waiter
    )


def _typed(name: str) -> str:
    return xform_name(name, "-")


def _read(
    words: Sequence[str], keys: dict[str, str], members: dict[str, Shape]
) -> tuple[dict[str, Any], dict[str, str]]:
    arguments: dict[str, Any] = {}
    options: dict[str, str] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        positive = word.replace("--no-", "--", 1)
        if word in GLOBAL:
            options[word] = left.pop(0)
        elif not word.startswith("--"):
            options["file"] = word
        elif positive in keys and members[keys[positive]].type_name == "boolean":
            arguments[keys[positive]] = word == positive
        elif word in keys:
            arguments[keys[word]] = _value(members[keys[word]], left)
        else:
            raise UsageError(f"Unknown options: {word}")
    return arguments, options


def _value(shape: Shape, left: list[str]) -> Any:
    if shape.type_name == "list":
        several: list[str] = []
        while left and not left[0].startswith("--"):
            several.append(left.pop(0))
        return several
    text = left.pop(0)
    if shape.type_name in {"structure", "map"} and text.startswith("{"):
        return json.loads(text)
    return int(text) if shape.type_name in {"integer", "long"} else text


def run(command: Command, client: Any) -> str:
    """Return what is printed."""
    if command.waiter:
        waiter = client.get_waiter(command.waiter.replace("-", "_"))
        waiter.wait(**command.arguments, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        return ""
    answer: dict[str, Any] = getattr(client, xform_name(command.operation))(**command.arguments)
    answer.pop("ResponseMetadata", None)
    if "Payload" in answer:
        return answer["Payload"].read().decode()
    query = command.options.get("--query")
    found: Any = jmespath.search(query, answer) if query else answer
    if command.options.get("--output") == "text":
        return f"{found}\n"
    return json.dumps(found, default=str) + "\n"


@contextmanager
def aws_command(folder: Path, endpoint_url: str, region: str) -> Generator[list[list[str]]]:
    """Put the command `aws` into a folder, for one AWS; what was typed is kept in the list."""
    typed: list[list[str]] = []
    clients: dict[str, Any] = {}

    def answer(words: list[str]) -> dict[str, str]:
        typed.append(words)
        try:
            command = parse(words)
            if command.service not in clients:
                clients[command.service] = get_session().create_client(
                    command.service,
                    endpoint_url=endpoint_url,
                    region_name=region,
                    aws_access_key_id="test",
                    aws_secret_access_key="test",
                )
            return {"output": run(command, clients[command.service]), "error": ""}
        except Exception as error:  # noqa: BLE001 - the caller's terminal tells it
            return {"output": "", "error": f"{type(error).__name__}: {error}\n"}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            words = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(answer(words)).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    script = folder / "aws"
    script.write_text(_SCRIPT.format(python=sys.executable, port=server.server_port))
    script.chmod(0o755)
    try:
        yield typed
    finally:
        server.shutdown()
        server.server_close()
