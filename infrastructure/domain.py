"""A domain name of the stage's own for its API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infrastructure.certificate import DomainCertificate, DomainCertificateArgs

if TYPE_CHECKING:
    from infrastructure.settings import Settings

# `A` answers for IPv4, `AAAA` for IPv6.
_RECORD_TYPES: Final = ("A", "AAAA")


@dataclass(frozen=True, kw_only=True)
class ApiDomainArgs:
    """Which domain it is, and whose certificate and records it has."""

    settings: Settings


class ApiDomain(pulumi.ComponentResource):
    """`domain-name` in API Gateway, and in Route 53 if its zone is named.

    A certificate is made and validated in that zone, unless one is given.
    """

    url: pulumi.Output[str]
    """Known when name, certificate and records are there, which takes minutes the first time.

    What it leads to follows within seconds: the stage comes after the functions, and they are told
    this address.
    """
    target: pulumi.Output[str]
    """What another name server must answer with, as a CNAME."""

    def __init__(
        self, name: str, args: ApiDomainArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("leave:api:ApiDomain", name, None, opts)
        settings = args.settings
        domain = aws.apigatewayv2.DomainName(
            name,
            aws.apigatewayv2.DomainNameArgs(
                domain_name=settings.domain_name,
                domain_name_configuration=aws.apigatewayv2.DomainNameDomainNameConfigurationArgs(
                    certificate_arn=self._certificate_arn(name, settings),
                    endpoint_type="REGIONAL",
                    ip_address_type="dualstack",
                    security_policy="TLS_1_2",
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        records = self._records(name, settings, domain) if settings.hosted_zone_id else []
        there = pulumi.Output.all(domain.id, *(record.fqdn for record in records))
        self.url = there.apply(lambda _: f"https://{settings.domain_name}")
        self.target = domain.domain_name_configuration.target_domain_name
        self._name, self._id = name, domain.id
        self.register_outputs({"url": self.url, "target": self.target})

    def lead_to(self, stage: aws.apigatewayv2.Stage) -> None:
        """Let a stage answer at the domain, at the API's own paths: without the stage's name."""
        aws.apigatewayv2.ApiMapping(
            self._name,
            aws.apigatewayv2.ApiMappingArgs(
                api_id=stage.api_id, domain_name=self._id, stage=stage.name
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _certificate_arn(self, name: str, settings: Settings) -> pulumi.Input[str]:
        if settings.certificate_arn:
            return settings.certificate_arn
        arguments = DomainCertificateArgs(settings=settings)
        own = pulumi.ResourceOptions(parent=self)
        return DomainCertificate(f"{name}-certificate", arguments, own).arn

    def _records(
        self, name: str, settings: Settings, domain: aws.apigatewayv2.DomainName
    ) -> list[aws.route53.Record]:
        alias = aws.route53.RecordAliasArgs(
            name=domain.domain_name_configuration.target_domain_name,
            zone_id=domain.domain_name_configuration.hosted_zone_id,
            evaluate_target_health=False,
        )
        return [
            aws.route53.Record(
                f"{name}-{kind.lower()}",
                aws.route53.RecordArgs(
                    zone_id=settings.hosted_zone_id,
                    name=settings.domain_name,
                    type=kind,
                    aliases=[alias],
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for kind in _RECORD_TYPES
        ]
