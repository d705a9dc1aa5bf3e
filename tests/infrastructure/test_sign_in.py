"""What a stage has more, and lets its functions do, when leads have to sign in."""

from __future__ import annotations

from typing import Any

import pytest

from leave import bootstrap
from leave.adapters import google_oidc as google_sign_in
from tests.infrastructure.aws_answers import ACCOUNT, EXECUTION_ARN, REGION
from tests.infrastructure.graph import STACKS, Graph, dump, graph
from tests.infrastructure.linters import findings_in_policy
from tests.infrastructure.test_bootstrap import Watched
from tests.infrastructure.test_rights import (
    TABLE,
    granted,
)

SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:leave/dev/sign-in-AbCdEf"
ROUTES = {"GET /sign_in", "HEAD /sign_in", "GET /sign_in/callback"}


def guarded(stack: str = "dev") -> Graph:
    return graph(stack, require_sign_in=True)


def variables(name: str) -> dict[str, str]:
    function = guarded().of("lambda/function:Function")[name]
    return function.inputs["environment"]["variables"]


@pytest.mark.parametrize("stack", STACKS)
def test_a_stage_that_asks_nobody_has_nothing_of_it(stack: str) -> None:
    assert "sign-in" not in dump(stack)
    assert "sign_in" not in dump(stack)


def test_the_secret_is_an_entry_without_a_value() -> None:
    secret = guarded("prod").of("secretsmanager/secret:Secret")["sign-in-secret"]
    assert secret.inputs.keys() == {"name", "description", "recoveryWindowInDays"}
    assert secret.inputs["name"] == "leave/prod/sign-in"
    assert secret.inputs["recoveryWindowInDays"] == 30
    assert secret.protect
    unprotected = guarded().of("secretsmanager/secret:Secret")["sign-in-secret"]
    assert unprotected.inputs["recoveryWindowInDays"] == 0
    assert not unprotected.protect


def test_what_signs_in_sees_no_table_and_what_decides_no_provider() -> None:
    assert "LEAVE_TABLE" not in variables("sign-in")
    assert "LEAVE_OIDC_ISSUER" not in variables("submit-lead-response")
    assert TABLE not in granted(guarded().policy("sign-in-rights"))


def test_each_reads_exactly_what_it_is_told_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    told = Watched(variables("sign-in"))
    bootstrap.sign_in(told)
    bootstrap.company(told)
    assert told.asked == {*told.keys(), "LEAVE_HELP_CONTACT"}
    told = Watched(variables("submit-lead-response"))
    assert bootstrap.sessions(told)
    assert told.asked == {"LEAVE_API_URL", "LEAVE_SIGN_IN_SECRET"}


def test_nobody_else_may_read_it() -> None:
    readers = {
        name
        for name, item in guarded().of("iam/rolePolicy:RolePolicy").items()
        if SECRET in item.inputs["policy"]
    }
    assert readers == {"sign-in-rights", "submit-lead-response-rights"}


@pytest.mark.parametrize("name", ["sign-in", "submit-lead-response"])
def test_the_linter_has_nothing_against_the_policies(name: str) -> None:
    role_policy = guarded("prod").of("iam/rolePolicy:RolePolicy")[f"{name}-rights"]
    assert findings_in_policy(role_policy.inputs["policy"]) == []


def test_its_routes_ask_for_no_token_and_may_call_its_function() -> None:
    stack = guarded()
    routes = stack.of("apigatewayv2/route:Route").values()
    own = {r.inputs["routeKey"]: r for r in routes if r.inputs["target"].endswith("sign-in-id")}
    assert own.keys() == ROUTES
    assert {route.inputs["authorizationType"] for route in own.values()} == {"NONE"}
    permissions = stack.of("lambda/permission:Permission").values()
    allowed = {
        p.inputs["sourceArn"] for p in permissions if p.inputs["function"] == "leave-dev-sign-in"
    }
    assert allowed == {
        f"{EXECUTION_ARN}/dev/GET/sign_in",
        f"{EXECUTION_ARN}/dev/HEAD/sign_in",
        f"{EXECUTION_ARN}/dev/GET/sign_in/callback",
    }


def test_its_time_outs_fit_into_the_time_that_the_function_has() -> None:
    """Reading the secret twice with a pause, then discovery and token, one after the other."""
    has = guarded().of("lambda/function:Function")["sign-in"].inputs["timeout"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        _, app = bootstrap.sign_in(variables("sign-in"))
    provider: Any = app.provider
    config = provider.read_client.__self__.client.meta.config
    a_read = config.connect_timeout + config.read_timeout
    attempts = config.retries["total_max_attempts"]
    calls = 2 * (google_sign_in.CONNECT_SECONDS + google_sign_in.READ_SECONDS)
    pauses = sum(min(2**n, 20) for n in range(attempts - 1))
    assert attempts * a_read + pauses + calls < has


def test_the_rest_of_the_stage_is_the_same() -> None:
    plain = {(item.type, item.name) for item in graph("dev", monitoring="full").resources}
    signing_in = graph("dev", monitoring="full", require_sign_in=True)
    more = {(item.type, item.name) for item in signing_in.resources} - plain
    assert plain <= {(item.type, item.name) for item in signing_in.resources}
    assert {name for _, name in more} == {
        "alarms-sign-in-errors",
        "alarms-sign-in-throttles",
        "sign-in",
        "sign-in-callback-get",
        "sign-in-get",
        "sign-in-head",
        "sign-in-logs",
        "sign-in-rights",
        "sign-in-role",
        "sign-in-secret",
    }


def test_tools_are_told_the_secrets_name_and_the_function() -> None:
    outputs = guarded().outputs
    assert outputs["sign_in_secret_name"] == "leave/dev/sign-in"
    assert outputs["functions"]["sign_in"] == "leave-dev-sign-in"


def test_no_value_of_the_secret_passes_through_pulumi() -> None:
    text = dump("prod", overrides='{"leave:require-sign-in": true}').lower()
    for word in ("secretversion", "secretstring", "client_secret"):
        assert word not in text
