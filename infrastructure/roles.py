"""A role of IAM and its one inline policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from infrastructure.policies import policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from infrastructure.settings import Settings


def role_with_rights(  # noqa: PLR0913 - a role has that many parts
    name: str,
    *,
    physical_name: str,
    settings: Settings,
    trust: Mapping[str, Any],
    statements: Iterable[pulumi.Input[Any]],
    parent: pulumi.Resource,
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """Return the role `<name>-role`, and the policy of these statements, `<name>-rights`.

    AWS knows the role as `/leave/<stage>/<physical_name>`, so that a deploy role needs the right to
    that path only. Whatever uses the role depends on the policy, or AWS refuses it, or it fails
    when it begins.
    """
    own = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        f"{name}-role",
        aws.iam.RoleArgs(
            name=physical_name,
            path=f"/leave/{settings.stage}/",
            permissions_boundary=settings.permissions_boundary or None,
            assume_role_policy=pulumi.Output.json_dumps(trust),
        ),
        opts=own,
    )
    allowed = pulumi.Output.all(*statements).apply(policy)
    rights = aws.iam.RolePolicy(
        f"{name}-rights",
        aws.iam.RolePolicyArgs(role=role.name, policy=pulumi.Output.json_dumps(allowed)),
        opts=own,
    )
    return role, rights
