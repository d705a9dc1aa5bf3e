"""A deployment into MiniStack, in which single resources are created."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from emulator.creators import registry
from emulator.creators.resource import Created, Deployment, Resource

if TYPE_CHECKING:
    from pathlib import Path

    from emulator.aws import EmulatedAws


class Create(Protocol):
    """Create one resource in one deployment."""

    def __call__(self, token: str, logical_name: str, /, **inputs: Any) -> Created: ...


def creating(deployment: Deployment) -> Create:
    """Return a function that creates resources the way the program's run does."""
    registry.load()

    def create(token: str, logical_name: str, /, **inputs: Any) -> Created:
        resource = Resource(token=token, name=logical_name, inputs=inputs)
        return registry.creator_of(token)(deployment, resource)

    return create


@pytest.fixture
def deployment(aws: EmulatedAws, tmp_path: Path) -> Deployment:
    """Return a deployment of a stack nobody else has, so that its names are free."""
    return Deployment(aws=aws, project="leave", stack=uuid.uuid4().hex[:8], program=tmp_path)


@pytest.fixture
def create(deployment: Deployment) -> Create:
    """Create resources in this test's deployment."""
    return creating(deployment)


@pytest.fixture
def create_again(deployment: Deployment) -> Create:
    """Create resources in a later deployment of the same stack, as after a restart."""
    later = Deployment(
        aws=deployment.aws,
        project=deployment.project,
        stack=deployment.stack,
        program=deployment.program,
    )
    return creating(later)
