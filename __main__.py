"""Provisions one stage of the leave approval system: `pulumi up --stack <stage>`."""

from __future__ import annotations

import pulumi

from infrastructure import leave_functions
from infrastructure.api import HttpApi, HttpApiArgs
from infrastructure.endpoint import Endpoint, EndpointArgs
from infrastructure.function_platform import function_platform
from infrastructure.place import Place
from infrastructure.secret import GmailSecret, GmailSecretArgs
from infrastructure.settings import Settings
from infrastructure.table import LeaveTable, LeaveTableArgs
from infrastructure.workflow import LeaveWorkflow, LeaveWorkflowArgs

settings = Settings.read(pulumi.Config(), stage=pulumi.get_stack())
place = Place.current()

table = LeaveTable("leave-table", LeaveTableArgs(settings=settings))
gmail = GmailSecret("gmail-secret", GmailSecretArgs(settings=settings))
api = HttpApi("http-api", HttpApiArgs(settings=settings))
platform = function_platform(settings)

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
request_leave = leave_functions.request_leave(platform, table, workflow)
submit_lead_response = leave_functions.submit_lead_response(platform, table)
report_health = leave_functions.report_health(platform)

Endpoint(
    "request-leave",
    EndpointArgs(api=api, function=request_leave, routes=("POST /request_leave",)),
)
decide = "/leave_lead_response/{decision}/{link}"
Endpoint(
    "leave-lead-response",
    EndpointArgs(
        api=api,
        function=submit_lead_response,
        routes=(f"GET {decide}", f"POST {decide}"),
        public=True,
    ),
)
Endpoint(
    "health",
    EndpointArgs(api=api, function=report_health, routes=("GET /health",), public=True),
)

pulumi.export("api_url", api.url)
pulumi.export("table_name", table.name)
pulumi.export("state_machine_arn", workflow.arn)
pulumi.export("gmail_secret_name", gmail.name)
pulumi.export("region", place.region)
pulumi.export(
    "functions",
    {
        "request_leave": request_leave.name,
        "process_leave_request": process_leave_request.name,
        "submit_lead_response": submit_lead_response.name,
        "process_lead_response": process_lead_response.name,
        "report_health": report_health.name,
    },
)
