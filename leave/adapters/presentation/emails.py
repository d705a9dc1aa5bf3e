"""Writing the mails from templates."""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Any

from leave.adapters.presentation.i18n import (
    DEFAULT_LANGUAGE,
    choose_language,
    load_translator,
    render,
)
from leave.adapters.presentation.outcome_texts import (
    calendar_entry,
    comments_on,
    news_key,
    next_sentence,
    outcome_sentence,
)
from leave.adapters.presentation.request_summary import (
    RequestSummary,
    actor,
    adjustment_rows,
    is_own,
    last_asked,
)
from leave.domain.calendar import Period
from leave.domain.employee import Company
from leave.domain.history import Channel, Decision, EventType, Question, Status, is_answer
from leave.domain.invitations import RevocationReason
from leave.domain.policy import Rules
from leave.domain.request import ApprovalPolicy
from leave.domain.values import Value, replace
from leave.domain.views import Mail, Reader, Role, visible_request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leave.adapters.presentation.i18n import Translator
    from leave.domain.accounts import Returned
    from leave.domain.delegation import DelegationNotice
    from leave.domain.employee import Employee
    from leave.domain.history import Person
    from leave.domain.request import LeaveRequest
    from leave.domain.views import (
        AdjustedAccount,
        CalendarEntry,
        DecisionSummary,
        PendingItem,
        VisibleRequest,
    )


_COLOURS = {"approved": "#15803d", "denied": "#b91c1c"}
_RELEASES = frozenset(
    {RevocationReason.REROUTED, RevocationReason.ESCALATED, RevocationReason.UNREACHABLE}
)
MOST_BYTES = 90_000
"""How long the HTML of a digest may be: Gmail clips what is longer than 102 KB."""
_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{3,}")


class TemplateEmails(Value):
    """Implements `Emails`. `api_url` is the stage's public address, without a slash at its end.

    Moments are told in `time_zone`. Calendar entries belong to `company_domain`, as in the feed.
    """

    rules: Rules
    company_domain: str
    company: Company | None = None
    time_zone: tzinfo = UTC
    api_url: str = ""

    def approval_request(
        self,
        request: LeaveRequest,
        *,
        employee: Employee,
        lead: Employee,
        decision_summary: DecisionSummary,
    ) -> Mail:
        """Write about the open question, with one link for either answer."""
        summary = self._summary(
            request.known_as(employee.name), lead.language, decision_summary=decision_summary
        )
        return self._brief(summary, lead)

    def outcome_notice(
        self, request: LeaveRequest, *, employee: Employee, returned: Returned | None = None
    ) -> Mail:
        """Write the last outcome to the employee, with what their calendar must know."""
        request = request.known_as(employee.name)
        summary = self._summary(request, employee.language, own=True)
        outcome, translator = request.outcome, summary.translator
        if outcome is None:
            raise ValueError(f"request {request.request_id} has no outcome to report")
        key, days = news_key(request, outcome), translator.period(summary.plan.period)
        sentences = [outcome_sentence(translator, request, outcome)]
        asked = last_asked(request.history)
        is_known = outcome.channel in {Channel.API, Channel.IMPORT}
        is_known = is_known and not is_answer(outcome, request.history)
        if not is_known and not is_own(request, asked):
            # The outcome may be the first that the employee hears of it.
            sentences.insert(
                0, translator.t(f"done.{asked.type.value}", actor=actor(translator, asked))
            )
        lead = request.approver.name if request.approver else translator.t("your_lead")
        return self._mail(
            "outcome_notice",
            summary,
            to=employee.email,
            subject=translator.t(f"subject.{key}", days=days),
            calendar=calendar_entry(translator, request, outcome, domain=self.company_domain),
            reader=employee,
            heading=translator.t(f"heading.{key}"),
            colour=_COLOURS.get(key, "#1f2937"),
            sentences=sentences,
            comments=list(comments_on(translator, request, outcome)),
            next=next_sentence(translator, request, outcome, lead, returned),
        )

    def withdrawal_notice(self, request: LeaveRequest, *, lead: Employee) -> Mail:
        """Write to the lead that there is nothing to decide any more."""
        known = self._known_to(request, lead)
        summary = self._summary(known.request, lead.language)
        # Not the last event: that may be that another person could not be told.
        done = request.outcome or request.history[-1]
        translator = summary.translator
        ending = "" if is_own(request, done) else ".for_other"
        return self._mail(
            "withdrawal_notice",
            summary,
            to=lead.email,
            subject=_subject_for_lead(summary),
            lead=lead,
            heading=translator.t(
                f"heading.tell_lead{ending}",
                name=request.employee.name,
                actor=actor(translator, done),
            ),
            listed=list(summary.rows()) if known.plan else [],
        )

    def proxy_notice(self, request: LeaveRequest, *, employee: Employee) -> Mail:
        """Write to the employee what another person did for them."""
        request = request.known_as(employee.name)
        summary = self._summary(request, employee.language, own=True)
        translator = summary.translator
        done = request.outcome or last_asked(request.history)
        if request.question is not None:
            done = last_asked(request.history)
        lead = request.approver.name if request.approver else translator.t("your_lead")
        return self._mail(
            "outcome_notice",
            summary,
            to=employee.email,
            subject=translator.t(
                f"subject.{done.type.value}", days=translator.period(summary.plan.period)
            ),
            reader=employee,
            heading=translator.t(f"heading.{done.type.value}"),
            colour="#1f2937",
            sentences=[translator.t(f"done.{done.type.value}", actor=actor(translator, done))],
            next=translator.t(f"next.{done.type.value}", lead=lead),
        )

    def absence_notice(self, request: LeaveRequest, *, lead: Employee) -> Mail:
        """Write to the lead who is away without approval, or is not after all; never why."""
        summary = self._summary(request, lead.language, discreet=True)
        translator, name = summary.translator, request.employee.name
        done = request.outcome or request.history[-1]
        key = "note.cancelled" if request.status is Status.CANCELLED else "note"
        if done.channel is Channel.IMPORT:
            key = f"{key}.by_end"
        sentence = translator.t(f"done.{key}", actor=actor(translator, done), name=name)
        asked = last_asked(request.history)
        if key == "note" and asked.type is EventType.RECORDED:
            sentence = translator.t("done.note.recorded", actor=actor(translator, asked))
        return self._mail(
            "outcome_notice",
            summary,
            to=lead.email,
            subject=translator.t(
                f"subject.{key}", name=name, days=translator.period(summary.plan.period)
            ),
            reader=lead,
            heading=translator.t(f"heading.{key}", name=name),
            colour="#1f2937",
            sentences=[sentence],
            next=translator.t("next.note"),
        )

    def reassignment_notice(self, request: LeaveRequest, *, lead: Employee) -> Mail:
        """Write to a lead who was asked before that another person decides now, and why."""
        known = self._known_to(request, lead)
        summary = self._summary(known.request, lead.language)
        return self._mail(
            "reassignment_notice",
            summary,
            to=lead.email,
            subject=_subject_for_lead(summary),
            lead=lead,
            sentences=_released(summary.translator, request, lead),
            listed=list(summary.rows()) if known.plan else [],
        )

    def reminder(self, lead: Employee, waiting: Sequence[PendingItem], *, more: int) -> Mail:
        """Write what waits for this lead, each with its two links, and how many `more` do.

        One request alone is a reminder in its own thread; several are a digest in the lead's.
        """
        if len(waiting) == 1 and not more:
            summary, since = self._waiting(waiting[0], lead)
            return self._mail(
                "reminder",
                summary,
                to=lead.email,
                subject=_subject_for_lead(summary),
                lead=lead,
                links=self._links(summary),
                sentences=[f"{since}."],
            )
        oldest_first = sorted(waiting, key=lambda one: (one.since, one.request.request_id))
        return _largest(
            len(waiting),
            lambda listed: self._digest(
                "digest", lead, oldest_first[:listed], more + len(waiting) - listed
            ),
        )[0]

    def approval_requests(self, lead: Employee, asked: Sequence[PendingItem]) -> tuple[Mail, int]:
        """Write the links of requests that came from another approver, and how many are in it.

        One alone is a request in its own thread.
        """
        if len(asked) == 1:
            summary, _ = self._waiting(asked[0], lead)
            return self._brief(summary, lead), 1
        return _largest(
            len(asked), lambda listed: self._digest("approval_requests", lead, asked[:listed], 0)
        )

    def reassignment_notices(self, requests: Sequence[LeaveRequest], *, lead: Employee) -> Mail:
        """Write to a lead who was asked about these requests that another person decides now."""
        if len(requests) == 1:
            return self.reassignment_notice(requests[0], lead=lead)
        translator = load_translator(choose_language(lead.language), self.time_zone)
        whys = dict.fromkeys(filter(None, (_why_released(request, lead) for request in requests)))
        names = dict.fromkeys(r.approver.name for r in requests if r.approver)
        sentences = [
            *(translator.t(f"released.several.{why}") for why in whys),
            *(translator.t("released.by", name=name) for name in names),
        ]
        lines: list[str] = []
        for request in requests:
            known = self._known_to(request, lead)
            days = self._summary(known.request, lead.language).one_line if known.plan else ""
            lines.append(": ".join(filter(None, [request.employee.name, days])))
        title = translator.count("released", len(requests))
        values = {"title": title, "lead": lead, "sentences": sentences, "lines": lines}
        text, html = _render("reassignment_notices", translator, title, values, self.company)
        thread = f"digest-{lead.employee_id}"
        return Mail(to=lead.email, subject=title, text=text, html=html, thread=thread)

    def _brief(self, summary: RequestSummary, lead: Employee) -> Mail:
        return self._mail(
            "approval_request",
            summary,
            to=lead.email,
            subject=_subject_for_lead(summary),
            lead=lead,
            links=self._links(summary),
        )

    def _digest(
        self, template: str, lead: Employee, listed: Sequence[PendingItem], more: int
    ) -> Mail:
        translator = load_translator(choose_language(lead.language), self.time_zone)
        summaries = [self._waiting(one, lead) for one in listed]
        remarks = [list(summary.remarks()) for summary, _ in summaries]
        # What is so for all of them is said once.
        shared = [one for one in remarks[0] if all(one in others for others in remarks[1:])]
        if len(summaries) == 1:
            shared = []
        questions = [
            {
                "since": since if template == "digest" else "",
                "links": self._links(summary),
                "remarks": [one for one in own if one not in shared],
                **_listed(summary),
            }
            for (summary, since), own in zip(summaries, remarks, strict=True)
        ]
        title = translator.count(template, len(listed) + more)
        values = {
            "title": title,
            "lead": lead,
            "shared": shared,
            "questions": questions,
            "more": translator.count("more_requests", more) if more else "",
        }
        text, html = _render(template, translator, title, values, self.company)
        thread = f"digest-{lead.employee_id}"
        return Mail(to=lead.email, subject=title, text=text, html=html, thread=thread)

    def adjustment_notice(self, employee: Employee, accounts: Sequence[AdjustedAccount]) -> Mail:
        """Write to the employee which days were given or taken, why, and what is left."""
        adjusted = {one.leave_type for one in accounts}
        translator = load_translator(choose_language(employee.language), self.time_zone)
        translator = translator.about(adjusted.pop() if len(adjusted) == 1 else "")
        types = {leave_type.id: leave_type.name for leave_type in self.rules.leave_types}
        title = translator.t("heading.adjusted")
        values = {
            "title": title,
            "reader": employee,
            "accounts": [
                list(adjustment_rows(translator, one, types.get(one.leave_type, one.leave_type)))
                for one in accounts
            ],
        }
        text, html = _render("adjustment_notice", translator, title, values, self.company)
        thread = f"adjusted-{employee.employee_id}"
        return Mail(to=employee.email, subject=title, text=text, html=html, thread=thread)

    def delegation_notice(
        self,
        notice: DelegationNotice,
        *,
        reader: Employee,
        employee: Employee,
        substitute: Employee,
    ) -> Mail:
        """Write to `reader` that the substitute decides for the employee, or no longer does."""
        translator = load_translator(choose_language(reader.language), self.time_zone)
        key = "own" if reader.employee_id == employee.employee_id else "substitute"
        key = f"delegated.{key}{'.ended' if notice.ended else ''}"
        days = translator.period(Period(start=notice.start, end=notice.end))
        names = {"name": employee.name, "substitute": substitute.name, "days": days}
        title = translator.t(f"heading.{key}", **names)
        values = {"title": title, "reader": reader, "sentence": translator.t(key, **names)}
        text, html = _render("delegation_notice", translator, title, values, self.company)
        thread = f"delegated-{employee.employee_id}-{reader.employee_id}"
        return Mail(to=reader.email, subject=title, text=text, html=html, thread=thread)

    def admin_alert(self, request: LeaveRequest, *, address: str, reader: Person) -> Mail:
        """Write that `reader` cannot be reached by mail, and what was to be told."""
        summary = self._summary(request, DEFAULT_LANGUAGE, discreet=True)
        t = summary.translator.t
        done = next(e for e in reversed(request.history) if e.type is not EventType.UNDELIVERED)
        is_owner = reader.employee_id == request.employee.employee_id
        if request.question is Question.CANCELLATION or (is_owner and request.question):
            done = last_asked(request.history)
        names = {
            "name": reader.name,
            "employee": request.employee.name,
            "actor": actor(summary.translator, done),
        }
        if is_owner and request.question is not None:
            sentences = [t(f"undeliverable.{done.type.value}", **names)]
        elif request.noted and reader.employee_id == request.noted.employee_id:
            is_cancelled = request.status is Status.CANCELLED
            sentences = [t(f"undeliverable.noted{'.cancelled' if is_cancelled else ''}", **names)]
        elif is_owner:
            stands = t(f"stands.{request.status.value}")
            sentences = [t("undeliverable.outcome", name=reader.name, stands=stands)]
        elif request.question is None:
            sentences = [t("undeliverable.withdrawn", **names)]
        else:
            sentences = [t("undeliverable.asked", **names)]
            # Whoever comes next is chosen after this mail is out.
            if request.approver and request.approver.employee_id != reader.employee_id:
                sentences.append(t("undeliverable.now", name=request.approver.name))
            else:
                sentences.append(t("undeliverable.somebody"))
        mail = self._mail(
            "admin_alert",
            summary,
            to=address,
            subject=t("subject.undeliverable", name=reader.name),
            reader=reader,
            sentences=sentences,
        )
        # Administrators work through addresses, not through requests.
        return replace(mail, thread=f"undeliverable-{request.request_id}")

    def _summary(
        self,
        request: LeaveRequest,
        language: str,
        *,
        decision_summary: DecisionSummary | None = None,
        own: bool = False,
        discreet: bool = False,
    ) -> RequestSummary:
        plan = request.plan if own else request.plan.shown_to_lead(self.rules)
        if discreet:
            plan = replace(plan, leave_type="", reason="")
        leave_type = self.rules.leave_type(plan.leave_type)
        return RequestSummary(
            translator=load_translator(choose_language(language), self.time_zone).about(
                plan.leave_type
            ),
            request=request,
            plan=plan,
            type_name=leave_type.name if leave_type else "",
            decision_summary=decision_summary,
        )

    def _known_to(self, request: LeaveRequest, lead: Employee) -> VisibleRequest:
        """Return what an approver may know: one who was asked before, only what they were asked.

        That is also an approver who has had no mail about the newest days.
        """
        approver = (
            request.approver.employee_id if request.may_be_mailed and request.approver else ""
        )
        role = Role.APPROVER if approver == lead.employee_id else Role.PREVIOUS_APPROVER
        return visible_request(
            request,
            Reader(role=role, employee_id=lead.employee_id),
            rules=self.rules,
            # Nobody is written to while an answer can still be taken back.
            policy=ApprovalPolicy(),
            now=request.history[-1].at,
        )

    def _waiting(self, waiting: PendingItem, lead: Employee) -> tuple[RequestSummary, str]:
        request, decision_summary = waiting.request, waiting.decision_summary
        if decision_summary and decision_summary.employee_name:
            request = request.known_as(decision_summary.employee_name)
        summary = self._summary(request, lead.language, decision_summary=decision_summary)
        return summary, summary.translator.count("waiting", waiting.days)

    def _links(self, summary: RequestSummary) -> dict[str, str]:
        request, t = summary.request, summary.translator.t
        link = request.link()
        if link is None:
            raise ValueError(f"request {request.request_id} has no link yet")
        question = request.question or Question.LEAVE
        base = f"{self.api_url}/leave_lead_response"
        return {
            "approved": f"{base}/{Decision.APPROVED.value}/{link.reveal()}",
            "denied": f"{base}/{Decision.DENIED.value}/{link.reveal()}",
            "approve": t(f"verb.{question.value}.{Decision.APPROVED.value}"),
            "deny": t(f"verb.{question.value}.{Decision.DENIED.value}"),
        }

    def _mail(
        self,
        template: str,
        summary: RequestSummary,
        *,
        to: str,
        subject: str,
        calendar: CalendarEntry | None = None,
        **values: Any,
    ) -> Mail:
        request, translator = summary.request, summary.translator
        values = {"sentences": (), "comments": ()} | values
        values = _listed(summary) | values
        text, html = _render(template, translator, subject, values, self.company)
        return Mail(
            to=to,
            subject=subject,
            text=text,
            html=html,
            thread=request.request_id,
            calendar=calendar,
        )


def _subject_for_lead(summary: RequestSummary) -> str:
    """Return the subject of all that a lead reads about one request, or Gmail would tear it apart.

    Other days make another subject, and with it another conversation.
    """
    name = summary.request.employee.name
    return summary.translator.t(
        "subject", name=name, days=summary.translator.period(summary.plan.period)
    )


def _released(translator: Translator, request: LeaveRequest, lead: Employee) -> list[str]:
    """Say why another person decides now, and who that is, as long as it is to be decided."""
    if request.question is None:
        return [translator.t("released.over")]
    why = _why_released(request, lead)
    sentences = [translator.t(f"released.{why}")] if why else []
    if request.approver and request.approver.employee_id != lead.employee_id:
        sentences.append(translator.t("released.by", name=request.approver.name))
    return sentences


def _why_released(request: LeaveRequest, lead: Employee) -> RevocationReason | None:
    own = [old for old in request.revoked_links if old.owner == lead.employee_id]
    return own[-1].why if own and own[-1].why in _RELEASES else None


def _largest(number: int, digest: Callable[[int], Mail]) -> tuple[Mail, int]:
    """Return the digest of as many as are not clipped, one in any case, and how many that are."""
    whole = digest(number)
    if _size(whole) <= MOST_BYTES:
        return whole, number
    fitting = bisect_right(range(1, number), MOST_BYTES, key=lambda n: _size(digest(n)))
    listed = max(1, fitting)
    return digest(listed), listed


def _size(mail: Mail) -> int:
    return len(mail.html.encode())


def _listed(summary: RequestSummary) -> dict[str, Any]:
    """Return what both the text and the HTML of a mail list."""
    return {"summary": summary, "listed": list(summary.rows())}


def _render(
    template: str,
    translator: Translator,
    subject: str,
    values: dict[str, Any],
    company: Company | None,
) -> tuple[str, str]:
    request = values["summary"].request if "summary" in values else None
    values = values | {"request": request, "subject": subject, "company": company}
    text, html = (
        render(
            f"mails/{template}.{part}",
            language=translator.language,
            time_zone=translator.time_zone,
            **values,
        )
        for part in ("txt", "html")
    )
    # What a template leaves out leaves its blank lines behind.
    text = _BLANK_LINES.sub("\n\n", _TRAILING.sub("", text)).strip()
    return f"{text}\n", html
