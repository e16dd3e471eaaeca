"""Cases: hosted zones, their tags, and submitted changes."""

from dnsguard.lab.contract.case import Ask, Case, Done, Evidence, Params, Refused, invalid_input
from dnsguard.lab.contract.changes import a, batch, create, delete

_NO_ZONE = Refused(404, "NoSuchHostedZone")
_UNKNOWN = "ZNOSUCHZONE0000"


def _made(**more: Params) -> Params:
    return {"Name": "{run}.{z}", "CallerReference": "{run}-{n}", **more}


CASES = (
    Case(
        "an accepted batch is pending under an id of its own",
        "GetChange / ChangeInfo",
        Evidence.DOCUMENTED,
        (
            batch(create(a()), expect=Done({"ChangeInfo": {"Status": "PENDING"}})),
            Ask("GetChange", {"Id": "CNOSUCHCHANGE00"}, Refused(404, "NoSuchChange")),
        ),
    ),
    Case(
        "a zone that is not there is refused by every call",
        "NoSuchHostedZone",
        Evidence.DOCUMENTED,
        (
            Ask("ListResourceRecordSets", {"HostedZoneId": _UNKNOWN}, _NO_ZONE),
            Ask("GetHostedZone", {"Id": _UNKNOWN}, _NO_ZONE),
            Ask(
                "ChangeResourceRecordSets",
                {"HostedZoneId": _UNKNOWN, "ChangeBatch": {"Changes": [create(a())]}},
                _NO_ZONE,
            ),
        ),
    ),
    Case(
        "a zone is shown with its name and visibility",
        "list_hosted_zones",
        Evidence.DOCUMENTED,
        (
            Ask(
                "GetHostedZone",
                {"Id": "{id}"},
                Done({"HostedZone": {"Id": "/hostedzone/{id}", "Name": "{z}", "Config": {"PrivateZone": False}}}),
            ),
        ),
    ),
    Case(
        "a page holds at most 100 zones, and its marker is a zone",
        "list_hosted_zones",
        Evidence.DOCUMENTED,
        (
            Ask("ListHostedZones", {"MaxItems": "500"}, Done({"MaxItems": "100"})),
            Ask("ListHostedZones", {"Marker": "{id}", "MaxItems": "1"}, Done({"HostedZones": [{"Id": "/hostedzone/{id}"}]})),
        ),
    ),
    Case(
        "zones by name start at a name",
        "list_hosted_zones_by_name",
        Evidence.DOCUMENTED,
        (
            Ask(
                "ListHostedZonesByName",
                {"DNSName": "{z}", "MaxItems": "1"},
                Done({"HostedZones": [{"Name": "{z}"}], "DNSName": "{z}", "MaxItems": "1"}),
            ),
        ),
    ),
    Case(
        "tags are written and read by bare zone id",
        "tags",
        Evidence.DOCUMENTED,
        (
            Ask(
                "ChangeTagsForResource",
                {"ResourceType": "hostedzone", "ResourceId": "{id}", "AddTags": [{"Key": "dnsguard/contract", "Value": "{n}"}]},
            ),
            Ask(
                "ListTagsForResources",
                {"ResourceType": "hostedzone", "ResourceIds": ["{id}"]},
                Done({"ResourceTagSets": [{"ResourceType": "hostedzone", "ResourceId": "{id}"}]}),
            ),
            Ask(
                "ChangeTagsForResource",
                {"ResourceType": "hostedzone", "ResourceId": "{id}", "RemoveTagKeys": ["dnsguard/contract"]},
            ),
        ),
    ),
    Case(
        "tags are asked for of at most ten zones at once",
        "tags: 11 ids accepted",
        Evidence.DOCUMENTED,
        (Ask("ListTagsForResources", {"ResourceType": "hostedzone", "ResourceIds": ["{id}"] * 11}, invalid_input()),),
    ),
    Case(
        "tags of a zone that is not there are refused",
        "tags: unknown zone",
        Evidence.DOCUMENTED,
        (
            Ask("ListTagsForResource", {"ResourceType": "hostedzone", "ResourceId": _UNKNOWN}, _NO_ZONE),
            Ask("ListTagsForResources", {"ResourceType": "hostedzone", "ResourceIds": [_UNKNOWN]}, _NO_ZONE),
            Ask("ListTagsForResource", {"ResourceType": "hostedzone", "ResourceId": "Z" * 33}, invalid_input()),
        ),
    ),
    Case(
        "a zone tells how many sets it may hold",
        "get_hosted_zone_limit",
        Evidence.DOCUMENTED,
        (
            Ask(
                "GetHostedZoneLimit",
                {"HostedZoneId": "{id}", "Type": "MAX_RRSETS_BY_ZONE"},
                Done({"Limit": {"Type": "MAX_RRSETS_BY_ZONE"}}),
            ),
        ),
    ),
    Case(
        "a caller reference makes one zone",
        "create_hosted_zone: same CallerReference",
        Evidence.DOCUMENTED,
        (
            Ask("CreateHostedZone", _made(), Done({"HostedZone": {"Name": "{run}.{z}"}, "ChangeInfo": {"Status": "PENDING"}})),
            Ask("CreateHostedZone", _made(), Refused(409, "HostedZoneAlreadyExists")),
            Ask("DeleteHostedZone", {"Id": "{made}"}),
            Ask("GetHostedZone", {"Id": "{made}"}, _NO_ZONE),
        ),
        zones=True,
    ),
    Case(
        "a zone that holds record sets is not deleted",
        "delete_hosted_zone",
        Evidence.DOCUMENTED,
        (
            Ask("CreateHostedZone", _made()),
            Ask("ChangeResourceRecordSets", {"HostedZoneId": "{made}", "ChangeBatch": {"Changes": [create(a(name="{run}.{z}"))]}}),
            Ask("DeleteHostedZone", {"Id": "{made}"}, Refused(400, "HostedZoneNotEmpty")),
            Ask("ChangeResourceRecordSets", {"HostedZoneId": "{made}", "ChangeBatch": {"Changes": [delete(a(name="{run}.{z}"))]}}),
        ),
        zones=True,
    ),
    Case(
        "a private zone needs a VPC",
        "create_hosted_zone: private zone without VPC",
        Evidence.INFERRED,
        (Ask("CreateHostedZone", _made(HostedZoneConfig={"PrivateZone": True}), invalid_input()),),
        zones=True,
    ),
    Case(
        "a top-level domain is reserved",
        "create_hosted_zone: no .com check",
        Evidence.OBSERVED,
        (Ask("CreateHostedZone", {**_made(), "Name": "com"}, Refused(400, "InvalidDomainName")),),
        zones=True,
    ),
)
