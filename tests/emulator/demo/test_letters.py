from __future__ import annotations

import pytest

from emulator.demo.failure import DemoFailedError
from emulator.demo.letters import Inbox, Letter

API = "http://127.0.0.1:1/_aws/execute-api/a1/local"
TEXT = f"""Approve: {API}/leave_lead_response/approved/01a.Ab-_9

Deny: {API}/leave_lead_response/denied/01a.Ab-_9
"""


def test_the_links_of_a_letter_are_found_by_their_decision() -> None:
    letter = Letter(sender="a@b.c", to="d@e.f", subject="s", text=TEXT)
    assert letter.links(API, "approved") == {f"{API}/leave_lead_response/approved/01a.Ab-_9"}
    assert letter.links(API, "denied") == {f"{API}/leave_lead_response/denied/01a.Ab-_9"}


def test_a_link_to_somewhere_else_is_none() -> None:
    letter = Letter(sender="a@b.c", to="d@e.f", subject="s", text=TEXT)
    assert letter.links("http://127.0.0.1:2", "approved") == set()


def test_an_inbox_nobody_answers_for_is_told() -> None:
    with pytest.raises(DemoFailedError, match="got no answer"):
        Inbox("http://127.0.0.1:1", "john@foo.com").count_unread()
