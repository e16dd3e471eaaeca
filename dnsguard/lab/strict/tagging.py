"""Tags of hosted zones.

Rules: resource ids are bare and at most 32 characters long; at most ten in one request; an unknown one is refused.
"""

from typing import Any

from dnsguard.lab.strict.errors import invalid_input
from dnsguard.lab.strict.rrset import Params
from dnsguard.lab.strict.zone import Zone
from dnsguard.lab.strict.zones import Zones

_IDS = 10
_ID_LENGTH = 32


def _resource(zones: Zones, params: Params, zone_id: str) -> Zone:
    if params.get("ResourceType") != "hostedzone":
        raise invalid_input(f"Resource type {params.get('ResourceType')} has no tags here")
    if len(zone_id) > _ID_LENGTH:
        raise _too_long(zone_id, "resourceId", _ID_LENGTH)
    return zones.get(zone_id)


def _too_long(value: object, where: str, limit: int) -> Exception:
    return invalid_input(
        f"1 validation error detected: Value '{value}' at '{where}' failed to satisfy constraint: "
        f"Member must have length less than or equal to {limit}"
    )


def _shown(zone: Zone) -> dict[str, Any]:
    tags = [{"Key": key, "Value": value} for key, value in sorted(zone.tags.items())]
    return {"ResourceType": "hostedzone", "ResourceId": zone.id, "Tags": tags}


def tags_of(zones: Zones, params: Params) -> dict[str, Any]:
    """Answer ListTagsForResource."""
    return {"ResourceTagSet": _shown(_resource(zones, params, params.get("ResourceId") or ""))}


def tags_of_many(zones: Zones, params: Params) -> dict[str, Any]:
    """Answer ListTagsForResources."""
    ids = list(params.get("ResourceIds") or ())
    if len(ids) > _IDS:
        raise _too_long(ids, "resourceIds", _IDS)
    return {"ResourceTagSets": [_shown(_resource(zones, params, zone_id)) for zone_id in ids]}


def change_tags(zones: Zones, params: Params) -> dict[str, Any]:
    """Answer ChangeTagsForResource."""
    zone = _resource(zones, params, params.get("ResourceId") or "")
    for key in params.get("RemoveTagKeys") or ():
        zone.tags.pop(key, None)
    for tag in params.get("AddTags") or ():
        zone.tags[tag["Key"]] = tag.get("Value") or ""
    return {}
