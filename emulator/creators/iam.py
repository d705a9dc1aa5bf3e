"""Creators of IAM resources."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emulator.creators.registry import creates
from emulator.creators.resource import Created

if TYPE_CHECKING:
    from emulator.creators.resource import Deployment, Resource


@creates("aws:iam/role:Role")
def role(deployment: Deployment, resource: Resource) -> Created:
    """A role with its trust policy; its own policies are resources of their own."""
    iam = deployment.aws.iam
    name = deployment.physical_name(resource)
    trust = _json(resource.inputs["assumeRolePolicy"])
    description = resource.inputs.get("description", "")
    try:
        found = iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=trust,
            Description=description,
            Path=resource.inputs.get("path", "/"),
            Tags=[{"Key": k, "Value": v} for k, v in resource.inputs.get("tags", {}).items()],
        )["Role"]
    except iam.exceptions.EntityAlreadyExistsException:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust)
        iam.update_role(RoleName=name, Description=description)
        found = iam.get_role(RoleName=name)["Role"]
    for policy in resource.inputs.get("managedPolicyArns", []):
        iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    return Created(
        id=name,
        outputs={
            "name": name,
            "arn": found["Arn"],
            "uniqueId": found["RoleId"],
            "assumeRolePolicy": trust,
        },
    )


@creates("aws:iam/rolePolicy:RolePolicy")
def role_policy(deployment: Deployment, resource: Resource) -> Created:
    """An inline policy of a role."""
    name = deployment.physical_name(resource)
    of_role = resource.text("role")
    policy = _json(resource.inputs["policy"])
    deployment.aws.iam.put_role_policy(
        RoleName=of_role, PolicyName=name, PolicyDocument=_without_unknown_keys(policy)
    )
    return Created(id=f"{of_role}:{name}", outputs={"name": name, "policy": policy})


def _without_unknown_keys(policy: str) -> str:
    """Take out the check that a call names the keys of its items, which MiniStack never tells.

    It would refuse every call. Which items they may be stays in, and holds for a key that is not
    told.
    """
    document = json.loads(policy)
    for statement in document["Statement"]:
        statement.get("Condition", {}).get("Null", {}).pop("dynamodb:LeadingKeys", None)
    return json.dumps(document)


def _json(document: Any) -> str:
    """A policy is JSON text or, from `PolicyDocumentArgs`, the document itself."""
    return document if isinstance(document, str) else json.dumps(document)
