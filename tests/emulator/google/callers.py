"""What calls the stand-in in these tests: plain HTTP, and Google's own client libraries."""

# Google's client libraries carry no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import google_auth_httplib2
import httplib2
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.google import GoogleStandIn

SENDER = "leave-bot@foo.com"
AUDIENCES = ("leave-api", "leave-cli")
SEND_SCOPE = "https://www.googleapis.com/auth/gmail.send"
SEND_PATH = "/gmail/v1/users/me/messages/send"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


def call(  # noqa: PLR0913 - a request has that many parts
    google: GoogleStandIn,
    method: str,
    path: str,
    *,
    body: Any = None,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Make one call on a connection of its own; `body` is bytes, or becomes JSON."""
    connection = HTTPConnection(urlsplit(google.url).netloc, timeout=60)
    sent = dict(headers or {})
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    if form is not None:
        data = urlencode(form).encode()
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request(method, path, data, sent)
        response = connection.getresponse()
        return Answer(response.status, dict(response.headers), response.read())
    finally:
        connection.close()


def mime(
    *,
    to: str | None = "Jim O'Dell <jim@foo.com>",
    subject: str = "Leave request",
    text: str = "Hello",
    html: str | None = None,
    **headers: str,
) -> EmailMessage:
    """Return a mail; `In_Reply_To="<a@b>"` becomes the header In-Reply-To."""
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    if to is not None:
        message["To"] = to
    message["Subject"] = subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message


def raw(message: EmailMessage | bytes) -> str:
    data = message if isinstance(message, bytes) else message.as_bytes()
    return base64.urlsafe_b64encode(data).decode()


def credentials(google: GoogleStandIn) -> Credentials:
    kept = google.gmail_credentials()
    return Credentials(
        None,
        refresh_token=kept["refresh_token"],
        token_uri=kept["token_uri"],
        client_id=kept["client_id"],
        client_secret=kept["client_secret"],
        scopes=[SEND_SCOPE],
    )


class Gmail:
    """Sends through google-api-python-client, as the product does."""

    def __init__(self, google: GoogleStandIn, granted: Any = None) -> None:
        self._http = httplib2.Http(timeout=60)
        http = google_auth_httplib2.AuthorizedHttp(granted or credentials(google), http=self._http)
        self._service = build(
            "gmail",
            "v1",
            http=http,
            static_discovery=True,
            client_options={"api_endpoint": google.url},
        )

    def send(self, message: EmailMessage | bytes, *, thread: str | None = None) -> dict[str, Any]:
        body = {"raw": raw(message)} | ({"threadId": thread} if thread else {})
        return self._service.users().messages().send(userId="me", body=body).execute()

    def close(self) -> None:
        self._http.close()


def refresh(granted: Any, *, timeout: float = 60) -> None:
    """Get an access token, through google-auth and httplib2 as the product does."""
    http = httplib2.Http(timeout=timeout)
    try:
        granted.refresh(google_auth_httplib2.Request(http))
    finally:
        http.close()


def bearer(google: GoogleStandIn) -> dict[str, str]:
    """Return an Authorization header that is good for sending."""
    kept = google.gmail_credentials()
    fields = {"grant_type": "refresh_token"} | {
        name: kept[name] for name in ("refresh_token", "client_id", "client_secret")
    }
    token = call(google, "POST", "/token", form=fields).json["access_token"]
    return {"Authorization": f"Bearer {token}"}


def mails(google: GoogleStandIn, to: str = "", text: str = "") -> list[dict[str, Any]]:
    wanted = {name: value for name, value in (("to", to), ("text", text)) if value}
    return call(google, "GET", f"/_fake/messages?{urlencode(wanted)}").json


def inject(google: GoogleStandIn, endpoint: str, *faults: str) -> None:
    order = {"endpoint": endpoint, "faults": list(faults)}
    answer = call(google, "POST", "/_fake/faults", body=order)
    assert answer.status == 200, answer.text
