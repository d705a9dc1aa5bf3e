"""A stage that does not run, for tests of what is told about one."""

from __future__ import annotations

from emulator.ready import StageFacts

FACTS = StageFacts(
    stage="local",
    api_url="http://127.0.0.1:4601/_aws/execute-api/a1b2c3d4/local",
    aws_endpoint_url="http://127.0.0.1:4601",
    google_url="http://127.0.0.1:4602",
    inbox_url="http://127.0.0.1:4602/inbox",
    region="eu-central-1",
    state_machine_arn="arn:aws:states:eu-central-1:000000000000:stateMachine:EmployeeLeave",
    table_name="leave-local",
    gmail_secret_name="leave/local/gmail",
    functions={"request_leave": "leave-local-request-leave"},
    issuer="http://127.0.0.1:4602",
    audience="leave-local",
    mailbox="leave@foo.com",
    access_key_id="test",
    secret_access_key="test",
)
