from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from leave.config import ConfigurationError, Environment, MailSettings
from leave.domain.employee import Company

MAIL = {
    "LEAVE_GMAIL_SECRET": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:leave/test",
    "LEAVE_GMAIL_ENDPOINT": "https://gmail.googleapis.com",
    "LEAVE_MAIL_SENDER": "leave-bot@foo.com",
    "LEAVE_COMPANY_DOMAIN": "foo.com",
}


def test_a_value_is_read_from_the_mapping_that_is_passed_in() -> None:
    assert Environment({"LEAVE_TABLE": "leave-test"}).require("LEAVE_TABLE") == "leave-test"


@pytest.mark.parametrize(
    ("variables", "stage"),
    [({}, "STAGE"), ({"LEAVE_TABLE": ""}, "STAGE"), ({"LEAVE_STAGE": "dev"}, "dev")],
)
def test_a_missing_value_names_its_key_and_the_cure(variables: dict[str, str], stage: str) -> None:
    told = f"LEAVE_TABLE is missing.*run `pulumi up -s {stage}`"
    with pytest.raises(ConfigurationError, match=told):
        Environment(variables).require("LEAVE_TABLE")


def test_an_optional_value_may_be_absent_or_empty() -> None:
    assert Environment({"KEY": "E009"}).optional("KEY") == "E009"
    assert Environment({"KEY": ""}).optional("KEY") is None
    assert Environment({}).optional("KEY") is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("HR@foo.com", {"hr@foo.com"}),
        ("hr@foo.com, Boss@foo.com,", {"hr@foo.com", "boss@foo.com"}),
        ("", set()),
        (" , ", set()),
    ],
)
def test_names_are_separated_by_commas_and_in_lower_case(text: str, names: set[str]) -> None:
    assert Environment({"LEAVE_ADMINS": text}).names("LEAVE_ADMINS") == names
    assert Environment({}).names("LEAVE_ADMINS") == frozenset()


def test_the_time_zone_is_read() -> None:
    zone = Environment({"LEAVE_TIME_ZONE": "Europe/Berlin"}).time_zone()
    assert zone == ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "/etc/localtime", "Berlin"])
def test_what_is_no_time_zone_names_key_value_and_cure(name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"LEAVE_TIME_ZONE: .*leave:time-zone") as caught:
        Environment({"LEAVE_TIME_ZONE": name}).time_zone()
    assert repr(name) in str(caught.value)


def test_mail_settings_are_read_together() -> None:
    assert Environment(MAIL).mail() == MailSettings(
        secret_id=MAIL["LEAVE_GMAIL_SECRET"],
        endpoint="https://gmail.googleapis.com",
        sender="leave-bot@foo.com",
        company_domain="foo.com",
    )


def test_mail_is_redirected_where_the_stage_says_so() -> None:
    assert Environment(MAIL | {"LEAVE_MAIL_REDIRECT": ""}).mail().redirect is None
    redirected = Environment(MAIL | {"LEAVE_MAIL_REDIRECT": "dev@foo.com"}).mail()
    assert redirected.redirect == "dev@foo.com"


@pytest.mark.parametrize("key", MAIL)
def test_each_missing_mail_setting_names_itself(key: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{key} is missing"):
        Environment({name: text for name, text in MAIL.items() if name != key}).mail()


def test_the_company_is_read_as_mails_and_pages_name_it() -> None:
    named = {"LEAVE_COMPANY_NAME": "Foo Ltd", "LEAVE_HELP_CONTACT": "hr@foo.com"}
    assert Environment(named).company() == Company(name="Foo Ltd", help_contact="hr@foo.com")
    assert Environment({"LEAVE_COMPANY_NAME": "foo.com"}).company() == Company(name="foo.com")


def test_a_page_can_be_shown_where_no_company_is_named() -> None:
    assert Environment({}).company() is None
