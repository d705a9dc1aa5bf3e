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

# Partition keys, by what is stored below them: the table in docs/architecture.md.
AUDIT: Final = "AUDIT#*"
DELEGATION: Final = "DELEGATION#*"
DIRECTORY: Final = "DIRECTORY"
EMAIL: Final = "EMAIL#*"
EMPLOYEE: Final = "EMPLOYEE#*"
EMPLOYEES: Final = "EMPLOYEES"
FEED: Final = "FEED#*"
IDEMPOTENCY: Final = "IDEMPOTENCY#*"
LEDGER: Final = "LEDGER#*"
REMINDER: Final = "REMINDER#*"
REQUEST: Final = "REQUEST#*"
REQUESTS: Final = "REQUESTS#*"
SWEEP: Final = "SWEEP"
TEAM: Final = "TEAM#*"

_READ: Final = ("dynamodb:BatchGetItem", "dynamodb:GetItem")
_QUERY: Final = ("dynamodb:Query",)
# Every write is a conditional put or delete. A transaction needs the right to each of its parts:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
_WRITE: Final = ("dynamodb:PutItem",)
_DELETE: Final = ("dynamodb:DeleteItem",)

OPEN_INDEX: Final = "open"
# Only an item with both attributes is in the index, so that it holds undecided requests alone:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-indexes-general-sparse-indexes.html
_OPEN_KEYS: Final = (("openShard", "HASH"), ("openKey", "RANGE"))


@dataclass(frozen=True, kw_only=True)
class LeaveTableArgs:
    """A protected stage refuses to delete the table, in Pulumi and in AWS."""

    settings: Settings


class LeaveTable(pulumi.ComponentResource):
    """On demand, with point-in-time recovery; items with a past `expiresAt` go away.

    A change of its name, `pk` or `sk` would replace it, which a protected stage refuses. The index
    is another matter: it comes and goes while the table stays.
    """

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
                    aws.dynamodb.TableAttributeArgs(name=key, type="S")
                    for key in ("pk", "sk", *(key for key, _ in _OPEN_KEYS))
                ],
                global_secondary_indexes=[_open_index()],
                ttl=aws.dynamodb.TableTtlArgs(attribute_name="expiresAt", enabled=True),
                point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
                deletion_protection_enabled=settings.protect,
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=settings.protect),
        )
        self.name = table.name
        self._arn = table.arn
        self.register_outputs({"name": self.name})

    def access(
        self,
        *,
        read: tuple[str, ...] = (),
        query: tuple[str, ...] = (),
        write: tuple[str, ...] = (),
        delete: tuple[str, ...] = (),
    ) -> Access:
        """The table's name, and the rights to items below these partition keys."""
        wanted = (
            ("ReadItems", _READ, read),
            ("QueryItems", _QUERY, query),
            ("WriteItems", _WRITE, write),
            ("DeleteItems", _DELETE, delete),
        )
        return Access(
            environment={"LEAVE_TABLE": self.name},
            statements=tuple(self._items(*rights) for rights in wanted if rights[-1]),
        )

    def open_access(self) -> Access:
        """The right to list what is undecided; what it is, is read from the table.

        All of the index, which holds keys only.
        """
        statement = self._arn.apply(lambda arn: policies.query_index(f"{arn}/index/{OPEN_INDEX}"))
        return Access(statements=(statement,))

    def _items(
        self, sid: str, actions: tuple[str, ...], partitions: tuple[str, ...]
    ) -> pulumi.Output[policies.Statement]:
        return self._arn.apply(lambda arn: policies.use_items(sid, actions, arn, partitions))


def _open_index() -> aws.dynamodb.TableGlobalSecondaryIndexArgs:
    return aws.dynamodb.TableGlobalSecondaryIndexArgs(
        name=OPEN_INDEX,
        key_schemas=[
            aws.dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(attribute_name=key, key_type=kind)
            for key, kind in _OPEN_KEYS
        ],
        projection_type="KEYS_ONLY",
    )
