"""Every request is sent once, and a failure says whether it may have arrived."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from leave.adapters.gmail.credentials import MaybeSentError, NothingSentError
from tests.leave.adapters.gmail.scripted_google import DROP, HANG, SEND_PATH, Line, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leave.adapters.gmail.credentials import Urllib3Http
    from tests.leave.adapters.gmail.scripted_google import ScriptedGoogle

HEADERS = {"authorization": "Bearer x"}
BODY = b'{"raw": "TWFpbA=="}'


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Return a port that is taken, and on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def post(transport: Urllib3Http, google: ScriptedGoogle) -> tuple[int, bytes]:
    response, content = transport.request(google.url + SEND_PATH, "POST", BODY, HEADERS)
    return response.status, content


def test_an_answer_comes_back_as_httplib2_would_give_it(
    google: ScriptedGoogle, transport_with: Callable[..., Urllib3Http]
) -> None:
    google.send_script.append(answer(418, {"a": 1}))
    response, content = transport_with().request(
        google.url + SEND_PATH, method="POST", body=BODY, headers=HEADERS
    )
    assert response.status == 418
    assert response.reason == "I'm a Teapot"
    assert response["content-type"].startswith("application/json")
    assert content == b'{"a": 1}'


def test_a_drop_after_the_request_was_read_is_not_repeated(
    google: ScriptedGoogle, transport_with: Callable[..., Urllib3Http]
) -> None:
    google.send_script.append(DROP)
    with pytest.raises(MaybeSentError):
        post(transport_with(), google)
    assert len(google.posts) == 1


def test_a_drop_on_a_kept_connection_is_not_repeated_either(
    google: ScriptedGoogle, transport_with: Callable[..., Urllib3Http]
) -> None:
    transport = transport_with()
    post(transport, google)
    google.send_script.append(DROP)
    with pytest.raises(MaybeSentError):
        post(transport, google)
    assert len(google.posts) == 2


def test_silence_ends_with_the_read_timeout_and_is_not_repeated(
    google: ScriptedGoogle, transport_with: Callable[..., Urllib3Http]
) -> None:
    google.send_script.append(HANG)
    with pytest.raises(MaybeSentError, match="ReadTimeoutError"):
        post(transport_with(read=0.2), google)
    assert len(google.posts) == 1


def test_a_refused_connection_has_sent_nothing(
    closed_port: int, transport_with: Callable[..., Urllib3Http]
) -> None:
    with pytest.raises(NothingSentError):
        transport_with().request(f"http://127.0.0.1:{closed_port}/", "POST", BODY)


def test_a_name_nobody_knows_has_sent_nothing(
    monkeypatch: pytest.MonkeyPatch, transport_with: Callable[..., Urllib3Http]
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(NothingSentError):
        transport_with().request("http://gmail.invalid/", "POST", BODY)


def test_a_redirect_is_answered_and_not_followed(
    google: ScriptedGoogle, transport_with: Callable[..., Urllib3Http]
) -> None:
    google.send_script.append(Line(status=307))
    assert post(transport_with(), google)[0] == 307
    assert len(google.posts) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_no_status_is_tried_again(
    google: ScriptedGoogle, transport_with: Callable[..., Urllib3Http], status: int
) -> None:
    google.send_script.append(answer(status, {}))
    assert post(transport_with(), google)[0] == status
    assert len(google.posts) == 1


def test_a_connection_that_died_between_two_mails_costs_nothing(
    google: ScriptedGoogle, transport_with: Callable[..., Urllib3Http]
) -> None:
    """A frozen Lambda wakes up with connections that Google closed long ago."""
    google.send_script.append(Line(then_close=True))
    transport = transport_with()
    post(transport, google)
    assert google.closed.wait(5)
    assert post(transport, google)[0] == 200
    assert len(google.posts) == 2


def test_threads_get_each_their_own_answers(
    google: ScriptedGoogle, transport_with: Callable[..., Urllib3Http]
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
