"""Signing in is composed of the right parts, and costs nothing where nobody has to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leave import bootstrap
from leave.adapters.google_oidc import GoogleSignIn, HmacSigner
from leave.config import ConfigurationError
from leave.functions import html as auth_guard
from leave.functions import sign_in
from tests.leave.test_bootstrap import loaded_by

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:leave/test/sign-in-AbCdEf"
SESSIONS = {"LEAVE_SIGN_IN_SECRET": SECRET, "LEAVE_API_URL": "https://api.example/test"}
WHOLE = SESSIONS | {
    "LEAVE_COMPANY_DOMAIN": "foo.com",
    "LEAVE_OIDC_ISSUER": "https://accounts.google.com",
}


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set what Lambda sets, and forget what a warm function would keep."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    auth_guard.sessions.cache_clear()
    sign_in.application.cache_clear()
    yield
    auth_guard.sessions.cache_clear()
    sign_in.application.cache_clear()


def test_signing_in_is_composed() -> None:
    api_url, use_case = bootstrap.sign_in(WHOLE)
    assert api_url == "https://api.example/test"
    assert isinstance(use_case.provider, GoogleSignIn)
    assert use_case.provider.issuer == "https://accounts.google.com"
    assert use_case.provider.company_domain == "foo.com"
    assert use_case.provider.redirect_uri == "https://api.example/test/sign_in/callback"
    assert use_case.authenticator.company_domain == "foo.com"
    assert use_case.sessions.signer is use_case.signer


def test_what_one_function_seals_the_other_can_open() -> None:
    """Both go by the same secret, address and derivation, or every session would be none."""
    _, use_case = bootstrap.sign_in(WHOLE)
    found = bootstrap.sessions(SESSIONS)
    assert found is not None
    assert isinstance(found[1].signer, HmacSigner)
    assert isinstance(use_case.signer, HmacSigner)
    assert found[1].signer.place == use_case.signer.place == found[0]


def test_nobody_has_to_sign_in_where_there_is_no_secret() -> None:
    assert bootstrap.sessions({}) is None
    assert bootstrap.sessions({"LEAVE_SIGN_IN_SECRET": ""}) is None


@pytest.mark.parametrize("key", WHOLE)
def test_a_missing_key_names_itself_and_the_cure(key: str) -> None:
    variables = {name: text for name, text in WHOLE.items() if name != key}
    with pytest.raises(ConfigurationError, match=f"{key} is missing.*pulumi up"):
        bootstrap.sign_in(variables)


def test_a_secret_without_an_address_is_no_reason_to_let_everybody_decide() -> None:
    with pytest.raises(ConfigurationError, match="LEAVE_API_URL is missing"):
        bootstrap.sessions({"LEAVE_SIGN_IN_SECRET": SECRET})


def test_a_warm_function_is_composed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in WHOLE.items():
        monkeypatch.setenv(name, text)
    assert sign_in.application() is sign_in.application()
    assert auth_guard.sessions() is auth_guard.sessions()


def test_the_decision_page_loads_nothing_of_it_before_it_is_asked_for() -> None:
    loaded = loaded_by("import leave.functions.submit_lead_response")
    adapters = {"google_oidc", "secretsmanager"}
    assert not loaded & {f"leave.adapters.{name}" for name in adapters}
    assert "leave.services.sign_in" not in loaded


def test_what_signs_in_knows_neither_table_nor_workflow() -> None:
    loaded = loaded_by("import leave.functions.sign_in")
    assert not loaded & {
        "leave.adapters.dynamodb.table",
        "leave.adapters.stepfunctions",
        "googleapiclient",
    }
    assert "leave.functions.html" in loaded, "or this test looks at the wrong thing"
