"""Builds what is deployed: the code zip and the dependency layer, the same bytes on every build.

Knows nothing of Pulumi, so it can be built and tested without it.
"""

from __future__ import annotations

from infrastructure.artifact.build import Artifacts, build_artifacts
from infrastructure.artifact.errors import ArtifactError
from infrastructure.artifact.target import Target, host_target

__all__ = ["ArtifactError", "Artifacts", "Target", "build_artifacts", "host_target"]
