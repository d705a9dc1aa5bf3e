"""The Lambda layer with the dependencies of `leave/`, which only change when the lock does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from infrastructure.settings import Settings


@dataclass(frozen=True, kw_only=True)
class DependencyLayerArgs:
    """`archive` is the path of a zip file whose tree starts with `python/`."""

    settings: Settings
    archive: str


class DependencyLayer(pulumi.ComponentResource):
    """One layer version; a new lock makes a new version, and the functions follow."""

    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: DependencyLayerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("leave:layer:DependencyLayer", name, None, opts)
        layer = aws.lambda_.LayerVersion(
            name,
            aws.lambda_.LayerVersionArgs(
                layer_name=f"leave-{args.settings.stage}-dependencies",
                code=pulumi.FileArchive(args.archive),
                compatible_runtimes=[args.settings.lambda_runtime],
                compatible_architectures=[args.settings.lambda_architecture],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = layer.arn
        self.register_outputs({"arn": self.arn})
