"""The environment variables of the processes a stage starts with the project's own Python."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from emulator.account import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from emulator.ports import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Mapping


def without_aws(environment: Mapping[str, str]) -> dict[str, str]:
    """Return `environment` without anything that could lead to a real AWS account.

    Proxies and pip's settings stay, because the layer is built through them; this machine itself is
    never reached through a proxy.
    """
    kept = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
    for name in ("no_proxy", "NO_PROXY"):
        kept[name] = ",".join(filter(None, (environment.get(name), LOOPBACK, "localhost")))
    # Otherwise a profile in the home directory would still be read.
    kept["AWS_CONFIG_FILE"] = kept["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    kept["AWS_EC2_METADATA_DISABLED"] = "true"
    return kept


def of_deployment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return `environment` for the process that runs the Pulumi program."""
    # An Output in an f-string would otherwise become part of a name or a policy with a warning.
    return {**without_aws(environment), "PULUMI_ERROR_OUTPUT_STRING": "true"}


def of_emulated_aws(
    environment: Mapping[str, str], *, endpoint_url: str, region: str
) -> dict[str, str]:
    """Return `environment` with the standard AWS variables of the emulated account."""
    return {
        **without_aws(environment),
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
    }
