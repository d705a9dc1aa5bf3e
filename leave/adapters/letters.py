"""Writing the mails from templates."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import field, replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

from leave.adapters.facts import Facts, actor, adjustment_facts, is_own, last_asked
from leave.adapters.outcomes import (
    calendar_entry,
    comments_on,
    news_key,
    next_sentence,
    outcome_sentence,
)
from leave.adapters.templates import render
from leave.adapters.wording import DEFAULT_LANGUAGE, choose_language, wording
from leave.domain.approval import ApprovalPolicy
from leave.domain.history import Via, What
from leave.domain.links import Retirement
from leave.domain.mails import Mail
from leave.domain.statuses import Decision, Question, Status
from leave.domain.values import value
from leave.domain.visibility import Reader, Role, visible_request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import tzinfo

    from leave.adapters.wording import Wording
    from leave.domain.accounts import Returned
    from leave.domain.briefs import Brief
    from leave.domain.calendars import CalendarEntry
    from leave.domain.company import Company
    from leave.domain.employees import Employee
    from leave.domain.history import Person
    from leave.domain.requests import LeaveRequest
    from leave.domain.rules import Rules
    from leave.domain.views import AdjustedAccount, Waiting
    from leave.domain.visibility import VisibleRequest

_COLOURS = {"approved": "#15803d", "denied": "#b91c1c"}
_RELEASES = frozenset({Retirement.REROUTED, Retirement.ESCALATED, Retirement.UNREACHABLE})
MOST_BYTES = 90_000
"""How long the HTML of a digest may be: Gmail clips what is longer than 102 KB."""
_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{3,}")


@value
class TemplateLetters:
    """Implements `Letters`. `api_url` is the stage's public address, without a slash at its end.

    Moments are told in `time_zone`. Calendar entries belong to `company_domain`, as in the feed.
    """

    rules: Rules
    company_domain: str
    company: Company | None = None
    time_zone: tzinfo = field(default=UTC)
    api_url: str = ""

    def ask_lead(
        self, request: LeaveRequest, *, employee: Employee, lead: Employee, brief: Brief
    ) -> Mail:
        """Write the brief about the open question, with one link for either answer."""
        facts = self._facts(request.known_as(employee.name), lead.language, brief=brief)
        return self._brief(facts, lead)

    def tell_employee(
        self, request: LeaveRequest, *, employee: Employee, returned: Returned | None = None
    ) -> Mail:
        """Write the last outcome to the employee, with what their calendar has to know."""
        request = request.known_as(employee.name)
        facts = self._facts(request, employee.language, own=True)
        outcome, words = request.outcome, facts.words
        if outcome is None:
            raise ValueError(f"request {request.request_id} has no outcome to report")
        key, days = news_key(outcome), words.period(facts.plan.period)
        sentences = [outcome_sentence(words, request, outcome)]
        asked = last_asked(request.history)
        if outcome.via not in {Via.API, Via.DIRECTORY} and not is_own(request, asked):
            # The outcome may be the first that the employee hears of it.
            sentences.insert(0, words.say(f"done.{asked.what.value}", actor=actor(words, asked)))
        lead = request.approver.name if request.approver else words.say("your_lead")
        return self._mail(
            "tell_employee",
            facts,
            to=employee.email,
            subject=words.say(f"subject.{key}", days=days),
            calendar=calendar_entry(words, request, outcome, domain=self.company_domain),
            reader=employee,
            heading=words.say(f"heading.{key}"),
            colour=_COLOURS.get(key, "#1f2937"),
            sentences=sentences,
            comments=list(comments_on(words, request, outcome)),
            next=next_sentence(words, request, outcome, lead, returned),
        )

    def tell_lead(self, request: LeaveRequest, *, lead: Employee) -> Mail:
        """Write to the lead that there is nothing to decide any more."""
        known = self._known_to(request, lead)
        facts = self._facts(known.request, lead.language)
        # Not the last event: that may be that somebody else could not be told.
        done = request.outcome or request.history[-1]
        words = facts.words
        ending = "" if is_own(request, done) else ".for_other"
        return self._mail(
            "tell_lead",
            facts,
            to=lead.email,
            subject=_subject_for_lead(facts),
            lead=lead,
            heading=words.say(
                f"heading.tell_lead{ending}",
                name=request.employee.name,
                actor=actor(words, done),
            ),
            listed=list(facts.all()) if known.plan else [],
        )

    def tell_owner(self, request: LeaveRequest, *, employee: Employee) -> Mail:
        """Write to the employee what somebody else did for them."""
        request = request.known_as(employee.name)
        facts = self._facts(request, employee.language, own=True)
        words = facts.words
        done = request.outcome or last_asked(request.history)
        if request.question is not None:
            done = last_asked(request.history)
        lead = request.approver.name if request.approver else words.say("your_lead")
        return self._mail(
            "tell_employee",
            facts,
            to=employee.email,
            subject=words.say(f"subject.{done.what.value}", days=words.period(facts.plan.period)),
            reader=employee,
            heading=words.say(f"heading.{done.what.value}"),
            colour="#1f2937",
            sentences=[words.say(f"done.{done.what.value}", actor=actor(words, done))],
            next=words.say(f"next.{done.what.value}", lead=lead),
        )

    def note_lead(self, request: LeaveRequest, *, lead: Employee) -> Mail:
        """Write to the lead who is away without approval, or is not after all; never why."""
        facts = self._facts(request, lead.language, discreet=True)
        words, name = facts.words, request.employee.name
        done = request.outcome or request.history[-1]
        key = "note.cancelled" if request.status is Status.CANCELLED else "note"
        if done.via is Via.DIRECTORY:
            key = f"{key}.by_end"
        return self._mail(
            "tell_employee",
            facts,
            to=lead.email,
            subject=words.say(f"subject.{key}", name=name, days=words.period(facts.plan.period)),
            reader=lead,
            heading=words.say(f"heading.{key}", name=name),
            colour="#1f2937",
            sentences=[words.say(f"done.{key}", actor=actor(words, done), name=name)],
            next=words.say("next.note"),
        )

    def release_lead(self, request: LeaveRequest, *, lead: Employee) -> Mail:
        """Write to a lead who was asked before that somebody else decides now, and why."""
        known = self._known_to(request, lead)
        facts = self._facts(known.request, lead.language)
        return self._mail(
            "release_lead",
            facts,
            to=lead.email,
            subject=_subject_for_lead(facts),
            lead=lead,
            sentences=_released(facts.words, request, lead),
            listed=list(facts.all()) if known.plan else [],
        )

    def remind_lead(self, lead: Employee, waiting: Sequence[Waiting], *, more: int) -> Mail:
        """Write what waits for this lead, each with its two links, and how many `more` do.

        One request alone is a reminder in its own thread; several are a digest in the lead's.
        """
        if len(waiting) == 1 and not more:
            facts, since = self._waiting(waiting[0], lead)
            return self._mail(
                "remind_lead",
                facts,
                to=lead.email,
                subject=_subject_for_lead(facts),
                lead=lead,
                links=self._links(facts),
                sentences=[f"{since}."],
            )
        oldest_first = sorted(waiting, key=lambda one: (one.since, one.request.request_id))
        return _largest(
            len(waiting),
            lambda listed: self._digest(
                "digest", lead, oldest_first[:listed], more + len(waiting) - listed
            ),
        )[0]

    def ask_lead_about(self, lead: Employee, asked: Sequence[Waiting]) -> tuple[Mail, int]:
        """Write the links of requests that came from another approver, and how many are in it.

        One alone is a brief in its own thread.
        """
        if len(asked) == 1:
            facts, _ = self._waiting(asked[0], lead)
            return self._brief(facts, lead), 1
        return _largest(
            len(asked), lambda listed: self._digest("ask_lead_about", lead, asked[:listed], 0)
        )

    def release_lead_from(self, requests: Sequence[LeaveRequest], *, lead: Employee) -> Mail:
        """Write to a lead who was asked about these requests that somebody else decides now."""
        if len(requests) == 1:
            return self.release_lead(requests[0], lead=lead)
        words = wording(choose_language(lead.language), self.time_zone)
        whys = dict.fromkeys(filter(None, (_why_released(request, lead) for request in requests)))
        names = dict.fromkeys(r.approver.name for r in requests if r.approver)
        sentences = [
            *(words.say(f"released.several.{why}") for why in whys),
            *(words.say("released.by", name=name) for name in names),
        ]
        lines: list[str] = []
        for request in requests:
            known = self._known_to(request, lead)
            days = self._facts(known.request, lead.language).summary if known.plan else ""
            lines.append(": ".join(filter(None, [request.employee.name, days])))
        title = words.count("released", len(requests))
        values = {"title": title, "lead": lead, "sentences": sentences, "lines": lines}
        text, html = _render("release_lead_from", words, title, values, self.company)
        thread = f"digest-{lead.employee_id}"
        return Mail(to=lead.email, subject=title, text=text, html=html, thread=thread)

    def _brief(self, facts: Facts, lead: Employee) -> Mail:
        return self._mail(
            "ask_lead",
            facts,
            to=lead.email,
            subject=_subject_for_lead(facts),
            lead=lead,
            links=self._links(facts),
        )

    def _digest(self, template: str, lead: Employee, listed: Sequence[Waiting], more: int) -> Mail:
        words = wording(choose_language(lead.language), self.time_zone)
        told = [self._waiting(one, lead) for one in listed]
        notes = [list(facts.notes()) for facts, _ in told]
        # What is so for all of them is said once.
        shared = [n for n in notes[0] if all(n in others for others in notes[1:])]
        if len(told) == 1:
            shared = []
        questions = [
            {
                "since": since if template == "digest" else "",
                "links": self._links(facts),
                "notes": [note for note in own if note not in shared],
                **_told_twice(facts),
            }
            for (facts, since), own in zip(told, notes, strict=True)
        ]
        title = words.count(template, len(listed) + more)
        values = {
            "title": title,
            "lead": lead,
            "notes": shared,
            "questions": questions,
            "more": words.count("more_requests", more) if more else "",
        }
        text, html = _render(template, words, title, values, self.company)
        thread = f"digest-{lead.employee_id}"
        return Mail(to=lead.email, subject=title, text=text, html=html, thread=thread)

    def adjustment_notice(self, employee: Employee, accounts: Sequence[AdjustedAccount]) -> Mail:
        """Write to the employee which days were given or taken, why, and what is left."""
        adjusted = {one.leave_type for one in accounts}
        words = wording(choose_language(employee.language), self.time_zone)
        words = words.about(adjusted.pop() if len(adjusted) == 1 else "")
        types = {leave_type.id: leave_type.name for leave_type in self.rules.leave_types}
        title = words.say("heading.adjusted")
        values = {
            "title": title,
            "reader": employee,
            "accounts": [
                list(adjustment_facts(words, one, types.get(one.leave_type, one.leave_type)))
                for one in accounts
            ],
        }
        text, html = _render("adjustment_notice", words, title, values, self.company)
        thread = f"adjusted-{employee.employee_id}"
        return Mail(to=employee.email, subject=title, text=text, html=html, thread=thread)

    def tell_administrator(self, request: LeaveRequest, *, address: str, reader: Person) -> Mail:
        """Write that `reader` can not be reached by mail, and what was to be told."""
        facts = self._facts(request, DEFAULT_LANGUAGE, discreet=True)
        say = facts.words.say
        done = next(e for e in reversed(request.history) if e.what is not What.UNDELIVERED)
        is_owner = reader.employee_id == request.employee.employee_id
        if request.question is Question.CANCELLATION or (is_owner and request.question):
            done = last_asked(request.history)
        names = {
            "name": reader.name,
            "employee": request.employee.name,
            "actor": actor(facts.words, done),
        }
        if is_owner and request.question is not None:
            sentences = [say(f"undeliverable.{done.what.value}", **names)]
        elif request.noted and reader.employee_id == request.noted.employee_id:
            is_cancelled = request.status is Status.CANCELLED
            sentences = [say(f"undeliverable.noted{'.cancelled' if is_cancelled else ''}", **names)]
        elif is_owner:
            stands = say(f"stands.{request.status.value}")
            sentences = [say("undeliverable.told", name=reader.name, stands=stands)]
        elif request.question is None:
            sentences = [say("undeliverable.withdrawn", **names)]
        else:
            sentences = [say("undeliverable.asked", **names)]
            # Whoever comes next is chosen after this mail is out.
            if request.approver and request.approver.employee_id != reader.employee_id:
                sentences.append(say("undeliverable.now", name=request.approver.name))
            else:
                sentences.append(say("undeliverable.somebody"))
        mail = self._mail(
            "tell_administrator",
            facts,
            to=address,
            subject=say("subject.undeliverable", name=reader.name),
            reader=reader,
            sentences=sentences,
        )
        # Administrators work through addresses, not through requests.
        return replace(mail, thread=f"undeliverable-{request.request_id}")

    def _facts(
        self,
        request: LeaveRequest,
        language: str,
        *,
        brief: Brief | None = None,
        own: bool = False,
        discreet: bool = False,
    ) -> Facts:
        plan = request.plan if own else request.plan.shown_to_lead(self.rules)
        if discreet:
            plan = replace(plan, leave_type="", reason="")
        leave_type = self.rules.leave_type(plan.leave_type)
        return Facts(
            words=wording(choose_language(language), self.time_zone).about(plan.leave_type),
            request=request,
            plan=plan,
            type_name=leave_type.name if leave_type else "",
            brief=brief,
        )

    def _known_to(self, request: LeaveRequest, lead: Employee) -> VisibleRequest:
        """Return what an approver may know: one who was asked before, only what they were asked.

        That is also an approver who has had no mail about the newest days.
        """
        approver = (
            request.approver.employee_id if request.may_be_mailed and request.approver else ""
        )
        role = Role.APPROVER if approver == lead.employee_id else Role.FORMER
        return visible_request(
            request,
            Reader(role=role, employee_id=lead.employee_id),
            rules=self.rules,
            # Nobody is written to while an answer can still be taken back.
            policy=ApprovalPolicy(),
            now=request.history[-1].at,
        )

    def _waiting(self, waiting: Waiting, lead: Employee) -> tuple[Facts, str]:
        request, brief = waiting.request, waiting.brief
        if brief and brief.employee_name:
            request = request.known_as(brief.employee_name)
        facts = self._facts(request, lead.language, brief=brief)
        return facts, facts.words.count("waiting", waiting.days)

    def _links(self, facts: Facts) -> dict[str, str]:
        request, say = facts.request, facts.words.say
        link = request.link()
        if link is None:
            raise ValueError(f"request {request.request_id} has no link yet")
        question = request.question or Question.LEAVE
        base = f"{self.api_url}/leave_lead_response"
        return {
            "approved": f"{base}/{Decision.APPROVED.value}/{link.reveal()}",
            "denied": f"{base}/{Decision.DENIED.value}/{link.reveal()}",
            "approve": say(f"verb.{question.value}.{Decision.APPROVED.value}"),
            "deny": say(f"verb.{question.value}.{Decision.DENIED.value}"),
        }

    def _mail(
        self,
        template: str,
        facts: Facts,
        *,
        to: str,
        subject: str,
        calendar: CalendarEntry | None = None,
        **values: Any,
    ) -> Mail:
        request, words = facts.request, facts.words
        values = {"sentences": (), "comments": ()} | values
        values = _told_twice(facts) | values
        text, html = _render(template, words, subject, values, self.company)
        return Mail(
            to=to,
            subject=subject,
            text=text,
            html=html,
            thread=request.request_id,
            calendar=calendar,
        )


def _subject_for_lead(facts: Facts) -> str:
    """Return the subject of all that a lead reads about one request, or Gmail would tear it apart.

    Other days make another subject, and with it another conversation.
    """
    name = facts.request.employee.name
    return facts.words.say("subject", name=name, days=facts.words.period(facts.plan.period))


def _released(words: Wording, request: LeaveRequest, lead: Employee) -> list[str]:
    """Say why somebody else decides now, and who that is, as long as it is to be decided."""
    if request.question is None:
        return [words.say("released.over")]
    why = _why_released(request, lead)
    sentences = [words.say(f"released.{why}")] if why else []
    if request.approver and request.approver.employee_id != lead.employee_id:
        sentences.append(words.say("released.by", name=request.approver.name))
    return sentences


def _why_released(request: LeaveRequest, lead: Employee) -> Retirement | None:
    own = [old for old in request.retired_links if old.owner == lead.employee_id]
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


def _told_twice(facts: Facts) -> dict[str, Any]:
    """Return what both the text and the HTML of a mail list."""
    return {"facts": facts, "listed": list(facts.all())}


def _render(
    template: str, words: Wording, subject: str, values: dict[str, Any], company: Company | None
) -> tuple[str, str]:
    request = values["facts"].request if "facts" in values else None
    values = values | {"request": request, "subject": subject, "company": company}
    text, html = (
        render(
            f"mails/{template}.{part}",
            language=words.language,
            time_zone=words.time_zone,
            **values,
        )
        for part in ("txt", "html")
    )
    # What a template leaves out leaves its blank lines behind.
    text = _BLANK_LINES.sub("\n\n", _TRAILING.sub("", text)).strip()
    return f"{text}\n", html
