"""What the functions of a stage are told, and which clients each of them makes at its start."""

from __future__ import annotations

from typing import Final

from infrastructure.alarm_rules import own_metrics

ENVIRONMENT: Final = {
    "AWS_ACCESS_KEY_ID": "made-up",
    "AWS_SECRET_ACCESS_KEY": "made-up",
    "AWS_SESSION_TOKEN": "made-up",
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "LEAVE_ADMINS": "hr@foo.com",
    "LEAVE_API_URL": "https://abc.execute-api.eu-central-1.amazonaws.com/bench",
    "LEAVE_COMPANY_DOMAIN": "foo.com",
    "LEAVE_COMPANY_NAME": "Foo Ltd",
    "LEAVE_ESCALATE_AFTER_DAYS": "5",
    "LEAVE_GMAIL_ENDPOINT": "https://gmail.googleapis.com",
    "LEAVE_GMAIL_SECRET": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:leave/b/gmail-a",
    "LEAVE_HELP_CONTACT": "hr@foo.com",
    "LEAVE_MAIL_SENDER": "leave@foo.com",
    "LEAVE_METRICS": ",".join(own_metrics("full")),
    "LEAVE_OIDC_ISSUER": "https://accounts.google.com",
    "LEAVE_REMIND_AFTER_DAYS": "2",
    "LEAVE_STAGE": "bench",
    "LEAVE_STATE_MACHINE_ARN": "arn:aws:states:eu-central-1:123456789012:stateMachine:bench",
    "LEAVE_TABLE": "leave-bench",
    "LEAVE_TIME_ZONE": "Europe/Berlin",
    "LEAVE_VERSION": "1.2.3",
}
"""Of a stage where nobody has to sign in."""

SIGN_IN: Final = {
    "LEAVE_SIGN_IN_SECRET": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:sign-in-a"
}
"""What `sign_in` is told besides."""

CLIENTS: Final = {
    "request_leave": ("dynamodb", "stepfunctions"),
    "submit_lead_response": ("dynamodb", "stepfunctions"),
    "read_leave": ("dynamodb",),
    "change_leave_request": ("dynamodb", "stepfunctions"),
    "approvals": ("dynamodb", "stepfunctions"),
    "read_calendar_feed": ("dynamodb",),
    "administer": ("dynamodb", "stepfunctions"),
    "sign_in": ("secretsmanager",),
    "process_leave_request": ("dynamodb", "secretsmanager", "stepfunctions"),
    "process_lead_response": ("dynamodb", "secretsmanager"),
    "daily_sweep": ("dynamodb", "secretsmanager", "stepfunctions"),
    "describe_api": (),
    "report_health": (),
}
"""Every function of a stage; those that mail are the ones with the secret and a table."""


def mails(function: str) -> bool:
    """Whether a function sends mail."""
    return {"dynamodb", "secretsmanager"} <= set(CLIENTS[function])


def environment(function: str) -> dict[str, str]:
    """What a function is told."""
    return {**ENVIRONMENT, **(SIGN_IN if function == "sign_in" else {})}
