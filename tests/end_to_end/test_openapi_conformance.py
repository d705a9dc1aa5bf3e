"""The stage answers as its own OpenAPI document says, to what is asked rightly and wrongly.

What AWS answers and the emulator can not show: API Gateway itself refuses a bad token with 401 and
a denied call with 403, throttles with 429, and answers 500 or 503 for a function that failed or had
no room, all of them as `{"message": …}`. The document has these beside the problem documents of
the functions. A route or method that does not exist is a 404 of the same shape.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from leave.functions.openapi import document
from tests.end_to_end.employees import call
from tests.end_to_end.people import fresh_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schemathesis import APIOperation, Case, Response

    from tests.end_to_end.employees import Employee
    from tests.stage import LocalStage

pytestmark = pytest.mark.stage
EXAMPLES, STEPS = 12, 5
CONFORMS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
_schema = schemathesis.openapi.from_dict(document())
_schema.config.generation.update(deterministic=True, no_shrink=True, database="none")
OPERATIONS: dict[str, APIOperation[Any, Any, Any, Any]] = {
    operation.label: operation
    for operation in (result.ok() for result in _schema.get_all_operations())
}

SECURED = [
    f"{method.upper()} {path}"
    for path, methods in document()["paths"].items()
    for method, operation in methods.items()
    if method != "parameters" and operation["security"]
]


class Client:
    """Calls the stage as one employee, and holds every answer against the document."""

    def __init__(self, stage: LocalStage, employee: Employee) -> None:
        self._url = stage.facts.api_url
        self._headers = {"Authorization": f"Bearer {employee.token()}"}

    def call(self, case: Case) -> Response:
        return case.call(base_url=self._url, headers=self._headers)

    def send(self, case: Case, *more: Any) -> Response:
        response = self.call(case)
        case.validate_response(response, checks=[*CONFORMS, *more])
        return response

    def ask(self, label: str, expected: int, body: Any = None, **parts: Mapping[str, Any]) -> Any:
        if body is not None:
            parts |= {"body": body, "media_type": "application/json"}
        response = self.send(OPERATIONS[label].Case(**parts))
        assert response.status_code == expected, response.text
        return response.json()


@pytest.fixture(scope="module")
def client(stage: LocalStage, newcomers: dict[str, Employee]) -> Client:
    return Client(stage, newcomers["sam"])


def test_the_stage_serves_the_document_that_is_tested_here(stage: LocalStage) -> None:
    assert call(f"{stage.facts.api_url}/openapi.json", headers={}).fields() == document()


def tried() -> Iterator[tuple[str, GenerationMode]]:
    """Yield each operation, with what is right where it names no request, and with what is wrong.

    A made-up id of a request is a 404, whatever is sent; the links below lead to real ones.
    """
    for label, operation in OPERATIONS.items():
        if "{requestId}" not in label:
            yield label, GenerationMode.POSITIVE
        if operation.body or operation.query:
            yield label, GenerationMode.NEGATIVE


@pytest.mark.parametrize(("label", "mode"), list(tried()))
def test_whatever_is_sent_the_answer_is_documented(
    client: Client, label: str, mode: GenerationMode
) -> None:
    operation = OPERATIONS[label]
    more = [checks.negative_data_rejection] if mode is GenerationMode.NEGATIVE else []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode))
    def send(case: Case) -> None:
        client.send(case, *more)

    send()


def test_single_requests_are_reached_by_the_links_of_answers(client: Client) -> None:
    client.ask("POST /request_leave", 202, {"date": fresh_day().isoformat()})
    found: Counter[str] = Counter()

    class Walk(_schema.include(path_regex="^/(request_leave|leave_)").as_state_machine()):
        def call(self, case: Case, **_: Any) -> Response:
            return client.call(case)

        def validate_response(self, response: Response, case: Case, **_: Any) -> None:
            case.validate_response(response, checks=CONFORMS)
            found[case.operation.label] += response.status_code not in {400, 404}

    Walk.run(
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
    )
    for method in ("GET", "DELETE"):
        assert found[f"{method} /leave_requests/{{requestId}}"], found


def test_every_answer_of_a_request_s_life_is_documented(client: Client, john: Employee) -> None:
    day, other = fresh_day(), fresh_day()
    said = client.ask(
        "POST /request_leave",
        202,
        {"start": day.isoformat(), "end": (day + timedelta(days=2)).isoformat(), "reason": "Näh"},
    )
    path = {"path_parameters": {"requestId": said["requestId"]}}
    client.ask("POST /request_leave", 409, {"date": day.isoformat()})
    john.wait_for_mail(said["requestId"])
    client.ask(
        "PATCH /leave_requests/{requestId}",
        202,
        {"date": other.isoformat(), "halfDay": "morning"},
        **path,
    )
    client.ask("GET /leave_requests", 200, query={"status": "pending", "year": other.year})
    _, asked = john.wait_for_mails(said["requestId"], 2)
    assert john.press(asked.link("approved"), "Enjoy").status == 200
    client.ask("GET /leave_requests/{requestId}", 200, **path)
    client.ask("GET /leave_balance", 200, query={"year": other.year})
    calendar = client.ask("GET /team_calendar", 200, query={"start": other.isoformat()})
    assert calendar["absences"]
    feed = calendar["feed"].removeprefix("/calendar/")
    response = client.send(OPERATIONS["GET /calendar/{feed}"].Case(path_parameters={"feed": feed}))
    assert response.status_code == 200
    client.ask("PATCH /leave_requests/{requestId}", 409, {"date": day.isoformat()}, **path)
    client.ask("DELETE /leave_requests/{requestId}", 202, **path)
    _, _, wish = john.wait_for_mails(said["requestId"], 3)
    assert john.press(wish.link("approved")).status == 200
    client.ask("DELETE /leave_requests/{requestId}", 409, **path)


def test_every_refusal_of_a_request_is_documented(client: Client) -> None:
    day = fresh_day()
    last_week = datetime.now(UTC).date() - timedelta(days=7)
    for expected, body in (
        (400, {}),
        (400, {"date": "soon"}),
        (403, {"date": day.isoformat(), "employeeId": "E002"}),
        (413, {"date": day.isoformat(), "reason": "x" * 17_000}),
        (422, {"date": last_week.isoformat()}),
        (422, {"date": day.isoformat(), "type": "sabbatical"}),
    ):
        client.ask("POST /request_leave", expected, body)
    key = {"headers": {"Idempotency-Key": f"conformance-{day}"}}
    said = client.ask("POST /request_leave", 202, {"date": day.isoformat()}, **key)
    client.ask("POST /request_leave", 409, {"date": fresh_day().isoformat()}, **key)
    path = {"path_parameters": {"requestId": said["requestId"]}}
    client.ask("DELETE /leave_requests/{requestId}", 200, **path)
    client.ask("GET /leave_balance", 422, query={"year": 2000})


@pytest.mark.parametrize("label", SECURED)
@pytest.mark.parametrize("token", [None, "Bearer x.y.z"], ids=["none", "forged"])
def test_without_a_valid_token_the_answer_is_a_documented_401(
    stage: LocalStage, label: str, token: str | None
) -> None:
    ids = {"requestId": "0" * 26, "employeeId": "E002"}
    path = {name: value for name, value in ids.items() if f"{{{name}}}" in label}
    case = OPERATIONS[label].Case(path_parameters=path)
    headers = {"Authorization": token} if token else {}
    response = case.call_and_validate(
        base_url=stage.facts.api_url, headers=headers, checks=CONFORMS
    )
    assert response.status_code == 401
