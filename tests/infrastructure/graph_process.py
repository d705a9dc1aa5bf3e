"""Runs the Pulumi program under the SDK's mocks and prints the whole resource graph as JSON.

A process of its own, because the SDK keeps the stack, the settings and the root resource in
globals: a second run in the same process would see the first one's.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi import runtime
from pulumi.runtime import resource
from pulumi.runtime.proto import source_pb2

from emulator.stack_config import stack_config
from infrastructure import artifact, function_platform
from tests.infrastructure.aws_answers import INVOKES, outputs_of

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = Path(__file__).parents[2]
UNKNOWN = "<known after the update>"


class Recorder(runtime.Mocks):
    """Answers as AWS would after an `up`; in a preview, only what the program itself gave."""

    def __init__(self, *, preview: bool) -> None:
        self._preview = preview
        self.inputs: dict[tuple[str, str], dict[str, Any]] = {}

    def new_resource(self, args: runtime.MockResourceArgs) -> tuple[str, dict[Any, Any]]:
        assert (args.typ, args.name) not in self.inputs, f"two {args.typ} are named {args.name}"
        self.inputs[args.typ, args.name] = args.inputs
        if self._preview or not args.custom:
            return "", args.inputs
        made = outputs_of(args.typ, args.name, args.inputs)
        return made["id"], {**args.inputs, **made}

    def call(self, args: runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]]]:
        return INVOKES[args.token], []


def run(order: dict[str, Any]) -> dict[str, Any]:
    """Run the program as `order` says: `stack`, `preview`, and `overrides` of its `files`."""
    config = stack_config(Path(order.get("files", PROJECT)), order["stack"], order["overrides"])
    recorder = Recorder(preview=order["preview"])
    runtime.set_mocks(recorder, project="leave", stack=order["stack"], preview=order["preview"])
    runtime.set_all_config(config)
    options: dict[tuple[str, str], dict[str, Any]] = {}

    def note_options(args: pulumi.ResourceTransformationArgs) -> None:
        options[args.type_, args.name] = _options(args.opts)

    runtime.register_stack_transformation(note_options)
    # For messages of Pulumi's command line, which is not there.
    resource._get_stack_trace = source_pb2.StackTrace
    outputs: dict[str, Any] = {}
    told: dict[str, str] = {}
    # Building takes seconds and a network; the artifacts have tests of their own.
    function_platform.build_artifacts = _pretend_to_build(told, **order.get("artifacts", {}))

    @runtime.test
    def program() -> pulumi.Output[None]:
        runpy.run_path(str(PROJECT / "__main__.py"), run_name="__main__")
        stack: Any = runtime.get_root_resource()
        outputs.update(dict.fromkeys(stack.outputs))
        return pulumi.Output.all(**stack.outputs).apply(outputs.update)

    error = ""
    try:
        program()
    except pulumi.RunError as reason:
        error = str(reason)
    resources = [
        {"type": type_, "name": name, "inputs": inputs, **options[type_, name]}
        for (type_, name), inputs in sorted(recorder.inputs.items())
    ]
    return {"resources": resources, "outputs": outputs, "target": told, "error": error}


def _options(opts: pulumi.ResourceOptions) -> dict[str, Any]:
    depends_on: Any = opts.depends_on or []
    return {
        "parent": opts.parent._name if opts.parent else None,
        "protect": bool(opts.protect),
        "depends_on": sorted(resource._name for resource in depends_on),
    }


def _pretend_to_build(
    told: dict[str, str], *, code: str = "code.zip", layer: str = "layer.zip"
) -> Callable[..., artifact.Artifacts]:
    def build(project: Path, target: artifact.Target, **_: object) -> artifact.Artifacts:
        told.update(python=target.python, platform=target.platform)
        folder = project / ".build"
        return artifact.Artifacts(code=folder / code, layer=folder / layer)

    return build


def as_text(graph: dict[str, Any]) -> str:
    """Return a graph as JSON, the same for the same graph."""
    return json.dumps(graph, default=_plain, sort_keys=True)


def _plain(value: object) -> object:
    if isinstance(value, pulumi.FileArchive):
        return {"archive": value.path}
    if isinstance(value, pulumi.output.Unknown):
        return UNKNOWN
    raise TypeError(f"{value!r} is not expected in a resource's inputs")


if __name__ == "__main__":
    sys.stdout.write(as_text(run(json.load(sys.stdin))) + "\n")
