"""What the GitHub workflows may do, and that the pages say what they do."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from infrastructure.release import version
from tests.docs.markdown import PROJECT, Page
from tests.infrastructure.aws_answers import ACCOUNT
from tests.infrastructure.graph import graph
from tests.infrastructure.linters import findings_in_policy

FOLDER = PROJECT / ".github" / "workflows"
WORKFLOWS: dict[str, dict[str, Any]] = {
    path.name: yaml.safe_load(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.yml"))
}
JOBS = [(name, job) for name, workflow in WORKFLOWS.items() for job in workflow["jobs"]]
PINNED = re.compile(r"uses: (?P<action>[\w/.-]+)@(?P<commit>[0-9a-f]{40}) # v\d+\.\d+\.\d+$")
DELIVERY = Page(PROJECT / "docs" / "delivery.md")
POLICIES = [json.loads(block) for block in DELIVERY.blocks("json")]


def text(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def test_every_action_is_pinned_to_one_commit() -> None:
    commits: dict[str, set[str]] = {}
    for name in WORKFLOWS:
        for line in text(name).splitlines():
            if "uses: " in line and "uses: ./" not in line:
                found = PINNED.search(line)
                assert found, f"{name}: {line.strip()} needs a commit and its version"
                commits.setdefault(found["action"], set()).add(found["commit"])
    assert commits
    assert all(len(found) == 1 for found in commits.values()), commits


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_starts_without_any_right_and_reads_no_secret(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {}
    assert "secrets." not in text(name)
    assert "pull_request_target" not in text(name)
    assert "workflow_run" not in text(name)


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_a_job_says_what_it_may_and_few_may_more_than_read(name: str, job: str) -> None:
    rights = WORKFLOWS[name]["jobs"][job]["permissions"]
    more = {
        ("preview.yml", "preview"): {"id-token": "write", "pull-requests": "write"},
        ("deploy.yml", "dev"): {"id-token": "write"},
        ("deploy.yml", "prod"): {"id-token": "write"},
        ("up.yml", "up"): {"id-token": "write"},
    }
    assert rights == {"contents": "read"} | more.get((name, job), {})


def test_a_pull_request_from_a_fork_gets_no_credentials() -> None:
    condition = WORKFLOWS["preview.yml"]["jobs"]["preview"]["if"]
    assert "head.repo.full_name == github.repository" in condition


def test_prod_follows_dev_and_dev_the_checks_on_main_only() -> None:
    jobs = WORKFLOWS["deploy.yml"]["jobs"]
    assert [jobs["dev"]["needs"], jobs["prod"]["needs"]] == ["check", "dev"]
    assert "github.ref == 'refs/heads/main'" in jobs["dev"]["if"]
    assert [jobs[stage]["with"]["stage"] for stage in ("dev", "prod")] == ["dev", "prod"]


def test_a_deployment_asks_its_environment_and_is_never_stopped_or_doubled() -> None:
    job = WORKFLOWS["up.yml"]["jobs"]["up"]
    assert job["environment"] == "${{ inputs.stage }}"
    assert job["concurrency"] == {
        "group": "pulumi-up-${{ inputs.stage }}",
        "cancel-in-progress": False,
    }


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (f'{{"status": "ok", "version": "{version()}"}}', 0),
        ('{"status": "ok", "version": "0.0.1"}', 1),
        ("", 1),
    ],
)
def test_a_deployment_fails_unless_the_stage_answers_in_the_version_that_was_deployed(
    tmp_path: Path, answer: str, code: int
) -> None:
    script = WORKFLOWS["up.yml"]["jobs"]["up"]["steps"][-1]["run"]
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    for name, said in (("pulumi", "https://leave.example.com"), ("curl", answer)):
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{said}'\n", "utf-8")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=tmp_path,
        env={
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(PROJECT),
            "STAGE": "dev",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr


def test_pulumis_command_line_is_of_the_version_of_its_library() -> None:
    lock = (PROJECT / "requirements" / "stage.txt").read_text("utf-8")
    (library,) = re.findall(r"^pulumi==([\d.]+)", lock, re.MULTILINE)
    used = {v for name in WORKFLOWS for v in re.findall(r"pulumi-version: ([\d.]+)", text(name))}
    assert used == {library}


def test_every_push_is_checked_once() -> None:
    on = WORKFLOWS["check.yml"][True]  # YAML 1.1 reads `on` as a truth
    assert on["push"] == {"branches-ignore": ["main"]}
    assert "pull_request" in on
    assert WORKFLOWS["deploy.yml"][True]["push"] == {"branches": ["main"]}
    assert WORKFLOWS["deploy.yml"]["jobs"]["check"]["uses"] == "./.github/workflows/check.yml"


def test_the_checks_have_the_commit_before_the_last_one() -> None:
    """Else tests/engine/test_upgrade.py has nothing to begin with, and is skipped."""
    (checkout,) = (
        step["with"]
        for step in WORKFLOWS["check.yml"]["jobs"]["check"]["steps"]
        if step.get("uses", "").startswith("actions/checkout@")
    )
    assert checkout["fetch-depth"] == 2


def test_the_page_names_every_workflow_and_every_variable() -> None:
    assert {Path(link).name for link in DELIVERY.links() if "workflows/" in link} == {*WORKFLOWS}
    read = {v for name in WORKFLOWS for v in re.findall(r"vars\.(\w+)", text(name))}
    assert set(re.findall(r"gh variable set (\w+)", DELIVERY.text)) == read


def test_the_trust_is_for_exactly_one_environment() -> None:
    (trust,) = [p for p in POLICIES if "Principal" in p["Statement"][0]]
    (statement,) = trust["Statement"]
    assert statement["Condition"].keys() == {"StringEquals"}
    subject = statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"]
    assert subject == "repo:octo-org/leave:environment:dev"


def policy_with(sid: str) -> dict[str, Any]:
    """The one policy of the page that has a statement of this name."""
    (found,) = [p for p in POLICIES if sid in {s["Sid"] for s in p["Statement"]}]
    return found


def allows(policy: dict[str, Any], action: str, resource: str) -> bool:
    """Whether a statement of a policy covers an action on a resource, which may be a pattern."""

    def listed(value: str | list[str]) -> list[str]:
        return [value] if isinstance(value, str) else value

    return any(
        statement["Effect"] == "Allow"
        and any(fnmatchcase(action, pattern) for pattern in listed(statement["Action"]))
        and any(fnmatchcase(resource, pattern) for pattern in listed(statement["Resource"]))
        for statement in policy["Statement"]
    )


def test_the_boundary_of_the_page_holds_all_that_any_role_of_a_stage_needs() -> None:
    boundary = json.loads(json.dumps(policy_with("Items")).replace("123456789012", ACCOUNT))
    stage = graph("dev", require_sign_in=True)
    needed = {
        (action, resource)
        for name in stage.of("iam/rolePolicy:RolePolicy")
        for statement in stage.policy(name)
        for action in statement["Action"]
        for resource in statement["Resource"]
    }
    assert len(needed) > 20
    assert not [pair for pair in needed if not allows(boundary, *pair)]


def test_who_deploys_makes_roles_below_the_stages_path_and_within_the_boundary_only() -> None:
    deploy = policy_with("MakeRolesWithinTheBoundary")
    for statement in deploy["Statement"]:
        makes = {"iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"}
        if statement["Effect"] == "Allow" and makes & {*statement["Action"]}:
            assert statement["Condition"]["ArnEquals"].keys() == {"iam:PermissionsBoundary"}
        if any(action.startswith("iam:") for action in statement["Action"]):
            assert statement["Resource"].endswith("role/leave/dev/*")
    roles = graph("dev").of("iam/role:Role").values()
    assert {role.inputs["path"] for role in roles} == {"/leave/dev/"}
    assert not any(
        "iam:*" in s["Action"] or "iam:DeleteRolePermissionsBoundary" in s["Action"]
        for s in deploy["Statement"]
    )


# Every way to people's data or to a credential: items, exports, streams, and rights for others.
DATA = {
    *("BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "GetItem", "PutItem"),
    *("PartiQLDelete", "PartiQLInsert", "PartiQLSelect", "PartiQLUpdate", "Query", "Scan"),
    *("EnableKinesisStreamingDestination", "ExportTableToPointInTime", "GetRecords"),
    *("PutResourcePolicy", "UpdateItem"),
}
CREDENTIALS = {"BatchGetSecretValue", "GetSecretValue", "PutResourcePolicy"}


def test_who_deploys_gets_neither_data_nor_credentials() -> None:
    (denied,) = [s for s in policy_with("Stage")["Statement"] if s["Effect"] == "Deny"]
    assert denied["Resource"] == "*"
    assert "Condition" not in denied
    wanted = {f"dynamodb:{name}" for name in DATA}
    wanted |= {f"secretsmanager:{name}" for name in CREDENTIALS}
    patterns = denied["Action"]
    assert {a for a in wanted if not any(fnmatchcase(a, p) for p in patterns)} == set()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_rights_on_the_page_are_ones_that_aws_knows(number: int) -> None:
    rights = [p for p in POLICIES if "Principal" not in p["Statement"][0]][number]
    findings = findings_in_policy(json.dumps(rights))
    assert not [f for f in findings if not f.startswith(("RESOURCE_STAR", "PERMISSIONS_M"))]
