"""How much of what a function may be told by its environment is used up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LIMIT_BYTES: Final = 4096
# For the names of resources, which are not all known before there are any.
RESOURCES_BYTES: Final = 512


def bytes_with_resources(variables: Mapping[str, str]) -> int:
    """The size of `variables` as Lambda measures it, with room left for the names of resources.

    Its refusal shows the text it measured, a JSON object without spaces; so a quotation mark, of
    which JSON in a variable has many, takes two bytes.
    """
    return len(json.dumps(variables, separators=(",", ":")).encode()) + RESOURCES_BYTES
