"""Every line that a function writes is JSON, says whose call it was, and is about ids only."""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from infrastructure.log_queries import LOG_QUERIES
from leave.adapters.system import EmbeddedMetrics
from leave.domain.errors import MailError, MailRefusedError, MailUnavailableError, UnavailableError
from leave.domain.request import ApprovalPolicy
from leave.domain.values import replace
from leave.functions import (
    change_leave_request,
    daily_sweep,
    process_lead_response,
    process_leave_request,
    read_calendar_feed,
    read_leave,
    request_leave,
    submit_lead_response,
)
from leave.services.authorization import Caller
from leave.services.ports import Metric
from tests.leave.builders import JIM, JOHN, R1, an_adjustment
from tests.leave.functions.events import JIMS_CLAIMS, api_event, leave_event, link_event
from tests.leave.hooks import nothing, raising
from tests.leave.services.stage import FakeStage, a_wish

CANARY = "Kanarienvogel"
NAME, LEAD = f"Jim {CANARY}", f"John {CANARY}"
MAIL, LEADS_MAIL = f"jim.{CANARY.lower()}@foo.com", f"john.{CANARY.lower()}@foo.com"
CLAIMS = JIMS_CLAIMS | {"email": MAIL}
CONTEXT = SimpleNamespace(aws_request_id="7b2c", get_remaining_time_in_millis=lambda: 900_000)
REQUEST = "/leave_requests/{requestId}"
READ = ("GET /leave_requests", "GET /leave_balance", "GET /team_calendar")
FAKES = {
    "requests": ("get", "add", "replace", "ledgers", "newest"),
    "workflow": ("start", "answer", "fail", "ensure"),
    "mailer": ("send",),
}
CALLS = [(fake, call) for fake, calls in FAKES.items() for call in calls]


_OWN_TO_PYTHON = {*logging.makeLogRecord({}).__dict__, "aws_request_id", "taskName"}


class LambdaHandler(logging.Handler):
    """Writes records as Lambda does in the log format JSON; `call` is the id of the invocation.

    After the runtime's source, in `lambda_runtime_log_utils.py` and `bootstrap.py` of
    https://github.com/aws/aws-lambda-python-runtime-interface-client. It formats each record that
    is logged, writes an error that a function raises under a key of another name, and passes on
    what is printed, which is how metrics leave.
    """

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.call = ""
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line: dict[str, Any] = {
            "timestamp": "2027-03-01T09:30:00Z",
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": self.call,
        }
        if record.exc_info and record.exc_info[0] is not None:
            kind, error, trace = record.exc_info
            line |= {
                "stackTrace": traceback.format_tb(trace),
                "errorType": kind.__name__,
                "errorMessage": str(error),
                "location": f"{record.pathname}:{record.funcName}:{record.lineno}",
            }
        for key, value in record.__dict__.items():
            if key not in _OWN_TO_PYTHON:
                line.setdefault(key, value)
        self.lines.append(json.dumps(line, ensure_ascii=False))


@dataclass(kw_only=True)
class LambdaLog:
    """Calls functions as Lambda would, and keeps what they write."""

    handler: LambdaHandler
    printed: pytest.CaptureFixture[str]
    calls: int = 0

    def invoke(
        self, function: Callable[[dict[str, Any], Any], Any], event: dict[str, Any], context: Any
    ) -> Any:
        """Return what the function returns, None where it raises."""
        self.calls += 1
        self.handler.call = f"call-{self.calls}"
        try:
            return function(event, context)
        except Exception as error:  # noqa: BLE001 - Lambda catches whatever a function raises
            line = {
                "timestamp": "2027-03-01T09:30:00Z",
                "log_level": "ERROR",
                "errorMessage": str(error),
                "errorType": type(error).__name__,
                "requestId": self.handler.call,
                "stackTrace": traceback.format_tb(error.__traceback__),
            }
            self.handler.lines.append(json.dumps(line, ensure_ascii=False))
            return None

    def read(self) -> list[dict[str, Any]]:
        """Return all lines so far; each of them has to be JSON."""
        texts = [*self.handler.lines, *self.printed.readouterr().out.splitlines()]
        return [json.loads(text) for text in texts]


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Iterator[LambdaLog]:
    """Return the log of all functions, at the level that tells most."""
    root, handler = logging.getLogger(), LambdaHandler()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield LambdaLog(handler=handler, printed=capsys)
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.fixture
def marked(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> FakeStage:
    """Return a stage whose people have names and addresses that would be found."""
    stage.directory.put(replace(JIM, name=NAME, email=MAIL))
    stage.directory.put(replace(JOHN, name=LEAD, email=LEADS_MAIL))
    stage.policy = ApprovalPolicy(undo=timedelta(minutes=5))
    stage.metrics = EmbeddedMetrics(  # type: ignore[assignment]
        stage="test", clock=stage.clock, published=frozenset(["CredentialsRejected"])
    )
    monkeypatch.setattr(daily_sweep, "application", lambda: stage.daily_sweep)
    return stage


def play(stage: FakeStage, log: LambdaLog) -> list[str]:
    """Let everything happen to a request, whatever fails; return what opened it."""
    secrets = [f"{CANARY}-key", f"task-token-{CANARY}", f"feed-{CANARY}"]
    body = {"date": "2027-05-03", "reason": f"{CANARY} is ill"}
    log.invoke(request_leave.handler, leave_event(body, claims=CLAIMS, key=secrets[0]), CONTEXT)
    step = {"requestId": R1, "taskToken": secrets[1]}
    log.invoke(process_leave_request.handler, step, CONTEXT)
    change = body | {"date": "2027-05-04"}
    patch = api_event(f"PATCH {REQUEST}", claims=CLAIMS, body=change, requestId=R1)
    log.invoke(change_leave_request.handler, patch, CONTEXT)
    log.invoke(process_leave_request.handler, step | {"taskToken": secrets[1] + "-2"}, CONTEXT)
    stage.clock.go_on(timedelta(days=3))
    log.invoke(daily_sweep.handler, {}, CONTEXT)
    link = _link(stage)
    secrets += [link, link.partition(".")[2] or link]
    for method, form in (
        ("GET", None),
        ("POST", {"comment": f"Get well, {CANARY}"}),
        ("POST", {"undo": "1"}),
        ("POST", {"comment": f"{CANARY} can not go"}),
    ):
        log.invoke(
            submit_lead_response.handler, link_event(method, "denied", link, form=form), CONTEXT
        )
    log.invoke(process_lead_response.handler, {"requestId": R1}, CONTEXT)
    stage.clock.go_on(timedelta(minutes=10))
    log.invoke(process_lead_response.handler, {"requestId": R1}, CONTEXT)
    for route in (
        f"DELETE {REQUEST}",
        f"GET {REQUEST}",
        "GET /leave_requests",
        "GET /team_calendar",
    ):
        handler = change_leave_request if route.startswith("DELETE") else read_leave
        log.invoke(handler.handler, api_event(route, claims=CLAIMS, requestId=R1), CONTEXT)
    feed = api_event("GET /calendar/{feed}", feed=secrets[2])
    log.invoke(read_calendar_feed.handler, feed, CONTEXT)
    return secrets


def _link(stage: FakeStage) -> str:
    stored = stage.requests.stored.get(R1)
    link = stored and stored.link()
    return link.reveal() if link else f"{R1}.{'Q' * 43}"


def assert_discreet(lines: list[dict[str, Any]], secrets: list[str]) -> None:
    assert lines
    for line in lines:
        text = json.dumps(line, ensure_ascii=False)
        found = [secret for secret in [CANARY, CANARY.lower(), *secrets] if secret in text]
        assert not found, text[:600]


def lines_of(stage: FakeStage, log: LambdaLog) -> list[dict[str, Any]]:
    """Play all, and return what was written, which is discreet and says whose call it was."""
    secrets = play(stage, log)
    lines = log.read()
    assert_discreet(lines, secrets)
    for line in lines:
        if "stage" not in line:
            assert re.fullmatch(r"call-\d+", line["requestId"])
            assert line.get("level", line.get("log_level")) in {"INFO", "WARNING", "ERROR"}
    return lines


def test_when_all_goes_well_lines_are_discreet_and_say_whose_they_are(
    marked: FakeStage, log: LambdaLog
) -> None:
    lines = lines_of(marked, log)
    told = {line.get("message") for line in lines}
    assert {"submitted", "answered", "undone", "sweep"} <= told
    assert {"RequestsMade", "MailsSent", "AnswerSeconds"} <= {key for line in lines for key in line}


@pytest.mark.parametrize("skipped", [0, 1, 3])
@pytest.mark.parametrize("error", [RuntimeError("surprise"), UnavailableError("DynamoDB: down")])
@pytest.mark.parametrize("broken", CALLS, ids=".".join)
def test_whatever_fails_lines_are_discreet_and_say_whose_they_are(
    marked: FakeStage, log: LambdaLog, broken: tuple[str, str], error: Exception, skipped: int
) -> None:
    fake, call = broken
    hooks = getattr(marked, fake).hooks
    for _ in range(skipped):
        hooks.before(call, nothing)
    hooks.before(call, raising(error), times=2)
    lines_of(marked, log)


@pytest.mark.parametrize("kind", MailError.__subclasses__())
@pytest.mark.parametrize("skipped", [0, 1, 2])
def test_whatever_mail_fails_lines_are_discreet_and_name_the_request(
    marked: FakeStage, log: LambdaLog, kind: type[MailError], skipped: int
) -> None:
    for _ in range(skipped):
        marked.mailer.hooks.before("send", nothing)
    marked.mailer.hooks.before("send", raising(kind("Gmail answered 400")), times=4)
    lines = lines_of(marked, log)
    failures = {"mail not sent", "mail refused for good", "step failed", "reminder not sent"}
    failures |= {"previous approver not mailed", "reminder may have been sent"}
    named = [line for line in lines if line.get("message") in failures]
    assert named
    assert all(line.get("leaveRequestId", line.get("leadId")) in {R1, "E001"} for line in named)


WISH = {"date": "2027-05-03", "reason": CANARY}
FORGED = f"{R1}.{'Z' * 43}"


@pytest.mark.parametrize(
    ("function", "event"),
    [
        (request_leave, leave_event(WISH | {"date": "2027-05-08"}, claims=CLAIMS)),
        (request_leave, leave_event(WISH | {"date": "2020-05-08"}, claims=CLAIMS)),
        (request_leave, leave_event({"reason": CANARY}, claims=CLAIMS)),
        (request_leave, leave_event(WISH | {CANARY: 1}, claims=CLAIMS)),
        (request_leave, leave_event(f'{{"reason": "{CANARY}"', claims=CLAIMS)),
        (request_leave, leave_event(WISH | {"employeeId": "E003"}, claims=CLAIMS)),
        (submit_lead_response, link_event("GET", "approved", FORGED)),
        (submit_lead_response, link_event("POST", "approved", FORGED, form={"comment": CANARY})),
    ],
)
def test_what_is_refused_is_not_logged_either(
    marked: FakeStage, log: LambdaLog, function: Any, event: dict[str, Any]
) -> None:
    link = marked.asked(a_wish("2027-06-01"), Caller(email=MAIL, in_admins=False))
    assert log.invoke(function.handler, event, CONTEXT)["statusCode"] >= 400
    logging.getLogger("leave.test").info("ended")
    assert_discreet(lines := log.read(), [FORGED, FORGED.split(".")[1], link.split(".")[1]])
    assert ("refused" in {line.get("message") for line in lines}) is (function is request_leave)


@pytest.mark.parametrize(
    ("handler", "event"),
    [
        (process_leave_request.handler, {"requestId": R1, "taskToken": CANARY}),
        (process_lead_response.handler, {"requestId": R1}),
    ],
)
def test_a_step_that_raises_is_found_by_the_request(
    marked: FakeStage, log: LambdaLog, handler: Any, event: dict[str, Any]
) -> None:
    """Lambda's own line has no leave request; both have the call."""
    marked.requests.hooks.before("get", raising(RuntimeError("surprise")))
    log.invoke(handler, event, CONTEXT)
    ours, lambdas = log.read()
    assert (ours["leaveRequestId"], ours["error"]) == (R1, "RuntimeError")
    assert (lambdas["log_level"], lambdas["errorType"]) == ("ERROR", "RuntimeError")
    assert ours["requestId"] == lambdas["requestId"]


def test_the_search_for_canaries_would_notice(log: LambdaLog) -> None:
    logging.getLogger("leave.test").info("hello", extra={"who": NAME})
    with pytest.raises(AssertionError, match="hello"):
        assert_discreet(log.read(), [])


def test_log_queries_ask_for_fields_that_are_there(marked: FakeStage, log: LambdaLog) -> None:
    """Each field that a saved query names is a metric, or was written by a function just now."""
    marked.mailer.hooks.before("send", nothing, times=2)
    marked.mailer.hooks.before("send", raising(MailUnavailableError("down")), times=9)
    play(marked, log)
    marked.workflow.hooks.before("ensure", raising(RuntimeError("surprise")), times=9)
    marked.requests.hooks.before("get", raising(RuntimeError("surprise")), times=9)
    play(marked, log)
    for part in (marked.mailer, marked.workflow, marked.requests):
        part.hooks.forget()
    adjusted = marked.requests.book(JIM.employee_id, 2027).with_adjustment(an_adjustment())
    marked.requests.write_ledgers([adjusted])
    marked.mailer.hooks.before("send", raising(MailRefusedError("400")), times=9)
    log.invoke(daily_sweep.handler, {}, CONTEXT)
    lines = log.read()
    written = {key for line in lines for key in line} | {metric.value for metric in Metric}
    for query in (q for q in LOG_QUERIES if q.source == "functions"):
        assert fields_of(query.text) <= written, query.name


KEYWORDS = {
    *("fields", "filter", "sort", "limit", "stats", "asc", "desc", "by", "as", "or", "and", "like"),
    *("count", "max", "pct", "sum", "bin"),
}


def fields_of(query: str) -> set[str]:
    """What a query reads: all its words but those of the language, of texts, and its own names."""
    bare = re.sub(r'"[^"]*"|/[^/]*/', "", query)
    own = set(re.findall(r" as (\w+)", bare))
    words = set(re.findall(r"(?<![@\w.])[A-Za-z_][\w.]*", bare))
    return words - KEYWORDS - own


def test_fields_are_read_out_of_a_query() -> None:
    query = 'filter level = "ERROR" | stats count(*) as times, max(@timestamp) as l by message'
    assert fields_of(query) == {"level", "message"}
