"""GET and PUT /employees, from the event to the reply."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from leave.domain.employee import AdministrativeRole, Employee
from leave.domain.errors import UnavailableError
from leave.domain.history import Channel, EventType
from leave.domain.values import replace
from leave.functions.administer import handler
from leave.services.directory_file import write_text
from tests.leave.builders import JANE, JIM, JOHN, TODAY, employed
from tests.leave.directories import HEADER, text_of
from tests.leave.functions.events import ADMINS_CLAIMS, CONTEXT, JIMS_CLAIMS, api_event
from tests.leave.functions.replies import validator
from tests.leave.hooks import nothing, raising
from tests.leave.services.stage import FakeStage, a_wish

SAME = write_text([JOHN, JIM, JANE])
ANN = "E004,Ann Other,ann@foo.com,E001,25,Mon-Fri,,,,en\n"
ADDED = SAME + ANN
WRITE = {"dryRun": "false"}
NOTHING = {
    "added": [],
    "changed": [],
    "leaving": [],
    "rerouted": [],
    "leave": [],
    "recounts": [],
    "short": [],
    "written": False,
}


def call(
    route: str,
    body: str | bytes | None = None,
    *,
    claims: dict[str, Any] = ADMINS_CLAIMS,
    query: dict[str, str] | None = None,
    **headers: str,
) -> dict[str, Any]:
    """Call the function, with bytes encoded as API Gateway does."""
    event = api_event(route, claims=claims, query=query)
    if body is not None:
        event["headers"]["content-type"] = "text/csv"
        encoded = isinstance(body, bytes)
        event["body"] = base64.b64encode(body).decode() if encoded else body
        event["isBase64Encoded"] = encoded
    event["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
    return handler(event, CONTEXT)


def put(body: str | bytes = ADDED, **more: Any) -> tuple[int, dict[str, Any], str]:
    """Return status, body and ETag."""
    reply = call("PUT /employees", body, **more)
    document = json.loads(reply["body"])
    schema = {200: "Import", 202: "ImportPart", 422: "MistakesProblem"}.get(reply["statusCode"])
    validator(schema or "Failure").validate(document)
    return reply["statusCode"], document, reply["headers"].get("etag", "")


def added(number: int) -> str:
    """Return a file with so many new employees."""
    lines = (ANN.replace("E004", f"E01{n}").replace("ann", f"a{n}") for n in range(number))
    return SAME + "".join(lines)


# Reading


@pytest.mark.parametrize("route", ["GET /employees", "HEAD /employees"])
def test_the_directory_is_a_file_for_spreadsheets(stage: FakeStage, route: str) -> None:
    reply = call(route)
    assert reply["body"] == "\ufeff" + SAME
    assert reply["headers"]["content-type"] == "text/csv; charset=utf-8"
    assert reply["headers"]["etag"] == '"7"'
    assert reply["headers"]["cache-control"] == "no-store"
    stage.directory.put(replace(JANE, role=AdministrativeRole.ADMIN))
    assert f"{HEADER},role\n" in call(route)["body"]


# Writing


def test_what_is_read_can_be_written_and_changes_nothing(stage: FakeStage) -> None:
    read = call("GET /employees")["body"]
    assert put(read, query=WRITE) == (200, NOTHING | {"written": True}, '"7"')
    assert stage.directory.written == []


def test_nothing_is_written_unless_that_is_said(stage: FakeStage) -> None:
    expected = NOTHING | {"added": [{"employeeId": "E004", "name": "Ann Other", "changes": []}]}
    for query in (None, {"dryRun": "true"}):
        assert put(query=query) == (200, expected, '"7"')
    assert stage.directory.written == []
    assert put(query=WRITE) == (200, expected | {"written": True}, '"8"')
    assert stage.directory.employees["E004"].name == "Ann Other"


def test_changes_are_told_field_by_field(stage: FakeStage) -> None:
    other = SAME.replace("Jim O'Dell", "James O'Dell").replace("jane@foo.com", "jane.c@foo.com")
    _, document, _ = put(other.replace("E003,Jane Cook", "E003,Jane Cook-Lee"), query=WRITE)
    assert document["changed"] == [
        {
            "employeeId": "E002",
            "name": "James O'Dell",
            "changes": [{"field": "name", "before": "Jim O'Dell", "after": "James O'Dell"}],
        },
        {
            "employeeId": "E003",
            "name": "Jane Cook-Lee",
            "changes": [
                {"field": "name", "before": "Jane Cook", "after": "Jane Cook-Lee"},
                {"field": "email", "before": "jane@foo.com", "after": "jane.c@foo.com"},
            ],
        },
    ]
    assert stage.directory.by_email("jane.c@foo.com")


def test_who_wrote_is_kept_with_the_token(stage: FakeStage) -> None:
    stage.directory.put(replace(JIM, role=AdministrativeRole.ADMIN))
    put(ADDED, query=WRITE, claims=JIMS_CLAIMS)
    put(SAME.replace("Jane Cook", "Jane") + ANN, query=WRITE)
    entries = [write.audit for write in stage.directory.written]
    assert [(e.actor, e.email, e.sub, e.channel, e.what) for e in entries if e] == [
        ("E002", "jim@foo.com", JIMS_CLAIMS["sub"], "import", "added"),
        ("hr@foo.com", "hr@foo.com", ADMINS_CLAIMS["sub"], "import", "changed"),
    ]
    assert entries[1]
    assert entries[1].changes == {"name": ("Jane Cook", "Jane")}


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoded", [False, True])
def test_a_file_may_be_saved_in_each_of_the_usual_ways(
    stage: FakeStage, separator: str, mark: str, end: str, *, encoded: bool
) -> None:
    text = mark + ADDED.replace(",", separator).replace("\n", end)
    status, document, _ = put(text.encode() if encoded else text, query=WRITE)
    assert (status, len(document["added"])) == (200, 1)
    assert "E004" in stage.directory.employees


def test_the_last_day_of_who_is_missing_can_be_given(stage: FakeStage) -> None:
    without_jane = write_text([JOHN, JIM])
    status, document, _ = put(without_jane, query=WRITE)
    assert (status, [error["line"] for error in document["errors"]]) == (422, [0])
    assert document["detail"] == "The file has 1 mistake; nothing was written."
    status, document, _ = put(without_jane, query=WRITE | {"endMissing": "2027-06-30"})
    assert (status, document["leaving"][0]["changes"]) == (
        200,
        [{"field": "endDate", "before": "", "after": "2027-06-30"}],
    )
    assert f"{stage.directory.employees['E003'].end_date}" == "2027-06-30"


def test_the_first_year_of_who_is_added_can_be_given(stage: FakeStage) -> None:
    for year in ("2025", "2029"):
        status, document, _ = put(query=WRITE | {"firstYear": year})
        assert (status, document["errors"][0]["field"]) == (400, "firstYear")
    put(query=WRITE | {"firstYear": "2026"})
    assert stage.directory.employees["E004"].accounts_since == 2026
    assert stage.directory.employees["E002"].accounts_since == JIM.accounts_since


# Leave that does not fit any more


def test_leave_after_the_last_day_is_told_or_cancelled(stage: FakeStage) -> None:
    link = stage.asked(a_wish("2027-05-03"))
    request_id = link.split(".", maxsplit=1)[0]
    leaving = SAME.replace(
        "jim@foo.com,E001,25,Mon-Fri,,", "jim@foo.com,E001,25,Mon-Fri,,2027-04-30"
    )
    expected = {
        "requestId": request_id,
        "employeeId": "E002",
        "status": "pending",
        "start": "2027-05-03",
        "end": "2027-05-03",
        "what": "outside",
    }
    assert put(leaving)[1]["leave"] == [expected]
    assert put(leaving, query=WRITE)[1]["leave"] == [expected]
    assert stage.requests[request_id].status == "pending"
    later = {"cancelLater": "true"}
    assert put(leaving, query=later)[1]["leave"] == [expected | {"what": "ended"}]
    assert put(leaving, query=WRITE | later)[1]["leave"] == [expected | {"what": "ended"}]
    assert stage.requests[request_id].status == "expired"
    assert put(leaving, query=WRITE | later)[1]["leave"] == []


def test_another_lead_is_asked_about_what_waits(stage: FakeStage) -> None:
    link = stage.asked(a_wish("2027-05-03"))
    request_id = link.split(".", maxsplit=1)[0]
    moved = SAME.replace("jim@foo.com,E001", "jim@foo.com,E003")
    expected = {
        "requestId": request_id,
        "employeeId": "E002",
        "from": "E001",
        "to": "E003",
        "newAddress": False,
    }
    assert put(moved)[1]["rerouted"] == [expected]
    assert stage.workflow.failures == []
    assert put(moved, query=WRITE)[1]["rerouted"] == [expected]
    assert len(stage.workflow.failures) == 1
    event = stage.requests[request_id].history[-1]
    assert (event.type, event.actor, event.channel) == (
        EventType.REROUTED,
        "hr@foo.com",
        Channel.IMPORT,
    )
    # Until the workflow has asked, it is woken again, and nothing more is written.
    history = stage.requests[request_id].history
    assert put(moved, query=WRITE)[1]["rerouted"] == [expected]
    assert stage.requests[request_id].history == history


def test_a_workflow_that_does_not_answer_is_left_to_the_next_call(stage: FakeStage) -> None:
    stage.asked(a_wish("2027-05-03"))
    moved = SAME.replace("jim@foo.com,E001", "jim@foo.com,E003")
    stage.workflow.hooks.before("fail", raising(UnavailableError("Step Functions")))
    status, document, tag = put(moved, query=WRITE)
    assert (status, document["remaining"], document["rerouted"]) == (202, 1, [])
    assert stage.directory.employees["E002"].lead_id == "E003"
    status, document, again = put(moved, query=WRITE, if_match=tag)
    assert (status, again) == (200, tag)


# Versions


@pytest.mark.parametrize("wanted", ['"7"', "*", '"1", "7"', '"7","8"'])
@pytest.mark.parametrize("query", [WRITE, {}])
def test_a_file_for_this_version_is_taken(
    stage: FakeStage, wanted: str, query: dict[str, str]
) -> None:
    assert put(query=query, if_match=wanted)[0] == 200
    assert bool(stage.directory.written) is bool(query)


@pytest.mark.parametrize("wanted", ['"6"', 'W/"7"', "7", '"x"', "", '"6", "8"'])
@pytest.mark.parametrize("query", [WRITE, {}])
def test_a_file_for_another_version_is_not(
    stage: FakeStage, wanted: str, query: dict[str, str]
) -> None:
    status, document, _ = put(query=query, if_match=wanted)
    assert (status, document["type"]) == (412, "urn:leave:problem:directory-changed")
    assert document["writtenEmployees"] == 0
    assert stage.directory.written == []


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [({}, (409, "concurrent-import")), ({"if_match": '"7"'}, (412, "directory-changed"))],
)
def test_of_two_imports_at_once_the_second_stops(
    stage: FakeStage, wanted: dict[str, str], refusal: tuple[int, str]
) -> None:
    """After the first transaction, another import comes."""

    def another() -> None:
        stage.directory.number += 1

    stage.directory.hooks.before("write_all", nothing)
    stage.directory.hooks.before("write_all", another)
    many = added(3)
    status, document, _ = put(many, query=WRITE, **wanted)
    assert (status, document["type"]) == (refusal[0], f"urn:leave:problem:{refusal[1]}")
    assert document["writtenEmployees"] == len(stage.directory.written) == 2
    assert "2 of 3 employees were written before that, and none after." in document["detail"]


def test_an_import_without_time_left_goes_on_with_the_next_call(stage: FakeStage) -> None:
    many, hooks = added(5), stage.directory.hooks
    hooks.after("write_all", lambda: stage.clock.go_on(timedelta(seconds=12)), times=2)
    status, document, tag = put(many, query=WRITE)
    assert (status, document["remaining"], tag) == (202, 1, '"9"')
    assert [one["employeeId"] for one in document["added"]] == ["E010", "E011", "E012", "E013"]
    assert put(many, query=WRITE, if_match='"7"')[0] == 412
    status, document, tag = put(many, query=WRITE, if_match=tag)
    assert (status, tag) == (200, '"10"')
    assert [one["employeeId"] for one in document["added"]] == ["E014"]


# What is refused


def test_every_mistake_is_told_with_line_and_column(stage: FakeStage) -> None:
    text = SAME.replace("jim@foo.com", "jim").replace("jane@foo.com,E001", "jane@foo.com,E009")
    status, document, _ = put(f"{text}E1,x\n", query=WRITE)
    assert status == 422
    assert document["detail"] == "The file has 3 mistakes; nothing was written."
    assert [(e["line"], e["column"]) for e in document["errors"]] == [
        (3, "email"),
        (4, "leadId"),
        (5, ""),
    ]
    assert stage.directory.written == []


def test_of_very_many_mistakes_the_first_are_told(stage: FakeStage) -> None:
    text = text_of(*("E1,,x,,,,,,," for _ in range(1_000)))
    _, document, _ = put(text)
    assert len(document["errors"]) == 200
    assert "The first 200 are listed." in document["detail"]
    assert document["detail"].startswith("The file has 5002 mistakes; nothing was written.")
    assert stage.directory.written == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"recount": "true"}, "recount"),
        ({"dryRun": "False"}, "dryRun"),
        ({"dryRun": ""}, "dryRun"),
        ({"cancelLater": "yes"}, "cancelLater"),
        ({"endMissing": "2027-02-30"}, "endMissing"),
        ({"firstYear": "soon"}, "firstYear"),
    ],
)
def test_a_parameter_that_is_wrong_is_named(
    stage: FakeStage, query: dict[str, str], field: str
) -> None:
    status, document, _ = put(query=WRITE | query)
    assert (status, [error["field"] for error in document["errors"]]) == (400, [field])
    assert stage.directory.written == []


@pytest.mark.parametrize(
    "kind",
    [
        *("", "application/json", "text/plain", "text/csvx", "multipart/form-data; boundary=x"),
        *("text/csv; charset=latin1", "text/csv; charset=utf-16"),
    ],
)
def test_another_kind_of_body_is_refused(stage: FakeStage, kind: str) -> None:
    assert put(query=WRITE, content_type=kind)[0] == 415
    assert put(query=WRITE, content_encoding="gzip")[0] == 415
    for sound in ("text/csv; charset=utf-8", 'Text/CSV;charset="UTF-8"; header=present'):
        assert put(content_type=sound)[0] == 200
    assert stage.directory.written == []


HUGE = "x" * 200_000


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 422),
        (b"", 422),
        (HEADER, 422),
        ("\x00" * 100, 422),
        (ADDED.encode("utf-16"), 422),
        (ADDED.encode("utf-16-le"), 422),
        (ADDED.encode("utf-32"), 422),
        (ADDED.replace("Ann", "Änn").encode("latin-1"), 422),
        (b"PK\x03\x04" + bytes(range(256)), 422),
        (f'{SAME}E004,"Ann', 422),
        (f'{SAME}E004,Ann "the" Other,ann@foo.com,E001,25,Mon-Fri,,,,en\n', 200),
        (ADDED.replace("Ann Other", "=1+1"), 422),
        (ADDED.replace("Ann Other", "Ann\x00"), 422),
        (ADDED.replace("Ann Other", "Ann\ud800"), 422),
        (ADDED.replace("Ann Other", HUGE), 422),
        (ADDED.replace("Ann Other", f'"{HUGE}"'), 422),
        (ADDED.replace("25,Mon-Fri,,,,en\nE004", f"{HUGE},Mon-Fri,,,,en\nE004"), 422),
        (ADDED + "\n" * (10_000 - ADDED.count("\n")), 200),
        (ADDED + "\n" * (10_001 - ADDED.count("\n")), 413),
        (ADDED + " " * (1024 * 1024 - len(ADDED)), 422),
        (ADDED + " " * (1024 * 1024 - len(ADDED) + 1), 413),
        (b"\xff" * 2 * 1024 * 1024, 413),
    ],
    ids=lambda value: ascii(value)[:24],
)
def test_a_hostile_file_is_refused_and_nothing_is_written(
    stage: FakeStage, body: str | bytes, status: int
) -> None:
    surrogate = isinstance(body, str) and "\ud800" in body
    sent = body.encode("utf-8", "surrogatepass") if surrogate else body
    assert put(sent)[0] == status
    if status != 200:
        assert put(sent, query=WRITE)[0] == status
    assert stage.directory.written == []


def test_a_body_that_is_no_base64_is_refused(stage: FakeStage) -> None:
    event = api_event("PUT /employees", claims=ADMINS_CLAIMS)
    event |= {"body": "?", "isBase64Encoded": True}
    event["headers"]["content-type"] = "text/csv"
    assert handler(event, CONTEXT)["statusCode"] == 400
    assert stage.directory.written == []


# Who may

JIM_ADMINISTERS = replace(JIM, role=AdministrativeRole.ADMIN)
LEFT = employed(end=TODAY - timedelta(days=1))
NO_TOKEN: dict[str, Any] = {}
STRANGER = JIMS_CLAIMS | {"email": "guest@foo.com"}
JOHNS = JIMS_CLAIMS | {"email": "john@foo.com"}


@pytest.mark.parametrize(
    ("claims", "jim", "reads", "writes"),
    [
        (NO_TOKEN, JIM, 401, 401),
        (STRANGER, JIM, 403, 403),
        (JIMS_CLAIMS, JIM, 403, 403),
        (JOHNS, JIM, 403, 403),
        (JIMS_CLAIMS, replace(JIM, role=AdministrativeRole.READER), 200, 403),
        (JIMS_CLAIMS, JIM_ADMINISTERS, 200, 200),
        (JIMS_CLAIMS, replace(JIM_ADMINISTERS, employments=LEFT), 403, 403),
        (JIMS_CLAIMS | {"hd": "bar.com"}, JIM_ADMINISTERS, 403, 403),
        (JIMS_CLAIMS | {"email_verified": "false"}, JIM_ADMINISTERS, 403, 403),
        (ADMINS_CLAIMS, JIM, 200, 200),
        (ADMINS_CLAIMS | {"email": "HR@foo.com"}, JIM, 200, 200),
    ],
    ids=[
        *("no token", "stranger", "employee", "lead", "reader", "admin by role", "left"),
        *("other domain", "not verified", "admin who is no employee", "in other letters"),
    ],
)
def test_who_reads_and_who_writes(
    stage: FakeStage, claims: dict[str, Any], jim: Employee, reads: int, writes: int
) -> None:
    stage.directory.put(jim)
    for route in ("GET /employees", "HEAD /employees"):
        reply = call(route, claims=claims)
        assert reply["statusCode"] == reads
        assert ("E003" in reply["body"]) is (reads == 200)
    file = write_text([JOHN, jim, JANE]).replace("Jane Cook", "Jane")
    for query in (None, WRITE):
        assert put(file, claims=claims, query=query)[0] == writes
        # Whoever may not is not told what is wrong with the call.
        if writes != 200:
            assert put(b"\xff", claims=claims, query={"x": "y"})[0] == writes
    assert bool(stage.directory.written) is (writes == 200)
    assert (stage.directory.employees["E003"].name == "Jane") is (writes == 200)


def test_an_administrator_by_role_gives_no_role(stage: FakeStage) -> None:
    stage.directory.put(JIM_ADMINISTERS)
    promoted = replace(JANE, role=AdministrativeRole.ADMIN)
    file = write_text([JOHN, JIM_ADMINISTERS, promoted])
    status, document, _ = put(file, claims=JIMS_CLAIMS, query=WRITE)
    assert (status, [(e["line"], e["column"]) for e in document["errors"]]) == (422, [(4, "role")])
    assert stage.directory.written == []
    assert put(file, query=WRITE)[0] == 200
    assert stage.directory.employees["E003"].role is AdministrativeRole.ADMIN
