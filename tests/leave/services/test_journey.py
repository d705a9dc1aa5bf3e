"""The seed's demo run, over fakes: the use cases play together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leave.domain.values import Secret
from tests.leave.builders import JANE, JIM, JOHN, R1, R2
from tests.leave.services.stage import JANE_CALLS, JIM_CALLS, a_wish

if TYPE_CHECKING:
    from tests.leave.services.stage import FakeStage


def test_jim_is_approved_and_jane_is_denied(stage: FakeStage) -> None:
    for caller, decision, comment in (
        (JIM_CALLS, "approved", ""),
        (JANE_CALLS, "denied", "Jim is away"),
    ):
        submitted = stage.request_leave(caller, a_wish())
        token = Secret(f"token of {submitted.request_id}")
        stage.process_leave_request(submitted.request_id, token)
        stage.decide(stage.link(submitted.request_id), decision, comment)
        assert stage.workflow.answers[-1] == (token.reveal(), submitted.request_id, decision)
        assert stage.process_lead_response(submitted.request_id) == decision

    assert stage.mailer.recipients == [JOHN.email, JIM.email, JOHN.email, JANE.email]
    assert [mail.thread for mail in stage.mailer.sent] == [R1, R1, R2, R2]
    assert stage.mailer.sent[-1].text == "denied: Jim is away"
    assert stage.requests.booked("E002", 2027) == 1
    assert stage.requests.booked("E003", 2027) == 0
