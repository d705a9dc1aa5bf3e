"""What runs in a process of its own, on the unpacked artifact alone; `bench.shipped` starts it.

It prints one JSON document. What only some of its functions need is imported there, because one of
the functions has no layer, and so that a start is nothing but a start.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any


def start(function: str) -> Any:
    """Start a function as its first call does; return what that has loaded."""
    module = importlib.import_module(f"leave.functions.{function}")
    if hasattr(module, "application"):
        module.application()
    return sorted(sys.modules)


def floor(*names: str) -> Any:
    """Make the clients of these AWS services; `google` stands for what mails are sent with."""
    services = [name for name in names if name != "google"]
    if len(services) < len(names):
        for module in ("google.oauth2.credentials", "google.auth.transport", "urllib3"):
            importlib.import_module(module)
    if services:
        session = importlib.import_module("botocore.session").get_session()
        for service in services:
            session.create_client(service)
    return sorted(sys.modules)


def journey() -> Any:
    """Play the journey; return its calls."""
    from bench.instant_aws import InstantAws
    from bench.journey import Journey

    aws = InstantAws()
    aws.install()
    return Journey(aws).play()


def call(function: str) -> Any:
    """Make the calls that are given; return the answers and the most memory it took, in MB."""
    from bench.answering import answer_of

    module = importlib.import_module(f"leave.functions.{function}")
    answers: dict[str, Any] = {}
    for made in json.load(sys.stdin):
        _stage(made)
        answers[made["name"]] = answer_of(module, made["event"])
    return {"answers": answers, "megabytes": peak_megabytes()}


def warm(rounds: str) -> Any:
    """Make the given call again and again, in turn with its floor; return the seconds of both."""
    from bench.warming import alternate

    made = json.load(sys.stdin)
    module = importlib.import_module(f"leave.functions.{made['function']}")
    return alternate(module, made["event"], _stage(made), made["items"], int(rounds))


def _stage(made: dict[str, Any]) -> Any:
    if not made["items"]:
        return None
    from bench.instant_aws import InstantAws

    aws = InstantAws(made["items"])
    aws.install()
    return aws


def peak_megabytes() -> float:
    """Return the most memory this process had, in MiB; 0 where there is no /proc.

    The resource usage of a process begins with what its parent had when it was started.
    """
    from pathlib import Path

    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    fields = dict(line.split(":", 1) for line in status.read_text("ascii").splitlines())
    return int(fields["VmHWM"].split()[0]) / 1024


def main(name: str, *arguments: str) -> None:
    """Run one of the above, and end without the tidying up that Lambda never does."""
    print(json.dumps(globals()[name](*arguments)), flush=True)
    os._exit(0)
