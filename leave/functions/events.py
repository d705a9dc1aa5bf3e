"""Reading API Gateway events, payload format 2.0."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qs

from leave.domain.errors import FieldProblem, LeaveError, MalformedRequestError, UnknownRequestError
from leave.functions.limits import BODY_BYTES, FORM_BYTES, ID_LENGTH, REQUEST_ID

Event = dict[str, Any]


class BodyTooLargeError(LeaveError):
    """The body is over `maximum_bytes`."""

    def __init__(self, maximum: int = BODY_BYTES) -> None:
        super().__init__(f"The body can have at most {maximum} bytes. Send a smaller one.")
        self.maximum_bytes = maximum


def read_body(event: Event, maximum: int = BODY_BYTES) -> str:
    """Return the body as text.

    Raises `BodyTooLargeError`, or `MalformedRequestError` when it is no UTF-8.
    """
    body = event.get("body") or ""
    try:
        raw = (
            base64.b64decode(body, validate=True)
            if event.get("isBase64Encoded")
            else body.encode("utf-8")
        )
        if len(raw) > maximum:
            raise BodyTooLargeError(maximum)
        return raw.decode("utf-8")
    except ValueError as error:
        raise MalformedRequestError(FieldProblem("body", "is not UTF-8 text")) from error


def read_form(event: Event) -> dict[str, str]:
    """Return the fields of an HTML form, each with its first value."""
    try:
        fields = parse_qs(read_body(event, FORM_BYTES), keep_blank_values=True, max_num_fields=20)
    except ValueError as error:
        raise MalformedRequestError(FieldProblem("body", "has too many fields")) from error
    return {name: values[0] for name, values in fields.items()}


def header(event: Event, name: str) -> str | None:
    """Return a header; API Gateway has made all names lower case."""
    return event.get("headers", {}).get(name)


def accepted_language(event: Event) -> str:
    """Return what the caller's browser accepts, for pages whose reader nobody knows."""
    return header(event, "accept-language") or ""


def claims(event: Event) -> dict[str, Any]:
    """Return what the JWT authorizer verified; empty where it was not asked."""
    authorizer = event.get("requestContext", {}).get("authorizer", {})
    return authorizer.get("jwt", {}).get("claims", {})


def route(event: Event) -> str:
    """Return the route that matched, such as `GET /health`; HEAD is answered as GET is.

    API Gateway then leaves the body out, and tells the length that GET would have sent.
    https://www.rfc-editor.org/rfc/rfc9110#section-9.3.2
    """
    key: str = event.get("routeKey", "")
    return f"GET {key[5:]}" if key.startswith("HEAD ") else key


def request_id(event: Event) -> str:
    """Return the request id in the path; raises `UnknownRequestError` for what can be none."""
    text = path_parameter(event, "requestId")
    if not REQUEST_ID.fullmatch(text):
        raise UnknownRequestError(text[:ID_LENGTH])
    return text


def path_parameter(event: Event, name: str) -> str:
    """Return a part of the path."""
    return event.get("pathParameters", {}).get(name, "")
