"""The real artifacts: what is in them, that they run alone, that they are always the same."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infrastructure.artifact import ArtifactError, Artifacts, Target, build_artifacts, host_target
from infrastructure.artifact.lock import LOCK

PROJECT = Path(__file__).parents[3]
ARM = Target(python="3.13", platform="manylinux2014_aarch64")
MEGABYTE = 1024 * 1024
# Everything `leave` imports, and one use of each that reads a file of its package.
USE_EVERYTHING = """
import sys, json
sys.path[:0] = [sys.argv[1]]
import botocore.session, google_auth_httplib2, httplib2, jinja2, msgspec, urllib3, zoneinfo
import google.oauth2.credentials, google.oauth2.service_account
from botocore.config import Config
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from googleapiclient.discovery import build
zoneinfo.reset_tzpath(())
zoneinfo.ZoneInfo("Europe/Berlin")
assert jinja2.Template("{{ a }}").render(a=1) == "1"
assert msgspec.convert("2027-03-01", str) == "2027-03-01"
access = google.oauth2.credentials.Credentials("token")
key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
)
info = {"client_email": "a@b", "token_uri": "https://c/token", "private_key": key.decode()}
robot = google.oauth2.service_account.Credentials.from_service_account_info(info, subject="d@b")
assert len(robot.sign_bytes(b"assertion")) == 256
http = google_auth_httplib2.AuthorizedHttp(access, http=httplib2.Http())
gmail = build("gmail", "v1", http=http, static_discovery=True, cache_discovery=False)
keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
aws = botocore.session.get_session()
addresses = {
    service + " " + region: aws.create_client(service, region_name=region, **keys).meta.endpoint_url
    for service in ("dynamodb", "secretsmanager", "stepfunctions")
    for region in ("eu-central-1", "us-gov-west-1")
}
outside = [
    module.__file__ for module in list(sys.modules.values())
    if "site-packages" in (getattr(module, "__file__", None) or "")
]
uri = gmail.users().messages().send(userId="me", body={}).uri
print(json.dumps({"addresses": addresses, "outside": outside, "uri": uri}))
"""


def build(target: Target, project: Path = PROJECT) -> Artifacts:
    return build_artifacts(project, target, tell=lambda _message: None)


@pytest.fixture(scope="module")
def host() -> Artifacts:
    return build(host_target())


@pytest.fixture(scope="module")
def layer(host: Artifacts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layer, unpacked as Lambda does."""
    opt = tmp_path_factory.mktemp("opt")
    with zipfile.ZipFile(host.layer) as archive:
        archive.extractall(opt)
    return opt


def unpacked_size(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def test_the_layer_has_all_the_code_needs_and_uses_it_without_a_network(layer: Path) -> None:
    """Isolated from this project's own packages, so that only what is shipped can be found."""
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-W", "error", "-c", USE_EVERYTHING, layer / "python"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["outside"] == []
    assert answer["uri"] == "https://gmail.googleapis.com/gmail/v1/users/me/messages/send?alt=json"
    assert answer["addresses"] == {
        "dynamodb eu-central-1": "https://dynamodb.eu-central-1.amazonaws.com",
        "dynamodb us-gov-west-1": "https://dynamodb.us-gov-west-1.amazonaws.com",
        "secretsmanager eu-central-1": "https://secretsmanager.eu-central-1.amazonaws.com",
        "secretsmanager us-gov-west-1": "https://secretsmanager.us-gov-west-1.amazonaws.com",
        "stepfunctions eu-central-1": "https://states.eu-central-1.amazonaws.com",
        "stepfunctions us-gov-west-1": "https://states.us-gov-west-1.amazonaws.com",
    }


def test_the_layer_is_far_below_what_lambda_takes(host: Artifacts) -> None:
    """250 MB unpacked is the limit; this is what a cold start has to fetch."""
    assert host.layer.stat().st_size < 11 * MEGABYTE
    assert unpacked_size(host.layer) < 36 * MEGABYTE


def test_everything_has_bytecode_that_is_trusted_and_knows_its_place(layer: Path) -> None:
    modules = list((layer / "python").rglob("*.py"))
    tag = sys.implementation.cache_tag
    assert modules
    for module in modules:
        compiled = (module.parent / "__pycache__" / f"{module.stem}.{tag}.pyc").read_bytes()
        # Flags of PEP 552: 1 is "by hash", without 2 for "check it".
        assert int.from_bytes(compiled[4:8], "little") == 1, module
        assert b"/opt/python/" in compiled, module
        assert str(PROJECT).encode() not in compiled, module


def test_arm_gets_wheels_for_arm() -> None:
    with zipfile.ZipFile(build(ARM).layer) as archive:
        libraries = [name for name in archive.namelist() if name.endswith(".so")]
        assert libraries
        for library in libraries:
            # The processor, as an ELF file names it: https://refspecs.linuxfoundation.org/elf/.
            machine = int.from_bytes(archive.read(library)[18:20], "little")
            assert machine == 0xB7, library


def test_no_test_tool_or_emulator_is_shipped(host: Artifacts) -> None:
    for path in (host.code, host.layer):
        with zipfile.ZipFile(path) as archive:
            tops = {name.split("/")[0 if path == host.code else 1] for name in archive.namelist()}
        assert not tops & {"tests", "emulator", "infrastructure", "cli", "pytest", "moto", "pip"}


def test_an_unchanged_project_is_not_built_again(host: Artifacts) -> None:
    paths = (host.code, host.layer)
    written = [path.stat().st_mtime_ns for path in paths]
    assert build(host_target()) == host
    assert [path.stat().st_mtime_ns for path in paths] == written


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with code of two files and the real lock."""
    (tmp_path / "leave" / "templates").mkdir(parents=True)
    (tmp_path / "leave" / "__init__.py").write_text(
        "def known(word):\n    return word in {'a', 'b', 'c'}\n"
    )
    (tmp_path / "leave" / "templates" / "page.html").write_text("<p>\n")
    (tmp_path / LOCK).parent.mkdir()
    shutil.copyfile(PROJECT / LOCK, tmp_path / LOCK)
    return tmp_path


def code_of(project: Path, monkeypatch: pytest.MonkeyPatch, target: Target) -> Path:
    """The code alone; building the layer would take its time, and is tested above."""
    monkeypatch.setattr("infrastructure.artifact.build._build_layer", lambda *_: project)
    return build(target, project).code


def test_the_code_is_the_same_bytes_on_every_build(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = code_of(project, monkeypatch, host_target())
    content = first.read_bytes()
    first.unlink()
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    second = code_of(project, monkeypatch, host_target())
    assert (second, second.read_bytes()) == (first, content)


@pytest.mark.parametrize("name", ["__init__.py", "templates/page.html", "new.py"])
def test_a_changed_or_new_file_makes_another_code_zip(
    project: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = code_of(project, monkeypatch, host_target())
    (project / "leave" / name).write_text("# changed\n")
    assert code_of(project, monkeypatch, host_target()) != before


def test_code_for_another_python_is_shipped_without_bytecode(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = code_of(project, monkeypatch, Target(python="3.10", platform="any"))
    with zipfile.ZipFile(code) as archive:
        assert archive.namelist() == ["leave/__init__.py", "leave/templates/page.html"]


def test_code_that_does_not_compile_is_told_before_it_is_deployed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "leave" / "broken.py").write_text("def\n")
    with pytest.raises(ArtifactError, match=r"does not compile.*broken\.py"):
        code_of(project, monkeypatch, host_target())
