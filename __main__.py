"""Provisions one stage of the leave approval system: `pulumi up --stack <stage>`."""

from __future__ import annotations

import pulumi

from infrastructure.all_functions import (
    Surroundings,
    functions_around_the_workflow,
    functions_of_the_workflow,
)
from infrastructure.api import HttpApi, HttpApiArgs
from infrastructure.config_source import PulumiConfig
from infrastructure.daily_sweep import DailySweep, DailySweepArgs
from infrastructure.function_platform import function_platform
from infrastructure.place import Place
from infrastructure.routes import serve
from infrastructure.secret import GMAIL, SIGN_IN, StageSecret, StageSecretArgs
from infrastructure.stage_config import read_settings
from infrastructure.table import LeaveTable, LeaveTableArgs
from infrastructure.watching import StageParts, watch
from infrastructure.workflow import LeaveWorkflow, LeaveWorkflowArgs

# What can be wrong with the configuration or the artifacts is told before anything is made.
settings = read_settings(PulumiConfig(), stage=pulumi.get_stack())
place = Place.current()
platform = function_platform(settings, place)

table = LeaveTable("leave-table", LeaveTableArgs(settings=settings))
gmail = StageSecret("gmail-secret", StageSecretArgs(settings=settings, content=GMAIL))
sign_in = None
if settings.require_sign_in:
    sign_in = StageSecret("sign-in-secret", StageSecretArgs(settings=settings, content=SIGN_IN))
    pulumi.export("sign_in_secret_name", sign_in.name)
api = HttpApi("http-api", HttpApiArgs(settings=settings))
if api.domain is not None:
    pulumi.export("domain_target", api.domain.target)

around = Surroundings(table=table, gmail=gmail, sign_in=sign_in, api=api)
called = functions_of_the_workflow(platform, around)
workflow = LeaveWorkflow(
    "employee-leave-workflow",
    LeaveWorkflowArgs(
        settings=settings,
        place=place,
        ask_arn=called["process_leave_request"].arn,
        tell_arn=called["process_lead_response"].arn,
    ),
)
functions = called | functions_around_the_workflow(platform, around, workflow)
serve(api, functions)
calls = DailySweep(
    "daily-sweep", DailySweepArgs(settings=settings, place=place, function=functions["daily_sweep"])
)
parts = StageParts(api=api, table=table, workflow=workflow, calls=calls, functions=functions)
watch(settings, place, parts)

pulumi.export("api_url", api.url)
pulumi.export("table_name", table.name)
pulumi.export("state_machine_arn", workflow.arn)
pulumi.export("gmail_secret_name", gmail.name)
pulumi.export("region", place.region)
pulumi.export("functions", {name: function.name for name, function in functions.items()})
