"""The one DynamoDB table that holds the truth about employees and their requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infrastructure import policies
from infrastructure.access import Access

if TYPE_CHECKING:
    from infrastructure.settings import Settings

READ: Final = ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query")
# Every write is a conditional put. A transaction needs the right to each of its parts only:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
CHANGE: Final = (*READ, "dynamodb:PutItem")


@dataclass(frozen=True, kw_only=True)
class LeaveTableArgs:
    """A protected stage refuses to delete the table, in Pulumi and in AWS."""

    settings: Settings


class LeaveTable(pulumi.ComponentResource):
    """On demand, with point-in-time recovery; items with a past `expiresAt` go away."""

    name: pulumi.Output[str]

    def __init__(
        self, name: str, args: LeaveTableArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("leave:table:LeaveTable", name, None, opts)
        settings = args.settings
        table = aws.dynamodb.Table(
            name,
            aws.dynamodb.TableArgs(
                name=f"leave-{settings.stage}",
                billing_mode="PAY_PER_REQUEST",
                hash_key="pk",
                range_key="sk",
                attributes=[
                    aws.dynamodb.TableAttributeArgs(name="pk", type="S"),
                    aws.dynamodb.TableAttributeArgs(name="sk", type="S"),
                ],
                ttl=aws.dynamodb.TableTtlArgs(attribute_name="expiresAt", enabled=True),
                point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
                deletion_protection_enabled=settings.protect,
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=settings.protect),
        )
        self.name = table.name
        self._arn = table.arn
        self.register_outputs({"name": self.name})

    def access(self, actions: tuple[str, ...]) -> Access:
        """The table's name, and the right to `actions` on its items."""
        statement = self._arn.apply(lambda arn: policies.use_table(actions, arn))
        return Access(environment={"LEAVE_TABLE": self.name}, statements=(statement,))
