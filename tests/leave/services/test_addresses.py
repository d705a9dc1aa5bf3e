"""Whoever can be imported, and whatever can be configured, can be sent a mail."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import SMTP

from hypothesis import example, given
from hypothesis import strategies as st

from infrastructure.config_rules import EMAIL
from leave.adapters.gmail.mailer import build_message
from leave.domain.values import replace
from tests.leave.builders import MAIL
from tests.leave.directories import JOHN, a_line, read_text, text_of

_LOCALS = st.text(st.sampled_from("ab0!#$%&'*+/=?^_`{|}~-.@ (<\\ö"), min_size=1, max_size=8)


def recipients(message: bytes) -> list[str]:
    """Return whom a message is for, as a mail program reads it."""
    read = message_from_bytes(message, policy=SMTP)
    return [address.addr_spec for address in read["To"].addresses]


@given(_LOCALS)
@example("=?utf-8?q?a?=")
@example("o'dell+leave")
def test_an_address_that_is_imported_takes_mail(local: str) -> None:
    lines = text_of(JOHN, a_line(email=f"{local}@foo.com"))
    for employee in read_text(lines).employees.values():
        mail = replace(MAIL, to=employee.email)
        message = build_message(mail, sender="leave@foo.com", company_domain="foo.com")
        assert recipients(message) == [employee.email]


@given(_LOCALS)
@example("=?utf-8?q?a?=")
@example("o'dell+leave")
def test_an_address_that_is_configured_sends_and_takes_mail(local: str) -> None:
    address = f"{local}@foo.com"
    if EMAIL.holds(address):
        message = build_message(MAIL, sender=address, company_domain="foo.com", redirect=address)
        assert recipients(message) == [address]


def test_usual_addresses_are_among_them() -> None:
    """Or the tests above would look at none."""
    assert EMAIL.holds("o'dell+leave@foo.com")
    lines = text_of(JOHN, a_line(email="o'dell+leave@foo.com"))
    assert len(read_text(lines).employees) == 2
