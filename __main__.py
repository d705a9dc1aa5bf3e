"""Provisions one stage of the leave approval system: `pulumi up --stack <stage>`."""

from __future__ import annotations

import pulumi

from infrastructure.api import HttpApi, HttpApiArgs
from infrastructure.config_source import PulumiConfig
from infrastructure.daily_sweep import DailySweep, DailySweepArgs
from infrastructure.function_platform import function_platform
from infrastructure.function_table import Use
from infrastructure.place import Place
from infrastructure.secret import GMAIL, SIGN_IN, StageSecret, StageSecretArgs
from infrastructure.stage_config import read_settings
from infrastructure.stage_functions import functions_called_by, serve
from infrastructure.table import LeaveTable, LeaveTableArgs
from infrastructure.watched import StageParts
from infrastructure.watching import watch
from infrastructure.workflow import ANSWER_OR_FAIL, LeaveWorkflow, LeaveWorkflowArgs

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

accesses = {
    Use.ANSWER_TASK: (ANSWER_OR_FAIL,),
    Use.API_URL: (api.access(),),
    Use.GMAIL: (gmail.access(),),
    Use.OPEN_INDEX: (table.open_access(),),
    # Where leads need not sign in, there is no secret, and no address that Google leads back to.
    Use.SIGN_IN: (sign_in.access(), api.access()) if sign_in else (),
}
tasks = functions_called_by("workflow", platform=platform, table=table, accesses=accesses)
workflow = LeaveWorkflow(
    "employee-leave-workflow",
    LeaveWorkflowArgs(
        settings=settings,
        place=place,
        ask_arn=tasks["process_leave_request"].arn,
        tell_arn=tasks["process_lead_response"].arn,
    ),
)
accesses |= {
    Use.DESCRIBE_EXECUTION: (workflow.watch_access(),),
    Use.START_EXECUTION: (workflow.start_access(),),
}
functions = tasks | functions_called_by(
    "api", "schedule", platform=platform, table=table, accesses=accesses
)
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
