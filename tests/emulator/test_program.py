"""A small program in a directory of its own, deployed the way the stage deploys the real one."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from emulator.child_environment import of_deployment
from emulator.deployer import Deployer
from emulator.errors import StageError
from emulator.order import Deployed, Order
from emulator.progress import Progress

if TYPE_CHECKING:
    from emulator.aws import EmulatedAws
    from emulator.ministack import MiniStack

PROJECT = Path(__file__).parents[2]
STORES = """
table = aws.dynamodb.Table(
    "table", name=f"leave-{stack}", hash_key="pk", billing_mode="PAY_PER_REQUEST",
    attributes=[{"name": "pk", "type": "S"}],
)
secret = aws.secretsmanager.Secret("gmail", name=f"leave/{stack}/gmail")
pulumi.export("table_name", table.name)
pulumi.export("gmail_secret_name", secret.name)
"""


class Programs:
    """Writes programs and deploys them."""

    def __init__(self, folder: Path, ministack: MiniStack) -> None:
        self.folder = folder
        self.stack = f"t{uuid.uuid4().hex[:8]}"
        self._ministack = ministack

    def deploy(self, text: str) -> Deployed:
        """Deploy the stores every stack has, and `text` after them."""
        head = "import json\nimport pulumi\nimport pulumi_aws as aws\nstack = pulumi.get_stack()\n"
        (self.folder / "__main__.py").write_text(head + STORES + text)
        order = Order(
            program=str(self.folder),
            project="leave",
            stack=self.stack,
            config={"aws:region": "eu-central-1", "leave:colour": "blue"},
            endpoint_url=self._ministack.url,
            gmail_credentials={"type": "authorized_user"},
            sign_in={},
        )
        with Deployer(
            log=self.folder / "deploy.log",
            environment=of_deployment(os.environ),
            directory=PROJECT,
        ) as deployer:
            return deployer.deploy(order, Progress())

    def refused(self, text: str) -> StageError:
        """Deploy what can not be deployed and return why."""
        with pytest.raises(StageError) as caught:
            self.deploy(text)
        return caught.value


@pytest.fixture
def programs(tmp_path: Path, ministack: MiniStack) -> Programs:
    return Programs(tmp_path, ministack)


def test_a_program_is_run_with_its_stack_and_configuration(programs: Programs) -> None:
    deployed = programs.deploy(
        "pulumi.export('seen', [stack, pulumi.get_project(), pulumi.Config().require('colour')])"
    )
    assert deployed.exports["seen"] == [programs.stack, "leave", "blue"]
    assert deployed.exports["table_name"] == f"leave-{programs.stack}"


def test_it_learns_where_it_is_deployed(programs: Programs) -> None:
    deployed = programs.deploy(
        "pulumi.export('account', aws.get_caller_identity().account_id)\n"
        "pulumi.export('region', aws.get_region_output().region)\n"
        "pulumi.export('partition', aws.get_partition().partition)\n"
    )
    assert [deployed.exports[key] for key in ("account", "region", "partition")] == [
        "000000000000",
        "eu-central-1",
        "aws",
    ]


def test_every_resource_is_told_when_it_is_there(programs: Programs) -> None:
    deployed = programs.deploy("")
    assert deployed.resources == 2


def test_the_credentials_are_put_into_the_secret_and_nowhere_else(
    programs: Programs, aws: EmulatedAws
) -> None:
    deployed = programs.deploy("")
    value = aws.secrets.get_secret_value(SecretId=f"leave/{programs.stack}/gmail")["SecretString"]
    assert value == '{"type": "authorized_user"}'
    assert "authorized_user" not in str(deployed.exports)


def test_it_is_told_whether_the_directory_is_empty(programs: Programs, aws: EmulatedAws) -> None:
    assert programs.deploy("").directory_is_empty
    aws.tables.put_item(TableName=f"leave-{programs.stack}", Item={"pk": {"S": "E001"}})
    assert not programs.deploy("").directory_is_empty


def test_a_type_without_a_creator_fails_naming_the_file_to_add_it_in(programs: Programs) -> None:
    error = programs.refused("aws.s3.Bucket('bucket')")
    assert "aws:s3/bucket:Bucket" in error.problem
    assert "emulator/creators/s3.py" in error.cure


def test_what_aws_refuses_is_told_with_the_resource(programs: Programs) -> None:
    error = programs.refused(
        "aws.iam.RolePolicy('rights', role='nobody', policy=json.dumps({'Version': '2012-10-17',"
        " 'Statement': [{'Effect': 'Allow', 'Action': 's3:GetObject', 'Resource': '*'}]}))"
    )
    assert "aws:iam/rolePolicy:RolePolicy 'rights' could not be created" in error.problem
    assert "NoSuchEntity" in error.problem


def test_two_resources_with_one_logical_name_are_refused(programs: Programs) -> None:
    error = programs.refused(
        "class Part(pulumi.ComponentResource):\n"
        "    def __init__(self, name):\n"
        "        super().__init__('test:Part', name)\n"
        "        aws.cloudwatch.LogGroup('logs', opts=pulumi.ResourceOptions(parent=self))\n"
        "Part('one')\nPart('two')\n"
    )
    assert "Two resources are aws:cloudwatch/logGroup:LogGroup 'logs'" in error.problem


def test_an_error_meant_for_people_is_told_without_a_traceback(programs: Programs) -> None:
    error = programs.refused("raise pulumi.RunError('leave:colour is too blue')")
    assert "leave:colour is too blue" in error.problem
    assert error.detail == ""


def test_a_defect_of_the_program_is_told_with_its_place(programs: Programs) -> None:
    error = programs.refused("\n1 / 0\n")
    assert error.problem == "The Pulumi program failed."
    assert "ZeroDivisionError" in error.detail
    assert "__main__.py" in error.detail


def test_an_output_used_as_text_is_a_defect(programs: Programs) -> None:
    assert "Output" in programs.refused("pulumi.export('url', f'https://{table.name}')").detail


def test_an_export_that_is_empty_is_refused(programs: Programs) -> None:
    error = programs.refused("pulumi.export('stream', table.restore_source_name)")
    assert "exports nothing as stream" in error.problem


def test_what_the_program_prints_disturbs_nobody(programs: Programs) -> None:
    deployed = programs.deploy('print(\'{"event": "failed"}\')')
    assert deployed.resources == 2
    assert "failed" in (programs.folder / "deploy.log").read_text()


def test_a_program_that_ends_its_process_is_told_with_what_it_said(programs: Programs) -> None:
    error = programs.refused("import os, sys\nprint('bye', flush=True)\nos._exit(3)")
    assert "ended before it was done" in error.problem
    assert "bye" in error.detail
