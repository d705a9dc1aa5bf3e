"""The entry points over a stage of fakes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC

import pytest

from leave.functions import (
    administer,
    approvals,
    change_leave_request,
    process_lead_response,
    process_leave_request,
    read_calendar_feed,
    read_leave,
    request_leave,
    submit_lead_response,
)
from leave.services.authorization import Authenticator
from tests.leave.services.stage import FakeStage

GATEKEEPER = Authenticator(company_domain="foo.com", admins=frozenset({"hr@foo.com"}))


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> FakeStage:
    """Return the stage that all entry points are wired to."""
    stage = FakeStage()
    monkeypatch.setattr(request_leave, "application", lambda: (GATEKEEPER, stage.request_leave))
    monkeypatch.setattr(
        change_leave_request, "application", lambda: (GATEKEEPER, stage.change_leave_request)
    )
    monkeypatch.setattr(administer, "application", lambda: (GATEKEEPER, stage))
    monkeypatch.setattr(
        approvals, "application", lambda: (GATEKEEPER, stage.approvals, stage.delegate_approvals)
    )
    monkeypatch.setattr(read_leave, "application", lambda: (GATEKEEPER, stage.read_leave))
    monkeypatch.setattr(read_calendar_feed, "application", lambda: ("foo.com", stage.read_leave))
    monkeypatch.setattr(read_calendar_feed, "time_zone", lambda: UTC)
    monkeypatch.setattr(process_leave_request, "application", lambda: stage.process_leave_request)
    monkeypatch.setattr(submit_lead_response, "application", lambda: stage.submit_lead_response)
    monkeypatch.setattr(submit_lead_response, "time_zone", lambda: UTC)
    monkeypatch.setattr(process_lead_response, "application", lambda: stage.process_lead_response)
    return stage


@pytest.fixture
def link(stage: FakeStage) -> str:
    """Return the link in John's mail about Jim's request."""
    return stage.asked()


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """Return all that was logged: messages, extra fields and tracebacks, as Lambda writes them."""
    caplog.set_level(logging.DEBUG)
    formatter = logging.Formatter()

    def read() -> str:
        return "\n".join(f"{formatter.format(r)} {r.__dict__}" for r in caplog.records)

    return read
