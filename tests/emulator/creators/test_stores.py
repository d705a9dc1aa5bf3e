from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.aws import EmulatedAws
    from tests.emulator.creators.conftest import Create

TABLE = "aws:dynamodb/table:Table"
SECRET = "aws:secretsmanager/secret:Secret"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


@pytest.fixture
def unique() -> str:
    return f"test-{uuid.uuid4().hex[:8]}"


def keys(*names: str) -> dict[str, Any]:
    """The inputs of a table with these keys, on demand."""
    inputs: dict[str, Any] = dict(zip(("hashKey", "rangeKey"), names, strict=False))
    inputs["attributes"] = [{"name": name, "type": "S"} for name in names]
    return {**inputs, "billingMode": "PAY_PER_REQUEST"}


def test_a_table_has_its_keys_recovery_expiry_and_protection(
    create: Create, aws: EmulatedAws, unique: str
) -> None:
    table = create(
        TABLE,
        "table",
        name=unique,
        **keys("pk", "sk"),
        ttl={"attributeName": "expiresAt", "enabled": True},
        pointInTimeRecovery={"enabled": True},
        deletionProtectionEnabled=True,
    )
    assert table.id == unique
    assert table.outputs["arn"] == f"arn:aws:dynamodb:eu-central-1:000000000000:table/{unique}"
    found = aws.tables.describe_table(TableName=unique)["Table"]
    assert [key["AttributeName"] for key in found.get("KeySchema", [])] == ["pk", "sk"]
    assert found.get("DeletionProtectionEnabled") is True
    backups = aws.tables.describe_continuous_backups(TableName=unique)
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
    expiry = aws.tables.describe_time_to_live(TableName=unique)["TimeToLiveDescription"]
    assert (expiry["AttributeName"], expiry["TimeToLiveStatus"]) == ("expiresAt", "ENABLED")


def test_a_table_has_its_indexes_and_its_stream(
    create: Create, aws: EmulatedAws, unique: str
) -> None:
    index = {"name": "by-sk", "hashKey": "sk", "projectionType": "ALL"}
    table = create(
        TABLE,
        "table",
        name=unique,
        **keys("pk", "sk"),
        globalSecondaryIndexes=[index],
        streamEnabled=True,
        streamViewType="NEW_AND_OLD_IMAGES",
    )
    found = aws.tables.describe_table(TableName=unique)["Table"]
    assert [item["IndexName"] for item in found["GlobalSecondaryIndexes"]] == ["by-sk"]
    assert table.outputs["streamArn"].startswith(table.outputs["arn"])


def test_the_same_table_again_keeps_its_items(
    create: Create, create_again: Create, aws: EmulatedAws, unique: str
) -> None:
    create(TABLE, "table", name=unique, **keys("pk"), deletionProtectionEnabled=True)
    aws.tables.put_item(TableName=unique, Item={"pk": {"S": "E001"}})
    create_again(TABLE, "table", name=unique, **keys("pk"))
    assert aws.tables.scan(TableName=unique)["Count"] == 1
    protected = aws.tables.describe_table(TableName=unique)["Table"]["DeletionProtectionEnabled"]
    assert protected is False


OPEN = {
    "name": "open",
    "keySchemas": [
        {"attributeName": "openShard", "keyType": "HASH"},
        {"attributeName": "openKey", "keyType": "RANGE"},
    ],
    "projectionType": "KEYS_ONLY",
}


def with_index() -> dict[str, Any]:
    inputs = {**keys("pk", "sk"), "globalSecondaryIndexes": [OPEN]}
    inputs["attributes"] = [
        {"name": name, "type": "S"} for name in ("pk", "sk", "openShard", "openKey")
    ]
    return inputs


def open_items(aws: EmulatedAws, table: str) -> list[dict[str, Any]]:
    found = aws.tables.query(
        TableName=table,
        IndexName="open",
        KeyConditionExpression="openShard = :shard",
        ExpressionAttributeValues={":shard": {"S": "0"}},
    )
    return found["Items"]


def test_a_kept_table_gets_the_index_it_had_not_yet_with_what_it_holds(
    create: Create, create_again: Create, aws: EmulatedAws, unique: str
) -> None:
    create(TABLE, "table", name=unique, **keys("pk", "sk"))
    item = {key: {"S": "0"} for key in ("pk", "sk", "openShard", "openKey", "other")}
    aws.tables.put_item(TableName=unique, Item=item)
    create_again(TABLE, "table", name=unique, **with_index())
    assert open_items(aws, unique) == [{k: item[k] for k in item if k != "other"}]


def test_the_same_index_again_is_the_same_index(
    create: Create, create_again: Create, aws: EmulatedAws, unique: str
) -> None:
    create(TABLE, "table", name=unique, **with_index())
    aws.tables.put_item(TableName=unique, Item={key: {"S": "0"} for key in ("pk", "sk")})
    create_again(TABLE, "table", name=unique, **with_index())
    found = aws.tables.describe_table(TableName=unique)["Table"]
    assert [item["IndexName"] for item in found["GlobalSecondaryIndexes"]] == ["open"]
    assert open_items(aws, unique) == []


def test_a_secret_is_an_entry_without_a_value(
    create: Create, aws: EmulatedAws, unique: str
) -> None:
    secret = create(SECRET, "gmail", name=f"leave/{unique}/gmail", description="Gmail")
    assert secret.id == secret.outputs["arn"]
    # AWS refuses to read it (ResourceNotFoundException); MiniStack answers without a value.
    assert not aws.secrets.get_secret_value(SecretId=secret.id).get("SecretString")


def test_the_same_secret_again_keeps_its_value(
    create: Create, create_again: Create, aws: EmulatedAws, unique: str
) -> None:
    first = create(SECRET, "gmail", name=unique)
    aws.secrets.put_secret_value(SecretId=unique, SecretString="kept")
    second = create_again(SECRET, "gmail", name=unique, description="Gmail")
    assert second.id == first.id
    assert aws.secrets.get_secret_value(SecretId=unique)["SecretString"] == "kept"


def test_a_log_group_has_its_retention_and_the_arn_of_the_provider(
    create: Create, create_again: Create, aws: EmulatedAws, unique: str
) -> None:
    name = f"/aws/lambda/{unique}"
    create(LOG_GROUP, "logs", name=name, retentionInDays=7.0)
    group = create_again(LOG_GROUP, "logs", name=name, retentionInDays=30.0)
    assert group.id == name
    assert group.outputs["arn"] == f"arn:aws:logs:eu-central-1:000000000000:log-group:{name}"
    (found,) = aws.logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert found.get("retentionInDays") == 30
