"""What AWS answers when a resource was made, as far as the program reads it.

The ARNs are well-formed for their type, or a policy linter would find the policies at fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "123456789012"
REGION = "eu-central-1"
API_ID = "a1b2c3d4e5"  # pragma: allowlist secret
API_ENDPOINT = f"https://{API_ID}.execute-api.{REGION}.amazonaws.com"
CERTIFICATE_ARN = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012"
EXECUTION_ARN = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{API_ID}"

INVOKES: dict[str, dict[str, str]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT},
    "aws:index/getPartition:getPartition": {"partition": "aws"},
    "aws:index/getRegion:getRegion": {"region": REGION},
}
DOMAIN_TARGET = f"d-0a1b2c3d4e.execute-api.{REGION}.amazonaws.com"
_ANSWERS: dict[str, Callable[[str, Any], dict[str, Any]]] = {
    "aws:acm/certificate:Certificate": lambda _name, inputs: {
        "arn": CERTIFICATE_ARN,
        "domainValidationOptions": [
            {
                "domainName": inputs["domainName"],
                "resourceRecordName": f"_0a1b.{inputs['domainName']}.",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": "_2c3d.acm-validations.aws.",
            }
        ],
    },
    "aws:acm/certificateValidation:CertificateValidation": lambda _name, inputs: {
        "certificateArn": inputs["certificateArn"]
    },
    "aws:apigatewayv2/domainName:DomainName": lambda _name, inputs: {
        "id": inputs["domainName"],
        "domainNameConfiguration": {
            **inputs["domainNameConfiguration"],
            "hostedZoneId": "Z1U9ULNL0V5AJ3",
            "targetDomainName": DOMAIN_TARGET,
        },
    },
    "aws:route53/record:Record": lambda _name, inputs: {"fqdn": inputs["name"].rstrip(".")},
    "aws:apigatewayv2/api:Api": lambda _name, _inputs: {
        "id": API_ID,
        "apiEndpoint": API_ENDPOINT,
        "executionArn": EXECUTION_ARN,
    },
    "aws:apigatewayv2/stage:Stage": lambda _name, inputs: {
        "id": inputs["name"],
        "executionArn": f"{EXECUTION_ARN}/{inputs['name']}",
        "invokeUrl": f"{API_ENDPOINT}/{inputs['name']}",
    },
    "aws:cloudwatch/logGroup:LogGroup": lambda _name, inputs: {
        "arn": _arn("logs", f"log-group:{inputs['name']}")
    },
    "aws:cloudwatch/metricAlarm:MetricAlarm": lambda _name, inputs: {
        "arn": _arn("cloudwatch", f"alarm:{inputs['name']}")
    },
    "aws:dynamodb/table:Table": lambda _name, inputs: {
        "arn": _arn("dynamodb", f"table/{inputs['name']}")
    },
    "aws:iam/role:Role": lambda _name, inputs: {
        "arn": f"arn:aws:iam::{ACCOUNT}:role{inputs['path']}{inputs['name']}",
    },
    "aws:lambda/function:Function": lambda _name, inputs: {
        "arn": _arn("lambda", f"function:{inputs['name']}")
    },
    "aws:lambda/layerVersion:LayerVersion": lambda _name, inputs: {
        "arn": _arn("lambda", f"layer:{inputs['layerName']}:1")
    },
    "aws:secretsmanager/secret:Secret": lambda _name, inputs: {
        "arn": _arn("secretsmanager", f"secret:{inputs['name']}-AbCdEf")
    },
    "aws:sns/topic:Topic": lambda _name, inputs: {"arn": _arn("sns", inputs["name"])},
    "aws:sqs/queue:Queue": lambda _name, inputs: {"arn": _arn("sqs", inputs["name"])},
    "aws:sfn/stateMachine:StateMachine": lambda _name, inputs: {
        "arn": _arn("states", f"stateMachine:{inputs['name']}")
    },
}


def outputs_of(type_: str, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """The `id` and whatever else the provider answers for a new resource."""
    answer = _ANSWERS.get(type_, lambda _name, _inputs: {})
    return {"id": f"{name}-id", **answer(name, inputs)}


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"
