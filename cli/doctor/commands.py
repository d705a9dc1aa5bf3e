"""`leave doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from cli.arguments import add_json_option, add_stage_options
from cli.doctor import gmail, people, resources, sign_in
from cli.doctor.findings import Finding, Level, ok, problem
from cli.doctor.patient import Patient
from cli.errors import CommandError
from cli.output import as_json, printable
from cli.stage import AWS_CURE, Stage, describe
from cli.web import send
from leave.domain.errors import LeaveError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence


def add_commands(commands: Any) -> None:
    """Add `doctor`."""
    doctor = commands.add_parser(
        "doctor",
        help="find out what is misconfigured, and how to correct it",
        description="Look at everything a stage needs. Nothing is changed, and no secret is shown."
        " Exits with 1 when there is a problem.",
    )
    add_stage_options(doctor)
    doctor.add_argument(
        "--probe-gmail", action="store_true", help="ask Google whether it accepts the credentials"
    )
    add_json_option(doctor)
    doctor.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace) -> None:
    findings = list(_examined(Stage.chosen(options), probe_gmail=options.probe_gmail))
    if options.json:
        print(as_json([_document(finding) for finding in findings]))
    else:
        print(*map(_line, findings), sep="\n")
    problems = sum(finding.level is Level.PROBLEM for finding in findings)
    if problems:
        raise CommandError("1 problem." if problems == 1 else f"{problems} problems.")


def _examined(stage: Stage, *, probe_gmail: bool) -> Iterator[Finding]:
    try:
        patient = Patient.received(stage)
    except CommandError as error:
        yield problem("AWS", str(error).removesuffix(AWS_CURE).rstrip(), AWS_CURE)
        return
    yield ok("AWS", f"{patient.arn} in {patient.region}.")
    checks: Sequence[tuple[str, Callable[[], Iterator[Finding]]]] = (
        ("table", lambda: resources.table(patient)),
        ("functions", lambda: resources.functions(patient)),
        ("workflow", lambda: resources.workflow(patient)),
        ("API", lambda: resources.api(patient, send)),
        ("Gmail secret", lambda: gmail.secret(patient, probe=probe_gmail)),
        ("OAuth client", lambda: gmail.own_client(patient)),
        ("sign-in", lambda: sign_in.secret(patient)),
        ("directory", lambda: people.people(patient)),
    )
    for subject, check in checks:
        try:
            yield from check()
        except (ClientError, BotoCoreError, CommandError, LeaveError) as error:
            cure = f"Cure the other problems first; check the rights of {patient.arn}."
            detail = f"This could not be checked: {describe(error).rstrip('.')}."
            yield problem(subject, detail, cure)


def _document(finding: Finding) -> dict[str, str]:
    return {
        "level": finding.level.value,
        "subject": finding.subject,
        "detail": finding.detail,
        "cure": finding.cure,
    }


def _line(finding: Finding) -> str:
    cure = f" {finding.cure}" if finding.cure else ""
    return printable(f"{finding.level:<8} {finding.subject}: {finding.detail}{cure}")
