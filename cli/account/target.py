"""Which stage's API a command is for."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from cli.account.private_files import config_folder
from cli.account.profiles import Profiles, name_of
from cli.account.tokens import TOKEN_VARIABLE, GivenToken, IdTokens, SignedIn
from cli.api import Api
from cli.errors import CommandError
from cli.ready_file import ReadyFile
from cli.web import require_safe
from leave.domain.values import Secret

if TYPE_CHECKING:
    import argparse

    from cli.account.profiles import Profile


# RFC 6750, section 2.1.
_BEARER = re.compile(r"[A-Za-z0-9._~+/-]+=*")


def own_profiles() -> Profiles:
    """Return the profiles of whoever runs the command."""
    return Profiles(config_folder(os.environ))


def open_api(options: argparse.Namespace) -> Api:
    """Return the API that the options name, or else the last one signed in to.

    `LEAVE_ID_TOKEN` in the environment is used in place of a sign-in.
    """
    profiles = own_profiles()
    if given := _given_token():
        api_url = _address(options) or _address_kept(profiles, options)
        return Api(api_url=api_url, tokens=GivenToken(given))
    profile = _chosen(profiles, options)
    tokens = SignedIn(profile=profile, tokens=IdTokens(profiles=profiles))
    return Api(api_url=profile.api_url, tokens=tokens)


def _given_token() -> Secret | None:
    """Return the token in the environment; raises `CommandError` for what cannot be one.

    A header with it would be refused by an error that shows it.
    """
    text = os.environ.get(TOKEN_VARIABLE, "").strip()
    if not text:
        return None
    if not _BEARER.fullmatch(text):
        raise CommandError(
            f"{TOKEN_VARIABLE} is not an ID token. Set it to what `leave login --print-token`"
            " prints, or unset it and sign in with `leave login`."
        )
    return Secret(text)


def _address_kept(profiles: Profiles, options: argparse.Namespace) -> str:
    """Return the address that was signed in to before, of a stage that is named or the last one."""
    name = options.stage or profiles.current()
    profile = profiles.find(name) if name else None
    if profile is None:
        of = f" of stage {name}" if name else ""
        raise CommandError(
            f"{TOKEN_VARIABLE} is set, but the address of the API{of} is not known. Name it with"
            " --api-url URL, or for a local stage with --ready-file FILE."
        )
    return profile.api_url


def _address(options: argparse.Namespace) -> str | None:
    """Return the address that the options give, None where they name a stage or nothing."""
    if options.ready_file is not None:
        return require_safe(ReadyFile.read(options.ready_file).api_url, "api_url in the ready file")
    return options.api_url and require_safe(options.api_url, "--api-url")


def _chosen(profiles: Profiles, options: argparse.Namespace) -> Profile:
    if (api_url := _address(options)) is not None:
        stage = options.ready_file and ReadyFile.read(options.ready_file).stage
        profile = profiles.find(stage or name_of(api_url))
        if profile is not None and profile.api_url == api_url:
            return profile
        how = f"--ready-file {options.ready_file}" if stage else f"--api-url {api_url}"
        raise CommandError(f"You are not signed in to {api_url}. Run `leave login {how}`.")
    name = options.stage or profiles.current()
    profile = profiles.find(name) if name else None
    if profile is not None:
        return profile
    where = f" to stage {name}" if name else ""
    raise CommandError(
        f"You are not signed in{where}. Run `leave login --api-url URL`, `leave login --stage S`,"
        " or for a local stage `leave login --ready-file FILE`."
    )
