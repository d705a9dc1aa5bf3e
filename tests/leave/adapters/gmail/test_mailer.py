"""Sending a mail: exactly one POST, and an error by what can be done about it."""

import datetime as dt
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from emulator.google import GoogleStandIn
from leave.adapters.gmail.credentials import (
    SEND_SCOPE,
    MaybeSentError,
    NothingSentError,
    Urllib3Http,
)
from leave.adapters.gmail.mailer import GmailMailer
from leave.domain.errors import (
    MailCredentialsError,
    MailError,
    MailOutcomeUnknownError,
    MailRefusedError,
    MailThrottledError,
    MailUnavailableError,
)
from leave.domain.values import replace
from tests.emulator.google.callers import call
from tests.leave.adapters.gmail.scripted_google import (
    DROP,
    HANG,
    SEND_PATH,
    Line,
    ScriptedGoogle,
    answer,
    gmail_error,
)
from tests.leave.builders import MAIL

Transports = Callable[..., Urllib3Http]


@pytest.fixture
def closed_port() -> Iterator[str]:
    """Return an address that is taken, and on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


RATE_INFO = {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    "reason": "RATE_LIMIT_EXCEEDED",
    "domain": "googleapis.com",
}


def test_a_mail_is_posted_once_with_a_fresh_token(
    mailer: GmailMailer, google: ScriptedGoogle
) -> None:
    mailer.send(MAIL)
    (post,) = google.posts
    assert post.bearer == "Bearer ya29.1"
    assert post.mail["To"] == "john@foo.com"
    (refresh,) = google.refreshes
    assert refresh["refresh_token"] == "1//the-refresh-token"
    assert refresh["client_secret"] == "the-client-secret"
    assert refresh["scope"] == SEND_SCOPE


def test_mail_that_is_redirected_reaches_nobody_else(
    mailer: GmailMailer, google: ScriptedGoogle
) -> None:
    mailer.redirect = "dev@foo.com"
    mailer.send(MAIL)
    (post,) = google.posts
    assert post.mail["To"] == '"for john@foo.com" <dev@foo.com>'
    (reader,) = post.mail["To"].addresses
    assert reader.addr_spec == "dev@foo.com"
    assert post.mail["Cc"] is post.mail["Bcc"] is None


def test_what_can_not_be_addressed_is_refused_for_good(
    mailer: GmailMailer, google: ScriptedGoogle
) -> None:
    with pytest.raises(MailRefusedError, match="must be plain ASCII"):
        mailer.send(replace(MAIL, to="jörg@foo.com"))
    assert google.posts == []


def test_a_warm_mailer_keeps_token_and_credentials(
    google: ScriptedGoogle, mailer: GmailMailer, reads: list[None]
) -> None:
    for _ in range(3):
        mailer.send(MAIL)
    assert (len(google.posts), len(google.refreshes), len(reads)) == (3, 1, 1)


def test_an_expired_token_is_renewed_before_the_mail_goes_out(
    mailer: GmailMailer, google: ScriptedGoogle
) -> None:
    mailer.send(MAIL)
    past = dt.datetime(2020, 1, 1)  # noqa: DTZ001 - google-auth keeps naive UTC
    mailer._credentials.expiry = past  # type: ignore[union-attr]
    mailer.send(MAIL)
    assert [post.bearer for post in google.posts] == ["Bearer ya29.1", "Bearer ya29.2"]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (gmail_error(429, "rateLimitExceeded"), MailThrottledError),
        (answer(429, "Too many"), MailThrottledError),
        (gmail_error(403, "rateLimitExceeded"), MailThrottledError),
        (gmail_error(403, "userRateLimitExceeded"), MailThrottledError),
        (gmail_error(403, "dailyLimitExceeded"), MailThrottledError),
        (gmail_error(403, "quotaExceeded"), MailThrottledError),
        (gmail_error(403, "rateLimitExceeded", details=[RATE_INFO]), MailThrottledError),
        (gmail_error(403, "forbidden", details=[{}, RATE_INFO]), MailThrottledError),
        (gmail_error(500, "backendError"), MailUnavailableError),
        (gmail_error(503, "backendError"), MailUnavailableError),
        (answer(502, "<html>Bad gateway</html>"), MailUnavailableError),
        (answer(408, ""), MailUnavailableError),
        (gmail_error(403, "domainPolicy"), MailCredentialsError),
        (gmail_error(403, "insufficientPermissions"), MailCredentialsError),
        (gmail_error(403, "accessNotConfigured", details=[{}]), MailCredentialsError),
        (answer(403, "<html>Forbidden</html>"), MailCredentialsError),
        (gmail_error(400, "failedPrecondition"), MailCredentialsError),
        (gmail_error(400, "invalidArgument"), MailRefusedError),
        (gmail_error(404, "notFound"), MailRefusedError),
        (gmail_error(413, "uploadTooLarge"), MailRefusedError),
        (answer(400, {"error": "odd"}), MailRefusedError),
        (answer(400, {"error": {"errors": "odd", "details": 1}}), MailRefusedError),
        (answer(400, [1]), MailRefusedError),
        (answer(302, ""), MailRefusedError),
    ],
)
def test_a_refusal_is_told_by_what_can_be_done_about_it(
    mailer: GmailMailer, google: ScriptedGoogle, line: Line, error: type[MailError]
) -> None:
    google.send_script.append(line)
    with pytest.raises(error, match=f"Gmail answered {line.status}"):
        mailer.send(MAIL)
    assert len(google.posts) == 1


def test_the_reason_is_told(mailer: GmailMailer, google: ScriptedGoogle) -> None:
    line = gmail_error(400, "invalidArgument", details=[{"reason": "BAD_HEADER"}])
    google.send_script.append(line)
    with pytest.raises(MailRefusedError, match="400 invalidArgument, BAD_HEADER"):
        mailer.send(MAIL)


def test_a_token_that_is_never_accepted_is_a_matter_of_credentials(
    mailer: GmailMailer, google: ScriptedGoogle
) -> None:
    google.send_script.extend([gmail_error(401, "authError")] * 3)
    with pytest.raises(MailCredentialsError, match="401"):
        mailer.send(MAIL)
    assert len(google.posts) == 3


@pytest.mark.parametrize("line", [DROP, HANG])
def test_a_mail_without_an_answer_may_be_out_and_is_posted_once(
    mailer: GmailMailer,
    google: ScriptedGoogle,
    transport_with: Transports,
    line: Line,
) -> None:
    mailer.transport = transport_with(read=0.5)
    google.send_script.append(line)
    with pytest.raises(MailOutcomeUnknownError, match="may have been sent"):
        mailer.send(MAIL)
    assert len(google.posts) == 1


def test_gmail_out_of_reach_has_sent_nothing(
    mailer: GmailMailer, google: ScriptedGoogle, closed_port: str
) -> None:
    mailer.endpoint = closed_port
    with pytest.raises(MailUnavailableError, match="could not be reached"):
        mailer.send(MAIL)
    with pytest.raises(MailUnavailableError):
        mailer.check()
    assert google.posts == []


# Finding out whether Gmail takes mail, by one to nobody that it refuses while it is well

NOBODY = gmail_error(400, "invalidArgument")


def test_gmail_that_refuses_a_mail_to_nobody_is_well(
    mailer: GmailMailer, google: ScriptedGoogle
) -> None:
    google.send_script.append(NOBODY)
    mailer.check()
    (post,) = google.posts
    assert [post.mail[name] for name in ("To", "Cc", "Bcc")] == [None] * 3


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (DROP, MailUnavailableError),
        (HANG, MailUnavailableError),
        (gmail_error(503, "backendError"), MailUnavailableError),
        (gmail_error(429, "rateLimitExceeded"), MailThrottledError),
        (gmail_error(403, "domainPolicy"), MailCredentialsError),
    ],
)
def test_gmail_that_does_not_refuse_it_is_not(
    mailer: GmailMailer,
    google: ScriptedGoogle,
    transport_with: Transports,
    line: Line,
    kind: type[MailError],
) -> None:
    """Nothing is in doubt then, since nothing could be sent."""
    mailer.transport = transport_with(read=0.5)
    google.send_script.append(line)
    with pytest.raises(kind):
        mailer.check()


def test_the_stand_in_refuses_it_as_gmail_does_and_keeps_nothing(
    transport_with: Transports,
) -> None:
    with GoogleStandIn(audiences=["leave-api"], mailbox="leave-bot@foo.com") as google:
        GmailMailer(
            read_credentials=google.gmail_credentials,
            endpoint=google.url,
            sender="leave-bot@foo.com",
            company_domain="foo.com",
            transport=transport_with(),
        ).check()
        assert call(google, "GET", "/_fake/messages").json == []


# The transport: every request is sent once, and a failure says whether it may have arrived

HEADERS = {"authorization": "Bearer x"}
BODY = b'{"raw": "TWFpbA=="}'


def post(transport: Urllib3Http, google: ScriptedGoogle) -> tuple[int, bytes]:
    response, content = transport.request(google.url + SEND_PATH, "POST", BODY, HEADERS)
    return response.status, content


def test_an_answer_comes_back_as_httplib2_would_give_it(
    google: ScriptedGoogle, transport_with: Transports
) -> None:
    google.send_script.append(answer(418, {"a": 1}))
    response, content = transport_with().request(
        google.url + SEND_PATH, method="POST", body=BODY, headers=HEADERS
    )
    assert response.status == 418
    assert response.reason == "I'm a Teapot"
    assert response["content-type"].startswith("application/json")
    assert content == b'{"a": 1}'


def test_a_drop_is_not_repeated_on_a_new_or_a_kept_connection(
    google: ScriptedGoogle, transport_with: Transports
) -> None:
    transport = transport_with()
    google.send_script.extend([DROP, answer(200, {}), DROP])
    with pytest.raises(MaybeSentError):
        post(transport, google)
    assert len(google.posts) == 1
    post(transport, google)
    with pytest.raises(MaybeSentError):
        post(transport, google)
    assert len(google.posts) == 3


def test_silence_ends_with_the_read_timeout_and_is_not_repeated(
    google: ScriptedGoogle, transport_with: Transports
) -> None:
    google.send_script.append(HANG)
    with pytest.raises(MaybeSentError, match="ReadTimeoutError"):
        post(transport_with(read=0.2), google)
    assert len(google.posts) == 1


def test_a_refused_connection_has_sent_nothing(
    closed_port: str, transport_with: Transports
) -> None:
    with pytest.raises(NothingSentError):
        transport_with().request(closed_port, "POST", BODY)


def test_a_name_nobody_knows_has_sent_nothing(
    monkeypatch: pytest.MonkeyPatch, transport_with: Transports
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(NothingSentError):
        transport_with().request("http://gmail.invalid/", "POST", BODY)


@pytest.mark.parametrize("status", [307, 429, 500, 502, 503])
def test_no_status_is_tried_again_or_followed(
    google: ScriptedGoogle, transport_with: Transports, status: int
) -> None:
    google.send_script.append(answer(status, {}))
    assert post(transport_with(), google)[0] == status
    assert len(google.posts) == 1


def test_a_connection_that_died_between_two_mails_costs_nothing(
    google: ScriptedGoogle, transport_with: Transports
) -> None:
    """A frozen Lambda wakes up with connections that Google closed long ago."""
    google.send_script.append(Line(then_close=True))
    transport = transport_with()
    post(transport, google)
    assert google.closed.wait(5)
    assert post(transport, google)[0] == 200
    assert len(google.posts) == 2


def test_threads_get_each_their_own_answers(
    google: ScriptedGoogle, transport_with: Transports
) -> None:
    transport, wrong = transport_with(), []

    def ask_and_compare(name: str) -> None:
        for number in range(10):
            path = f"/echo/{name}/{number}"
            _, content = transport.request(google.url + path, "POST", b"")
            if content.decode() != path:
                wrong.append((path, content))

    threads = [threading.Thread(target=ask_and_compare, args=(str(n),)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
