"""What the API takes, in one place for those who check it and those who document it."""

from __future__ import annotations

import re

BODY_BYTES = 16 * 1024
COMMENT_LENGTH = 2_000
FORM_BYTES = 32 * 1024
"""A browser sends up to twelve bytes for a character: a comment of the full length fits."""
ID_LENGTH = 64
REASON_LENGTH = 1_000
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
TASK_TOKEN_LENGTH = 2_048
TYPE_LENGTH = 64
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
EXECUTION_NAME_LENGTH = 80

UNKNOWN_TOLD = 10
"""Of fields and parameters; an answer is not to become many times as long as the question."""

FIRST_YEAR, LAST_YEAR = 2000, 2100
SPAN_DAYS, DEFAULT_SPAN_DAYS = 366, 60

EMPLOYEE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
REQUEST_ID = re.compile(r"[0-9a-z]{26}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,255}")
YEAR = re.compile(r"[0-9]{4}")
