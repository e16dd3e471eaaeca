"""Words for calls and outcomes, as metrics and log lines use them."""

from dnsguard.model import changes

ACTIONS: dict[type[changes.Call], str] = {
    changes.Write: "ChangeResourceRecordSets",
    changes.ListRecords: "ListResourceRecordSets",
    changes.ListZones: "ListHostedZones",
    changes.GetZone: "GetHostedZone",
    changes.ListTags: "ListTagsForResources",
    changes.GetChange: "GetChange",
}
"""Route53's API action of each call."""


def action_of(call: changes.Call) -> str:
    """Return the API action of *call*."""
    return ACTIONS[type(call)]


def outcome_of(outcome: changes.Outcome) -> str:
    """Return the kind of *outcome* as one lower-case word."""
    return type(outcome).__name__.lower()
