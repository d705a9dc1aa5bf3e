"""The local stage as a whole: everything started in order, and stopped in the opposite one."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from emulator import ports, state
from emulator.child_environment import of_deployment
from emulator.deployer import Deployer
from emulator.directory import import_sample, sample_people
from emulator.logs import Logs
from emulator.machine import settings_of_this_machine
from emulator.ministack import MiniStack
from emulator.ministack_settings import MiniStackSettings
from emulator.order import Order
from emulator.places import LOCAL, PROJECT, STACK
from emulator.prepare import prepare
from emulator.ready import StageFacts
from emulator.signals import stopping
from emulator.stack_config import project_name, stack_config

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from emulator.google import GoogleStandIn
    from emulator.order import Deployed
    from emulator.progress import Progress


@dataclass(frozen=True, kw_only=True)
class StageOptions:
    """`port` is the emulated AWS's; what is kept in `state_dir` is there again next time.

    `overrides` are configuration keys that win over those of the stack.
    """

    port: int | None = None
    state_dir: Path | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, kw_only=True)
class RunningStage:
    """A stage that is ready, until the context it came from is left."""

    facts: StageFacts
    ministack: MiniStack


@contextmanager
def running_stage(options: StageOptions, progress: Progress) -> Generator[RunningStage]:
    """Start a stage, and stop it at the end; raises StageError when it cannot start."""
    with ExitStack() as started:
        try:
            yield _start(started, options, progress)
        finally:
            stopping()
            progress.note("Stopping the stage …")


def _start(started: ExitStack, options: StageOptions, progress: Progress) -> RunningStage:
    if options.state_dir is not None:
        started.enter_context(state.held(options.state_dir, progress.note))
    wanted = ports.choose(asked=options.port, state_dir=options.state_dir)
    logs = Logs(folder=LOCAL / "logs", port=wanted.aws)
    logs.remove_old_ones()
    # First of all, because its imports take longer than everything up to its order.
    deployer = started.enter_context(
        Deployer(
            log=logs.deployment,
            environment=of_deployment(os.environ),
            directory=PROJECT,
        )
    )
    config = stack_config(PROJECT, STACK, {**options.overrides, **settings_of_this_machine()})
    kept = options.state_dir
    settings = MiniStackSettings(
        python=prepare(progress, options.overrides),
        port=wanted.aws,
        region=config["aws:region"],
        log=logs.aws,
        state_dir=state.of_aws(kept) if kept else None,
    )
    with progress.step("AWS and Google stand-ins are up"):
        ministack, google = _start_servers(
            started, settings, config, google_port=wanted.google, kept=kept
        )
    config |= {"leave:oidc-issuer": google.url, "leave:gmail-endpoint": google.url}
    order = Order(
        program=str(PROJECT),
        project=project_name(PROJECT),
        stack=STACK,
        config=config,
        endpoint_url=ministack.url,
        gmail_credentials=google.gmail_credentials(),
        sign_in={**google.web_client(), "signing_key": token_urlsafe(32)},
    )
    exports = _deploy(deployer, order, google.url, options, progress)
    deployer.stop()
    google.register_redirect_uri(f"{exports['api_url']}/sign_in/callback")
    if options.state_dir is not None:
        google_port = int(google.url.rpartition(":")[2])
        ports.remember(options.state_dir, ports.Ports(aws=wanted.aws, google=google_port))
    facts = StageFacts.of(
        exports, config=config, stage=STACK, aws_url=ministack.url, inbox_url=google.inbox_url
    )
    facts = replace(
        facts,
        oauth_client=google.client_file(facts.audience),
        mail_client=google.client_file(),
    )
    return RunningStage(facts=facts, ministack=ministack)


def _start_servers(
    started: ExitStack,
    settings: MiniStackSettings,
    config: dict[str, str],
    *,
    google_port: int,
    kept: Path | None,
) -> tuple[MiniStack, GoogleStandIn]:
    ministack = started.enter_context(MiniStack(settings))
    # Its imports take a while, in which the other processes start already.
    from emulator.google import GoogleStandIn  # noqa: PLC0415

    google = started.enter_context(
        GoogleStandIn(
            port=google_port,
            audiences=json.loads(config["leave:oidc-audiences"]),
            mailbox=config["leave:mail-sender"],
            people=sample_people(),
            state_dir=kept / "google" if kept else None,
        )
    )
    ministack.wait_until_healthy()
    return ministack, google


def _deploy(
    deployer: Deployer,
    order: Order,
    google_url: str,
    options: StageOptions,
    progress: Progress,
) -> dict[str, object]:
    """Deploy the program and see to it that there are employees; return the stack's exports."""
    with progress.step("Pulumi program deployed, every resource created"):
        deployed: Deployed = deployer.deploy(order, progress)
    if options.state_dir is None or deployed.directory_is_empty:
        admins: list[str] = json.loads(order.config["leave:admins"])
        with progress.step("Sample directory imported"):
            api_url = str(deployed.exports["api_url"])
            import_sample(api_url, google_url=google_url, admin=admins[0])
    return deployed.exports
