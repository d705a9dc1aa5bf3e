from __future__ import annotations

import os

from emulator.child_environment import of_deployment, of_emulated_aws, without_aws

PERSONS = {
    "PATH": "/bin",
    "AWS_PROFILE": "work",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
    "AWS_ENDPOINT_URL_DYNAMODB": "http://elsewhere",
    "HTTPS_PROXY": "http://proxy:3128",
    "no_proxy": "intranet",
    "PIP_INDEX_URL": "https://index.example.com",
}


def test_nothing_leads_to_a_real_account() -> None:
    kept = without_aws(PERSONS)
    assert {name for name in kept if name.startswith("AWS_")} == {
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_EC2_METADATA_DISABLED",
    }
    assert kept["AWS_CONFIG_FILE"] == kept["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull


def test_pip_still_finds_its_index_through_the_proxy() -> None:
    kept = without_aws(PERSONS)
    assert kept["HTTPS_PROXY"] == "http://proxy:3128"
    assert kept["PIP_INDEX_URL"] == "https://index.example.com"


def test_this_machine_is_never_reached_through_the_proxy() -> None:
    assert without_aws(PERSONS)["no_proxy"] == "intranet,127.0.0.1,localhost"
    assert without_aws({})["NO_PROXY"] == "127.0.0.1,localhost"


def test_the_command_line_gets_the_emulated_account_in_the_standard_variables() -> None:
    made = of_emulated_aws(PERSONS, endpoint_url="http://127.0.0.1:1", region="eu-central-1")
    assert made["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert made["AWS_REGION"] == made["AWS_DEFAULT_REGION"] == "eu-central-1"
    assert made["AWS_ACCESS_KEY_ID"] == "test"
    assert "AWS_PROFILE" not in made


def test_an_output_used_as_text_fails_the_deployment() -> None:
    assert of_deployment(PERSONS)["PULUMI_ERROR_OUTPUT_STRING"] == "true"
