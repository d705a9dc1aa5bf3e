"""The local stage as a whole: everything started in order, and stopped in the opposite one."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from emulator import ports, state
from emulator.child_environment import of_emulated_aws, without_aws
from emulator.deployer import Deployer, Order
from emulator.directory import SampleImport
from emulator.google import GoogleStandIn
from emulator.machine import settings_of_this_machine
from emulator.ministack import MiniStack, MiniStackSettings
from emulator.places import LOCAL, PROJECT, STACK
from emulator.prepare import prepare
from emulator.ready import StageFacts
from emulator.stack_config import project_name, stack_config

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from emulator.deployer import Deployed
    from emulator.progress import Progress

_DIRECTORY = "aws:dynamodb/table:Table"


@dataclass(frozen=True, kw_only=True)
class StageOptions:
    """`port` is the emulated AWS's; what is kept in `state_dir` is there again next time."""

    port: int | None = None
    state_dir: Path | None = None


@dataclass(frozen=True, kw_only=True)
class RunningStage:
    """A stage that is ready, until the context it came from is left."""

    facts: StageFacts
    ministack: MiniStack


@contextmanager
def running_stage(options: StageOptions, progress: Progress) -> Generator[RunningStage]:
    """Start a stage, and stop it at the end; raises StageError when it can not start."""
    with ExitStack() as started:
        if options.state_dir is not None:
            started.enter_context(state.held(options.state_dir))
        wanted = _ports(options)
        logs = LOCAL / "logs" / str(wanted.aws)
        # First of all, because its imports take longer than everything up to its order.
        deployer = started.enter_context(
            Deployer(
                log=logs.with_suffix(".deploy.log"),
                environment=without_aws(os.environ),
                directory=PROJECT,
            )
        )
        config = stack_config(PROJECT, STACK, settings_of_this_machine())
        python = prepare(progress)
        with progress.step("AWS and Google stand-ins are up"):
            ministack = started.enter_context(
                MiniStack(
                    MiniStackSettings(
                        python=python,
                        port=wanted.aws,
                        region=config["aws:region"],
                        log=logs.with_suffix(".aws.log"),
                        state_dir=options.state_dir / "aws" if options.state_dir else None,
                    )
                )
            )
            google = started.enter_context(_google(wanted.google, config, options.state_dir))
            ministack.wait_until_healthy()
        config |= {"leave:oidc-issuer": google.url, "leave:gmail-endpoint": google.url}
        order = Order(
            program=str(PROJECT),
            project=project_name(PROJECT),
            stack=STACK,
            config=config,
            endpoint_url=ministack.url,
            gmail_credentials=google.gmail_credentials(),
        )
        with SampleImport(
            stage=STACK,
            environment=of_emulated_aws(
                os.environ, endpoint_url=ministack.url, region=config["aws:region"]
            ),
        ) as sample:
            exports = _deploy(deployer, order, sample, options, progress)
        deployer.stop()
        if options.state_dir is not None:
            google_port = int(google.url.rpartition(":")[2])
            ports.remember(options.state_dir, ports.Ports(aws=wanted.aws, google=google_port))
        facts = StageFacts.of(
            exports, config=config, stage=STACK, aws_url=ministack.url, inbox_url=google.inbox_url
        )
        facts = replace(facts, oauth_client=google.client_file(facts.audience))
        yield RunningStage(facts=facts, ministack=ministack)


def _ports(options: StageOptions) -> ports.Ports:
    """Choose the port of AWS; Google's may stay 0, because it can choose by itself."""
    kept = ports.remembered(options.state_dir) if options.state_dir else ports.Ports()
    aws = kept.aws if options.port is None else options.port
    if aws == 0 and options.port is None:
        aws = ports.free_port()
    ports.require_free(
        aws,
        whose="the AWS emulator",
        cure="Stop that process, or name another port with --port.",
    )
    if kept.google:
        ports.require_free(
            kept.google,
            whose="the Google stand-in",
            cure=f"Stop that process; {options.state_dir} keeps this port because the addresses "
            "in its mails and tokens name it.",
        )
    return ports.Ports(aws=aws, google=kept.google)


def _google(port: int, config: dict[str, str], state_dir: Path | None) -> GoogleStandIn:
    return GoogleStandIn(
        port=port,
        audiences=json.loads(config["leave:oidc-audiences"]),
        mailbox=config["leave:mail-sender"],
        state_dir=state_dir / "google" if state_dir else None,
    )


def _deploy(
    deployer: Deployer,
    order: Order,
    sample: SampleImport,
    options: StageOptions,
    progress: Progress,
) -> dict[str, object]:
    """Deploy the program and see to it that there are employees; return the stack's exports."""
    is_new = options.state_dir is None

    def on_created(token: str) -> None:
        # While the rest is created: it takes a second. A kept directory is not touched, though.
        if is_new and token == _DIRECTORY:
            sample.start()

    with progress.step("Pulumi program deployed, every resource created"):
        deployed: Deployed = deployer.deploy(order, progress, on_created=on_created)
    if is_new or deployed.directory_is_empty:
        with progress.step("Sample directory imported"):
            sample.finish()
    return deployed.exports
