"""Writing the pages behind the links from templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leave.adapters.templates import render

if TYPE_CHECKING:
    from leave.domain.requests import Decision, LeaveRequest


def decide(request: LeaveRequest, decision: Decision, *, link: str, problem: str = "") -> str:
    """Return the form on which a person decides; `problem` says what was missing before."""
    other = "denied" if decision == "approved" else "approved"
    return render(
        "pages/decide.html",
        request=request,
        decision=decision.value,
        other_url=f"../{other}/{link}",
        problem=problem,
    )


def decided(request: LeaveRequest, *, now: bool) -> str:
    """Return what became of the request, just `now` or earlier."""
    return render("pages/decided.html", request=request, now=now)


def unknown_link() -> str:
    """Return what a link that opens nothing shows."""
    return render("pages/unknown_link.html")


def trouble(*, retry: bool) -> str:
    """Return what is shown when the answer could not be recorded."""
    return render("pages/trouble.html", retry=retry)
