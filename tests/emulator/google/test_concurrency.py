from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from tests.emulator.google.callers import (
    SEND_PATH,
    Gmail,
    bearer,
    call,
    credentials,
    inject,
    mails,
    mime,
    raw,
)

if TYPE_CHECKING:
    from emulator.google import GoogleStandIn

THREADS, SENDS = 8, 20


def test_eight_threads_send_twenty_mails_each_and_none_is_lost_or_mixed_up(
    google: GoogleStandIn,
) -> None:
    def work(worker: int) -> list[dict[str, Any]]:
        gmail = Gmail(google, credentials(google))
        try:
            return [
                gmail.send(mime(to=f"w{worker}@foo.com", subject=f"{worker}/{number}"))
                for number in range(SENDS)
            ]
        finally:
            gmail.close()

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(work, range(THREADS)))

    told = mails(google)
    assert len(told) == len({mail["id"] for mail in told}) == THREADS * SENDS
    assert [mail["id"] for mail in told] == sorted(mail["id"] for mail in told)
    for worker, sent in enumerate(answers):
        received = mails(google, f"w{worker}@foo.com")
        assert [mail["subject"] for mail in received] == [f"{worker}/{n}" for n in range(SENDS)]
        assert [mail["id"] for mail in received] == [answer["id"] for answer in sent]


def test_each_fault_hits_exactly_one_of_many_calls(google: GoogleStandIn) -> None:
    token = bearer(google)
    inject(google, "send", *["503"] * 30, *["429"] * 30)

    def send(_: int) -> int:
        body = {"raw": raw(mime())}
        return call(google, "POST", SEND_PATH, body=body, headers=token).status

    with ThreadPoolExecutor(THREADS) as pool:
        statuses = list(pool.map(send, range(100)))

    assert {status: statuses.count(status) for status in statuses} == {503: 30, 429: 30, 200: 40}
    assert len(mails(google)) == 40


def test_a_thread_found_by_many_at_once_is_one_thread(google: GoogleStandIn) -> None:
    token = bearer(google)
    body = {"raw": raw(mime(References="<lv-1@leave.foo.com>"))}

    def send(_: int) -> str:
        return call(google, "POST", SEND_PATH, body=body, headers=token).json["threadId"]

    with ThreadPoolExecutor(THREADS) as pool:
        assert len(set(pool.map(send, range(40)))) == 1
