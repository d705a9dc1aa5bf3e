"""`leave login`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.account.oauth_client import OAuthClient
from cli.account.profiles import Profile, name_of
from cli.account.sign_in import SignIn
from cli.account.target import own_profiles
from cli.account.tokens import IdTokens, claims_of
from cli.arguments import add_browser_options, mail_address, stage_name
from cli.errors import CommandError, UsageError
from cli.ready_file import ReadyFile
from cli.stage import Stage
from cli.web import is_loopback, require_safe

if TYPE_CHECKING:
    import argparse

    from cli.account.profiles import Profiles
    from cli.account.sign_in import SignedIn


def add_commands(commands: Any) -> None:
    """Add `login`."""
    login = commands.add_parser(
        "login",
        help="sign in with Google",
        description="Sign in with Google in the browser. The sign-in is kept for you alone in"
        " ~/.config/leave (or $XDG_CONFIG_HOME/leave) and renewed silently.",
    )
    target = login.add_mutually_exclusive_group()
    target.add_argument(
        "--stage",
        type=stage_name,
        metavar="S",
        help="a stage signed in to before, or one that is looked up in AWS",
    )
    target.add_argument("--api-url", metavar="U", help="the address of the stage's API")
    target.add_argument(
        "--ready-file",
        type=Path,
        metavar="FILE",
        help="a local stage, as its file describes it; with --email, no browser is needed",
    )
    login.add_argument(
        "--client-file",
        type=Path,
        metavar="FILE",
        help="the OAuth client, as Google's console offers it for a 'Desktop app'; remembered",
    )
    login.add_argument(
        "--email",
        type=mail_address,
        metavar="ADDRESS",
        help="the account to suggest; on a local stage, the one that signs in",
    )
    add_browser_options(login)
    login.add_argument(
        "--print-token",
        action="store_true",
        help="print a valid ID token, signing in only if necessary",
    )
    login.set_defaults(run=_login)


def _login(options: argparse.Namespace) -> None:
    profiles = own_profiles()
    profile = _profile(profiles, options)
    tokens = IdTokens(profiles=profiles)
    if options.print_token and _is_signed_in(profile, options.email):
        _print_token(tokens.valid(profile))
        return
    sign_in = SignIn(open_browser=not options.no_browser, port=options.port, email=options.email)

    def keep(signed_in: SignedIn) -> tuple[Profile, str]:
        kept = replace(profile, refresh_token=signed_in.refresh_token, id_token=signed_in.id_token)
        profiles.keep(kept)
        profiles.choose(kept.name)
        return kept, claims_of(signed_in.id_token).get("email", "somebody")

    local = options.ready_file is not None and is_loopback(profile.client.auth_uri)
    if local and options.email and not options.no_browser:
        profile, who = sign_in.without_browser(profile.client, keep)
    else:
        profile, who = sign_in(profile.client, keep)
    print(f"Signed in to {profile.name} ({profile.api_url}) as {who}.", file=sys.stderr)
    if options.print_token:
        _print_token(profile)


def _is_signed_in(profile: Profile, email: str | None) -> bool:
    """Return whether somebody is signed in, with this address where there is one."""
    if profile.refresh_token is None or profile.id_token is None:
        return False
    return email is None or claims_of(profile.id_token).get("email") == email.lower()


def _print_token(profile: Profile) -> None:
    if profile.id_token is not None:
        print(profile.id_token.reveal())


def _profile(profiles: Profiles, options: argparse.Namespace) -> Profile:
    """Return the profile to sign in to, with what is kept of it if it is still the same."""
    client = OAuthClient.read(options.client_file) if options.client_file else None
    if options.ready_file:
        ready = ReadyFile.read(options.ready_file)
        name, api_url = ready.stage, require_safe(ready.api_url, "api_url in the ready file")
        if client is None and ready.oauth_client is not None:
            client = OAuthClient.of(ready.oauth_client, where=str(options.ready_file))
    elif options.api_url:
        api_url = require_safe(options.api_url, "--api-url")
        name = name_of(api_url)
    else:
        name, api_url = options.stage or profiles.current(), None
    if name is None:
        raise UsageError("Say where to sign in: --api-url URL, --stage S or --ready-file FILE.")
    kept = profiles.find(name)
    if api_url is None:
        api_url = kept.api_url if kept else _looked_up(name)
    # A sign-in is for one address: neither it nor its client is taken along to another.
    same = kept if kept and kept.api_url == api_url else None
    if same and client in {None, same.client}:
        return same
    if client is None:
        raise CommandError(
            f"No OAuth client is known for {api_url}. Get the file of a 'Desktop app' client from"
            " the operator of the stage, and name it with --client-file FILE, once."
        )
    return Profile(name=name, api_url=api_url, client=client)


def _looked_up(stage: str) -> str:
    environment = Stage(name=stage).environment("process-leave-request")
    address = environment.optional("LEAVE_API_URL")
    if address is None:
        raise CommandError(f"Stage {stage} does not show its address. Name it with --api-url.")
    return require_safe(address, "LEAVE_API_URL")
