"""Writing the pages behind the links from templates, in the language of whoever is asked."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from leave.adapters.facts import Facts, actor, last_asked, lines_of
from leave.adapters.outcomes import closed_sentence, outcome_key
from leave.adapters.templates import render
from leave.adapters.wording import DEFAULT_LANGUAGE, choose_language, wording
from leave.domain.errors import (
    CommentMissingError,
    InsufficientBalanceError,
    NotEmployedError,
    OverlapError,
    UnknownEmployeeError,
)
from leave.domain.history import Via, What
from leave.domain.limit_errors import CommentTooLongError
from leave.domain.links import Retirement
from leave.domain.request_record import MAXIMUM_UNDONE
from leave.domain.statuses import Decision, Question

if TYPE_CHECKING:
    from datetime import tzinfo

    from leave.adapters.wording import Wording
    from leave.domain.company import Company
    from leave.domain.history import Event
    from leave.domain.links import RetiredLink
    from leave.domain.requests import LeaveRequest
    from leave.domain.views import Opened


_CLOSED_BY = {
    Retirement.CHANGED: What.CHANGED,
    Retirement.CANCELLATION: What.CANCELLATION_ASKED,
    Retirement.SECOND_STAGE: What.FIRST_APPROVAL,
}
_VOIDED = {
    What.CHANGED: Retirement.CHANGED,
    What.CANCELLATION_ASKED: Retirement.CANCELLATION,
}
_SAME_APPROVER = frozenset(_VOIDED.values())


def decide(  # noqa: PLR0913 - what the form says depends on all of it
    opened: Opened,
    decision: Decision,
    *,
    link: str,
    problem: Exception | str = "",
    comment: str = "",
    undone: bool = False,
    time_zone: tzinfo = UTC,
    company: Company | None = None,
) -> str:
    """Return the form on which a person decides.

    `problem` is what stood in the way before, and `comment` what was typed then; `undone` tells
    that an answer was just taken back.
    """
    words = _words(opened, time_zone)
    question = (opened.request.question or Question.LEAVE).value
    other = Decision.DENIED if decision is Decision.APPROVED else Decision.APPROVED
    key = f"{question}.{decision.value}"
    name = opened.request.employee.name
    needed = decision is Decision.DENIED
    return _render(
        "decide",
        words,
        company=company,
        facts=_facts(opened, words),
        title=words.say(f"decide.{key}", name=name),
        decision=decision.value,
        verb=words.say(f"verb.{key}"),
        instead=words.say(f"instead.{question}.{other.value}"),
        other_url=f"../{other.value}/{link}",
        label=words.say("comment.needed" if needed else "comment.optional", name=name),
        needed=needed,
        comment=comment,
        problem=_problem(problem, words, opened),
        undone=undone,
        final=_is_final(opened.request),
    )


def decided(  # noqa: PLR0913 - what the page says depends on all of it
    opened: Opened,
    *,
    now: bool,
    link: str,
    problem: Exception | str = "",
    late: bool = False,
    time_zone: tzinfo = UTC,
    company: Company | None = None,
) -> str:
    """Return what became of the request, just `now` or earlier, or why the link is no more.

    While the answer can be taken back, there is a form that does so, at the address of `link`;
    `problem` is why it could not be. `late` tells that it was tried after that time.
    """
    words = _words(opened, time_zone)
    if opened.hidden:
        return _closed(opened, words, company)
    if opened.retired is not None:
        return _retired(opened, opened.retired, words, now=now, company=company)
    request, outcome = opened.request, opened.request.outcome
    if outcome is None:
        raise ValueError(f"request {request.request_id} is not decided")
    key, name = outcome_key(outcome), request.employee.name
    title = f"{'answered' if now else 'closed_title'}.{key}"
    return _render(
        "decided",
        words,
        company=company,
        facts=_facts(opened, words),
        title=words.say("undo_late" if late else title, name=name),
        happened=closed_sentence(words, request, outcome),
        next="" if now or opened.undo_until else words.say(f"closed_next.{key}", name=name),
        status=request.status.value,
        now=now,
        final=_is_final(request),
        until=opened.undo_until,
        undo_url=f"../{_answer(outcome).value}/{link}",
        problem=_problem(problem, words, opened),
        first=request.first_approval if outcome.via is Via.LINK else None,
        comment=lines_of(outcome.comment) if outcome.via is Via.LINK else (),
    )


def unknown_link(language: str = DEFAULT_LANGUAGE, *, company: Company | None = None) -> str:
    """Return what a link that opens nothing shows.

    `language` is a BCP 47 tag, or all that a browser accepts: its Accept-Language header.
    """
    return render("pages/unknown_link.html", language=language, company=company)


def trouble(
    *,
    retry: bool,
    longest_comment: int | None = None,
    language: str = DEFAULT_LANGUAGE,
    company: Company | None = None,
) -> str:
    """Return what is shown when the answer could not be recorded, in the best such language.

    `longest_comment` is set when the form was too long to be read.
    """
    return render(
        "pages/trouble.html",
        language=language,
        retry=retry,
        longest_comment=longest_comment,
        company=company,
    )


def sign_in(
    url: str,
    *,
    answered: bool,
    language: str = DEFAULT_LANGUAGE,
    company: Company | None = None,
) -> str:
    """Return what is shown to who has not signed in; `answered` when they pressed a button."""
    return render(
        "pages/sign_in.html", language=language, url=url, answered=answered, company=company
    )


def another_person(
    email: str, url: str, *, language: str = DEFAULT_LANGUAGE, company: Company | None = None
) -> str:
    """Return what is shown to who signed in as somebody who is not asked."""
    return render(
        "pages/another_person.html", language=language, email=email, url=url, company=company
    )


def own_link(*, language: str = DEFAULT_LANGUAGE, company: Company | None = None) -> str:
    """Return what an approver reads who opened a replaced link that another approver had."""
    return render("pages/own_link.html", language=language, company=company)


def sign_in_failed(
    why: str,
    *,
    again: str | None = None,
    language: str = DEFAULT_LANGUAGE,
    company: Company | None = None,
) -> str:
    """Return why nobody is signed in now: `stale`, `stranger`, `given-up` or `trouble`."""
    return render(
        "pages/sign_in_failed.html", language=language, why=why, again=again, company=company
    )


def _closed(opened: Opened, words: Wording, company: Company | None) -> str:
    """Return when the request was closed, and nothing else of it."""
    outcome = None if opened.request.question else opened.request.outcome
    return render(
        "pages/closed_link.html",
        language=words.language,
        time_zone=words.time_zone,
        closed_at=outcome and outcome.at,
        company=company,
    )


def _retired(
    opened: Opened, retired: RetiredLink, words: Wording, *, now: bool, company: Company | None
) -> str:
    request, why = opened.request, retired.why
    approval = closed = _closing(request, retired)
    if why is Retirement.SECOND_STAGE and (voided := _voiding(request, approval)):
        why, closed, approval = _VOIDED[voided.what], voided, None
    second, asked = why is Retirement.SECOND_STAGE, _is_asked(request, retired)
    if request.question is None and request.outcome:
        then = [
            closed_sentence(words, request, request.outcome),
            words.say(f"stands.{request.status.value}"),
        ]
    elif asked or (not _is_others(request, retired) and why in _SAME_APPROVER):
        is_mailed = asked and request.lead_mailed
        then = [words.say("asked.you" if is_mailed else "asked.you.soon")]
    else:
        then = [_asked(request, retired, words, ".second" if second else "")]
    key = "replaced" if asked and why not in _SAME_APPROVER else why.value
    title = f"retired_title.{key}{'.now' if second and now and not asked else ''}"
    return _render(
        "retired",
        words,
        company=company,
        facts=_facts(opened, words),
        outdated=opened.outdated,
        title=words.say(title),
        why=words.say(
            f"retired.{key}",
            name=request.employee.name,
            actor=actor(words, closed or last_asked(request.history)),
            at=words.moment(closed.at if closed else retired.at),
        ),
        then=then,
        now=now,
        comment=lines_of(approval.comment) if approval and second else (),
    )


def _closing(request: LeaveRequest, retired: RetiredLink) -> Event | None:
    """Return the event that closed this link."""
    what = _CLOSED_BY.get(retired.why)
    events = (e for e in reversed(request.history) if e.what is what and e.at == retired.at)
    return next(events, None)


def _voiding(request: LeaveRequest, approval: Event | None) -> Event | None:
    """Return what was asked for after a first approval, which counts no more since."""
    history = request.history
    later = history[history.index(approval) :] if approval else ()
    return next((event for event in later if event.what in _VOIDED), None)


def _is_others(request: LeaveRequest, retired: RetiredLink) -> bool:
    """Tell whether the approver is another than the one who had this link."""
    return request.approver is not None and request.approver.employee_id != retired.owner


def _is_asked(request: LeaveRequest, retired: RetiredLink) -> bool:
    """Tell whether who had this link is asked by a newer one now."""
    newer = request.link_secret is not None and request.link_secret != retired.secret
    return newer and request.question is not None and not _is_others(request, retired)


def _asked(request: LeaveRequest, retired: RetiredLink, words: Wording, end: str) -> str:
    """Return who is asked instead. A question goes on to its next approver by and by."""
    approver = request.approver
    if approver and approver.employee_id != retired.owner:
        return words.say(f"asked.other{end}", name=approver.name)
    return words.say(f"asked.somebody{end}")


def _is_final(request: LeaveRequest) -> bool:
    """Tell whether an answer cannot be taken back any more, however soon."""
    return request.undone >= MAXIMUM_UNDONE


def _answer(outcome: Event) -> Decision:
    approved = {What.APPROVED, What.CANCELLED}
    return Decision.APPROVED if outcome.what in approved else Decision.DENIED


def _problem(problem: Exception | str, words: Wording, opened: Opened) -> str:
    """Return what stood in the way, in words of the page's language where it has some."""
    name = opened.request.employee.name
    match problem:
        case CommentMissingError() | CommentTooLongError():
            return _comment_problem(problem, words)
        case InsufficientBalanceError():
            return _balance_problem(problem, words, opened)
        case NotEmployedError():
            return words.say("problem.not_employed", name=name)
        case OverlapError():
            return words.say("problem.overlap", name=name)
        case UnknownEmployeeError():
            return words.say("problem.unknown_employee", name=name)
        case _:
            return str(problem)


def _comment_problem(problem: CommentMissingError | CommentTooLongError, words: Wording) -> str:
    if isinstance(problem, CommentMissingError):
        return words.say("problem.comment")
    return words.say("problem.comment.long", length=problem.length, maximum=problem.maximum)


def _balance_problem(problem: InsufficientBalanceError, words: Wording, opened: Opened) -> str:
    """Return that too few days are left, and how many unless the type is hidden from the lead."""
    name = opened.request.employee.name
    if not opened.plan.leave_type:
        return words.say("problem.balance.hidden", name=name)
    told = {
        "asked": words.count("working_days", problem.asked),
        "year": problem.year,
        "available": words.number(problem.available),
        "name": name,
    }
    if problem.booked_in is None:
        return words.say("problem.balance", **told)
    booked = words.count("working_days", problem.booked_later)
    return words.say("problem.balance.later", **told, booked=booked, later=problem.booked_in)


def _facts(opened: Opened, words: Wording) -> Facts:
    brief = opened.brief
    return Facts(
        words=words,
        request=opened.request,
        plan=opened.plan,
        type_name=brief.type_name if brief else "",
        brief=brief,
    )


def _words(opened: Opened, time_zone: tzinfo) -> Wording:
    reader = opened.retired or opened.request.approver or opened.request.employee
    return wording(choose_language(reader.language), time_zone).about(opened.plan.leave_type)


def _render(page: str, words: Wording, **values: Any) -> str:
    request: LeaveRequest = values["facts"].request
    return render(
        f"pages/{page}.html",
        language=words.language,
        time_zone=words.time_zone,
        request=request,
        **values,
    )
