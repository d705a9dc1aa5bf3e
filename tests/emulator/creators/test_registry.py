from __future__ import annotations

import pytest

from emulator.creators import registry
from emulator.errors import StageError
from tests.infrastructure.graph import STACKS, graph

registry.load()


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_type_of_every_stack_has_a_creator(stack: str) -> None:
    types = {item.type for item in graph(stack).resources if item.type.startswith("aws:")}
    assert len(types) > 10
    for token in types:
        assert callable(registry.creator_of(token))


@pytest.mark.parametrize(
    ("token", "file"),
    [
        ("aws:s3/bucket:Bucket", "emulator/creators/s3.py"),
        ("aws:lambda/alias:Alias", "emulator/creators/lambda_.py"),
        ("aws:index/eip:Eip", "emulator/creators/index.py"),
    ],
)
def test_a_type_without_a_creator_is_named_with_the_file_to_add_it_in(
    token: str, file: str
) -> None:
    with pytest.raises(StageError) as caught:
        registry.creator_of(token)
    assert token in caught.value.problem
    assert file in caught.value.cure
    assert f'@creates("{token}")' in caught.value.cure


def test_a_call_without_an_answer_is_named_with_the_file_to_add_it_in() -> None:
    token = "aws:iam/getPolicyDocument:getPolicyDocument"
    with pytest.raises(StageError) as caught:
        registry.answer_of(token)
    assert token in caught.value.problem
    assert "emulator/creators/iam.py" in caught.value.cure


def test_every_creator_is_in_the_file_its_type_is_looked_for() -> None:
    for token in registry.known_types():
        module = registry.creator_of(token).__module__
        assert module == f"emulator.creators.{registry.module_of(token)}"
