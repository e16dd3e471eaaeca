"""The strict Route53 allows what the policies of its caller allow, in AWS's words for the rest."""

import pytest

from dnsguard.lab.strict import ApiError, Policies, StrictRoute53

ZONE = "arn:aws:route53:::hostedzone/Z1"
CHANGE = "ChangeResourceRecordSets"


def allow(*actions, resource="*", effect="Allow", **conditions):
    statement = {"Effect": effect, "Action": list(actions), "Resource": resource}
    if conditions:
        statement["Condition"] = {f"ForAllValues:{test}": {f"route53:{CHANGE}{key}": values} for test, (key, values) in conditions.items()}
    return {"Version": "2012-10-17", "Statement": [statement]}


def strict(*documents):
    made = StrictRoute53(policies=Policies(*documents))
    made.create_zone("example.com", zone_id="Z1")
    return made


def change(made, *changes, zone="Z1"):
    batch = [
        {"Action": action, "ResourceRecordSet": {"Name": name, "Type": kind, "TTL": 1, "ResourceRecords": [{"Value": "192.0.2.1"}]}}
        for action, name, kind in changes
    ]
    return made.call(CHANGE, {"HostedZoneId": zone, "ChangeBatch": {"Changes": batch}}, 0.0)


def denied(made, operation, params):
    with pytest.raises(ApiError) as caught:
        made.call(operation, params, 0.0)
    assert (caught.value.status, caught.value.code) == (403, "AccessDenied")
    return caught.value.message


def test_what_nobody_allows_is_denied_in_awss_words():
    made = strict(allow("route53:GetHostedZone"))
    user = "User: arn:aws:sts::123456789012:assumed-role/dnsguard/lab is not authorized to perform: "
    why = " because no identity-based policy allows the route53:{0} action"
    assert denied(made, "ListHostedZones", {}) == f"{user}route53:ListHostedZones{why.format('ListHostedZones')}"
    said = denied(made, "ListResourceRecordSets", {"HostedZoneId": "/hostedzone/Z1"})
    assert said == f"{user}route53:ListResourceRecordSets on resource: {ZONE}{why.format('ListResourceRecordSets')}"
    assert made.calls == {"ListHostedZones": 1, "ListResourceRecordSets": 1}


@pytest.mark.parametrize(
    ("action", "resource"),
    [("route53:Get*", "*"), ("route53:GetHostedZone", ZONE), ("*", "arn:aws:route53:::hostedzone/*"), ("route53:GetHosted?one", ZONE)],
)
def test_actions_and_resources_have_wildcards(action, resource):
    assert strict(allow(action, resource=resource)).call("GetHostedZone", {"Id": "Z1"}, 0.0)


@pytest.mark.parametrize(
    "resource", ["arn:aws:route53:::hostedzone/Z2", "arn:aws-cn:route53:::hostedzone/Z1", "arn:aws:route53:::change/*"]
)
def test_another_resource_is_another(resource):
    denied(strict(allow("route53:*", resource=resource)), "GetHostedZone", {"Id": "Z1"})


def test_listing_zones_is_allowed_for_all_or_not_at_all():
    denied(strict(allow("route53:ListHostedZones", resource=ZONE)), "ListHostedZones", {})


def test_tags_are_asked_for_by_zone_and_changes_by_change():
    made = strict(allow("route53:*", resource=[ZONE, "arn:aws:route53:::change/*"]))
    tags = {"ResourceType": "hostedzone", "ResourceIds": ["Z1"]}
    assert made.call("ListTagsForResources", tags, 0.0)
    denied(made, "ListTagsForResources", {**tags, "ResourceIds": ["Z1", "Z2"]})
    written = change(made, ("CREATE", "a.example.com", "A"))
    assert made.call("GetChange", {"Id": written["ChangeInfo"]["Id"]}, 0.0)


def test_a_deny_wins():
    made = strict(allow("*"), allow("route53:GetHostedZone", effect="Deny"))
    assert denied(made, "GetHostedZone", {"Id": "Z1"}).endswith("with an explicit deny in an identity-based policy")
    assert made.call("ListHostedZones", {}, 0.0)


@pytest.mark.parametrize(
    ("conditions", "fitting", "unfitting"),
    [
        ({"StringEquals": ("Actions", ["CREATE"])}, ("CREATE", "a.example.com", "A"), ("UPSERT", "a.example.com", "A")),
        ({"StringEquals": ("RecordTypes", ["A"])}, ("CREATE", "a.example.com", "A"), ("CREATE", "a.example.com", "AAAA")),
        (
            {"StringLike": ("NormalizedRecordNames", ["*.app.example.com", r"\052.example.com"])},
            ("CREATE", "X.App.Example.com.", "A"),
            ("CREATE", "a.example.com", "A"),
        ),
        (
            {"StringEquals": ("NormalizedRecordNames", [r"\052.example.com"])},
            ("CREATE", "*.example.com", "A"),
            ("CREATE", "a.example.com", "A"),
        ),
    ],
)
def test_one_change_outside_the_conditions_denies_the_batch(conditions, fitting, unfitting):
    made = strict(allow("route53:ChangeResourceRecordSets", **conditions))
    with pytest.raises(ApiError, match="AccessDenied"):
        change(made, fitting, unfitting)
    change(made, fitting)
    assert len(made.records("Z1")) == 3


def test_an_unknown_condition_is_a_mistake_of_the_test():
    made = strict(allow("*", StringEquals=("Colours", ["red"])))
    with pytest.raises(ValueError, match="Colours"):
        change(made, ("CREATE", "a.example.com", "A"))
