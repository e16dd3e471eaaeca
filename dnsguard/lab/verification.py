"""Verification: the contract suite against a hosted zone that is reached through boto3."""

from collections.abc import Callable

from dnsguard.errors import ConfigError, DnsguardError
from dnsguard.lab.contract import Boto3, CaseResult, run
from dnsguard.lab.strict import ApiError


def verify_zone(zone_id: str, endpoint_url: str, tell: Callable[[str], None]) -> list[CaseResult]:
    """Run every case in the zone *zone_id*, below its name; *tell* hears the transcript line by line.

    Raises ConfigError if the zone cannot be read, DnsguardError if Route53 goes away meanwhile.
    """
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    retries = Config(retries={"total_max_attempts": 5, "mode": "standard"})
    try:
        client = boto3.client("route53", endpoint_url=endpoint_url or None, config=retries, region_name="us-east-1")
        name = client.get_hosted_zone(Id=zone_id)["HostedZone"]["Name"].rstrip(".")
    except (BotoCoreError, ClientError, ValueError) as error:
        raise ConfigError(f"--zone-id {zone_id}: the zone cannot be read: {error}") from error
    try:
        return run(Boto3(client), zone_id, name, tell)
    except (BotoCoreError, ApiError) as error:
        raise DnsguardError(f"the suite could not be ended, and may have left records below {name}: {error}") from error
