"""Which files of the installed packages are kept."""

from __future__ import annotations

import gzip
import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from infrastructure.artifact.trim import is_needed, trim_dependencies

if TYPE_CHECKING:
    from pathlib import Path

GMAIL = "googleapiclient/discovery_cache/documents/gmail.v1.json"
ENDPOINTS = "botocore/data/endpoints.json"
KEPT = [
    GMAIL,
    ENDPOINTS,
    "botocore/data/_retry.json",
    "botocore/data/partitions.json",
    "botocore/data/sdk-default-configuration.json",
    "botocore/data/dynamodb/2012-08-10/service-2.json.gz",
    "botocore/data/secretsmanager/2017-10-17/endpoint-rule-set-1.json.gz",
    "botocore/data/stepfunctions/2016-11-23/paginators-1.json",
    "botocore/cacert.pem",
    "dateutil/tz/tz.py",
    "google/auth/credentials.py",
    "google/auth/transport/__init__.py",
    "google/api_core/__init__.py",
    "google/api_core/client_options.py",
    "googleapiclient/discovery_cache/__init__.py",
    "cryptography/hazmat/bindings/_rust.abi3.so",
    "_cffi_backend.cpython-313-aarch64-linux-gnu.so",
    "tzdata/zoneinfo/Europe/Berlin",
    "markupsafe-3.0.4.dist-info/METADATA",
    "six.py",
]
GONE = [
    "googleapiclient/discovery_cache/documents/youtube.v3.json",
    "googleapiclient/discovery_cache/documents/gmail.v2.json",
    "botocore/data/ec2/2016-11-15/service-2.json.gz",
    "botocore/data/dynamodb/2012-08-10/examples-1.json",
    "dateutil/zoneinfo/dateutil-zoneinfo.tar.gz",
    "google/api_core/retry/retry_base.py",
    "google/api_core/exceptions.py",
    "google/auth/compute_engine/credentials.py",
    "google/auth/external_account.py",
    "apiclient/__init__.py",
    "bin/normalizer",
    "cffi/api.py",
    "cffi/_cffi_include.h",
    "markupsafe/_speedups.pyi",
    "markupsafe/_speedups.c",
    "dateutil/tests/test_parser.py",
    "markupsafe-3.0.4.dist-info/RECORD",
    "markupsafe-3.0.4.dist-info/licenses/LICENSE.txt",
]


@pytest.mark.parametrize("path", KEPT)
def test_what_a_function_reads_is_kept(path: str) -> None:
    assert is_needed(PurePosixPath(path))


@pytest.mark.parametrize("path", GONE)
def test_what_no_function_reads_goes(path: str) -> None:
    assert not is_needed(PurePosixPath(path))


def test_trimming_deletes_and_keeps_accordingly(tmp_path: Path) -> None:
    for path in [*KEPT, *GONE]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        content = b'{"partitions": []}'
        (tmp_path / path).write_bytes(gzip.compress(content) if path.endswith(".gz") else content)
    trim_dependencies(tmp_path)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == set(KEPT)


def test_only_endpoints_of_services_in_use_are_kept_in_every_partition(tmp_path: Path) -> None:
    services = {"dynamodb": {"endpoints": {}}, "ec2": {}, "states": {"x": 1}}
    partitions = [
        {"partition": "aws", "dnsSuffix": "amazonaws.com", "services": services},
        {"partition": "aws-cn", "dnsSuffix": "amazonaws.com.cn", "services": {"ec2": {}}},
    ]
    file = tmp_path / ENDPOINTS
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"version": 3, "partitions": partitions}))
    trim_dependencies(tmp_path)
    trimmed = json.loads(file.read_text())
    assert trimmed["version"] == 3
    first, second = trimmed["partitions"]
    assert first["services"] == {"dynamodb": {"endpoints": {}}, "states": {"x": 1}}
    assert first["dnsSuffix"] == "amazonaws.com"
    assert second["services"] == {}


def test_models_lose_their_documentation_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / ENDPOINTS).parent.mkdir(parents=True)
    (tmp_path / ENDPOINTS).write_text('{"partitions": []}')
    file = tmp_path / "botocore/data/dynamodb/2012-08-10/service-2.json.gz"
    file.parent.mkdir(parents=True)
    members = {"documentation": {"shape": "Text", "documentation": "Goes."}}
    model = {
        "operations": {"PutItem": {"input": {"shape": "Input"}, "documentation": "Goes."}},
        "shapes": {"Input": {"type": "structure", "members": members, "required": ["a", "b"]}},
    }
    file.write_bytes(gzip.compress(json.dumps(model).encode()))
    trim_dependencies(tmp_path)
    assert json.loads(gzip.decompress(file.read_bytes())) == {
        "operations": {"PutItem": {"input": {"shape": "Input"}}},
        "shapes": {
            "Input": {
                "type": "structure",
                "members": {"documentation": {"shape": "Text"}},
                "required": ["a", "b"],
            }
        },
    }
