"""The examples of the shipped files: no stage takes one, and the README names them all."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from emulator.stack_config import stack_config
from infrastructure.config_rules import without_examples
from tests.docs.markdown import PROJECT, README
from tests.infrastructure.stack_file import StackFile, problems
from tests.infrastructure.test_bad_config import cure, read

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = {"leave:company-domain", "leave:oidc-audiences", "leave:admins", "leave:mail-sender"}
SHIPPED = {
    "dev": EXAMPLES | {"leave:mail-redirect", "leave:alarm-email"},
    "prod": EXAMPLES | {"leave:alarm-email"},
}


def shipped(stack: str) -> dict[str, Any]:
    return yaml.safe_load((PROJECT / f"Pulumi.{stack}.yaml").read_text("utf-8"))["config"]


def texts_in(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from texts_in(item)
        case dict():
            yield from texts_in(list(value.values()))
        case _:
            pass


@pytest.mark.parametrize("stack", SHIPPED)
def test_a_shipped_file_is_refused_with_each_example_that_is_not_replaced(stack: str) -> None:
    values = copy.deepcopy(shipped(stack))
    told = read(values, stack)
    assert {line.split(" ", 1)[0] for line in told} == SHIPPED[stack]
    assert all(
        "is an example; put your own value there: pulumi config set" in line for line in told
    )
    assert all(f"--stack {stack}" in line for line in told)
    cure(values, told, stack=stack)
    assert read(values, stack) == []


@pytest.mark.parametrize("stack", SHIPPED)
def test_there_is_no_example_that_is_not_told(stack: str) -> None:
    held = {
        key
        for key, value in shipped(stack).items()
        if any(without_examples(text) != text for text in texts_in(value))
    }
    assert held == SHIPPED[stack]


def test_the_local_stage_has_no_example() -> None:
    assert StackFile("local").texts == stack_config(PROJECT, "local", {})
    assert read(shipped("local"), "local") == []


def test_the_readme_names_everything_that_has_to_be_replaced() -> None:
    block = README.block_with("sh", "leave:company-domain")
    named = set(
        re.findall(r"^pulumi config set -s dev (?:--path ')?([a-z:-]+)", block, re.MULTILINE)
    )
    assert named == SHIPPED["dev"] | SHIPPED["prod"] | {"aws:region", "leave:time-zone"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("example.com", "YOUR-DOMAIN"),
        ("hr@example.com", "hr@YOUR-DOMAIN"),
        ("leave.example.org", "leave.YOUR-DOMAIN"),
        ("https://intranet.example.net/leave?x=1", "https://intranet.YOUR-DOMAIN/leave?x=1"),
        ("1234567890-dev.apps.googleusercontent.com", "YOUR-CLIENT-ID.apps.googleusercontent.com"),
    ],
)
def test_what_is_an_example_is_shown_with_a_word_for_ones_own(text: str, shown: str) -> None:
    assert without_examples(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "foo.com",
        "hr@my-example.com",
        "example.company",
        "example.com.de",
        "example@foo.com",
        "921234567890-abc.apps.googleusercontent.com",
    ],
)
def test_what_only_resembles_an_example_is_ones_own(text: str) -> None:
    assert without_examples(text) == text


def test_a_word_for_ones_own_is_no_value() -> None:
    """Whoever runs the command as it is told hears of it again."""
    told = problems(
        company_domain="YOUR-DOMAIN",
        oidc_audiences=["YOUR-CLIENT-ID.apps.googleusercontent.com"],
        mail_redirect="leave-testers@YOUR-DOMAIN",
        alarm_email="",
    )
    assert [line.split(" ", 1)[0] for line in told] == [
        "leave:company-domain",
        "leave:oidc-audiences",
        "leave:mail-redirect",
    ]


@pytest.mark.parametrize(
    ("admins", "sender"),
    [(["hr@foo.com", "leave@foo.com"], "leave@foo.com"), (["hr@foo.com"], "hr@foo.com")],
)
def test_the_mailbox_that_sends_is_no_administrator(admins: list[str], sender: str) -> None:
    """Whoever reads its credentials, such as the functions that send, would be one, too."""
    (told,) = problems("prod", admins=admins, mail_sender=sender)
    other = "admin" if sender.startswith("hr") else "hr"
    assert told == (
        f"leave:admins has the item '{sender}', which is mail-sender; each item must be an e-mail"
        " address in small letters, and not the one of mail-sender: pulumi config set --path"
        f" 'leave:admins[{admins.index(sender)}]' {other}@example.com --stack prod"
    )


@pytest.mark.parametrize("address", ["testers@elsewhere.com", "t@dev.foo.com", "t@foo.com.de"])
def test_mails_that_decide_are_not_redirected_out_of_the_company(address: str) -> None:
    (told,) = problems(mail_redirect=address)
    assert told == (
        f"leave:mail-redirect is '{address}'; it must be an e-mail address in small letters, of"
        " company-domain: pulumi config set leave:mail-redirect leave-testers@foo.com --stack dev"
    )
