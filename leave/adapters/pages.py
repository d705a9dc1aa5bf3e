"""Writing the pages behind the links from templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leave.adapters.templates import render

if TYPE_CHECKING:
    from leave.domain.statuses import Decision
    from leave.domain.views import Opened


def decide(
    opened: Opened, decision: Decision, *, link: str, problem: str = "", undone: bool = False
) -> str:
    """Return the form on which a person decides; `problem` says what stood in the way before.

    `undone` says that an answer has just been taken back.
    """
    other = "denied" if decision == "approved" else "approved"
    return render(
        "pages/decide.html",
        request=opened.request,
        plan=opened.plan,
        decision=decision.value,
        other_url=f"../{other}/{link}",
        problem=problem,
        undone=undone,
    )


def decided(opened: Opened, *, now: bool, link: str, problem: str = "") -> str:
    """Return what became of the request, just `now` or earlier, or why the link is no more.

    `problem` says why the answer could not be taken back.
    """
    if opened.retired is not None:
        return render("pages/retired.html", request=opened.request, link=opened.retired)
    return render(
        "pages/decided.html",
        request=opened.request,
        plan=opened.plan,
        outcome=opened.request.outcome,
        now=now,
        link=link,
        undo_until=opened.undo_until,
        problem=problem,
    )


def unknown_link() -> str:
    """Return what a link that opens nothing shows."""
    return render("pages/unknown_link.html")


def trouble(*, retry: bool) -> str:
    """Return what is shown when the answer could not be recorded."""
    return render("pages/trouble.html", retry=retry)


def sign_in(url: str, *, answered: bool) -> str:
    """Return what is shown to who has not signed in; `answered` when they pressed a button."""
    return render("pages/sign_in.html", url=url, answered=answered)


def another_person(email: str, url: str) -> str:
    """Return what is shown to who signed in as somebody who is not asked."""
    return render("pages/another_person.html", email=email, url=url)


def sign_in_failed(why: str, *, again: str | None = None) -> str:
    """Return why nobody is signed in now: `stale`, `stranger`, `given-up` or `trouble`."""
    return render("pages/sign_in_failed.html", why=why, again=again)
