"""Why an artifact could not be built."""

from __future__ import annotations


class ArtifactError(Exception):
    """An artifact cannot be built: `problem` says why, `cure` what to do about it.

    In a command, the stage is called `STAGE`, as artifacts are of no stage.
    """

    def __init__(self, problem: str, *, cure: str) -> None:
        super().__init__(f"{problem} {cure}")
        self.problem = problem
        self.cure = cure
