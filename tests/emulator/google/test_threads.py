from __future__ import annotations

from typing import TYPE_CHECKING

from tests.emulator.google.callers import Gmail, call, mails, mime

if TYPE_CHECKING:
    from emulator.google import GoogleStandIn

ROOT = "<lv-42@leave.foo.com>"


def test_the_same_subject_and_reference_make_one_thread(gmail: Gmail) -> None:
    first = gmail.send(mime(to="lead@foo.com", References=ROOT))
    second = gmail.send(mime(to="jim@foo.com", In_Reply_To=ROOT))
    third = gmail.send(mime(to="jim@foo.com", subject="Re: RE: Leave request", References=ROOT))
    assert first["threadId"] == first["id"] == second["threadId"] == third["threadId"]
    assert len({first["id"], second["id"], third["id"]}) == 3


def test_another_subject_is_another_thread(gmail: Gmail) -> None:
    first = gmail.send(mime(subject="Leave request", References=ROOT))
    second = gmail.send(mime(subject="Leave request approved", References=ROOT))
    assert first["threadId"] != second["threadId"]


def test_without_a_common_reference_the_same_subject_is_another_thread(gmail: Gmail) -> None:
    first = gmail.send(mime(References=ROOT))
    assert gmail.send(mime())["threadId"] != first["threadId"]
    assert gmail.send(mime(References="<lv-43@leave.foo.com>"))["threadId"] != first["threadId"]


def test_the_own_message_id_threads_nothing_because_it_is_rewritten(gmail: Gmail) -> None:
    first = gmail.send(mime(Message_ID="<mine@foo.com>"))
    second = gmail.send(mime(References="<mine@foo.com>"))
    assert first["threadId"] != second["threadId"]


def test_googles_message_id_threads(google: GoogleStandIn, gmail: Gmail) -> None:
    first = gmail.send(mime())
    googles = mails(google)[0]["headers"]["Message-ID"]
    assert gmail.send(mime(In_Reply_To=googles))["threadId"] == first["threadId"]


def test_a_wanted_thread_is_joined_only_with_its_subject_and_reference(gmail: Gmail) -> None:
    thread = gmail.send(mime(References=ROOT))["threadId"]
    assert gmail.send(mime(References=ROOT), thread=thread)["threadId"] == thread
    assert gmail.send(mime(subject="Other", References=ROOT), thread=thread)["threadId"] != thread
    assert gmail.send(mime(), thread=thread)["threadId"] != thread


def test_a_thread_outlives_the_deletion_of_its_mails(google: GoogleStandIn, gmail: Gmail) -> None:
    thread = gmail.send(mime(References=ROOT))["threadId"]
    call(google, "DELETE", "/_fake/messages")
    assert gmail.send(mime(References=ROOT), thread=thread)["threadId"] == thread
