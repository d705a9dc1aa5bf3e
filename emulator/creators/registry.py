"""Which function creates which Pulumi resource type, and which answers which provider call.

The modules of this package are named as the provider names its modules (`aws:iam/…` is in `iam`,
as in `pulumi_aws.iam`) and all loaded, so that adding a file is enough.
"""

from __future__ import annotations

import importlib
import keyword
import pkgutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from emulator.creators.resource import Created, Deployment, Resource
from emulator.errors import StageError

Creator = Callable[[Deployment, Resource], Created]
Answer = Callable[[Deployment], dict[str, Any]]

_T = TypeVar("_T")

_creators: dict[str, Creator] = {}
_answers: dict[str, Answer] = {}


def creates(token: str) -> Callable[[Creator], Creator]:
    """Make the decorated function the creator of resource type `token`."""

    def register(creator: Creator) -> Creator:
        _creators[token] = creator
        return creator

    return register


def answers(token: str) -> Callable[[Answer], Answer]:
    """Make the decorated function answer the provider call `token`, such as getRegion."""

    def register(answer: Answer) -> Answer:
        _answers[token] = answer
        return answer

    return register


def creator_of(token: str) -> Creator:
    """Return the creator of a resource type; raises StageError naming the file to add it in."""
    return _found(_creators, token, "creator of resource type", "creates")


def answer_of(token: str) -> Answer:
    """Return what answers a provider call; raises StageError naming the file to add it in."""
    return _found(_answers, token, "answer to the provider call", "answers")


def known_types() -> tuple[str, ...]:
    """Return every resource type that has a creator."""
    return tuple(_creators)


def load() -> None:
    """Import every module of this package, which registers its creators."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        importlib.import_module(f"emulator.creators.{module.name}")


def _found(known: Mapping[str, _T], token: str, what: str, decorator: str) -> _T:
    try:
        return known[token]
    except KeyError as error:
        raise StageError(
            f"The local stage has no {what} {token}.",
            cure=f'Write a function with @{decorator}("{token}") in '
            f"emulator/creators/{module_of(token)}.py; its neighbours show how.",
        ) from error


def module_of(token: str) -> str:
    """Return the module a type belongs in: for `aws:lambda/…` it is `lambda_`, as in the SDK."""
    service = token.partition(":")[2].partition("/")[0] or token
    return f"{service}_" if keyword.iskeyword(service) else service
