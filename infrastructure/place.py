"""Where a stack is being deployed to, for the ARNs that are needed before their resource exists."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class Place:
    """An AWS partition (`aws`, `aws-cn`, …), account id and region."""

    partition: str
    account: str
    region: str

    @classmethod
    def current(cls) -> Place:
        """Ask the provider."""
        return cls(
            partition=aws.get_partition().partition,
            account=aws.get_caller_identity().account_id,
            region=aws.get_region().region,
        )

    def arn(self, service: str, resource: str) -> str:
        """The ARN of `resource` of `service` here."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"
