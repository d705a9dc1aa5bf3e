"""The examples of the shipped files: each is told, and docs/deploy.md names them all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from infrastructure.config_rules import is_example
from tests.docs.markdown import DEPLOY, PROJECT
from tests.infrastructure.stack_file import problems, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = {"leave:company-domain", "leave:oidc-audiences", "leave:admins", "leave:mail-sender"}
SHIPPED = {
    "dev": EXAMPLES | {"leave:mail-redirect"},
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


def warning(capsys: pytest.CaptureFixture[str], stack: str) -> str:
    """What Pulumi's log says while the configuration of a stack is read."""
    settings(stack)
    return capsys.readouterr().err


@pytest.mark.parametrize("stack", SHIPPED)
def test_each_example_that_is_not_replaced_is_told(
    capsys: pytest.CaptureFixture[str], stack: str
) -> None:
    said = warning(capsys, stack)
    assert f"Pulumi.{stack}.yaml still has examples" in said
    assert set(re.findall(r"leave:[a-z-]+", said)) == SHIPPED[stack]


@pytest.mark.parametrize("stack", SHIPPED)
def test_there_is_no_example_that_is_not_told(stack: str) -> None:
    held = {
        key
        for key, value in shipped(stack).items()
        if any(is_example(text) for text in texts_in(value))
    }
    assert held == SHIPPED[stack]


def test_the_local_stage_has_no_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert warning(capsys, "local") == ""


def test_the_page_names_everything_that_has_to_be_replaced() -> None:
    block = "".join(
        DEPLOY.block_with("sh", key) for key in ("leave:company-domain", "leave:alarm-email")
    )
    named = set(
        re.findall(r"^pulumi config set -s dev (?:--path ')?([A-Za-z:-]+)", block, re.MULTILINE)
    )
    place = {"aws:allowedAccountIds", "aws:region", "leave:time-zone", "leave:monitoring"}
    assert named == SHIPPED["dev"] | SHIPPED["prod"] | place


def test_an_address_that_no_alarm_is_mailed_to_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    settings("local", monitoring="none")
    said = capsys.readouterr().err
    assert "leave:alarm-email is set, and leave:monitoring is none" in said
    assert "pulumi config set leave:monitoring essential --stack local" in said


@pytest.mark.parametrize(
    "text",
    [
        "example.com",
        "hr@example.com",
        "leave.example.org",
        "https://intranet.example.net/leave?x=1",
        "1234567890-dev.apps.googleusercontent.com",
    ],
)
def test_an_example_is_known_as_one(text: str) -> None:
    assert is_example(text)


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
    assert not is_example(text)


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
        " company-domain: pulumi config set leave:mail-redirect leave-testers@example.com"
        " --stack dev"
    )
