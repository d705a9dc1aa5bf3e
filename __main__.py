"""Provisions one stage of the leave approval system: `pulumi up --stack <stage>`."""

from __future__ import annotations

import pulumi

from infrastructure import leave_functions
from infrastructure.api import HttpApi, HttpApiArgs
from infrastructure.daily_round import DailyRound, DailyRoundArgs
from infrastructure.function_platform import function_platform
from infrastructure.place import Place
from infrastructure.routes import serve
from infrastructure.secret import GMAIL, SIGN_IN, StageSecret, StageSecretArgs
from infrastructure.settings import Settings
from infrastructure.table import LeaveTable, LeaveTableArgs
from infrastructure.watching import StageParts, watch
from infrastructure.workflow import LeaveWorkflow, LeaveWorkflowArgs

settings = Settings.read(pulumi.Config(), stage=pulumi.get_stack())
place = Place.current()

table = LeaveTable("leave-table", LeaveTableArgs(settings=settings))
sign_in = (
    StageSecret("sign-in-secret", StageSecretArgs(settings=settings, content=SIGN_IN))
    if settings.require_sign_in
    else None
)
gmail = StageSecret("gmail-secret", StageSecretArgs(settings=settings, content=GMAIL))
api = HttpApi("http-api", HttpApiArgs(settings=settings))
platform = function_platform(settings, place)

process_leave_request = leave_functions.process_leave_request(platform, table, gmail, api)
process_lead_response = leave_functions.process_lead_response(platform, table, gmail)
workflow = LeaveWorkflow(
    "employee-leave-workflow",
    LeaveWorkflowArgs(
        settings=settings,
        place=place,
        ask_arn=process_leave_request.arn,
        tell_arn=process_lead_response.arn,
    ),
)
daily_round = leave_functions.daily_round(platform, table, gmail, api, workflow)
functions = {
    "request_leave": leave_functions.request_leave(platform, table, workflow),
    "change_leave_request": leave_functions.change_leave_request(platform, table, workflow),
    "read_leave": leave_functions.read_leave(platform, table),
    "read_calendar_feed": leave_functions.read_calendar_feed(platform, table),
    "process_leave_request": process_leave_request,
    "submit_lead_response": leave_functions.submit_lead_response(platform, table, sign_in, api),
    "process_lead_response": process_lead_response,
    "daily_round": daily_round,
    "describe_api": leave_functions.describe_api(platform),
    "report_health": leave_functions.report_health(platform),
}
if sign_in is not None:
    functions["sign_in"] = leave_functions.sign_in(platform, sign_in, api)
    pulumi.export("sign_in_secret_name", sign_in.name)
serve(api, functions)
calls = DailyRound(
    "daily-round", DailyRoundArgs(settings=settings, place=place, function=daily_round)
)
watch(
    settings,
    place,
    StageParts(api=api, table=table, workflow=workflow, calls=calls, functions=functions),
)

pulumi.export("api_url", api.url)
pulumi.export("table_name", table.name)
pulumi.export("state_machine_arn", workflow.arn)
pulumi.export("gmail_secret_name", gmail.name)
pulumi.export("region", place.region)
pulumi.export("functions", {name: function.name for name, function in functions.items()})
