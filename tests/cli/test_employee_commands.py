"""What employees do, against the real entry points over AWS in memory."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from leave.domain.calendar import Period
from leave.domain.history import Decision
from tests.cli import lambda_api
from tests.cli.aws_stage import VARIABLES
from tests.cli.leave_requests import LeaveRequests, a_monday
from tests.cli.loopback import Loopback, Script, replying
from tests.cli.signed_in import sign_in
from tests.leave.builders import a_booking
from tests.leave.directories import JANE, JIM, JOHN, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.aws_stage import AwsStage
    from tests.cli.terminal import Terminal

MONDAY = a_monday()
FRIDAY = MONDAY + timedelta(days=4)


@pytest.fixture
def requests(
    leave: Terminal, stage: AwsStage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> LeaveRequests:
    """Return a stage with the sample's people, whose functions run in this process."""
    leave.done("directory", "import", write(tmp_path, JOHN, JIM, JANE), "--stage", "test")
    workflow_arn = stage.make_workflow()
    for name, value in (VARIABLES | {"LEAVE_STATE_MACHINE_ARN": workflow_arn}).items():
        monkeypatch.setenv(name, value)
    lambda_api.forget_applications()
    return LeaveRequests(stage, workflow_arn)


@pytest.fixture
def api(requests: LeaveRequests) -> Iterator[Loopback]:
    """Run the API with Jim signed in to it."""
    assert requests
    with Loopback(lambda_api.answer) as server:
        sign_in(server.url + lambda_api.STAGE_PATH)
        yield server


def requested(leave: Terminal, *options: object) -> str:
    """Ask for leave and return the request's id."""
    return leave.done("request", *options, "--json").json["requestId"]


def test_jim_asks_for_a_day(leave: Terminal, api: Loopback) -> None:
    result = leave.done("request", "--date", MONDAY)
    assert re.fullmatch(r"Leave request submitted: [0-9a-z]{26}, 1 working day\.\n", result.out)
    (call,) = api.received
    assert call.json == {"date": str(MONDAY)}
    assert len(call.headers["idempotency-key"]) == 32


def test_jim_asks_for_a_week_with_all_there_is_to_say(leave: Terminal, api: Loopback) -> None:
    result = leave.done(
        *("request", "--start", MONDAY, "--end", FRIDAY, "--type", "annual"),
        *("--reason", "Ménage à la maison", "--employee", "E002", "--json"),
    )
    assert result.json["workingDays"] == 5
    assert api.received[0].json == {
        "start": str(MONDAY),
        "end": str(FRIDAY),
        "type": "annual",
        "reason": "Ménage à la maison",
        "employeeId": "E002",
    }


def test_half_a_day_is_half_a_day(leave: Terminal, api: Loopback) -> None:
    assert api
    result = leave.done("request", "--date", MONDAY, "--half-day", "morning")
    assert ", 0.5 working days.\n" in result.out


def test_the_same_key_is_the_same_request(leave: Terminal, api: Loopback) -> None:
    assert api
    wish = ("--date", MONDAY, "--idempotency-key", "once")
    assert requested(leave, *wish) == requested(leave, *wish)


def test_without_a_key_every_request_is_one_of_its_own(leave: Terminal, api: Loopback) -> None:
    assert api
    first = requested(leave, "--date", MONDAY)
    told = leave.told("request", "--date", MONDAY)
    assert told == (
        f"Overlaps other leave: There is already leave on {MONDAY}: request {first} is pending."
        " Choose other days, or withdraw or cancel that request first.\n"
    )


def test_a_rule_that_says_no_is_told_in_a_sentence(leave: Terminal, api: Loopback) -> None:
    assert api
    saturday = MONDAY + timedelta(days=5)
    result = leave("request", "--date", saturday, "--json")
    assert result.code == 1
    assert result.err.startswith("Refused by a rule: Leave must include at least half a")
    assert result.json["type"] == "urn:leave:problem:no-working-days"


def test_every_field_at_fault_is_told(leave: Terminal, api: Loopback) -> None:
    assert api
    told = leave.told("request", "--start", FRIDAY, "--end", MONDAY, "--type", "x" * 65)
    assert told == (
        "The request is malformed:\n"
        f"  end: the end, {MONDAY}, is before the start, {FRIDAY}\n"
        "  type: must have 1 to 64 characters\n"
    )


def test_another_ones_leave_is_not_jims_to_ask_for(leave: Terminal, api: Loopback) -> None:
    assert api
    told = leave.told("request", "--date", MONDAY, "--employee", "E003")
    assert told == "Not allowed: You can only act on your own leave (E002).\n"


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--start", str(MONDAY)],
        ["--end", str(MONDAY)],
        ["--date", str(MONDAY), "--end", str(MONDAY)],
        ["--date", "tomorrow"],
        ["--date", "2027-02-30"],
        ["--date", str(MONDAY), "--half-day", "evening"],
        ["--date", str(MONDAY), "--reason", ""],
        ["--date", str(MONDAY), "--stage", "a", "--api-url", "https://b"],
    ],
)
def test_wrong_usage_calls_nobody(leave: Terminal, options: list[str]) -> None:
    with Loopback(lambda_api.answer) as server:
        sign_in(server.url)
        assert leave("request", *options).code == 2
        assert server.received == []


def test_requests_are_listed_newest_first(leave: Terminal, api: Loopback) -> None:
    assert api
    assert leave.done("status").out == "There are no requests.\n"
    first = requested(leave, "--date", MONDAY, "--half-day", "afternoon")
    second = requested(leave, "--date", FRIDAY)
    header, *lines = leave.done("status").out.splitlines()
    assert header.split() == ["ID", "From", "To", "Half", "Days", "Type", "Status", "Asked"]
    assert [line.split() for line in lines] == [
        [second, str(FRIDAY), str(FRIDAY), "-", "1", "annual", "pending", "-"],
        [first, str(MONDAY), str(MONDAY), "afternoon", "0.5", "annual", "pending", "-"],
    ]


def test_all_pages_are_listed(
    leave: Terminal, api: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leave.services.read_leave.PAGE_SIZE", 2)
    ids = [requested(leave, "--date", MONDAY + timedelta(days=day)) for day in range(5)]
    listed = leave.done("status", "--json").json["leaveRequests"]
    assert [request["requestId"] for request in listed] == ids[::-1]
    assert [call.query.get("cursor") for call in api.received[5:]] == [None, ids[3], ids[1]]


def test_the_list_can_be_narrowed(leave: Terminal, api: Loopback) -> None:
    requested(leave, "--date", MONDAY)
    leave.done("status", "--year", MONDAY.year, "--status", "pending", "--employee", "E002")
    assert api.received[-1].query == {
        "year": str(MONDAY.year),
        "status": "pending",
        "employeeId": "E002",
    }
    assert leave.done("status", "--status", "denied").out == "There are no requests.\n"


def test_one_request_is_shown_with_its_history(
    leave: Terminal, api: Loopback, requests: LeaveRequests
) -> None:
    assert api
    request_id = requested(leave, "--date", MONDAY, "--reason", "a wedding")
    asked = requests.mailed(requests.get(request_id), "E001")
    requests.decided(asked, Decision.APPROVED)
    text = leave.done("status", request_id).out
    facts, history = text.split("\n\n")
    assert facts.splitlines() == [
        "Employee: Jim O'Dell (E002)",
        f"ID:       {request_id}",
        f"From:     {MONDAY}",
        f"To:       {MONDAY}",
        "Days:     1",
        "Type:     annual",
        "Status:   approved",
        "Asked:    John Carpenter",
        "Reason:   a wedding",
    ]
    words = [line.split()[1:4] for line in history.splitlines()]
    assert words == [
        ["What", "Who", "Channel"],
        ["requested", "E002", "api"],
        ["approved", "E001", "link"],
    ]


def test_what_a_comment_could_do_to_a_terminal_it_does_not_do(
    leave: Terminal, api: Loopback, requests: LeaveRequests
) -> None:
    assert api
    asked = requests.mailed(requests.get(requested(leave, "--date", MONDAY)), "E001")
    decided = asked.decide(Decision.DENIED, comment="no\x1b[2J\x07", at=asked.history[0].at)
    requests.stage.requests.replace(asked, decided)
    assert "\x1b" not in leave.done("status", asked.request_id).out


def test_an_unknown_request_is_told(leave: Terminal, api: Loopback) -> None:
    assert api
    told = leave.told("status", "0" * 26)
    assert told == (
        f"Unknown leave request: There is no leave request '{'0' * 26}'. Check the id.\n"
    )
    assert leave("status", "../x").code == 2


def test_an_undecided_request_is_withdrawn_at_once(leave: Terminal, api: Loopback) -> None:
    assert api
    request_id = requested(leave, "--start", MONDAY, "--end", FRIDAY)
    assert leave.done("withdraw", request_id).out == f"Withdrawn: {MONDAY} to {FRIDAY}.\n"
    assert leave.done("status", request_id, "--json").json["status"] == "withdrawn"
    assert leave.told("withdraw", request_id) == (
        "Not possible any more: This request is withdrawn already.\n"
    )


def test_the_lead_has_to_agree_to_cancel_what_was_approved(
    leave: Terminal, api: Loopback, requests: LeaveRequests
) -> None:
    assert api
    request_id = requested(leave, "--date", MONDAY, "--half-day", "morning")
    requests.decided(requests.mailed(requests.get(request_id), "E001"), Decision.APPROVED)
    assert leave.done("withdraw", request_id).out == (
        f"John Carpenter is asked to agree that {MONDAY} (morning) is cancelled.\n"
    )
    assert "approved, to be cancelled" in leave.done("status").out
    assert leave.done("withdraw", request_id, "--json").json["cancellationAsked"] is True


def test_a_change_keeps_what_is_not_changed(leave: Terminal, api: Loopback) -> None:
    request_id = requested(
        leave, "--date", MONDAY, "--half-day", "morning", "--reason", "a wedding"
    )
    result = leave.done("change", request_id, "--half-day", "afternoon")
    assert result.out == f"Changed to {MONDAY} (afternoon). The approver is asked again.\n"
    assert api.received[-1].json == {
        "start": str(MONDAY),
        "end": str(MONDAY),
        "halfDay": "afternoon",
        "type": "annual",
        "reason": "a wedding",
    }
    kept = leave.done("change", request_id, "--reason", "two weddings", "--json").json
    assert (kept["halfDay"], kept["reason"], kept["revision"]) == ("afternoon", "two weddings", 3)
    assert "Changed to" in leave.done("change", request_id, "--half-day", "none").out
    assert "halfDay" not in api.received[-1].json


def test_other_dates_are_whole_days_unless_said_otherwise(leave: Terminal, api: Loopback) -> None:
    request_id = requested(leave, "--date", MONDAY, "--half-day", "morning")
    leave.done("change", request_id, "--start", MONDAY, "--end", FRIDAY)
    assert api.received[-1].json == {
        "start": str(MONDAY),
        "end": str(FRIDAY),
        "type": "annual",
    }


def test_a_change_of_one_end_keeps_the_other(leave: Terminal, api: Loopback) -> None:
    request_id = requested(leave, "--start", MONDAY, "--end", FRIDAY)
    leave.done("change", request_id, "--end", MONDAY + timedelta(days=2))
    assert (api.received[-1].json["start"], api.received[-1].json["end"]) == (
        str(MONDAY),
        str(MONDAY + timedelta(days=2)),
    )
    leave.done("change", request_id, "--start", MONDAY + timedelta(days=1))
    assert (api.received[-1].json["start"], api.received[-1].json["end"]) == (
        str(MONDAY + timedelta(days=1)),
        str(MONDAY + timedelta(days=2)),
    )


def test_a_change_changes_something(leave: Terminal, api: Loopback) -> None:
    assert leave("change", "0" * 26).code == 2
    assert leave("change", "0" * 26, "--end", MONDAY, "--date", MONDAY).code == 2
    assert api.received == []


def test_the_balance_is_right_just_after_a_request(leave: Terminal, api: Loopback) -> None:
    assert api
    requested(leave, "--start", MONDAY, "--end", FRIDAY)
    title, header, line = leave.done("balance", "show", "--year", MONDAY.year).out.splitlines()
    assert title == f"E002, {MONDAY.year}, in working days"
    assert line.split() == [
        "annual", "25", "0", "0", f"{MONDAY.year}-03-31", "0", "0", "5", "20",
    ]  # fmt: skip
    assert header.split("  ")[0] == "Type"
    shown = leave.done("balance", "show", "--year", MONDAY.year, "--employee", "E002", "--json")
    assert shown.json["balances"][0]["available"] == 20


def test_the_balance_names_days_that_the_next_year_needs(
    leave: Terminal, api: Loopback, stage: AwsStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next year has 26 days booked: its own 25, and one that is carried over to it."""
    assert api
    monkeypatch.setenv("LEAVE_RULES", '{"carryOver": {"maximumDays": 5}}')
    lambda_api.forget_applications()
    later = MONDAY.year + 1
    period = Period(start=date(later, 1, 1), end=date(later, 2, 7))
    ledger = stage.requests.ledgers(["E002"], [later])["E002", later]
    booking = a_booking(period=period, days="26", early="26")
    stage.requests.write_ledgers([ledger.with_booking(booking)])
    shown = leave.done("balance", "show", "--year", MONDAY.year).out.splitlines()
    assert shown[-1] == (
        f"annual: Of the available days, 1 is carried over and already booked in {later}."
    )


def test_a_year_beyond_the_accounts_is_told(leave: Terminal, api: Loopback) -> None:
    assert api
    assert "no leave accounts for 2099" in leave.told("balance", "show", "--year", "2099")


def test_the_calendar_shows_who_is_away(
    leave: Terminal, api: Loopback, requests: LeaveRequests
) -> None:
    result = leave.done("calendar", "--start", MONDAY, "--end", FRIDAY)
    assert result.out == f"No colleague of the team is away from {MONDAY} to {FRIDAY}.\n"
    jane = requests.mailed(requests.ask("jane@foo.com"), "E001")
    requests.decided(jane, Decision.APPROVED)
    header, line = leave.done("calendar").out.splitlines()
    assert header.split() == ["From", "To", "Half", "Who"]
    assert line.split() == [str(MONDAY), str(MONDAY), "-", "Jane", "Cook"]
    absences = leave.done("calendar", "--json").json["absences"]
    assert [absence["name"] for absence in absences] == ["Jane Cook"]
    assert api.received[0].query == {"start": str(MONDAY), "end": str(FRIDAY)}


def test_the_calendar_is_that_of_an_employee_if_one_is_named(
    leave: Terminal, api: Loopback
) -> None:
    leave.done("calendar", "--employee", "E002")
    assert api.received[-1].query == {"employeeId": "E002"}
    assert "--feed prints your own address" in leave("calendar", "--feed", "--employee", "E002").err


def test_the_address_of_the_calendar_is_only_shown_when_asked_for(
    leave: Terminal, api: Loopback
) -> None:
    assert "/calendar/" not in leave.done("calendar").out
    address = leave.done("calendar", "--feed").out
    assert re.fullmatch(rf"{api.url}/test/calendar/[\w-]{{43}}\.ics\n", address)


def test_whoever_has_no_calendar_address_is_told(leave: Terminal) -> None:
    answer: dict[str, Any] = {
        "start": "2027-01-01",
        "end": "2027-01-02",
        "absences": [],
        "feed": None,
    }
    with Loopback(Script(replying(200, answer))) as server:
        sign_in(server.url)
        assert "no calendar address yet" in leave.told("calendar", "--feed")
