"""Which stage's API a command is for."""

from __future__ import annotations

import os
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


def own_profiles() -> Profiles:
    """Return the profiles of whoever runs the command."""
    return Profiles(config_folder(os.environ))


def open_api(options: argparse.Namespace) -> Api:
    """Return the API that the options name, or else the last one signed in to.

    `LEAVE_ID_TOKEN` in the environment is used in place of a sign-in.
    """
    profiles = own_profiles()
    if given := os.environ.get(TOKEN_VARIABLE):
        api_url = _address(options) or _chosen(profiles, options).api_url
        return Api(api_url=api_url, tokens=GivenToken(Secret(given)))
    profile = _chosen(profiles, options)
    tokens = SignedIn(profile=profile, tokens=IdTokens(profiles=profiles))
    return Api(api_url=profile.api_url, tokens=tokens)


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
