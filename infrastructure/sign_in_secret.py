"""The entry that holds the OAuth client leads sign in with, on a stage that asks them to.

Only the entry is made here. Its value is written by `leave sign-in configure`, so that it never
passes through Pulumi's configuration, its state or a preview.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infrastructure import policies
from infrastructure.access import Access

if TYPE_CHECKING:
    from infrastructure.settings import Settings


@dataclass(frozen=True, kw_only=True)
class SignInSecretArgs:
    """A protected stage refuses to delete the secret, and leaves 30 days to undo it elsewhere."""

    settings: Settings


class SignInSecret(pulumi.ComponentResource):
    """An empty secret named `leave/<stage>/sign-in`."""

    name: pulumi.Output[str]

    def __init__(
        self, name: str, args: SignInSecretArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("leave:secret:SignInSecret", name, None, opts)
        settings = args.settings
        secret = aws.secretsmanager.Secret(
            name,
            aws.secretsmanager.SecretArgs(
                name=f"leave/{settings.stage}/sign-in",
                description="OAuth client that leads sign in with: leave sign-in configure",
                # A deleted secret keeps its name until the window ends, which would stop an
                # unprotected stage from being made again: 0 deletes at once.
                recovery_window_in_days=30 if settings.protect else 0,
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=settings.protect),
        )
        self.name = secret.name
        self._arn = secret.arn
        self.register_outputs({"name": self.name})

    @classmethod
    def if_required(cls, name: str, args: SignInSecretArgs) -> SignInSecret | None:
        """The secret on a stage whose leads have to sign in, None on any other."""
        return cls(name, args) if args.settings.require_sign_in else None

    def access(self) -> Access:
        """The secret's ARN, and the right to read its value."""
        return Access(
            environment={"LEAVE_SIGN_IN_SECRET": self._arn},
            statements=(self._arn.apply(policies.read_secret),),
        )
