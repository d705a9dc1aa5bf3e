"""A certificate of AWS Certificate Manager, which AWS renews as long as its record stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from infrastructure.settings import Settings

_RECORD_SECONDS: Final = 300


@dataclass(frozen=True, kw_only=True)
class DomainCertificateArgs:
    """The settings name the domain, and the zone of Route 53 that answers for it."""

    settings: Settings


class DomainCertificate(pulumi.ComponentResource):
    """The certificate of `domain-name`, validated by a record in `hosted-zone-id`."""

    arn: pulumi.Output[str]
    """Known when the certificate was issued; API Gateway takes no other."""

    def __init__(
        self, name: str, args: DomainCertificateArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("leave:api:DomainCertificate", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        certificate = aws.acm.Certificate(
            name,
            aws.acm.CertificateArgs(domain_name=args.settings.domain_name, validation_method="DNS"),
            opts=own,
        )
        asked = certificate.domain_validation_options[0]
        record = aws.route53.Record(
            f"{name}-validation",
            aws.route53.RecordArgs(
                zone_id=args.settings.hosted_zone_id,
                name=asked.apply(lambda option: option.resource_record_name or ""),
                type=asked.apply(lambda option: option.resource_record_type or ""),
                records=[asked.apply(lambda option: option.resource_record_value or "")],
                ttl=_RECORD_SECONDS,
                # Every certificate of a name in an account asks for the same record:
                # https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
                allow_overwrite=True,
            ),
            opts=own,
        )
        validation = aws.acm.CertificateValidation(
            name,
            aws.acm.CertificateValidationArgs(
                certificate_arn=certificate.arn, validation_record_fqdns=[record.fqdn]
            ),
            opts=own,
        )
        self.arn = validation.certificate_arn
        self.register_outputs({"arn": self.arn})
