"""What an alias record may point to.

Rules:
1. In the own zone: a name of the zone (text 20) with a set of the alias's type (text 21), neither NS nor SOA.
2. Elsewhere: the name of an AWS service, under the zone id of that service; never a name of another hosted zone (text 20).
3. CloudFront has one zone id, is not evaluated for health, and is not there for private zones.

Of the services' zone ids only CloudFront's is checked: the others depend on region and service.
"""

from collections.abc import Collection, Iterator

from dnsguard.lab.strict.names import within
from dnsguard.lab.strict.rrset import RRSet, Target

CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"
_CLOUDFRONT = "cloudfront.net."
_SERVICES = (
    "amazonaws.com.",
    "amazonaws.com.cn.",
    "awsapprunner.com.",
    "awsglobalaccelerator.com.",
    "elasticbeanstalk.com.",
    "on.aws.",
    _CLOUDFRONT,
)


def _text(rrset: RRSet, target: Target, but: str) -> str:
    where = f"{target.name}, type {rrset.type} in zone {target.zone_id}"
    return f"Tried to create an alias that targets {where}, but {but}"


def outside(zone_id: str, rrset: RRSet, *, private: bool) -> Iterator[str]:
    """Yield why the alias *rrset* of zone *zone_id* cannot point to a name outside that zone (rules 2 and 3)."""
    target = rrset.alias
    if target is None or target.zone_id == zone_id:
        return
    in_cloudfront = within(target.name, _CLOUDFRONT)
    if not any(within(target.name, service) for service in _SERVICES) or in_cloudfront != (target.zone_id == CLOUDFRONT_ZONE):
        yield _text(rrset, target, "the alias target name does not lie within the target zone")
    if in_cloudfront and target.evaluate:
        yield _text(rrset, target, "the health of that target cannot be evaluated")
    if in_cloudfront and private:
        yield _text(rrset, target, "that target is not permitted in a private zone")


def inside(zone: str, rrset: RRSet, found: Collection[RRSet]) -> Iterator[str]:
    """Yield why the alias *rrset* cannot point into its own zone of printed name *zone*; *found*: the target name's sets."""
    target = rrset.alias
    if target is None:
        return
    if not within(target.name, zone):
        yield _text(rrset, target, "the alias target name does not lie within the target zone")
    elif rrset.type in {"NS", "SOA"} or not any(one.type == rrset.type for one in found):
        yield _text(rrset, target, "that target was not found")
