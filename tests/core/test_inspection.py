"""The inspection asks for everything that a configuration needs, names what is missing, and changes nothing."""

import json
from pathlib import Path
from random import Random

import pytest

from dnsguard.core.inspection import LABEL, Inspection
from dnsguard.lab.simulation import Simulation
from dnsguard.lab.strict import Policies, ServerError, StrictRoute53
from dnsguard.model.access import Finding, State
from dnsguard.model.changes import GetZone, ListZones, Unavailable, Write
from dnsguard.model.settings import Ownership, Settings, ZoneEntry

IAM = Path(__file__).parents[2] / "config" / "iam"
LIST_ZONES, GET_ZONE, TAGS = "route53:ListHostedZones", "route53:GetHostedZone", "route53:ListTagsForResources"
READ, WRITE = "route53:ListResourceRecordSets", "route53:ChangeResourceRecordSets"
EXAMPLE, OTHER = "zone example.com (Z1)", "zone other.org (Z2)"
USER = "arn:aws:sts::123456789012:assumed-role/dnsguard/lab"
ROLE = "arn:aws:iam::210987654321:role/dns"
HERE = ZoneEntry(domains=("example.com",))


def document(name, *without, zone="*"):
    """Return a policy file for one zone, less some actions."""
    found = json.loads((IAM / name).read_text().replace("ZONE_ID", zone))
    for statement in found["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        statement["Action"] = [action for action in actions if action not in without]
    return found


def account(*documents):
    strict = StrictRoute53(policies=Policies(*documents) if documents else None)
    strict.create_zone("example.com", zone_id="Z1", tags={"team": "dns"})
    strict.create_zone("other.org", zone_id="Z2", private=True)
    return strict


class Inquiry:
    """An inspection that was carried out: its findings and the calls that were made, with the account that each went to."""

    def __init__(self, answer, *entries, policy="sync", writes=None, seed=1):
        self.findings, self.jobs = [], []
        settings = Settings(zones=entries or (HERE,), ownership=Ownership(owner="lab"), policy=policy, writes=writes)
        self.inspection = Inspection(settings, Random(seed), self.findings.append)
        asking = self.inspection.run()
        try:
            job = next(asking)
            while True:
                self.jobs.append(job)
                job = asking.send(answer(job))
        except StopIteration:
            pass

    def by_state(self, state):
        return [(finding.permission, finding.on) for finding in self.findings if finding.state is state]

    @property
    def granted(self):
        return self.by_state(State.GRANTED)

    @property
    def missing(self):
        return self.by_state(State.MISSING)

    @property
    def unknown(self):
        return self.by_state(State.UNKNOWN)

    @property
    def written(self):
        return [change.before.value for job in self.jobs if isinstance(job.call, Write) for change in job.call.changes]


def inquire(strict, *entries, **options):
    port = Simulation(strict)
    return Inquiry(lambda job: port.carry_out(job.call, 0.0)[0], *entries, **options)


def test_the_policy_file_for_writing_grants_everything_and_nothing_is_changed():
    strict = account(document("sync.json", zone="Z1"))
    before = strict.records("Z1")
    asked = inquire(strict)
    assert asked.granted == [(LIST_ZONES, ""), (READ, EXAMPLE), (WRITE, EXAMPLE)]
    assert len(asked.findings) == 3
    assert strict.records("Z1") == before
    assert [call.outcome for call in strict.log if call.operation == "ChangeResourceRecordSets"] == ["InvalidChangeBatch"]


def test_the_policy_file_for_shadow_grants_everything_and_no_write_is_asked_for():
    strict = account(document("shadow.json"))
    assert inquire(strict, policy="shadow").granted == [(LIST_ZONES, ""), (READ, EXAMPLE)]
    assert strict.calls == {"ListHostedZones": 1, "ListResourceRecordSets": 1}


def test_the_write_is_a_deletion_of_a_txt_that_nobody_has():
    (first,), (second,) = (inquire(account(), seed=seed).written for seed in (1, 2))
    assert (first.name, first.type) == (f"{LABEL}.example.com", "TXT")
    assert (second.name, second.type) == (first.name, first.type)
    assert first.values != second.values


@pytest.mark.parametrize("entry", [HERE, ZoneEntry(ids=("Z1",)), ZoneEntry(tags=("team",))], ids=["listed", "by id", "by tag"])
@pytest.mark.parametrize("action", [LIST_ZONES, GET_ZONE, TAGS, READ, WRITE])
def test_an_action_that_a_policy_lacks_is_named_where_it_is_needed(action, entry):
    needed = {
        LIST_ZONES: ("", not entry.ids),
        GET_ZONE: ("zone Z1", bool(entry.ids)),
        TAGS: ("", bool(entry.tags)),
        READ: (EXAMPLE, True),
        WRITE: (EXAMPLE, True),
    }
    on, is_needed = needed[action]
    asked = inquire(account(document("sync.json", action, zone="Z1")), entry)
    assert asked.missing == ([(action, on)] if is_needed else [])
    for finding in asked.findings:
        if finding.state is State.MISSING:
            assert (finding.who, finding.where) == (USER, "config/iam/sync.json")
            assert f"{USER} is not authorized to perform: {action}" in finding.text
    assert is_needed or not asked.unknown


def test_what_is_missing_under_shadow_goes_into_the_policy_for_shadow():
    asked = inquire(account(document("shadow.json", READ)), policy="shadow")
    assert [(finding.permission, finding.where) for finding in asked.findings if finding.state is State.MISSING] == [
        (READ, "config/iam/shadow.json")
    ]


def test_every_zone_in_use_is_asked_for_by_itself():
    asked = inquire(account(document("sync.json", zone="Z2")), ZoneEntry())
    assert asked.granted == [(LIST_ZONES, ""), (READ, OTHER), (WRITE, OTHER)]
    assert asked.missing == [(READ, EXAMPLE), (WRITE, EXAMPLE)]
    assert (asked.inspection.asked, asked.inspection.total) == (5, 5)


def test_a_permission_is_told_once_however_many_pages_it_takes():
    strict = account(document("sync.json"))
    for number in range(130):
        strict.create_zone(f"zone-{number}.example.net", tags={"team": "other"})
    asked = inquire(strict, ZoneEntry(tags=("team=dns",)))
    assert asked.granted == [(LIST_ZONES, ""), (TAGS, ""), (READ, EXAMPLE), (WRITE, EXAMPLE)]
    assert strict.calls["ListHostedZones"] == 2
    assert strict.calls["ListTagsForResources"] == 14


def test_without_the_list_no_zone_is_known_and_that_is_said():
    asked = inquire(account(document("sync.json", LIST_ZONES)))
    assert asked.unknown == [(READ, "the zones of the account"), (WRITE, "the zones of the account")]


def test_without_the_tags_the_other_entries_are_asked_for_all_the_same():
    strict = account(document("sync.json", TAGS))
    asked = inquire(strict, ZoneEntry(tags=("team",)), ZoneEntry(domains=("other.org",)))
    assert asked.granted == [(LIST_ZONES, ""), (READ, OTHER), (WRITE, OTHER)]
    assert asked.unknown == [(READ, "the zones that are chosen by tags"), (WRITE, "the zones that are chosen by tags")]
    assert strict.calls["ListTagsForResources"] == 1


def test_a_refusal_to_tell_tags_is_not_asked_for_again_and_speaks_against_no_id():
    strict = account(document("sync.json", TAGS))
    for number in range(25):
        strict.create_zone(f"zone-{number}.example.com")
    asked = inquire(strict, ZoneEntry(tags=("team",)), ZoneEntry(ids=("Z1",), tags=("team",)))
    assert strict.calls["ListTagsForResources"] == 1
    assert asked.unknown == [(READ, "the zones that are chosen by tags"), (WRITE, "the zones that are chosen by tags")]


def test_a_zone_whose_name_is_not_told_is_read_but_its_write_cannot_be_asked_for():
    asked = inquire(account(document("sync.json", GET_ZONE)), ZoneEntry(ids=("Z1",)))
    assert asked.granted == [(READ, "zone Z1")]
    assert asked.unknown == [(WRITE, "zone Z1")]


@pytest.mark.parametrize("policy", ["upsert-only", "create-only"])
def test_a_policy_that_never_deletes_may_do_without_the_deletion_that_is_asked_for(policy):
    narrow = document("sync.json")
    narrow["Statement"][-1]["Condition"]["ForAllValues:StringEquals"]["route53:ChangeResourceRecordSetsActions"].remove("DELETE")
    assert inquire(account(narrow), policy=policy).unknown == [(WRITE, EXAMPLE)]
    assert inquire(account(narrow), policy=policy, writes="compare-and-swap").missing == [(WRITE, EXAMPLE)]
    assert inquire(account(narrow)).missing == [(WRITE, EXAMPLE)]
    assert inquire(account(document("sync.json")), policy=policy).granted[-1] == (WRITE, EXAMPLE)


@pytest.mark.parametrize(("names", "granted"), [([f"{LABEL}.example.com", "*.app.example.com"], True), (["*.app.example.com"], False)])
def test_where_names_are_narrowed_the_name_that_is_asked_for_has_to_be_among_them(names, granted):
    narrow = document("sync.json")
    narrow["Statement"][-1]["Condition"]["ForAllValues:StringLike"] = {"route53:ChangeResourceRecordSetsNormalizedRecordNames": names}
    asked = inquire(account(narrow))
    assert ((WRITE, EXAMPLE) in asked.granted) is granted
    assert ((WRITE, EXAMPLE) in asked.missing) is not granted


def test_a_record_set_in_that_place_stays_as_it_is():
    strict = account(document("sync.json"))
    strict.load("Z1", [{"Name": f"{LABEL}.example.com", "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": '"mine"'}]}])
    before = strict.records("Z1")
    assert (WRITE, EXAMPLE) in inquire(strict).granted
    assert strict.records("Z1") == before


def test_what_is_not_answered_is_not_found_out_and_the_rest_is_asked_for():
    strict = account(document("sync.json"))
    strict.faults.inject(ServerError(500), "ListResourceRecordSets")
    asked = inquire(strict)
    assert asked.unknown == [(READ, EXAMPLE)]
    assert asked.granted == [(LIST_ZONES, ""), (WRITE, EXAMPLE)]
    assert asked.findings[1].text == "InternalFailure: The service is not available."


def test_an_id_that_is_no_zone_is_not_found_out():
    asked = inquire(account(document("sync.json")), ZoneEntry(ids=("Z0", "Z1")))
    assert asked.granted == [(GET_ZONE, "zone Z1"), (READ, EXAMPLE), (WRITE, EXAMPLE)]
    assert asked.unknown == [(GET_ZONE, "zone Z0")]


def test_an_id_that_the_list_does_not_hold_is_not_found_out():
    asked = inquire(account(document("sync.json")), HERE, ZoneEntry(ids=("Z0",)))
    assert asked.granted == [(LIST_ZONES, ""), (READ, EXAMPLE), (WRITE, EXAMPLE)]
    assert asked.unknown == [(READ, "zone Z0"), (WRITE, "zone Z0")]


def test_an_id_of_a_zone_that_its_entry_does_not_mean_is_not_found_out():
    asked = inquire(account(document("sync.json")), ZoneEntry(ids=("Z1", "Z2"), type="public"))
    assert asked.granted == [(GET_ZONE, "zone Z1"), (GET_ZONE, "zone Z2"), (READ, EXAMPLE), (WRITE, EXAMPLE)]
    assert asked.unknown == [(READ, "zone Z2"), (WRITE, "zone Z2")]


def test_no_zone_at_all_is_not_found_out():
    asked = inquire(account(document("sync.json")), ZoneEntry(domains=("nowhere.net",)))
    assert asked.unknown == [(READ, "the zones in use"), (WRITE, "the zones in use")]
    assert "no hosted zone matches" in asked.findings[-1].text


# Several accounts


def test_a_role_that_may_not_be_assumed_is_named_and_the_other_accounts_are_asked():
    port = Simulation(account(document("sync.json")))
    refused = Unavailable("sts:AssumeRole was refused: User: arn:aws:iam::1:user/me is not authorized to perform it", "sts:AssumeRole")
    asked = Inquiry(
        lambda job: refused if job.account == 0 else port.carry_out(job.call, 0.0)[0],
        ZoneEntry(domains=("far.org",), role_arn=ROLE),
        HERE,
    )
    assert asked.findings[0] == Finding(
        "sts:AssumeRole", f"role {ROLE}", State.MISSING, "arn:aws:iam::1:user/me", "config/iam/assume-role.json", refused.text
    )
    assert asked.unknown == [(READ, f"the zones of the account of {ROLE}"), (WRITE, f"the zones of the account of {ROLE}")]
    assert asked.granted == [(LIST_ZONES, ""), (READ, EXAMPLE), (WRITE, EXAMPLE)]


def test_a_role_that_is_assumed_is_granted_and_one_that_is_not_answered_for_is_not_found_out():
    port = Simulation(account(document("sync.json")))
    entry = ZoneEntry(domains=("example.com",), role_arn=ROLE)
    asked = Inquiry(lambda job: port.carry_out(job.call, 0.0)[0], entry)
    theirs = f"the account of {ROLE}"
    assert asked.granted == [("sts:AssumeRole", f"role {ROLE}"), (LIST_ZONES, theirs), (READ, EXAMPLE), (WRITE, EXAMPLE)]
    asked = Inquiry(lambda _: Unavailable("no connection"), entry)
    assert asked.unknown[:2] == [("sts:AssumeRole", f"role {ROLE}"), (LIST_ZONES, theirs)]
    assert not asked.granted


@pytest.mark.parametrize("entry", [HERE, ZoneEntry(role_arn=ROLE)], ids=["the pod's role alone", "another role beside it"])
def test_a_web_identity_that_is_refused_is_missing_from_the_trust_policy(entry):
    asked = Inquiry(lambda _: Unavailable("refused", "sts:AssumeRoleWithWebIdentity"), entry)
    assert asked.findings[0] == Finding(
        "sts:AssumeRoleWithWebIdentity",
        "the role of AWS_ROLE_ARN",
        State.MISSING,
        "the credentials that AWS's chain finds",
        "the trust policy of that role",
        "refused",
    )


def test_a_zone_that_two_accounts_find_is_asked_for_in_the_first_entrys():
    port = Simulation(account(document("sync.json")))
    asked = Inquiry(
        lambda job: port.carry_out(job.call, 0.0)[0],
        ZoneEntry(domains=("other.org",)),
        ZoneEntry(domains=("example.com",), role_arn=ROLE),
        ZoneEntry(domains=("example.com",)),
    )
    assert [job.account for job in asked.jobs if isinstance(job.call, Write)] == [1, 0]
    assert [job.account for job in asked.jobs if isinstance(job.call, (ListZones, GetZone))] == [0, 1]
