from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.aws import EmulatedAws
    from tests.emulator.creators.conftest import Create

ROLE, POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"


def trust(service: str) -> str:
    """Who may take on a role."""
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": f"{service}.amazonaws.com"},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def reading(resource: str) -> dict[str, Any]:
    """A policy with one right."""
    statement = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


def test_a_role_without_a_name_gets_one_from_its_logical_name(
    create: Create, aws: EmulatedAws
) -> None:
    role = create(ROLE, "ask-role", assumeRolePolicy=trust("lambda"), tags={"part": "ask"})
    assert role.id.startswith("ask-role-")
    assert role.outputs["arn"] == f"arn:aws:iam::000000000000:role/{role.id}"
    found = aws.iam.get_role(RoleName=role.id)["Role"]
    assert found["Arn"] == role.outputs["arn"]
    assert found.get("Tags") == [{"Key": "part", "Value": "ask"}]


def test_the_same_role_again_is_the_same_role_with_the_new_trust(
    create: Create, create_again: Create, aws: EmulatedAws
) -> None:
    first = create(ROLE, "role", assumeRolePolicy=trust("lambda"))
    second = create_again(ROLE, "role", assumeRolePolicy=trust("states"))
    assert second.id == first.id
    found = aws.iam.get_role(RoleName=first.id)["Role"]["AssumeRolePolicyDocument"]
    assert "states.amazonaws.com" in json.dumps(found)


@pytest.mark.parametrize("write", [json.dumps, lambda policy: policy], ids=["text", "document"])
def test_a_policy_is_put_on_its_role(create: Create, aws: EmulatedAws, write: Any) -> None:
    role = create(ROLE, "role", assumeRolePolicy=trust("lambda"))
    policy = create(POLICY, "rights", role=role.id, policy=write(reading("arn:aws:x")))
    name = policy.outputs["name"]
    assert policy.id == f"{role.id}:{name}"
    found = aws.iam.get_role_policy(RoleName=role.id, PolicyName=name)["PolicyDocument"]
    assert (json.loads(found) if isinstance(found, str) else found) == reading("arn:aws:x")


def test_a_changed_policy_replaces_the_old_one(
    create: Create, create_again: Create, aws: EmulatedAws
) -> None:
    role = create(ROLE, "role", assumeRolePolicy=trust("lambda"))
    create(POLICY, "rights", role=role.id, policy=reading("arn:aws:old"))
    create_again(POLICY, "rights", role=role.id, policy=reading("arn:aws:new"))
    names = aws.iam.list_role_policies(RoleName=role.id)["PolicyNames"]
    assert len(names) == 1
    found = aws.iam.get_role_policy(RoleName=role.id, PolicyName=names[0])["PolicyDocument"]
    assert "arn:aws:new" in json.dumps(found)
