"""A domain name of the stage's own: what is made for it, and what then leads there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.infrastructure.aws_answers import (
    API_ENDPOINT,
    API_ID,
    CERTIFICATE_ARN,
    DOMAIN_TARGET,
)
from tests.infrastructure.graph import Graph, dump, graph
from tests.infrastructure.service_models import check_call
from tests.infrastructure.stack_file import problems
from tests.infrastructure.stages import STAGES, of_stage

NAME = "leave.example.com"
ZONE = "Z0123456789ABCDEFGHIJ"
WITHOUT = {"require_sign_in": True}
OF_ROUTE_53 = {**WITHOUT, "domain_name": NAME, "hosted_zone_id": ZONE}
OF_ANOTHER = {**WITHOUT, "domain_name": NAME, "certificate_arn": CERTIFICATE_ARN}
WITH_BOTH = {**OF_ROUTE_53, **OF_ANOTHER}
FOR_A_DOMAIN = ("aws:acm/", "aws:route53/", "aws:apigatewayv2/domainName", "aws:apigatewayv2/apiM")
every_way = pytest.mark.parametrize(
    "keys", [OF_ROUTE_53, OF_ANOTHER, WITH_BOTH], ids=["route-53", "another", "both"]
)


def made_for_a_domain(stage: Graph) -> list[str]:
    return [
        f"{item.type.partition('/')[2].partition(':')[0]} {item.name}"
        for item in stage.resources
        if item.type.startswith(FOR_A_DOMAIN)
    ]


def test_without_a_name_nothing_is_made_and_aws_s_address_is_the_api_s() -> None:
    stage = graph("dev")
    assert made_for_a_domain(stage) == []
    assert stage.only("apigatewayv2/api:Api").inputs["disableExecuteApiEndpoint"] is False
    assert stage.outputs["api_url"] == f"{API_ENDPOINT}/dev"
    assert "domain_target" not in stage.outputs


@pytest.mark.parametrize(
    ("keys", "made"),
    [
        (
            OF_ROUTE_53,
            [
                "certificate http-api-domain-certificate",
                "certificateValidation http-api-domain-certificate",
                "apiMapping http-api-domain",
                "domainName http-api-domain",
                "record http-api-domain-a",
                "record http-api-domain-aaaa",
                "record http-api-domain-certificate-validation",
            ],
        ),
        (OF_ANOTHER, ["apiMapping http-api-domain", "domainName http-api-domain"]),
        (
            WITH_BOTH,
            [
                "apiMapping http-api-domain",
                "domainName http-api-domain",
                "record http-api-domain-a",
                "record http-api-domain-aaaa",
            ],
        ),
    ],
)
def test_what_is_not_given_is_made(keys: dict[str, Any], made: list[str]) -> None:
    assert made_for_a_domain(graph("dev", **keys)) == made


@every_way
def test_the_name_is_served_with_tls_1_2_and_leads_to_the_stage(keys: dict[str, Any]) -> None:
    stage = graph("dev", **keys)
    domain = stage.only("apigatewayv2/domainName:DomainName").inputs
    assert domain["domainName"] == NAME
    assert domain["domainNameConfiguration"] == {
        "certificateArn": CERTIFICATE_ARN,
        "endpointType": "REGIONAL",
        "ipAddressType": "dualstack",
        "securityPolicy": "TLS_1_2",
    }
    # Without a mapping key, or paths would begin with it.
    assert stage.only("apigatewayv2/apiMapping:ApiMapping").inputs == {
        "apiId": API_ID,
        "domainName": NAME,
        "stage": "dev",
    }


def test_its_records_lead_to_it_by_ipv4_and_ipv6() -> None:
    records = graph("dev", **OF_ROUTE_53).of("route53/record:Record")
    assert records.pop("http-api-domain-certificate-validation").inputs == {
        "zoneId": ZONE,
        "name": f"_0a1b.{NAME}.",
        "type": "CNAME",
        "records": ["_2c3d.acm-validations.aws."],
        "ttl": 300,
        "allowOverwrite": True,
    }
    assert {item.inputs["type"] for item in records.values()} == {"A", "AAAA"}
    for item in records.values():
        assert (item.inputs["name"], item.inputs["zoneId"]) == (NAME, ZONE)
        (alias,) = item.inputs["aliases"]
        assert alias["name"] == DOMAIN_TARGET


TOLD = {"daily-sweep", "process-leave-request", "sign-in", "submit-lead-response"}


@every_way
def test_links_sign_in_and_exports_are_at_the_name(keys: dict[str, Any]) -> None:
    stage = graph("dev", **keys)
    addresses = {
        name: function.inputs["environment"]["variables"]["LEAVE_API_URL"]
        for name, function in stage.of("lambda/function:Function").items()
        if "LEAVE_API_URL" in function.inputs.get("environment", {}).get("variables", {})
    }
    assert addresses == dict.fromkeys(TOLD, f"https://{NAME}")
    assert stage.outputs["api_url"] == f"https://{NAME}"
    assert stage.outputs["domain_target"] == DOMAIN_TARGET


def test_nothing_but_the_domain_and_its_address_changes_in_a_stage() -> None:
    """A function that was made anew, or a route, would be an outage for a name."""
    before = {(item.type, item.name): item for item in graph("dev", **WITHOUT).resources}
    after = {(item.type, item.name): item for item in graph("dev", **OF_ROUTE_53).resources}
    changed = {key for key, item in before.items() if after[key] != item}
    assert changed == {("aws:lambda/function:Function", name) for name in TOLD}


def test_the_address_of_aws_is_closed_only_when_that_is_asked_for() -> None:
    """Links that were mailed before the name lead to the other address, for weeks."""
    api = "apigatewayv2/api:Api"
    assert graph("dev", **OF_ROUTE_53).only(api).inputs["disableExecuteApiEndpoint"] is False
    assert STAGES["everything"]["default_endpoint"] is False
    assert of_stage("everything").only(api).inputs["disableExecuteApiEndpoint"] is True


@pytest.mark.parametrize(
    ("keys", "finding", "cure"),
    [
        (
            {"domain_name": NAME},
            "needs leave:hosted-zone-id, for Route 53 to make its certificate and records",
            "set leave:hosted-zone-id Z0123456789ABCDEFGHIJ",
        ),
        (
            {"hosted_zone_id": ZONE},
            "leave:hosted-zone-id is set, and there is no leave:domain-name",
            "rm leave:hosted-zone-id",
        ),
        (
            {"certificate_arn": CERTIFICATE_ARN},
            "leave:certificate-arn is set, and there is no leave:domain-name",
            "rm leave:certificate-arn",
        ),
        (
            {"default_endpoint": False},
            "leave:default-endpoint is false, and without leave:domain-name the API would have no",
            "set leave:default-endpoint true",
        ),
        ({"domain_name": "Leave.example.com", "hosted_zone_id": ZONE}, "in small letters", "set "),
        ({"domain_name": f"{'a' * 53}.example.com", "hosted_zone_id": ZONE}, "of 64", "set "),
        ({"domain_name": NAME, "hosted_zone_id": "example.com"}, "the id of a public", "set "),
        ({"domain_name": NAME, "certificate_arn": "arn:aws:iam::1:x"}, "the ARN of a", "set "),
    ],
)
def test_keys_that_do_not_go_together_are_told_with_the_cure(
    keys: dict[str, object], finding: str, cure: str
) -> None:
    (told,) = problems(**keys)
    assert finding in told
    assert f"pulumi config {cure}" in told


def test_a_flag_that_is_none_is_told_once() -> None:
    assert len(problems(default_endpoint="no")) == 1


CALLS: dict[str, tuple[str, str]] = {
    "aws:acm/certificate:Certificate": ("acm", "RequestCertificate"),
    "aws:apigatewayv2/apiMapping:ApiMapping": ("apigatewayv2", "CreateApiMapping"),
    "aws:apigatewayv2/domainName:DomainName": ("apigatewayv2", "CreateDomainName"),
    "aws:route53/record:Record": ("route53", "ChangeResourceRecordSets"),
}


def call_of(type_: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """The call that makes a resource, as the provider would send it."""
    if type_.startswith("aws:apigatewayv2"):
        call = {key[0].upper() + key[1:]: value for key, value in inputs.items()}
        configuration = call.pop("DomainNameConfiguration", None)
        if configuration:
            named = {key[0].upper() + key[1:]: value for key, value in configuration.items()}
            call["DomainNameConfigurations"] = [named]
        return call
    if type_.startswith("aws:acm"):
        return {
            "DomainName": inputs["domainName"],
            "ValidationMethod": inputs["validationMethod"],
        }
    record: dict[str, Any] = {"Name": inputs["name"], "Type": inputs["type"]}
    for alias in inputs.get("aliases", []):
        record["AliasTarget"] = {
            "DNSName": alias["name"],
            "HostedZoneId": alias["zoneId"],
            "EvaluateTargetHealth": alias["evaluateTargetHealth"],
        }
    if "records" in inputs:
        record["TTL"] = int(inputs["ttl"])
        record["ResourceRecords"] = [{"Value": value} for value in inputs["records"]]
    change = {"Action": "UPSERT", "ResourceRecordSet": record}
    return {"HostedZoneId": inputs["zoneId"], "ChangeBatch": {"Changes": [change]}}


@every_way
def test_aws_s_own_models_have_nothing_against_it(keys: dict[str, Any]) -> None:
    values = {f"leave:{key.replace('_', '-')}": value for key, value in keys.items()}
    for item in json.loads(dump("dev", overrides=json.dumps(values)))["resources"]:
        if item["type"] in CALLS:
            service, operation = CALLS[item["type"]]
            call = call_of(item["type"], item["inputs"])
            assert check_call(service, operation, call) == []


def test_a_model_would_find_a_wrong_policy() -> None:
    wrong = {"DomainName": NAME, "DomainNameConfigurations": [{"SecurityPolicy": "TLS_9"}]}
    assert check_call("apigatewayv2", "CreateDomainName", wrong) != []
