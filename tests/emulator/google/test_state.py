from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any

import pytest
from google.oauth2 import service_account

from emulator.errors import StageError
from emulator.google import GoogleStandIn
from emulator.google.storage import FileStore
from tests.emulator.google.callers import (
    AUDIENCES,
    SEND_SCOPE,
    SENDER,
    Gmail,
    bearer,
    call,
    mails,
    mime,
)

if TYPE_CHECKING:
    from pathlib import Path

ROOT = "<lv-42@leave.foo.com>"


def stand_in(state_dir: Path | None) -> GoogleStandIn:
    return GoogleStandIn(audiences=AUDIENCES, mailbox=SENDER, state_dir=state_dir)


def send(google: GoogleStandIn, **wish: Any) -> dict[str, Any]:
    gmail = Gmail(google, wish.pop("granted", None))
    try:
        return gmail.send(mime(**wish))
    finally:
        gmail.close()


def test_mails_and_threads_survive_a_restart(state_dir: Path) -> None:
    with stand_in(state_dir) as before:
        first = send(before, subject="Grüße", html="<b>x</b>", References=ROOT, Bcc="hr@foo.com")
        told = mails(before)
    with stand_in(state_dir) as after:
        assert mails(after) == told
        assert mails(after, "hr@foo.com") == told
        second = send(after, subject="Grüße", References=ROOT)
        assert second["threadId"] == first["threadId"]
        assert [mail["id"] for mail in mails(after)] == [first["id"], second["id"]]


def test_deleted_mails_stay_deleted_and_their_threads_known(state_dir: Path) -> None:
    with stand_in(state_dir) as before:
        thread = send(before, References=ROOT)["threadId"]
        call(before, "DELETE", "/_fake/messages")
    with stand_in(state_dir) as after:
        assert mails(after) == []
        assert send(after, References=ROOT)["threadId"] == thread


def test_keys_and_refresh_tokens_survive_a_restart(state_dir: Path) -> None:
    with stand_in(state_dir) as before:
        kept = before.gmail_credentials()
        keys = call(before, "GET", "/oauth2/v3/certs").json
        access = bearer(before)
        client = before.client_file("leave-cli")["installed"]["client_secret"]
    with stand_in(state_dir) as after:
        renewed = after.gmail_credentials()
        assert renewed | {"token_uri": ""} == kept | {"token_uri": ""}
        assert call(after, "GET", "/oauth2/v3/certs").json == keys
        assert after.client_file("leave-cli")["installed"]["client_secret"] == client
        send(after)
        sent = call(after, "POST", "/gmail/v1/users/me/messages/send", body={}, headers=access)
        assert sent.status == 401


def test_service_accounts_survive_a_restart(state_dir: Path) -> None:
    with stand_in(state_dir) as before:
        body = {"email": "robot@leave.example.com"}
        key_file = call(before, "POST", "/_fake/service_accounts", body=body).json
    with stand_in(state_dir) as after:
        moved = key_file | {"token_uri": f"{after.url}/token"}
        send(
            after,
            granted=service_account.Credentials.from_service_account_info(  # pyright: ignore[reportUnknownMemberType]
                moved, scopes=[SEND_SCOPE], subject="bot@foo.com"
            ),
        )


def test_a_revoked_refresh_token_stays_revoked(state_dir: Path) -> None:
    with stand_in(state_dir) as before:
        old = before.gmail_credentials()["refresh_token"]
        call(before, "POST", "/revoke", form={"token": old})
    with stand_in(state_dir) as after:
        assert after.gmail_credentials()["refresh_token"] != old


def test_without_a_folder_everything_is_forgotten() -> None:
    with stand_in(None) as before:
        send(before)
        keys = call(before, "GET", "/oauth2/v3/certs").json
    with stand_in(None) as after:
        assert mails(after) == []
        assert call(after, "GET", "/oauth2/v3/certs").json != keys


def test_the_same_stand_in_starts_again(google: GoogleStandIn) -> None:
    send(google)
    google.stop()
    google.start()
    assert len(mails(google)) == 1
    send(google)


def test_only_the_owner_can_read_the_state(google: GoogleStandIn, state_dir: Path) -> None:
    send(google)
    google.gmail_credentials()
    files = [path for path in state_dir.rglob("*") if path.is_file()]
    assert len(files) >= 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_an_interrupted_write_is_ignored(google: GoogleStandIn, state_dir: Path) -> None:
    send(google)
    google.stop()
    for folder in {path.parent for path in state_dir.rglob("*") if path.is_file()}:
        (folder / ".part-abc").write_bytes(b"half")
    with stand_in(state_dir) as after:
        assert len(mails(after)) == 1


@pytest.mark.parametrize("garbage", [b"", b"{", b"[]", b"[1]", b'{"a": 1}', b"\xff", b"null"])
def test_a_folder_with_something_else_in_it_is_named(
    google: GoogleStandIn, state_dir: Path, garbage: bytes
) -> None:
    send(google)
    google.gmail_credentials()
    google.stop()
    for path in state_dir.rglob("*"):
        if path.is_file():
            path.write_bytes(garbage)
    with pytest.raises(StageError, match=str(state_dir)) as refused:
        stand_in(state_dir)
    assert "Delete that folder" in str(refused.value)


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("x")
    with pytest.raises(StageError, match="state"):
        stand_in(tmp_path / "state")


def test_a_write_that_fails_leaves_the_old_value_and_no_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    store = FileStore(tmp_path)
    store.write("a", b"old")
    monkeypatch.setattr(type(tmp_path), "replace", full)
    with pytest.raises(OSError, match="No space left"):
        store.write("a", b"new")
    assert store.read("a") == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
