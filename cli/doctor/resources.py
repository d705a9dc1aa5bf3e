"""Whether the stage's AWS resources are there and work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cli.doctor.findings import Finding, ok, problem, warning
from cli.release import own_version
from cli.stage import code_of
from cli.web import Answer, Call, NoAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cli.doctor.patient import Patient
    from cli.web import Web

# What every stage has; sign_in.py looks for the one that not every stage has.
FUNCTIONS = (
    "daily-sweep",
    "request-leave",
    "change-leave-request",
    "read-leave",
    "read-calendar-feed",
    "administer",
    "approvals",
    "describe-api",
    "report-health",
    "submit-lead-response",
    "process-leave-request",
    "process-lead-response",
)
RECENT = timedelta(days=14)
_FAILING = ("FAILED", "TIMED_OUT", "ABORTED")
_LISTED = 100
_OK = 200


def table(patient: Patient) -> Iterator[Finding]:
    """The table is there, and can be restored to any second."""
    name = patient.stage.table_name
    client = patient.stage.client("dynamodb")
    try:
        status: str = client.describe_table(TableName=name)["Table"]["TableStatus"]
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        yield problem("table", f"There is no table {name} in {patient.region}.", patient.deploy)
        return
    yield ok("table", f"{name} is {status}.")
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {})
    if recovery.get("PointInTimeRecoveryStatus") == "ENABLED":
        yield ok("backups", "Point-in-time recovery is on.")
    else:
        yield problem("backups", f"Point-in-time recovery of {name} is off.", patient.deploy)


def functions(patient: Patient, names: Sequence[str] = FUNCTIONS) -> Iterator[Finding]:
    """Every function is there and can be called."""
    client = patient.stage.client("lambda")
    good = 0
    for name in map(patient.stage.function_name, names):
        try:
            found: dict[str, Any] = client.get_function_configuration(FunctionName=name)
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
            yield problem("functions", f"There is no function {name}.", patient.deploy)
            continue
        # Inactive ones wake up when they are called; an emulator may not know states at all.
        state = found.get("State", "Active")
        if state in {"Active", "Inactive"} and found.get("LastUpdateStatus") != "Failed":
            good += 1
        else:
            why = found.get("StateReason") or found.get("LastUpdateStatusReason") or "no reason"
            yield problem("functions", f"{name} is {state}: {why}.", patient.deploy)
    if good == len(names):
        yield ok("functions", f"All {good} are active.")


def workflow(patient: Patient) -> Iterator[Finding]:
    """The state machine is there, and no request's workflow has failed of late."""
    client, arn = patient.stage.client("stepfunctions"), patient.state_machine_arn
    try:
        status: str = client.describe_state_machine(stateMachineArn=arn)["status"]
    except ClientError as error:
        if code_of(error) != "StateMachineDoesNotExist":
            raise
        name = patient.stage.state_machine_name
        yield problem("workflow", f"There is no state machine {name}.", patient.deploy)
        return
    yield ok("workflow", f"{patient.stage.state_machine_name} is {status}.")
    since = datetime.now(UTC) - RECENT
    found = 0
    for outcome in _FAILING:
        listed = client.list_executions(
            stateMachineArn=arn, statusFilter=outcome, maxResults=_LISTED
        )["executions"]
        recent = [one for one in listed if one["stopDate"] >= since]
        found += len(recent)
        if recent:
            last = max(recent, key=lambda one: one["stopDate"])
            report = warning if outcome == "ABORTED" else problem
            yield report(
                "executions",
                f"{len(recent)} {outcome} in {RECENT.days} days, the last one {last['name']} on"
                f" {last['stopDate']:%Y-%m-%d %H:%M}.",
                "Query executions-that-failed says why; the next daily sweep starts another one for"
                " a request that still waits.",
            )
    if not found:
        yield ok("executions", f"None has failed in {RECENT.days} days.")


def api(patient: Patient, web: Web) -> Iterator[Finding]:
    """The API answers, in the version of this command line."""
    address = patient.stage.environment("process-leave-request").optional("LEAVE_API_URL")
    if address is None:
        yield problem("API", "The functions do not know the stage's address.", patient.deploy)
        return
    try:
        answer: Answer | None = web(Call(method="GET", url=f"{address}/health"))
        status: int | str = answer.status
    except NoAnswerError as error:
        answer, status = None, str(error)
    if answer is None or status != _OK:
        yield problem("API", f"{address}/health gives a wrong answer: {status}.", patient.deploy)
        return
    yield ok("API", f"{address} answers.")
    yield _version(patient, answer.document().get("version", "unknown"))


def _version(patient: Patient, stage: str) -> Finding:
    own = own_version()
    if stage == own:
        return ok("version", f"The stage and this command line are of version {own}.")
    return warning(
        "version",
        f"The stage is of version {stage}, and this command line of {own}.",
        "Use the command line of the stage's version, or update the stage:"
        f" `pulumi up -s {patient.stage.name}`.",
    )
