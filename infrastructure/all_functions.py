"""All functions of a stage by name, each with what it works with.

The workflow calls two of them, and the others call the workflow; so they are made before and after
it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infrastructure import leave_functions

if TYPE_CHECKING:
    from infrastructure.api import HttpApi
    from infrastructure.function_platform import FunctionPlatform
    from infrastructure.functions import LeaveFunction
    from infrastructure.secret import StageSecret
    from infrastructure.table import LeaveTable
    from infrastructure.workflow import LeaveWorkflow


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What functions work with; `sign_in` is None where leads need not sign in."""

    table: LeaveTable
    gmail: StageSecret
    sign_in: StageSecret | None
    api: HttpApi


def functions_of_the_workflow(
    platform: FunctionPlatform, around: Surroundings
) -> dict[str, LeaveFunction]:
    """Those that the workflow calls."""
    table, gmail, api = around.table, around.gmail, around.api
    return {
        "process_leave_request": leave_functions.process_leave_request(platform, table, gmail, api),
        "process_lead_response": leave_functions.process_lead_response(platform, table, gmail),
    }


def functions_around_the_workflow(
    platform: FunctionPlatform, around: Surroundings, workflow: LeaveWorkflow
) -> dict[str, LeaveFunction]:
    """Those that people and the clock call."""
    table, gmail, sign_in, api = around.table, around.gmail, around.sign_in, around.api
    functions = {
        "request_leave": leave_functions.request_leave(platform, table, workflow),
        "change_leave_request": leave_functions.change_leave_request(platform, table, workflow),
        "read_leave": leave_functions.read_leave(platform, table),
        "read_calendar_feed": leave_functions.read_calendar_feed(platform, table),
        "submit_lead_response": leave_functions.submit_lead_response(platform, table, sign_in, api),
        "daily_sweep": leave_functions.daily_sweep(platform, table, gmail, api, workflow),
        "describe_api": leave_functions.describe_api(platform),
        "report_health": leave_functions.report_health(platform),
    }
    if sign_in is not None:
        functions["sign_in"] = leave_functions.sign_in(platform, sign_in, api)
    return functions
