"""Clones of the project, and Pulumi's command line as people use it in them.

The state is in a folder beside the clones. Two programs that Pulumi installs, and a machine may
lack, are stood in for: the host that runs Python, where there is none, and the AWS provider.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from emulator.child_environment import of_deployment, of_emulated_aws

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

PROJECT = Path(__file__).parents[2]
PARTS = ("cli", "infrastructure", "leave", "requirements")
FILES = ("__main__.py", "pyproject.toml", "requirements.txt")
# The environment, and what was built for the same inputs before.
SHARED = (".build", ".venv")
# Of the project, only what is in the clone may be found by the program.
HOST = f'exec "{sys.executable}" -P "{PROJECT}/tests/engine/language_host.py"'
PROVIDER = f'PYTHONPATH="{PROJECT}" exec "{sys.executable}" -P -m tests.engine.aws_provider'

Resource = tuple[str, str]
"""The type of a resource of AWS, without `aws:`, and its logical name."""


@dataclass(frozen=True, kw_only=True)
class Update:
    """What the command line said, and what the engine did to each resource, such as `create`.

    `began` and `ended` are places in the order of all that happened.
    """

    said: str
    operation: dict[Resource, str]
    began: dict[Resource, int]
    ended: dict[Resource, int]

    @classmethod
    def of_events(cls, said: str, events: list[dict[str, Any]]) -> Self:
        """Read it from the engine's own log."""
        update = cls(said=said, operation={}, began={}, ended={})
        kinds = {"resourcePreEvent": update.began, "resOutputsEvent": update.ended}
        for place, event in enumerate(events):
            for kind in kinds.keys() & event.keys():
                step = event[kind]["metadata"]
                if step["type"].startswith("aws:"):
                    name = step["urn"].rpartition("::")[2]
                    resource = step["type"].removeprefix("aws:"), name
                    kinds[kind][resource] = place
                    update.operation[resource] = step["op"]
        return update

    def of(self, operation: str) -> set[Resource]:
        """All resources to which this was done to the end."""
        return {resource for resource in self.ended if self.operation[resource] == operation}


class Workshop:
    """A folder with a state, and clones of the project.

    Nothing is really made, unless `aws` is the address of a MiniStack. Without `stands_in` the
    provider is the real one, which Pulumi installs by itself.
    """

    def __init__(self, folder: Path, *, aws: str = "", stands_in: bool = True) -> None:
        self._folder = folder
        bin_, home, state = (folder / name for name in ("bin", "home", "state"))
        for made in (bin_, home, state):
            made.mkdir()
        commands = {"pulumi-language-python": HOST}
        if stands_in:
            commands["pulumi-resource-aws"] = PROVIDER
        for name, command in commands.items():
            (bin_ / name).write_text(f"#!/bin/sh\n{command}\n")
            (bin_ / name).chmod(0o755)
        self._environment = {
            **of_emulated_aws(of_deployment(os.environ), endpoint_url=aws, region="eu-central-1"),
            # Behind all others: a host that is installed goes before the stand-in.
            "PATH": f"{os.environ['PATH']}{os.pathsep}{bin_}",
            "NO_COLOR": "1",
            "PULUMI_BACKEND_URL": f"file://{state}",
            "PULUMI_CONFIG_PASSPHRASE": "of these tests",
            # For the log of events.
            "PULUMI_DEBUG_COMMANDS": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": str(stands_in).lower(),
            "PULUMI_HOME": str(home),
            # For `pulumi up`; what is previewed is a test of its own.
            "PULUMI_OPTION_SKIP_PREVIEW": "true",
            # To save the state after each step takes as long as all the rest; the end is enough.
            "PULUMI_SKIP_CHECKPOINTS": "true",
            "PULUMI_SKIP_CONFIRMATIONS": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # Compiling the AWS SDK anew for every process takes as long as all the rest.
            "PYTHONDONTWRITEBYTECODE": "",
        }

    def clone(self, name: str = "clone") -> Clone:
        """A copy of the project in a folder of its own."""
        folder = self._folder / name
        folder.mkdir()
        for part in PARTS:
            shutil.copytree(
                PROJECT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__")
            )
        for file in (*FILES, *(path.name for path in PROJECT.glob("Pulumi*"))):
            shutil.copyfile(PROJECT / file, folder / file)
        return self._shared(folder)

    def clone_of(self, archive: bytes, name: str) -> Clone:
        """A copy of the project as it is in a tar file, with today's environment."""
        folder = self._folder / name
        with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
            packed.extractall(folder, filter="data")
        return self._shared(folder)

    def _shared(self, folder: Path) -> Clone:
        for part in SHARED:
            (folder / part).symlink_to(PROJECT / part)
        return Clone(folder=folder, environment=self._environment)


@dataclass(frozen=True, kw_only=True)
class Clone:
    """A copy of the project that somebody works in."""

    folder: Path
    environment: Mapping[str, str]

    def shell(self, script: str, *, succeeds: bool = True, **environment: str) -> str:
        """Run commands as somebody pastes them; return what they said on both streams."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        assert (done.returncode == 0) is succeeds, done.stdout
        return done.stdout

    def pulumi(self, command: str, *, succeeds: bool = True, **environment: str) -> Update:
        """Run a command that plans or changes resources; return what the engine did."""
        log = self.folder / "events"
        log.unlink(missing_ok=True)
        said = self.shell(f"pulumi {command} --event-log {log}", succeeds=succeeds, **environment)
        return Update.of_events(
            said, [json.loads(line) for line in log.read_text("utf-8").splitlines()]
        )

    def configure(self, stage: str, values: Mapping[str, object], *, like: str = "dev") -> None:
        """Write the file of a stage: that of another one, with some keys set to something else."""
        config = yaml.safe_load((self.folder / f"Pulumi.{like}.yaml").read_text("utf-8"))["config"]
        text = yaml.safe_dump({"config": {**config, **values}})
        (self.folder / f"Pulumi.{stage}.yaml").write_text(text, "utf-8")
