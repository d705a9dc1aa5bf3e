"""A process that loads the AWS SDK once and forks a fresh process for each graph."""

from __future__ import annotations

import gc
import importlib
import json
import os
import re
import sys
import threading
import traceback

import pulumi_aws

from tests.infrastructure.graph_process import PROJECT, as_text, run


def load() -> None:
    """Import what the program imports; the SDK loads a service when a class of it is named."""
    for file in sorted((PROJECT / "infrastructure").glob("*.py")):
        importlib.import_module(f"infrastructure.{file.stem}")
        for service, name in re.findall(r"\baws\.(\w+)\.([A-Z]\w+)", file.read_text("utf-8")):
            getattr(getattr(pulumi_aws, service), name)
    # Nothing of this is ever garbage: children need not look at it, which would copy its memory.
    gc.freeze()


def serve() -> None:
    """Answer each line of the input, an order, with a line; end with the input."""
    for order in sys.stdin:
        assert threading.active_count() == 1, "a fork copies one thread, and locks of the others"
        child = os.fork()
        if child == 0:
            sys.stdout.write(answer(order) + "\n")
            sys.stdout.flush()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert status == 0, f"the process of a graph ended with {status}"


def answer(order: str) -> str:
    """Return the graph, or the crash of the program."""
    try:
        return as_text(run(json.loads(order)))
    except BaseException:  # noqa: BLE001 - also an exit is an answer
        return json.dumps({"crash": traceback.format_exc()})


if __name__ == "__main__":
    load()
    serve()
