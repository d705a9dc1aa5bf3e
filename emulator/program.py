"""Runs the Pulumi program in this process, with its own SDK and without Pulumi's command line.

Only the SDK's public API is used: its mocks, which here really create what is asked for. It keeps
its state in globals, so a process runs one program once.
"""

from __future__ import annotations

import runpy
import threading
import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pulumi
from botocore.exceptions import BotoCoreError, ClientError
from pulumi import runtime

from emulator.creators import registry
from emulator.creators.resource import Resource
from emulator.errors import StageError

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping

    from emulator.creators.resource import Deployment


@dataclass(frozen=True, kw_only=True)
class Creation:
    """One resource that was created, and how many seconds that took."""

    token: str
    name: str
    seconds: float


class LocalProvider(runtime.Mocks):
    """What stands where the AWS provider stands: creates every resource in the emulator."""

    def __init__(self, deployment: Deployment, report: Callable[[Creation], None]) -> None:
        self._deployment = deployment
        self._report = report
        self._lock = threading.Lock()
        self._seen: set[tuple[str, str]] = set()
        self.failures: list[StageError] = []

    def new_resource(self, args: runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """Create one resource; called by several threads as soon as its inputs are known."""
        if not args.custom:
            return "", {}
        inputs: dict[str, Any] = cast("Any", args).inputs
        resource = Resource(token=args.typ, name=args.name, inputs=inputs)
        began = time.monotonic()
        try:
            self._refuse_twin(resource)
            created = registry.creator_of(resource.token)(self._deployment, resource)
        except StageError as error:
            self._remember(error)
            raise
        except (BotoCoreError, ClientError, KeyError) as error:
            failure = _failure(resource, error)
            self._remember(failure)
            raise failure from error
        taken = time.monotonic() - began
        self._report(Creation(token=resource.token, name=resource.name, seconds=taken))
        return created.id, {**resource.inputs, **created.outputs}

    def call(self, args: runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]]]:
        """Answer a provider call, such as getRegion."""
        try:
            return registry.answer_of(args.token)(self._deployment), []
        except StageError as error:
            self._remember(error)
            raise

    def _remember(self, error: StageError) -> None:
        with self._lock:
            self.failures.append(error)

    def _refuse_twin(self, resource: Resource) -> None:
        """An unnamed resource is named after its logical name, so that two would become one."""
        with self._lock:
            twin = (resource.token, resource.name) in self._seen
            self._seen.add((resource.token, resource.name))
        if twin:
            raise StageError(
                f"Two resources are {resource.token} '{resource.name}'.",
                cure="Give each resource of a type a logical name of its own.",
            )


def run_program(
    deployment: Deployment,
    config: Mapping[str, str],
    *,
    report: Callable[[Creation], None],
    logger: logging.Logger,
) -> dict[str, Any]:
    """Run the program and return the stack's exports; raises StageError when it fails.

    What the program says through `pulumi.log` goes to `logger`.
    """
    registry.load()
    provider = LocalProvider(deployment, report)
    runtime.set_mocks(
        provider,
        project=deployment.project,
        stack=deployment.stack,
        preview=False,
        logger=logger,
    )
    runtime.set_all_config(dict(config))
    exports: dict[str, Any] = {}

    def program() -> pulumi.Output[None]:
        runpy.run_path(str(deployment.program / "__main__.py"), run_name="__main__")
        stack: Any = runtime.get_root_resource()
        return pulumi.Output.all(**stack.outputs).apply(exports.update)

    try:
        # The name is about its usual use; it runs a program and waits for all of its outputs.
        cast("Any", runtime).test(program)()
    except Exception as error:
        # The first failure is the cause; what the SDK raises in the end may be a consequence.
        raise (provider.failures or [_program_failure(error)])[0] from error
    if empty := sorted(name for name, value in exports.items() if value is None):
        raise StageError(
            f"The program exports nothing as {', '.join(empty)}.",
            cure="Let the local creator of the resource it comes from return that output.",
        )
    return exports


def _failure(resource: Resource, error: Exception) -> StageError:
    reason = f"input {error} is missing" if isinstance(error, KeyError) else str(error)
    return StageError(
        f"{resource.token} '{resource.name}' could not be created: {reason}",
        cure="Correct the resource in the program; when AWS itself would take it, correct its "
        f"local creator {registry.creator_of(resource.token).__module__}.",
    )


def _program_failure(error: Exception) -> StageError:
    # A RunError is meant for people; everything else is a defect, and needs its place.
    told = isinstance(error, pulumi.RunError)
    trace = "" if told else "".join(traceback.format_exception(error))[-4000:]
    return StageError(
        f"The Pulumi program failed: {error}" if told else "The Pulumi program failed.",
        cure="Correct the program or the stack's configuration, then start again.",
        detail=trace,
    )
