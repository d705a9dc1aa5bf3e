from __future__ import annotations

import pytest

from emulator.demo.stage_view import Inbox, Mail
from emulator.demo.web import DemoFailedError

API = "http://127.0.0.1:1/_aws/execute-api/a1/local"
TEXT = f"""Approve: {API}/leave_lead_response/approved/01a.Ab-_9

Deny: {API}/leave_lead_response/denied/01a.Ab-_9
"""


def test_the_links_of_a_letter_are_found_by_their_decision() -> None:
    mail = Mail(sender="a@b.c", to="d@e.f", subject="s", text=TEXT)
    assert mail.links(API, "approved") == {f"{API}/leave_lead_response/approved/01a.Ab-_9"}
    assert mail.links(API, "denied") == {f"{API}/leave_lead_response/denied/01a.Ab-_9"}


def test_a_link_to_somewhere_else_is_none() -> None:
    mail = Mail(sender="a@b.c", to="d@e.f", subject="s", text=TEXT)
    assert mail.links("http://127.0.0.1:2", "approved") == set()


def test_an_inbox_nobody_answers_for_is_told() -> None:
    with pytest.raises(DemoFailedError, match="got no answer"):
        Inbox("http://127.0.0.1:1", "john@foo.com").count_unread()
