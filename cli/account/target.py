"""Which stage's API a command is for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cli.account.private_files import config_folder
from cli.account.profiles import Profiles, name_of
from cli.account.tokens import IdTokens
from cli.api import Api
from cli.errors import CommandError
from cli.web import require_safe

if TYPE_CHECKING:
    import argparse

    from cli.account.profiles import Profile


def own_profiles() -> Profiles:
    """Return the profiles of whoever runs the command."""
    return Profiles(config_folder(os.environ))


def open_api(options: argparse.Namespace) -> Api:
    """Return the API that `--stage` or `--api-url` names, or else the last one signed in to."""
    profiles = own_profiles()
    profile = _chosen(profiles, options)
    return Api(profile=profile, tokens=IdTokens(profiles=profiles))


def _chosen(profiles: Profiles, options: argparse.Namespace) -> Profile:
    if options.api_url is not None:
        api_url = require_safe(options.api_url, "--api-url")
        profile = profiles.find(name_of(api_url))
        if profile is not None and profile.api_url == api_url:
            return profile
        raise CommandError(
            f"You are not signed in to {api_url}. Run `leave login --api-url {api_url}`."
        )
    name = options.stage or profiles.current()
    profile = profiles.find(name) if name else None
    if profile is not None:
        return profile
    where = f" to stage {name}" if name else ""
    raise CommandError(
        f"You are not signed in{where}. Run `leave login --api-url URL`, `leave login --stage S`,"
        " or for a local stage `leave login --ready-file FILE`."
    )
