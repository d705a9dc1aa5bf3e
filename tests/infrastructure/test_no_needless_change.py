"""What a second `pulumi up` changes: nothing, wherever it runs, and else only what was changed."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from infrastructure.artifact import build
from infrastructure.artifact.build import build_artifacts
from infrastructure.artifact.target import host_target
from tests.infrastructure.graph import (
    EVERYTHING_SET,
    STACKS,
    Graph,
    dump,
    graph,
    graph_of,
    run_elsewhere,
    run_program,
)

PROJECT = Path(__file__).parents[2]
PARTS = ("cli", "emulator", "infrastructure", "leave", "requirements", "tests")
# Nobody's machine is like this one.
ANOTHER = {
    "HOME": "/nonexistent",
    "LANG": "tr_TR.UTF-8",
    "LC_ALL": "C",
    "LOGNAME": "somebody",
    "PYTHONHASHSEED": "4711",
    "TZ": "Pacific/Kiritimati",
    "USER": "somebody",
}


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project in another folder, copied in another order and with other times."""
    copy = tmp_path_factory.mktemp("somebody") / "elsewhere"
    copy.mkdir()
    for part in reversed(PARTS):
        shutil.copytree(
            PROJECT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
    files = ("__main__.py", "pyproject.toml", *(path.name for path in PROJECT.glob("Pulumi*.yaml")))
    for file in files:
        shutil.copyfile(PROJECT / file, copy / file)
    return copy


def test_the_graph_is_the_same_on_another_machine(elsewhere: Path) -> None:
    """And in another order of sets, or every second `pulumi up` would want to change something."""
    everything = json.loads(EVERYTHING_SET)
    order: dict[str, Any] = {"stack": "dev", "preview": False, "overrides": everything}
    here = dump("dev", overrides=EVERYTHING_SET)
    assert run_elsewhere(order, project=elsewhere, **ANOTHER) == here


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_of_this_machine_is_in_the_graph(stack: str) -> None:
    for trace in (str(PROJECT), str(Path.home()), os.uname().nodename):
        assert f"{trace}/" not in dump(stack)
        assert f'"{trace}"' not in dump(stack)


def with_artifacts(**names: str) -> Graph:
    order = {"stack": "dev", "preview": False, "overrides": {}, "artifacts": names}
    return graph_of(run_program(order))


def changed(after: Graph) -> set[tuple[str, str]]:
    """The type and input of everything that is not as in dev, of which nothing came or went."""
    before = {(item.type, item.name): item for item in graph("dev").resources}
    now = {(item.type, item.name): item for item in after.resources}
    assert before.keys() == now.keys()
    assert {key: item.depends_on for key, item in before.items()} == {
        key: item.depends_on for key, item in now.items()
    }
    return {
        (type_, given)
        for (type_, name), item in now.items()
        for given in item.inputs.keys() | before[type_, name].inputs.keys()
        if item.inputs.get(given) != before[type_, name].inputs.get(given)
    }


def test_other_code_changes_the_code_of_functions_and_nothing_else() -> None:
    assert changed(with_artifacts(code="code-2.zip")) == {("aws:lambda/function:Function", "code")}


def test_other_dependencies_change_the_layer_alone() -> None:
    """And, as a layer's version has another ARN, which functions have it: that AWS tells."""
    layer = ("aws:lambda/layerVersion:LayerVersion", "code")
    assert changed(with_artifacts(layer="layer-2.zip")) == {layer}


@pytest.fixture
def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose artifacts are named, which says what is in them, but not built."""
    monkeypatch.setattr(build, "built_once", lambda folder, name, _build: folder / name)
    for part in ("leave", "requirements"):
        shutil.copytree(PROJECT / part, tmp_path / part)
    return tmp_path


def named(project: Path) -> tuple[str, str]:
    made = build_artifacts(project, host_target(), tell=lambda _message: None)
    return made.code.name, made.layer.name


def test_a_byte_of_code_makes_other_code_and_the_same_layer(names: Path) -> None:
    code, layer = named(names)
    handler = names / "leave" / "functions" / "report_health.py"
    handler.write_bytes(handler.read_bytes() + b"\n")
    code_now, layer_now = named(names)
    assert code_now != code
    assert layer_now == layer


def test_a_byte_of_the_lock_makes_another_layer_and_the_same_code(names: Path) -> None:
    code, layer = named(names)
    lock = names / "requirements" / "lambda.txt"
    text = lock.read_text("utf-8")
    lock.write_text(text.replace("jinja2==3", "jinja2==4", 1), "utf-8")
    assert lock.read_text("utf-8") != text
    code_now, layer_now = named(names)
    assert code_now == code
    assert layer_now != layer


def test_what_ships_nowhere_changes_neither(names: Path) -> None:
    before = named(names)
    (names / "requirements" / "dev.in").write_text("# changed\n", "utf-8")
    (names / "leave" / "__pycache__").mkdir(exist_ok=True)
    (names / "leave" / "__pycache__" / "left.pyc").write_bytes(b"left")
    for file in names.rglob("*.py"):
        os.utime(file, (0, 0))
    assert named(names) == before


def test_a_changed_route_is_live_without_a_deployment_of_its_own() -> None:
    """AWS deploys each change of a stage with auto-deploy, so there is nothing to forget.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
    """
    stack = graph("dev")
    assert stack.only("apigatewayv2/stage:Stage").inputs["autoDeploy"] is True
    assert stack.of("apigatewayv2/deployment:Deployment") == {}
