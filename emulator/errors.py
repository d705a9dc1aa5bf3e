"""What can stop the local stage from starting."""

from __future__ import annotations


class StageError(Exception):
    """The local stage cannot start or stay up; says what is wrong and how to cure it."""

    def __init__(self, problem: str, *, cure: str, detail: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.cure = cure
        self.detail = detail

    def __str__(self) -> str:
        detail = f"\n{self.detail.rstrip()}" if self.detail else ""
        return f"{self.problem}{detail}\nCure: {self.cure}"
