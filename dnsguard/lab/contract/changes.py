"""Words for the steps of the contract: record sets, changes and calls as boto3 takes them."""

from typing import Any

from dnsguard.lab.contract.case import Ask, Done, Params, Refused

TTL = 300
DONE = Done()


def rrset(record_type: str, *values: str, name: str = "{n}", ttl: int = TTL, **more: Any) -> Params:
    """Return a record set with *values*; *more* are members such as Weight."""
    records = [{"Value": value} for value in values]
    return {"Name": name, "Type": record_type, **more, "TTL": ttl, "ResourceRecords": records}


def a(*values: str, name: str = "{n}", ttl: int = TTL, **more: Any) -> Params:
    """Return an A record set, of 192.0.2.1 unless there are *values*."""
    return rrset("A", *(values or ("192.0.2.1",)), name=name, ttl=ttl, **more)


def cname(value: str = "target.example.net.", name: str = "{n}", **more: Any) -> Params:
    """Return a CNAME record set."""
    return rrset("CNAME", value, name=name, **more)


def txt(*values: str, name: str = "{n}") -> Params:
    """Return a TXT record set; *values* as they stand on the wire."""
    return rrset("TXT", *values, name=name)


def alias(target: str, record_type: str = "A", name: str = "{n}", zone: str = "{id}", **more: Any) -> Params:
    """Return an alias record set that points to *target* in *zone*, without a health evaluation."""
    pointed = {"HostedZoneId": zone, "DNSName": target, "EvaluateTargetHealth": False}
    return {"Name": name, "Type": record_type, **more, "AliasTarget": pointed}


def weighted(set_id: str, *values: str, weight: int = 10, **more: Any) -> Params:
    """Return a weighted A record set."""
    return a(*values, SetIdentifier=set_id, Weight=weight, **more)


def create(raw: Params | str) -> Params:
    """Return the CREATE of *raw*."""
    return {"Action": "CREATE", "ResourceRecordSet": raw}


def upsert(raw: Params | str) -> Params:
    """Return the UPSERT of *raw*."""
    return {"Action": "UPSERT", "ResourceRecordSet": raw}


def delete(raw: Params | str) -> Params:
    """Return the DELETE of *raw*."""
    return {"Action": "DELETE", "ResourceRecordSet": raw}


def batch(*changes: Params, expect: Done | Refused = DONE) -> Ask:
    """Return the call that sends *changes* as one batch."""
    return Ask("ChangeResourceRecordSets", {"HostedZoneId": "{id}", "ChangeBatch": {"Changes": list(changes)}}, expect)


def listed(expect: Done | Refused, **params: str) -> Ask:
    """Return the call that lists a page of the zone."""
    return Ask("ListResourceRecordSets", {"HostedZoneId": "{id}", **params}, expect)
