"""The composition root: every function is composed of the right parts, and of no more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from leave import bootstrap
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.requests import DynamoRequests
from leave.adapters.gmail.mailer import GmailMailer
from leave.adapters.presentation.emails import TemplateEmails
from leave.adapters.stepfunctions import StepFunctionsWorkflow
from leave.adapters.system import EmbeddedMetrics, SystemClock, new_request_id
from leave.config import ConfigurationError
from leave.domain.employee import Company
from leave.domain.policy import Rules
from leave.functions import (
    process_lead_response,
    process_leave_request,
    request_leave,
    submit_lead_response,
)
from leave.services.notifications import CountedMailer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leave.adapters.dynamodb.table import Table
    from leave.services.ports import Mailer
    from leave.services.unit_of_work import UnitOfWork

ROOT = Path(__file__).parents[2]
MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:EmployeeLeaveWorkflow-test"
MAIL = {
    "LEAVE_GMAIL_SECRET": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:leave/test",
    "LEAVE_GMAIL_ENDPOINT": "https://gmail.googleapis.com",
    "LEAVE_MAIL_SENDER": "leave-bot@foo.com",
    "LEAVE_COMPANY_DOMAIN": "foo.com",
}
BASE = {"LEAVE_TABLE": "leave-test", "LEAVE_TIME_ZONE": "Europe/Berlin"}
ENVIRONMENTS: dict[str, dict[str, str]] = {
    "request_leave": BASE
    | {
        "LEAVE_STATE_MACHINE_ARN": MACHINE,
        "LEAVE_COMPANY_DOMAIN": "foo.com",
        "LEAVE_STAGE": "test",
    },
    "process_leave_request": MAIL
    | BASE
    | {"LEAVE_STAGE": "test", "LEAVE_API_URL": "https://api.example/test"},
    "submit_lead_response": BASE | {"LEAVE_STAGE": "test"},
    "process_lead_response": MAIL | BASE | {"LEAVE_STAGE": "test"},
}
# The letters carry no time, so the function that asks the lead needs no clock.
UNUSED = {("process_leave_request", "LEAVE_TIME_ZONE")}
NEEDED = [
    (function, key)
    for function, variables in ENVIRONMENTS.items()
    for key in variables
    if (function, key) not in UNUSED
]


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set what Lambda sets."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")


def compose(function: str, variables: Mapping[str, str]) -> object:
    build: Callable[[Mapping[str, str]], object] = getattr(bootstrap, function)
    return build(variables)


def table_of(begin: Callable[[], UnitOfWork]) -> Table:
    """The table behind a unit of work that reports each event as a number of the stage."""
    uow = begin()
    assert isinstance(uow.requests, DynamoRequests)
    assert isinstance(uow.directory, DynamoDirectory)
    assert uow.metrics == EmbeddedMetrics(
        stage="test", clock=SystemClock(ZoneInfo("Europe/Berlin")), published=frozenset()
    )
    return uow.requests.table


def gmail_of(mailer: Mailer) -> GmailMailer:
    """The mailer behind what reports each mail as a number of the stage."""
    assert isinstance(mailer, CountedMailer)
    assert isinstance(mailer.mailer, GmailMailer)
    assert isinstance(mailer.metrics, EmbeddedMetrics)
    return mailer.mailer


def test_request_leave_is_composed() -> None:
    variables = ENVIRONMENTS["request_leave"] | {
        "LEAVE_ADMINS": "HR@foo.com",
        "LEAVE_FALLBACK_APPROVER": "E009",
    }
    authenticator, use_case = bootstrap.request_leave(variables)
    assert authenticator.company_domain == "foo.com"
    assert authenticator.admins == {"hr@foo.com"}
    assert use_case.clock == SystemClock(ZoneInfo("Europe/Berlin"))
    assert use_case.new_id is new_request_id
    assert use_case.planner.policy.fallback_approver == "E009"
    assert table_of(use_case.begin).name == "leave-test"
    assert isinstance(use_case.workflow, StepFunctionsWorkflow)
    assert use_case.workflow.state_machine_arn == MACHINE


def test_process_leave_request_is_composed() -> None:
    named = {"LEAVE_COMPANY_NAME": "Foo Ltd", "LEAVE_HELP_CONTACT": "hr@foo.com"}
    use_case = bootstrap.process_leave_request(ENVIRONMENTS["process_leave_request"] | named)
    assert use_case.emails == TemplateEmails(
        rules=Rules(),
        company=Company(name="Foo Ltd", help_contact="hr@foo.com"),
        company_domain="foo.com",
        time_zone=ZoneInfo("Europe/Berlin"),
        api_url="https://api.example/test",
    )
    assert use_case.approvers.policy.fallback_approver is None
    mailer = gmail_of(use_case.mailer)
    assert mailer.endpoint == "https://gmail.googleapis.com"
    assert (mailer.sender, mailer.company_domain) == ("leave-bot@foo.com", "foo.com")


def test_submit_lead_response_is_composed() -> None:
    use_case = bootstrap.submit_lead_response(ENVIRONMENTS["submit_lead_response"])
    assert table_of(use_case.begin).name == "leave-test"
    assert isinstance(use_case.workflow, StepFunctionsWorkflow)


def test_process_lead_response_is_composed() -> None:
    use_case = bootstrap.process_lead_response(ENVIRONMENTS["process_lead_response"])
    assert gmail_of(use_case.mailer).redirect is None
    assert isinstance(use_case.emails, TemplateEmails)
    assert use_case.clock == SystemClock(ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize("function", ["process_leave_request", "process_lead_response"])
def test_all_mail_of_a_stage_is_redirected_where_it_says_so(function: str) -> None:
    variables = ENVIRONMENTS[function] | {"LEAVE_MAIL_REDIRECT": "dev@foo.com"}
    assert gmail_of(getattr(bootstrap, function)(variables).mailer).redirect == "dev@foo.com"


@pytest.mark.parametrize(("function", "key"), NEEDED)
def test_a_missing_key_names_itself_and_the_cure(function: str, key: str) -> None:
    variables = {name: text for name, text in ENVIRONMENTS[function].items() if name != key}
    with pytest.raises(ConfigurationError, match=f"{key} is missing.*pulumi up"):
        compose(function, variables)


@pytest.mark.parametrize(
    "module",
    [request_leave, process_leave_request, submit_lead_response, process_lead_response],
    ids=lambda module: module.__name__.rpartition(".")[2],
)
def test_a_warm_function_is_composed_once_from_its_environment(
    monkeypatch: pytest.MonkeyPatch, module: object
) -> None:
    name = module.__name__.rpartition(".")[2]  # type: ignore[attr-defined]
    for key, text in ENVIRONMENTS[name].items():
        monkeypatch.setenv(key, text)
    module.application.cache_clear()  # type: ignore[attr-defined]
    assert module.application() is module.application()  # type: ignore[attr-defined]
    module.application.cache_clear()  # type: ignore[attr-defined]


def loaded_by(statement: str) -> set[str]:
    """Return the modules a fresh Python has loaded after a statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(done.stdout.split())


GOOGLE = {"googleapiclient", "google.auth", "google_auth_httplib2", "httplib2"}


def test_the_api_function_loads_neither_google_nor_templates() -> None:
    loaded = loaded_by("import leave.functions.request_leave")
    assert not loaded & (GOOGLE | {"jinja2"})
    assert "botocore" in loaded, "or this test looks at the wrong thing"
    assert "boto3" not in loaded, "it takes a fifth of a cold start"


def test_the_page_function_does_not_load_google() -> None:
    loaded = loaded_by("import leave.functions.submit_lead_response")
    assert not loaded & GOOGLE
    assert "jinja2" in loaded


def test_health_loads_none_of_our_dependencies() -> None:
    loaded = loaded_by("import leave.functions.report_health")
    ours = {"jinja2", "boto3", "botocore", "msgspec", "urllib3", "leave.bootstrap"}
    assert not loaded & (GOOGLE | ours)


def test_importing_a_function_connects_to_nothing_and_needs_no_environment() -> None:
    loaded_by(
        "import os, socket; os.environ.clear()\n"
        "def refuse(*_): raise SystemExit('it connects')\n"
        "socket.socket.connect = refuse\n"
        "from leave.functions import request_leave, process_leave_request\n"
        "from leave.functions import submit_lead_response, process_lead_response, report_health"
    )
