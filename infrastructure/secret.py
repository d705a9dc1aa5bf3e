"""The entries that hold a stage's secrets.

Only the entries are made here. Their values are written by the command line, so that no credential
ever passes through Pulumi's configuration, its state or a preview.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infrastructure import policies
from infrastructure.access import Access

if TYPE_CHECKING:
    from infrastructure.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a secret is for: the last part of its name, and the variable that names it."""

    purpose: str
    description: str
    variable: str


GMAIL: Final = Content(
    purpose="gmail",
    description="Gmail credentials of the leave mails: leave gmail authorize",
    variable="LEAVE_GMAIL_SECRET",
)
SIGN_IN: Final = Content(
    purpose="sign-in",
    description="OAuth client that leads sign in with, and signing key: leave sign-in configure",
    variable="LEAVE_SIGN_IN_SECRET",
)


@dataclass(frozen=True, kw_only=True)
class StageSecretArgs:
    """A protected stage refuses to delete the secret, and leaves 30 days to undo it elsewhere."""

    settings: Settings
    content: Content


class StageSecret(pulumi.ComponentResource):
    """An empty secret named `leave/<stage>/<purpose>`."""

    name: pulumi.Output[str]

    def __init__(
        self, name: str, args: StageSecretArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("leave:secret:StageSecret", name, None, opts)
        settings, content = args.settings, args.content
        secret = aws.secretsmanager.Secret(
            name,
            aws.secretsmanager.SecretArgs(
                name=f"leave/{settings.stage}/{content.purpose}",
                description=content.description,
                # A deleted secret keeps its name until the window ends, which would stop an
                # unprotected stage from being made again: 0 deletes at once.
                recovery_window_in_days=30 if settings.protect else 0,
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=settings.protect),
        )
        self.name = secret.name
        self._arn = secret.arn
        self._variable = content.variable
        self.register_outputs({"name": self.name})

    def access(self) -> Access:
        """The secret's ARN, and the right to read its value."""
        return Access(
            environment={self._variable: self._arn},
            statements=(self._arn.apply(policies.read_secret),),
        )
