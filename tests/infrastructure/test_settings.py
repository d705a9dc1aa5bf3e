"""Configuration: read once, typed, and every mistake told at once with its cure."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from emulator.stack_config import stack_config
from infrastructure.environment import environment
from infrastructure.settings import Settings
from infrastructure.stage_config import ConfigError, read_settings
from tests.infrastructure.graph import STACKS
from tests.infrastructure.stack_file import StackFile

PROJECT = Path(__file__).parents[2]


class FakeConfig:
    """What `pulumi.Config` is to the settings: the texts of one namespace."""

    name = "leave"

    def __init__(self, **changes: str | None) -> None:
        config = stack_config(PROJECT, "prod", {})
        self._values: dict[str, str | None] = {**config}
        self._values |= {f"leave:{k.replace('_', '-')}": v for k, v in changes.items()}
        self.asked: set[str] = set()
        self.secrets: set[str] = set()

    def get(self, key: str) -> str | None:
        self.asked.add(f"leave:{key}")
        return self._values.get(f"leave:{key}")

    def keys(self) -> set[str]:
        return set(self._values)

    def is_secret(self, key: str) -> bool:
        return key in self.secrets

    def is_text(self, key: str) -> bool:
        assert key
        return False


def read(stage: str = "prod", /, **changes: str | None) -> Settings:
    return read_settings(FakeConfig(**changes), stage=stage)


def complaint(stage: str = "prod", /, **changes: str | None) -> str:
    with pytest.raises(ConfigError) as caught:
        read(stage, **changes)
    return str(caught.value)


@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_of_the_project_can_be_read(stack: str) -> None:
    assert read_settings(StackFile(stack), stage=stack).stage == stack


def test_values_get_their_types() -> None:
    settings = read()
    assert settings.answer_timeout_days == 60
    assert settings.protect is True
    assert settings.admins == ("hr@example.com",)
    assert settings.oidc_issuer == "https://accounts.google.com"
    assert settings.fallback_approver == ""


def test_every_declared_key_is_read_and_every_key_read_is_declared() -> None:
    config = FakeConfig()
    read_settings(config, stage="prod")
    declared = {key for key in stack_config(PROJECT, "prod", {}) if key.startswith("leave:")}
    assert config.asked == declared
    names = {f"leave:{field.name.replace('_', '-')}" for field in fields(Settings)}
    assert names - {"leave:stage"} == declared


def test_all_problems_are_told_at_once() -> None:
    told = complaint(company_domain=None, answer_timeout_days="soon", admins='["hr"]')
    assert told.startswith("The configuration of stack 'prod' cannot be used:")
    assert len(told.splitlines()) == 4


@pytest.mark.parametrize(
    ("key", "value", "finding", "cure"),
    [
        (
            "company_domain",
            None,
            "leave:company-domain is missing; it must be a mail domain in small letters",
            "pulumi config set leave:company-domain example.com --stack prod",
        ),
        (
            "oidc_audiences",
            "[]",
            "leave:oidc-audiences has no item; each item must be an OAuth client id",
            (
                "pulumi config set --path 'leave:oidc-audiences[0]' "
                "1234567890-abc.apps.googleusercontent.com --stack prod"
            ),
        ),
        (
            "admins",
            '["hr@example.com", "boss"]',
            "leave:admins has the item 'boss'; each item must be an e-mail address",
            "pulumi config set --path 'leave:admins[1]' hr@example.com --stack prod",
        ),
        (
            "answer_timeout_days",
            "soon",
            "leave:answer-timeout-days is 'soon'; it must be a whole number from 3 to 360",
            "pulumi config set leave:answer-timeout-days 60 --stack prod",
        ),
    ],
)
def test_a_problem_names_the_key_the_rule_and_the_cure(
    key: str, value: str | None, finding: str, cure: str
) -> None:
    told = complaint(**{key: value})
    assert finding in told
    assert told.endswith(f": {cure}")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("company_domain", "Example.com"),
        ("company_domain", "@example.com"),
        ("company_domain", "localhost"),
        ("company_name", "x" * 81),
        ("company_name", "Example\u200b Ltd"),
        ("help_contact", "HR, 2nd floor"),
        ("help_contact", "http://intranet.example.com"),
        ("help_contact", "https://user@intranet.example.com"),
        ("help_contact", "https://intranet.example.com/a b"),
        ("help_contact", "javascript:alert(1)"),
        ("oidc_issuer", "http://accounts.google.com"),
        ("oidc_issuer", "https://accounts.google.com/"),
        ("oidc_issuer", "https://user@accounts.google.com"),
        ("oidc_issuer", "https://accounts.google.com?x=1"),
        ("oidc_issuer", "accounts.google.com"),
        ("oidc_issuer", "https://[accounts"),
        ("oidc_issuer", "https://Accounts.google.com"),
        ("oidc_issuer", "https://accounts.google.com?"),
        ("oidc_issuer", "https://accounts.google.com/a b"),
        ("oidc_issuer", "https://accounts.google.com/'x'"),
        ("oidc_issuer", "https://accounts.google.com:65536"),
        ("gmail_endpoint", "http://gmail.googleapis.com"),
        ("gmail_endpoint", "http://localhost.example.com"),
        ("oidc_audiences", "client-id"),
        ("oidc_audiences", '["a b"]'),
        ("oidc_audiences", "[1]"),
        ("oidc_audiences", '{"a": "b"}'),
        ("admins", '["HR@example.com"]'),
        ("admins", '["hr@example.com,b@example.com"]'),
        ("time_zone", "Berlin"),
        ("time_zone", "../etc/passwd"),
        ("time_zone", "Factory"),
        ("time_zone", "localtime"),
        ("mail_sender", "Leave <leave@example.com>"),
        ("mail_sender", "leave@example.com\nBcc: x@example.com"),
        ("fallback_approver", "E 001"),
        ("allowed_origins", '["*"]'),
        ("allowed_origins", '["https://intranet.example.com/"]'),
        ("allowed_origins", '["https://*"]'),
        ("allowed_origins", '["https://*.example.com"]'),
        ("allowed_origins", '["https://Intranet.example.com"]'),
        ("allowed_origins", '["https://intranet.example.com?"]'),
        ("allowed_origins", '["https://intranet.example.com:0"]'),
        ("allowed_origins", '["https://intranet.example.com:99999"]'),
        ("allowed_origins", '["https://intranet example.com"]'),
        ("allowed_origins", """["https://intranet.example.com'"]"""),
        ("answer_timeout_days", "0"),
        ("answer_timeout_days", "361"),
        ("answer_timeout_days", "-5"),
        ("answer_timeout_days", "1.5"),
        ("answer_timeout_days", "²"),
        ("answer_timeout_days", "9" * 5000),
        ("remind_after_days", "0"),
        ("escalate_after_days", "361"),
        ("undo_seconds", "3601"),
        ("second_approval_over_days", "-1"),
        ("daily_sweep_at", "7:00"),
        ("daily_sweep_at", "07:60"),
        ("daily_sweep_at", "21:00"),
        ("mail_redirect", "all"),
        ("alarm_email", "Ops <ops@example.com>"),
        ("log_retention_days", "31"),
        ("log_level", "info"),
        ("log_level", "WARN"),
        ("monitoring", "Full"),
        ("monitoring", "false"),
        ("protect", "yes"),
        ("throttle_rate", "0"),
        ("throttle_burst", "10001"),
        ("lambda_runtime", "python9"),
        ("lambda_runtime", "nodejs24.x"),
        ("lambda_runtime", "python3.10"),
        ("lambda_runtime", "python3.99"),
        ("lambda_architecture", "aarch64"),
        ("wheel_platform", "manylinux 2014"),
        ("wheel_platform", "--index-url=https://example.com"),
    ],
)
def test_a_value_that_would_only_fail_later_is_refused_now(key: str, value: str) -> None:
    told = complaint(**{key: value})
    assert f"leave:{key.replace('_', '-')} " in told
    assert len(told.splitlines()) == 2


@pytest.mark.parametrize(
    ("days", "finding", "cure"),
    [
        (
            {"remind_after_days": "5"},
            "leave:escalate-after-days is 5, and must be more than leave:remind-after-days",
            "set leave:escalate-after-days 6",
        ),
        (
            {"answer_timeout_days": "4"},
            "leave:answer-timeout-days is 4, and must be more than leave:escalate-after-days",
            "set leave:answer-timeout-days 6",
        ),
    ],
)
def test_days_that_can_not_follow_each_other_are_told_with_the_cure(
    days: dict[str, str | None], finding: str, cure: str
) -> None:
    told = complaint(**days)
    assert finding in told
    assert told.endswith(f": pulumi config {cure} --stack prod")


def test_a_day_that_is_no_number_is_told_once() -> None:
    assert len(complaint(escalate_after_days="soon").splitlines()) == 2


@pytest.mark.parametrize(
    ("stage", "renamed"),
    [
        ("Prod", "prod-2 --stack Prod"),
        ("my stage", "my-stage --stack 'my stage'"),
        ("", "dev-2 --stack ''"),
        ("a" * 31, f"{'a' * 27} --stack {'a' * 31}"),
        ("1st", "st --stack 1st"),
        ("dev_1", "dev-1 --stack dev_1"),
        ("a.b-", "a-b --stack a.b-"),
    ],
)
def test_a_stack_name_that_can_not_be_part_of_aws_names_is_refused(
    stage: str, renamed: str
) -> None:
    """The cure names the stack, not the selected one, and a name of which there is no file."""
    told = complaint(stage)
    assert repr(stage) in told
    assert "any other such name that no stack has does as well" in told
    assert told.endswith(f": pulumi stack rename {renamed}")


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:9000"]
)
def test_plain_http_is_accepted_for_this_machine_itself(address: str) -> None:
    assert read(oidc_issuer=address, gmail_endpoint=address).gmail_endpoint == address


@pytest.mark.parametrize(
    "address",
    ["https://login.example.com:8443/a1-b2/v2.0", "https://intranet", "https://10.0.0.1:65535"],
)
def test_any_other_address_is_of_https(address: str) -> None:
    assert read(oidc_issuer=address).oidc_issuer == address


def test_an_origin_may_have_a_port() -> None:
    origins = ("https://intranet.example.com:8443", "http://localhost:3000")
    assert read(allowed_origins=json.dumps(origins)).allowed_origins == origins


def test_the_company_is_called_by_its_domain_unless_it_has_a_name() -> None:
    assert read().company_name == "example.com"
    assert read(company_name="Example & Söhne").company_name == "Example & Söhne"


@pytest.mark.parametrize("contact", ["", "hr@example.com", "https://intranet.example.com/hr?q=1"])
def test_help_is_offered_by_mail_or_on_a_page_or_not_at_all(contact: str) -> None:
    assert read(help_contact=contact).help_contact == contact


@pytest.mark.parametrize(
    ("architecture", "platform"),
    [("arm64", "manylinux2014_aarch64"), ("x86_64", "manylinux2014_x86_64")],
)
def test_wheels_follow_the_processor(architecture: str, platform: str) -> None:
    assert read(lambda_architecture=architecture).wheel_platform == platform


def test_a_configured_wheel_platform_wins() -> None:
    assert read(wheel_platform="macosx_14_0_arm64").wheel_platform == "macosx_14_0_arm64"


def test_a_variable_carries_its_setting_and_an_empty_one_is_left_out() -> None:
    settings = read(admins=json.dumps(["a@example.com", "b@example.com"]))
    assert environment(settings, "LEAVE_ADMINS", "LEAVE_FALLBACK_APPROVER") == {
        "LEAVE_ADMINS": "a@example.com,b@example.com"
    }


def test_no_undo_is_a_variable_too() -> None:
    """Zero is a setting, unlike an empty text."""
    settings = read(undo_seconds="0")
    assert environment(settings, "LEAVE_UNDO_SECONDS") == {"LEAVE_UNDO_SECONDS": "0"}


def test_a_variable_nobody_defined_is_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        environment(read(), "LEAVE_ADMIN")
