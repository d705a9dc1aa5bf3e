"""The resource graph of a stack, as the Pulumi program describes it."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

STACKS = ("dev", "local", "prod")
# Every key that dev leaves at its default, set to something else; and what it sets, emptied.
FULL: dict[str, Any] = {
    "admins": ["hr@example.com", "b@x.io"],
    "allowed_origins": ["https://intranet.example.com"],
    "company_name": "Example Ltd",
    "fallback_approver": "E001",
    "help_contact": "https://intranet.example.com/leave",
    "lambda_architecture": "x86_64",
    "lambda_runtime": "python3.12",
    "monitoring": "full",
    "mailing_concurrency": 2,
    "permissions_boundary": "arn:aws:iam::123456789012:policy/leave-boundary",
    "reserved_concurrency": 20,
    "second_approval_over_days": 10,
}
# And what makes resources that dev does without.
EVERYTHING: dict[str, Any] = {
    **FULL,
    "alarm_email": "leave-developers@example.com",
    "daily_sweep_at": "06:30",
    "monitoring": "full",
    "require_sign_in": True,
}
EVERYTHING_SET = json.dumps(
    {f"leave:{key.replace('_', '-')}": value for key, value in EVERYTHING.items()}
)
EMPTY: dict[str, Any] = {
    "admins": [],
    "alarm_email": "",
    "holiday_calendars": [],
    "mail_redirect": "",
    "rules": {},
}
_PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One registered resource; `parent` and `depends_on` are logical names."""

    type: str
    name: str
    inputs: dict[str, Any]
    parent: str | None
    protect: bool
    depends_on: list[str]


@dataclass(frozen=True, kw_only=True)
class Graph:
    """All resources of a stack, what it exports, and what its artifacts were to be built for."""

    resources: tuple[Resource, ...]
    outputs: dict[str, Any]
    target: dict[str, str]

    def of(self, type_: str) -> dict[str, Resource]:
        """The resources of one type by logical name; the type is written without `aws:`."""
        return {item.name: item for item in self.resources if item.type == f"aws:{type_}"}

    def only(self, type_: str) -> Resource:
        """The one resource of a type."""
        (resource,) = self.of(type_).values()
        return resource

    def policy(self, name: str) -> list[dict[str, Any]]:
        """The statements of the role policy with the logical name `name`."""
        return json.loads(self.of("iam/rolePolicy:RolePolicy")[name].inputs["policy"])["Statement"]


def dump(stack: str, *, preview: bool = False, overrides: str = "{}") -> str:
    """The graph of `stack` as text; `overrides` is a JSON object of configuration values."""
    order = {"stack": stack, "preview": preview, "overrides": json.loads(overrides)}
    return _dumped(json.dumps(order, sort_keys=True))


@cache
def _dumped(order: str) -> str:
    text = run_program(json.loads(order))
    error = json.loads(text)["error"]
    assert not error, error
    return text


def run_program(order: dict[str, Any]) -> str:
    """Run the program as `order` says; return the graph as text."""
    server = _server()
    assert server.stdin
    assert server.stdout
    server.stdin.write(json.dumps(order) + "\n")
    server.stdin.flush()
    text = server.stdout.readline()
    assert text, "the graph server ended"
    crash = json.loads(text).get("crash")
    assert not crash, crash
    return text


@cache
def _server() -> subprocess.Popen[str]:
    """The process whose children make graphs."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.infrastructure.graph_server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_environment(PYTHONHASHSEED="0"),
        cwd=_PROJECT,
        text=True,
        # Ctrl-C is for the tests; the server ends when its input does.
        start_new_session=True,
    )
    atexit.register(server.communicate)
    return server


def run_elsewhere(order: dict[str, Any], *, project: Path, **environment: str) -> str:
    """Run a copy of the program in a process with that environment; return the graph as text."""
    result = subprocess.run(
        [sys.executable, "-m", "tests.infrastructure.graph_process"],
        input=json.dumps(order),
        env=_environment(**environment),
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def _environment(**variables: str) -> dict[str, str]:
    return {
        **os.environ,
        **variables,
        # An Output in an f-string must be an error, or its place would hold a lecture as text.
        "PULUMI_ERROR_OUTPUT_STRING": "true",
        # Compiling the AWS SDK anew for every process takes as long as all the rest.
        "PYTHONDONTWRITEBYTECODE": "",
    }


def refused(stack: str, values: dict[str, Any]) -> dict[str, Any]:
    """Why the program ended, and what it had registered by then; keys have their namespace."""
    return json.loads(run_program({"stack": stack, "preview": False, "overrides": values}))


def graph(stack: str, *, preview: bool = False, **overrides: object) -> Graph:
    """The graph of `stack`; `overrides` are keys of the project's configuration, with _ for -."""
    values = {f"leave:{key.replace('_', '-')}": value for key, value in overrides.items()}
    return graph_of(dump(stack, preview=preview, overrides=json.dumps(values)))


def graph_of(text: str) -> Graph:
    """Read a graph from its text."""
    raw = json.loads(text)
    resources = tuple(Resource(**resource) for resource in raw["resources"])
    return Graph(resources=resources, outputs=raw["outputs"], target=raw["target"])
