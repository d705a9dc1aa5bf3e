"""The linters of IAM policies and of state machines, as plain functions."""

from __future__ import annotations

import re
import warnings
from typing import Any

from statelint.linter import Linter

with warnings.catch_warnings():
    # What parliament's own source and its choice of pkg_resources make Python say; nothing else.
    warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
    for category in (SyntaxWarning, DeprecationWarning):  # the latter before Python 3.12
        warnings.filterwarnings("ignore", ".*invalid escape sequence", category)
    warnings.filterwarnings("ignore", "unclosed file .*parliament", ResourceWarning)
    import parliament


# It asks for the ARN of an Express execution besides, which no Standard workflow has:
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
_EXPRESS_TOO = re.compile(r"^RESOURCE_MISMATCH .*'states:DescribeExecution'.*:express:")


def findings_in_policy(document: str) -> list[str]:
    """What parliament has against an identity policy, which is JSON text."""
    findings = map(str, parliament.analyze_policy_string(document).findings)
    return [finding for finding in findings if not _EXPRESS_TOO.match(finding)]


# AWS takes an expression there, statelint 3.1 does not know that it does:
# https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
_WAIT_EXPRESSION = re.compile(r'\.Seconds is "\{%.*%\}" but should be an Integer$')


def problems_in_workflow(definition: dict[str, Any]) -> list[str]:
    """What statelint has against a definition in the Amazon States Language."""
    problems = Linter.validate(definition)
    return [problem for problem in problems if not _WAIT_EXPRESSION.search(problem)]


def resource_types(action: str) -> set[str]:
    """The types of resources that AWS knows for an action such as `dynamodb:GetItem`, or none."""
    prefix, _, name = action.partition(":")
    (service,) = (found for found in parliament.iam_definition if found["prefix"] == prefix)
    (known,) = (found for found in service["privileges"] if found["privilege"] == name)
    types = {found["resource_type"].rstrip("*") for found in known["resource_types"]}
    return types - {""}
