"""`leave sign-in configure`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, Self, cast

from botocore.exceptions import BotoCoreError, ClientError

from cli.arguments import add_stage_options
from cli.errors import CommandError
from cli.stage import Stage, aws_trouble, code_of
from leave.adapters.secretsmanager import KEEP_SECONDS
from leave.domain.values import Secret

if TYPE_CHECKING:
    import argparse

_CURE = (
    "Take the JSON file that Google's console offers for an OAuth client of the type 'Web"
    " application'."
)
# As long as the digests that it keys: RFC 2104, section 3.
_KEY_BYTES = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class WebClientFile:
    """The client file of a "Web application", whose secret is one, unlike that of a desktop."""

    client_id: str
    client_secret: Secret
    redirect_uris: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a client file; raises `CommandError` for anything else."""
        try:
            stored: Any = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}. {_CURE}") from error
        except ValueError:
            # Not chained: the parser's error would carry the text.
            raise CommandError(f"{path} is not JSON. {_CURE}") from None
        web: Any = cast("dict[str, Any]", stored).get("web") if isinstance(stored, dict) else None
        if not isinstance(web, dict):
            raise CommandError(f"{path} holds no client of the type 'Web application'. {_CURE}")
        fields = cast("dict[str, Any]", web)
        names = ("client_id", "client_secret")
        if missing := [n for n in names if not fields.get(n) or not isinstance(fields[n], str)]:
            raise CommandError(f"{path} lacks {', '.join(missing)}. {_CURE}")
        uris: Any = fields.get("redirect_uris", [])
        return cls(
            client_id=fields["client_id"],
            client_secret=Secret(fields["client_secret"]),
            redirect_uris=tuple(map(str, cast("list[Any]", uris))) if type(uris) is list else (),
        )


def add_commands(commands: Any) -> None:
    """Add `sign-in` and what can be done with it."""
    parser = commands.add_parser("sign-in", help="let leads sign in before they decide")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    configure = actions.add_parser(
        "configure",
        help="store the OAuth client that leads sign in with",
        description="Store the OAuth client that leads sign in with, on a stage that has"
        " `require-sign-in`, and a new random key that signs their sessions. So each run of this"
        " command ends all sign-ins.",
    )
    configure.add_argument(
        "--client-file",
        type=Path,
        metavar="FILE",
        required=True,
        help="the OAuth client, as Google's console offers it for a 'Web application'",
    )
    add_stage_options(configure)
    configure.set_defaults(run=_configure)


def _configure(options: argparse.Namespace) -> None:
    stage = Stage.chosen(options)
    given = WebClientFile.read(options.client_file)
    callback = f"{_api_url(stage)}/sign_in/callback"
    if callback not in given.redirect_uris:
        raise CommandError(
            f"Google would not send leads back: the client has no redirect URI {callback}. Add"
            " it in Google's console, under the client's 'Authorised redirect URIs', and take the"
            " file again."
        )
    value = {
        "client_id": given.client_id,
        "client_secret": given.client_secret.reveal(),
        "signing_key": token_urlsafe(_KEY_BYTES),
    }
    try:
        stage.client("secretsmanager").put_secret_value(
            SecretId=stage.sign_in_secret_name, SecretString=json.dumps(value)
        )
    except (ClientError, BotoCoreError) as error:
        task = f"write {stage.sign_in_secret_name}"
        raise CommandError(aws_trouble(error, task)) from error
    print(
        f"{stage.sign_in_secret_name} holds {given.client_id} and a new signing key now. Within"
        f" {KEEP_SECONDS:.0f} seconds leads sign in with them; every lead must sign in again."
    )


def _api_url(stage: Stage) -> str:
    """Return the stage's address; raises `CommandError` when nobody has to sign in there."""
    try:
        stage.client("secretsmanager").describe_secret(SecretId=stage.sign_in_secret_name)
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            task = f"describe {stage.sign_in_secret_name}"
            raise CommandError(aws_trouble(error, task)) from error
        raise CommandError(
            f"Stage {stage.name} asks no lead to sign in. First run `pulumi config set -s"
            f" {stage.name} leave:require-sign-in true` and `pulumi up -s {stage.name}`."
        ) from error
    except BotoCoreError as error:
        raise CommandError(aws_trouble(error)) from error
    address = stage.environment("sign-in").optional("LEAVE_API_URL")
    if address is None:
        raise CommandError(
            f"Stage {stage.name} does not show its address. Run `pulumi up -s {stage.name}`."
        )
    return address
