"""The hosted zones of an account.

Rules:
1. A zone is its id; several zones may have one name. A caller reference is used once. A private zone needs a VPC, and two
   private zones of one name do not share one.
2. A new zone has an NS and an SOA set at its apex.
3. ListHostedZones goes by id, ListHostedZonesByName by reversed name, then id; the next marker is the next zone itself.
"""

import hashlib
from bisect import bisect_left, insort
from typing import Any

from dnsguard.lab.strict.errors import ApiError, invalid_input, no_such_zone
from dnsguard.lab.strict.listing import limit_of, printed_name
from dnsguard.lab.strict.names import reversed_labels
from dnsguard.lab.strict.rrset import Params, RRSet, read
from dnsguard.lab.strict.zone import Zone

CAP = 100
NAME_SERVERS = tuple(f"ns-{512 * n}.awsdns-{n:02d}.{suffix}" for n, suffix in enumerate(("com", "net", "org", "co.uk"), start=1))
_APEX_COUNT = 2


class Zones:
    """The zones, by id."""

    def __init__(self) -> None:
        self._zones: dict[str, Zone] = {}
        self._ids: list[str] = []
        self._references: set[str] = set()
        self._made = 0

    def get(self, zone_id: str) -> Zone:
        """Return the zone of a bare or prefixed id; NoSuchHostedZone if there is none."""
        bare = zone_id.removeprefix("/hostedzone/")
        found = self._zones.get(bare)
        if found is None:
            raise no_such_zone(bare)
        return found

    def add(self, name: str, *, private: bool, linked: bool = False, zone_id: str = "", reference: str = "") -> Zone:
        """Make a zone; without *zone_id* its id follows from its name and the number of zones made before it."""
        self._made += 1
        digest = hashlib.sha256(name.encode()).hexdigest()[:12].upper()
        made_id = zone_id or f"Z{self._made:05d}{digest}"
        if made_id in self._zones:
            raise ValueError(f"there is a zone {made_id} already")
        zone = Zone(made_id, printed_name(name), private, reference or f"made-{self._made}", linked=linked)
        zone.load(_apex(zone.name))
        self._zones[zone.id] = zone
        self._references.add(zone.reference)
        insort(self._ids, zone.id)
        return zone

    def create(self, params: Params) -> Zone:
        """Make the zone that CreateHostedZone asks for."""
        config, vpc = params.get("HostedZoneConfig") or {}, params.get("VPC") or {}
        name = printed_name(params.get("Name") or "")
        private = bool(config.get("PrivateZone") or vpc)
        reference = params.get("CallerReference") or ""
        if reference in self._references:
            raise ApiError(409, "HostedZoneAlreadyExists", f"A hosted zone has already been created with {reference}")
        if name == "com.":
            raise ApiError(400, "InvalidDomainName", f"{name} is reserved by AWS!")
        pair = (vpc.get("VPCRegion", ""), vpc.get("VPCId", ""))
        if private and not pair[1]:
            raise invalid_input("A private hosted zone needs a VPC.")
        if private and any(zone.name == name and pair in zone.vpcs for zone in self._zones.values()):
            text = f"The VPC {pair[1]} has already been associated with the hosted zone with the same domain name."
            raise ApiError(400, "ConflictingDomainExists", text)
        zone = self.add(name, private=private, reference=reference)
        zone.comment = config.get("Comment") or ""
        zone.vpcs = (pair,) if private else ()
        return zone

    def limit(self, params: Params, records: int) -> dict[str, Any]:
        """Answer GetHostedZoneLimit, for the only limit that every zone has: *records* record sets."""
        if params.get("Type") != "MAX_RRSETS_BY_ZONE":
            raise invalid_input(f"Limit {params.get('Type')} is not kept here")
        return {
            "Limit": {"Type": "MAX_RRSETS_BY_ZONE", "Value": records},
            "Count": self.get(params["HostedZoneId"]).count,
        }

    def delete(self, zone_id: str) -> None:
        """Delete a zone that holds nothing but its NS and SOA sets."""
        zone = self.get(zone_id)
        if zone.count > _APEX_COUNT:
            text = "The specified hosted zone contains non-required resource record sets and so cannot be deleted."
            raise ApiError(400, "HostedZoneNotEmpty", text)
        del self._zones[zone.id]
        self._ids.remove(zone.id)

    def page(self, params: Params) -> dict[str, Any]:
        """Answer ListHostedZones."""
        limit, marker = limit_of(params, CAP, CAP), params.get("Marker") or ""
        first = bisect_left(self._ids, self.get(marker).id) if marker else 0
        private_only = params.get("HostedZoneType") == "PrivateHostedZone"
        zones = [zone for zone in map(self.get, self._ids[first:]) if zone.private or not private_only]
        answer: dict[str, Any] = {
            "HostedZones": [shown(zone) for zone in zones[:limit]],
            "IsTruncated": len(zones) > limit,
            "MaxItems": str(limit),
        }
        if marker:
            answer["Marker"] = marker
        if len(zones) > limit:
            answer["NextMarker"] = zones[limit].id
        return answer

    def page_by_name(self, params: Params) -> dict[str, Any]:
        """Answer ListHostedZonesByName."""
        limit, name, zone_id = limit_of(params, CAP, CAP), params.get("DNSName"), params.get("HostedZoneId") or ""
        if zone_id and not name:
            raise invalid_input("The input is not valid")
        start = (reversed_labels(printed_name(name)), zone_id.removeprefix("/hostedzone/")) if name else ("", "")
        places = sorted((reversed_labels(zone.name), zone.id) for zone in self._zones.values())
        zones = [self.get(found) for _, found in places[bisect_left(places, start) :]]
        answer: dict[str, Any] = {
            "HostedZones": [shown(zone) for zone in zones[:limit]],
            "IsTruncated": len(zones) > limit,
            "MaxItems": str(limit),
        }
        answer |= {key: params[key] for key in ("DNSName", "HostedZoneId") if params.get(key)}
        if len(zones) > limit:
            answer["NextDNSName"], answer["NextHostedZoneId"] = zones[limit].name, zones[limit].id
        return answer


def shown(zone: Zone) -> dict[str, Any]:
    """Return a zone as a boto3 HostedZone."""
    config: dict[str, Any] = {"PrivateZone": zone.private}
    if zone.comment:
        config["Comment"] = zone.comment
    found: dict[str, Any] = {
        "Id": f"/hostedzone/{zone.id}",
        "Name": zone.name,
        "CallerReference": zone.reference,
        "Config": config,
        "ResourceRecordSetCount": zone.count,
    }
    if zone.linked:
        found["LinkedService"] = {
            "ServicePrincipal": "servicediscovery.amazonaws.com",
            "Description": "made by a service",
        }
    return found


def details(zone: Zone) -> dict[str, Any]:
    """Answer GetHostedZone."""
    if zone.private:
        vpcs = [{"VPCRegion": region, "VPCId": vpc} for region, vpc in zone.vpcs]
        return {"HostedZone": shown(zone), "VPCs": vpcs}
    return {"HostedZone": shown(zone), "DelegationSet": {"NameServers": list(NAME_SERVERS)}}


def _apex(name: str) -> list[RRSet]:
    soa = f"{NAME_SERVERS[0]}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
    servers = [f"{server}." for server in NAME_SERVERS]
    sets = [read(_plain(name, "NS", 172800, servers), []), read(_plain(name, "SOA", 900, [soa]), [])]
    return [one for one in sets if one is not None]


def _plain(name: str, record_type: str, ttl: int, values: list[str]) -> Params:
    return {"Name": name, "Type": record_type, "TTL": ttl, "ResourceRecords": [{"Value": value} for value in values]}
