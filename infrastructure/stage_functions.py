"""The functions of a stage, made from their rows, and the routes that lead to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infrastructure.endpoint import Endpoint, EndpointArgs
from infrastructure.function_table import FUNCTIONS
from infrastructure.functions import LeaveFunction, LeaveFunctionArgs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infrastructure.access import Access
    from infrastructure.api import HttpApi
    from infrastructure.function_platform import FunctionPlatform
    from infrastructure.function_table import Caller, FunctionSpec, Use
    from infrastructure.table import LeaveTable


def functions_called_by(
    *callers: Caller,
    platform: FunctionPlatform,
    table: LeaveTable,
    accesses: Mapping[Use, tuple[Access, ...]],
) -> dict[str, LeaveFunction]:
    """Make the functions with one of these callers, by name.

    The workflow calls some functions, and others start it; so they are made before and after it.
    """
    sign_in = platform.settings.require_sign_in
    return {
        spec.name: LeaveFunction(
            spec.resource,
            LeaveFunctionArgs(
                spec=spec, platform=platform, access=tuple(_access(spec, table, accesses))
            ),
        )
        for spec in FUNCTIONS
        if spec.caller in callers and (sign_in or not spec.only_with_sign_in)
    }


def serve(api: HttpApi, functions: Mapping[str, LeaveFunction]) -> None:
    """Let the API answer with `functions` on their routes."""
    served = [function for function in functions.values() if function.spec.routes]
    endpoints = [
        Endpoint(function.spec.resource, EndpointArgs(api=api, function=function))
        for function in served
    ]
    api.open(
        [route for endpoint in endpoints for route in endpoint.routes],
        public=[
            key
            for function in served
            if function.spec.public
            for key in function.spec.routes.values()
        ],
    )


def _access(
    spec: FunctionSpec, table: LeaveTable, accesses: Mapping[Use, tuple[Access, ...]]
) -> Iterator[Access]:
    if spec.reads or spec.queries or spec.writes:
        yield table.access(
            read=spec.reads, query=spec.queries, write=spec.writes, delete=spec.deletes
        )
    for use in spec.uses:
        yield from accesses[use]
