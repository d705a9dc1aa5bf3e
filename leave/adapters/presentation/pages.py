"""Pages behind the links, in the language of the approver."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from leave.adapters.presentation.i18n import (
    DEFAULT_LANGUAGE,
    choose_language,
    load_translator,
    render,
)
from leave.adapters.presentation.outcome_texts import closed_sentence, outcome_key
from leave.adapters.presentation.request_summary import RequestSummary, actor, last_asked, lines_of
from leave.domain.errors import (
    CommentMissingError,
    CommentTooLongError,
    InsufficientBalanceError,
    NotEmployedError,
    OverlapError,
    UnknownEmployeeError,
)
from leave.domain.history import Decision, EventType, Question, is_answer
from leave.domain.invitations import RevocationReason
from leave.domain.request import MAXIMUM_UNDONE

if TYPE_CHECKING:
    from datetime import tzinfo

    from leave.adapters.presentation.i18n import Translator
    from leave.domain.employee import Company
    from leave.domain.history import Event
    from leave.domain.invitations import RevokedLink
    from leave.domain.request import LeaveRequest
    from leave.domain.views import DecisionView


_CLOSED_BY = {
    RevocationReason.CHANGED: EventType.CHANGED,
    RevocationReason.CANCELLATION: EventType.CANCELLATION_ASKED,
    RevocationReason.SECOND_STAGE: EventType.FIRST_APPROVAL,
}
_VOIDED = {
    EventType.CHANGED: RevocationReason.CHANGED,
    EventType.CANCELLATION_ASKED: RevocationReason.CANCELLATION,
}
_PASSED_ON = frozenset(
    (RevocationReason.REROUTED, RevocationReason.ESCALATED, RevocationReason.UNREACHABLE)
)
_SAME_APPROVER = frozenset(_VOIDED.values())


def decide(  # noqa: PLR0913 - what the form says depends on all of it
    view: DecisionView,
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
    translator = _translator(view, time_zone)
    question = (view.request.question or Question.LEAVE).value
    other = Decision.DENIED if decision is Decision.APPROVED else Decision.APPROVED
    key = f"{question}.{decision.value}"
    name = view.request.employee.name
    needed = decision is Decision.DENIED
    return _render(
        "decide",
        translator,
        company=company,
        summary=_summary(view, translator),
        title=translator.t(f"decide.{key}", name=name),
        decision=decision.value,
        verb=translator.t(f"verb.{key}"),
        instead=translator.t(f"instead.{question}.{other.value}"),
        other_url=f"../{other.value}/{link}",
        label=translator.t("comment.needed" if needed else "comment.optional", name=name),
        needed=needed,
        comment=comment,
        problem=_problem(problem, translator, view),
        undone=undone,
        final=_is_final(view.request),
    )


def decided(  # noqa: PLR0913 - what the page says depends on all of it
    view: DecisionView,
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
    translator = _translator(view, time_zone)
    if view.hidden:
        return _closed(view, translator, company)
    if view.revoked is not None:
        return _revoked(view, view.revoked, translator, now=now, company=company)
    request, outcome = view.request, view.request.outcome
    if outcome is None:
        raise ValueError(f"request {request.request_id} is not decided")
    key, name = outcome_key(request, outcome), request.employee.name
    answered = is_answer(outcome, request.history)
    title = f"{'answered' if now else 'closed_title'}.{key}"
    return _render(
        "decided",
        translator,
        company=company,
        summary=_summary(view, translator),
        title=translator.t("undo_late" if late else title, name=name),
        happened=closed_sentence(translator, request, outcome),
        next="" if now or view.undo_until else translator.t(f"closed_next.{key}", name=name),
        status=request.status.value,
        now=now,
        final=_is_final(request),
        until=view.undo_until,
        undo_url=f"../{_answer(outcome).value}/{link}",
        problem=_problem(problem, translator, view),
        first=request.first_approval if answered else None,
        comment=lines_of(outcome.comment) if answered else (),
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


def _closed(view: DecisionView, translator: Translator, company: Company | None) -> str:
    """Return when the request was closed, and nothing else of it."""
    outcome = None if view.request.question else view.request.outcome
    return render(
        "pages/closed_link.html",
        language=translator.language,
        time_zone=translator.time_zone,
        closed_at=outcome and outcome.at,
        company=company,
    )


def _revoked(
    view: DecisionView,
    revoked: RevokedLink,
    translator: Translator,
    *,
    now: bool,
    company: Company | None,
) -> str:
    request, why = view.request, revoked.why
    approval = closed = _closing(request, revoked)
    if why is RevocationReason.SECOND_STAGE and (voided := _voiding(request, approval)):
        why, closed, approval = _VOIDED[voided.type], voided, None
    second, asked = why is RevocationReason.SECOND_STAGE, _is_asked(request, revoked)
    outcome = None if request.question else request.outcome
    if outcome:
        then = [
            closed_sentence(translator, request, outcome),
            translator.t(f"stands.{request.status.value}"),
        ]
    elif asked or (not _is_others(request, revoked) and why in _SAME_APPROVER):
        is_mailed = asked and request.lead_mailed
        then = [translator.t("asked.you" if is_mailed else "asked.you.soon")]
    else:
        then = [_asked(request, revoked, translator, ".second" if second else "")]
    key = "replaced" if asked and why not in _SAME_APPROVER else why.value
    title = f"revoked_title.{key}{'.now' if second and now and not asked else ''}"
    if outcome and why in _PASSED_ON:
        # Nobody decides any more.
        title = "revoked_title.closed"
        key = f"{key}.closed" if why is RevocationReason.REROUTED else key
    return _render(
        "revoked",
        translator,
        company=company,
        summary=_summary(view, translator),
        outdated=view.outdated,
        title=translator.t(title),
        why=translator.t(
            f"revoked.{key}",
            name=request.employee.name,
            actor=actor(translator, closed or last_asked(request.history)),
            at=translator.moment(closed.at if closed else revoked.at),
        ),
        then=then,
        now=now,
        comment=lines_of(approval.comment) if approval and second else (),
    )


def _closing(request: LeaveRequest, revoked: RevokedLink) -> Event | None:
    """Return the event that closed this link."""
    what = _CLOSED_BY.get(revoked.why)
    events = (e for e in reversed(request.history) if e.type is what and e.at == revoked.at)
    return next(events, None)


def _voiding(request: LeaveRequest, approval: Event | None) -> Event | None:
    """Return what was asked for after a first approval, which counts no more since."""
    history = request.history
    later = history[history.index(approval) :] if approval else ()
    return next((event for event in later if event.type in _VOIDED), None)


def _is_others(request: LeaveRequest, revoked: RevokedLink) -> bool:
    """Return whether the approver is another than the one who had this link."""
    return request.approver is not None and request.approver.employee_id != revoked.owner


def _is_asked(request: LeaveRequest, revoked: RevokedLink) -> bool:
    """Return whether who had this link is asked by a newer one now."""
    newer = request.link_secret is not None and request.link_secret != revoked.secret
    return newer and request.question is not None and not _is_others(request, revoked)


def _asked(request: LeaveRequest, revoked: RevokedLink, translator: Translator, end: str) -> str:
    """Return who is asked instead. A question goes on to its next approver by and by."""
    approver = request.approver
    if approver and approver.employee_id != revoked.owner:
        return translator.t(f"asked.other{end}", name=approver.name)
    return translator.t(f"asked.somebody{end}")


def _is_final(request: LeaveRequest) -> bool:
    """Return whether an answer cannot be taken back any more, however soon."""
    return request.undone >= MAXIMUM_UNDONE


def _answer(outcome: Event) -> Decision:
    approved = {EventType.APPROVED, EventType.CANCELLED}
    return Decision.APPROVED if outcome.type in approved else Decision.DENIED


def _problem(problem: Exception | str, translator: Translator, view: DecisionView) -> str:
    """Return what stood in the way, in words of the page's language where it has some."""
    name = view.request.employee.name
    match problem:
        case CommentMissingError() | CommentTooLongError():
            return _comment_problem(problem, translator, view)
        case InsufficientBalanceError():
            return _balance_problem(problem, translator, view)
        case NotEmployedError():
            return translator.t("problem.not_employed", name=name)
        case OverlapError():
            return translator.t("problem.overlap", name=name)
        case UnknownEmployeeError():
            return translator.t("problem.unknown_employee", name=name)
        case _:
            return str(problem)


def _comment_problem(
    problem: CommentMissingError | CommentTooLongError, translator: Translator, view: DecisionView
) -> str:
    if isinstance(problem, CommentMissingError):
        cancelling = view.request.question is Question.CANCELLATION
        return translator.t("problem.comment.cancellation" if cancelling else "problem.comment")
    return translator.t("problem.comment.long", length=problem.length, maximum=problem.maximum)


def _balance_problem(
    problem: InsufficientBalanceError, translator: Translator, view: DecisionView
) -> str:
    """Return that too few days are left, and how many unless the type is hidden from the lead."""
    name = view.request.employee.name
    if not view.plan.leave_type:
        return translator.t("problem.balance.hidden", name=name)
    values = {
        "asked": translator.count("working_days", problem.asked),
        "year": problem.year,
        "available": translator.number(problem.available),
        "name": name,
    }
    if problem.booked_in is None:
        return translator.t("problem.balance", **values)
    booked = translator.count("working_days", problem.booked_later)
    return translator.t("problem.balance.later", **values, booked=booked, later=problem.booked_in)


def _summary(view: DecisionView, translator: Translator) -> RequestSummary:
    decision_summary = view.decision_summary
    return RequestSummary(
        translator=translator,
        request=view.request,
        plan=view.plan,
        type_name=decision_summary.type_name if decision_summary else "",
        decision_summary=decision_summary,
    )


def _translator(view: DecisionView, time_zone: tzinfo) -> Translator:
    reader = view.revoked or view.request.approver or view.request.employee
    return load_translator(choose_language(reader.language), time_zone).about(view.plan.leave_type)


def _render(page: str, translator: Translator, **values: Any) -> str:
    request: LeaveRequest = values["summary"].request
    return render(
        f"pages/{page}.html",
        language=translator.language,
        time_zone=translator.time_zone,
        request=request,
        **values,
    )
