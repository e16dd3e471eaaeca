"""Zones as releases of external-dns wrote them, and routes that ask for the same: taking over writes nothing."""

import gzip
from base64 import b64encode
from itertools import count, product
from random import Random

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec.structs import replace

from dnsguard.lab.objects import EDGE, gateway, namespace, route
from dnsguard.lab.world import World
from dnsguard.model.changes import Write
from dnsguard.model.facts import Reason, ZoneRead
from dnsguard.model.objects import ParentRef
from dnsguard.model.settings import Drift, Guard, Ownership, Settings, ZoneEntry
from dnsguard.route53.sealing import AesSeal
from dnsguard.web.sayings import Level, say

HOUR = 3600.0
OLD, NEW = "external-dns.alpha.kubernetes.io/", "external-dns.kubernetes.io/"
BALANCER, BALANCERS = "front-1.eu-west-1.elb.amazonaws.com", "Z32O12XQLNTSW2"
AFFIXES = {
    "none": {},
    "prefix": {"prefix": "txt-"},
    "prefix with a dot": {"prefix": "Owner."},
    "suffix": {"suffix": "-txt"},
    "template": {"prefix": "%{record_type}-"},
    "template with a dot": {"prefix": "own-%{record_type}."},
    "template in a suffix": {"suffix": "-%{record_type}"},
    "wildcard": {"wildcard_replacement": "any"},
    "prefix and wildcard": {"prefix": "txt.", "wildcard_replacement": "any"},
    "suffix and wildcard": {"suffix": "-txt", "wildcard_replacement": "any"},
}
FORMS = {
    # Forms of TXT per record set: "" has no type, "type" the record's own, "cname" that of the endpoint of an alias.
    "without type": ("",),
    "both": ("", "type"),
    "both, aliases as cname": ("", "cname"),
    "with type": ("type",),
    "with type, aliases as cname": ("cname",),
}


def a(name, *addresses, ttl=300, **more):
    values = [{"Value": address} for address in addresses or ("192.0.2.1",)]
    return {"Name": f"{name}.example.com", "Type": "A", "TTL": ttl, "ResourceRecords": values, **more}


def alias(name, kind):
    target = {"HostedZoneId": BALANCERS, "DNSName": BALANCER, "EvaluateTargetHealth": True}
    return {"Name": f"{name}.example.com", "Type": kind, "AliasTarget": target}


RECORDS = {
    "plain": [a("plain")],
    "deep": [a("very.deep.down")],
    "wild": [a("*.wild")],
    "dash": [a("a-dash")],
    "alpha": [a("alpha", ttl=60)],
    "current": [a("current", ttl=70)],
    "weighted": [a("weighted", SetIdentifier="one", Weight=10)],
    "named": [{"Name": "named.example.com", "Type": "CNAME", "TTL": 300, "ResourceRecords": [{"Value": "edge.other.example"}]}],
    "balancer": [alias("balancer", "A"), alias("balancer", "AAAA")],
}
ANNOTATIONS = {
    "alpha": {f"{OLD}ttl": "60"},
    "current": {f"{NEW}ttl": "1m10s", f"{OLD}ttl": "5"},
    "weighted": {f"{OLD}set-identifier": "one", f"{OLD}aws-weight": "10"},
}
PARENTS = {name: ParentRef(name=name, namespace="edge") for name in ("named", "balancer")}


def objects():
    yield namespace("team")
    yield gateway(["192.0.2.1"])
    yield gateway(["edge.other.example"], name="named")
    yield gateway([BALANCER], name="balancer")
    for name, records in RECORDS.items():
        made = route(name, [records[0]["Name"]], parents=(PARENTS.get(name, EDGE),))
        yield replace(made, annotations=ANNOTATIONS.get(name, {}))


def txt_name(name, kind, *, prefix="", suffix="", wildcard_replacement=""):
    """Name a TXT as the table of external-dns's mapper says, independently of the code."""
    label, _, rest = name.partition(".")
    if label == "*" and wildcard_replacement:
        label = wildcard_replacement
    typed = label if "%{record_type}" in prefix + suffix or not kind else f"{kind}-{label}"
    before, after = (affix.lower().replace("%{record_type}", kind) for affix in (prefix, suffix))
    return f"{before}{typed}{after}.{rest}"


def heritage(resource, owner="me", more=""):
    return f'"heritage=external-dns,external-dns/owner={owner},external-dns/resource={resource}{more}"'


def txt_of(record, name, value):
    routing = {key: record[key] for key in ("SetIdentifier", "Weight") if key in record}
    return {"Name": name, "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": value}], **routing}


def texts(record, form, affix, value):
    for each in FORMS[form]:
        kind = record["Type"].lower() if each == "type" or "AliasTarget" not in record else each
        kind = kind if each else ""
        if record["Type"] == "AAAA" and each != "type":
            continue
        name = txt_name(record["Name"], kind, **affix)
        if not (name == record["Name"] and record["Type"] == "CNAME"):
            yield txt_of(record, name, value)


def zone(form, affix, value=heritage):
    """Return every record set of a zone, each TXT once."""
    for route_name, records in RECORDS.items():
        seen = set()
        for record in records:
            yield record
            for text in texts(record, form, affix, value(f"httproute/team/{route_name}")):
                if text["Name"] not in seen:
                    seen.add(text["Name"])
                    yield text


def begun(sets, settings, views=None):
    world = World(settings)
    for record in sets:
        world.change("CREATE", record)
    world.put(*(objects() if views is None else views))
    world.sync()
    world.run(10)
    return world


def settings(affix, owner="me", **more):
    return Settings(zones=(ZoneEntry(),), ownership=Ownership(owner=owner, **affix), policy="sync", **more)


def writes(world):
    return sum(isinstance(job.call, Write) for _, job in world.jobs)


def foreign(world):
    return {(verdict.name.removesuffix(".example.com"), verdict.type) for verdict in world.standing if verdict.reason is Reason.FOREIGN}


def warnings(world):
    said = (say(fact, at) for at, fact in world.facts if isinstance(fact, ZoneRead))
    return [saying.message for saying in said if saying.level is Level.WARNING]


def unowned(form, affix):
    """Name what external-dns itself does not find the owner of under that form."""
    if "type" not in FORMS[form]:
        yield "balancer", "AAAA"
    if form == "without type" and "%{record_type}" not in "".join(affix.values()):
        # Its TXT reads as that of the A of `dash`.
        yield "a-dash", "A"
    if form == "without type" and not (affix.get("prefix") or affix.get("suffix")):
        # Nothing can stand beside a CNAME.
        yield "named", "CNAME"


BOTH = pytest.mark.parametrize(("form", "affix"), [(form, affix) for form, affix in product(FORMS, AFFIXES)])


@BOTH
def test_taking_over_a_zone_writes_nothing(form, affix):
    world = begun(zone(form, AFFIXES[affix]), settings(AFFIXES[affix]))
    before = world.records()
    assert (writes(world), foreign(world)) == (0, set(unowned(form, AFFIXES[affix])))
    world.run(HOUR)
    assert (writes(world), world.records()) == (0, before)
    assert [verdict for verdict in world.standing if verdict.reason is not Reason.FOREIGN] == []
    assert warnings(world) == []


@BOTH
def test_what_was_taken_over_follows_the_cluster_and_old_txt_stay(form, affix):
    world = begun(zone(form, AFFIXES[affix]), settings(AFFIXES[affix]))
    before = {(text["Name"], text["Type"]) for text in world.records()}
    world.put(gateway(["198.51.100.7"]))
    world.run(HOUR)
    left = {name for name, values in world.values().items() if values == ["192.0.2.1"]}
    assert left == {f"{name}.example.com {kind}" for name, kind in unowned(form, AFFIXES[affix]) if kind == "A"}
    assert before <= {(text["Name"], text["Type"]) for text in world.records()}


@pytest.mark.parametrize("form", FORMS)
def test_routes_that_are_gone_leave_their_records_as_orphans(form):
    world = begun(zone(form, {}), settings({}), views=[namespace("team"), gateway(["192.0.2.1"])])
    world.run(HOUR)
    assert writes(world) == 0
    assert {verdict.reason for verdict in world.standing} <= {Reason.ORPHAN, Reason.FOREIGN}


@pytest.mark.parametrize("more", [",external-dns/set-identifier=one", ",external-dns/zzz=1,other/thing=2,word", ",external-dns/alias=true"])
def test_txt_with_more_labels_count(more):
    world = begun(zone("with type", {}, lambda resource: heritage(resource, more=more)), settings({}))
    world.run(HOUR)
    assert (writes(world), foreign(world)) == (0, set())


def test_txt_without_a_resource_count():
    world = begun(zone("with type", {}, lambda _: '"heritage=external-dns,external-dns/owner=me"'), settings({}))
    world.run(HOUR)
    assert (writes(world), foreign(world)) == (0, set())


# What is set wrong


ALL = {(record["Name"].removesuffix(".example.com"), record["Type"]) for records in RECORDS.values() for record in records}


def reads_alike(one, other):
    kinds = ("a", "cname")
    named = [[txt_name(name, kind, **affix) for name in ("x.example.com", "*.example.com") for kind in kinds] for affix in (one, other)]
    return any(mine == theirs for mine, theirs in zip(*named, strict=True))


WRONG = [(there, here) for there, here in product(AFFIXES, AFFIXES) if not reads_alike(AFFIXES[there], AFFIXES[here])]


@pytest.mark.parametrize("form", ["both", "with type", "without type"])
@pytest.mark.parametrize(("there", "here"), WRONG)
def test_under_a_wrong_affix_everything_is_foreign_nothing_is_written_and_the_start_says_so(form, there, here):
    world = begun(zone(form, AFFIXES[there]), settings(AFFIXES[here], guard=Guard(orphans="delete")))
    world.run(HOUR)
    assert writes(world) == 0
    if form != "without type" or there not in {"none", "wildcard"}:
        assert len(warnings(world)) == 1
        assert "ownership.prefix" in warnings(world)[0]
        assert foreign(world)


@pytest.mark.parametrize("form", FORMS)
def test_under_a_wrong_owner_everything_is_foreign_nothing_is_written_and_the_start_says_so(form):
    world = begun(zone(form, {}), settings({}, owner="somebody", guard=Guard(orphans="delete")))
    world.run(HOUR)
    assert (writes(world), foreign(world)) == (0, ALL)
    assert len(warnings(world)) == 1
    assert "owner 'me' has" in warnings(world)[0]
    assert "is ownership.owner right?" in warnings(world)[0]


@pytest.mark.parametrize("form", ["both", "with type"])
@pytest.mark.parametrize("affix", AFFIXES)
def test_encrypted_txt_are_left_alone_as_foreign_and_the_start_says_so(form, affix):
    sealed = b64encode(bytes(range(40, 160))).decode()
    world = begun(zone(form, AFFIXES[affix], lambda _: f'"{sealed}"'), settings(AFFIXES[affix], guard=Guard(orphans="delete")))
    world.run(HOUR)
    assert (writes(world), foreign(world)) == (0, ALL)
    assert len(warnings(world)) == 1
    assert "encrypted" in warnings(world)[0]


@pytest.mark.parametrize("token", [b64encode(bytes(32)).decode(), "v=spf1 -all", "v=DKIM1; k=rsa; p=" + "A" * 200])
def test_other_texts_are_no_encrypted_ownership(token):
    world = begun([a("plain"), txt_of({}, "plain.example.com", f'"{token}"')], settings({}), views=[])
    assert warnings(world) == []


# Encrypted TXT

KEY = bytes(range(32, 64))
NONCES = Random(1)
ROUNDS = count()


def sealed(resource, owner="me", more=""):
    """Seal as external-dns does, independently of the code: a nonce that is drawn, and its compressor's gzip."""
    nonce = NONCES.randbytes(12)
    said = heritage(resource, owner, more).strip('"')
    return f'"{b64encode(nonce + AESGCM(KEY).encrypt(nonce, gzip.compress(said.encode(), 6), None)).decode()}"'


@pytest.fixture
def keyed(tmp_path):
    """Make settings with a key file."""

    def made(affix, owner="me", key=KEY, **more):
        path = tmp_path / f"key-{next(ROUNDS)}"
        path.write_bytes(key)
        return settings({**affix, "encrypt_key_file": str(path)}, owner, **more)

    return made


def said(world, key=KEY):
    """Return what the TXT of a zone say, by name: the text of a sealed one, None of a plain one."""
    seal = AesSeal(key)
    return {each["Name"]: seal.unseal(each["ResourceRecords"][0]["Value"].strip('"')) for each in world.records() if each["Type"] == "TXT"}


def spellings(world):
    return {each["Name"]: each["ResourceRecords"][0]["Value"] for each in world.records() if each["Type"] == "TXT"}


@BOTH
def test_taking_over_an_encrypted_zone_writes_nothing(form, affix, keyed):
    world = begun(zone(form, AFFIXES[affix], sealed), keyed(AFFIXES[affix]))
    before = world.records()
    assert (writes(world), foreign(world)) == (0, set(unowned(form, AFFIXES[affix])))
    world.run(HOUR)
    assert (writes(world), world.records()) == (0, before)
    assert [verdict for verdict in world.standing if verdict.reason is not Reason.FOREIGN] == []
    assert warnings(world) == []


@pytest.mark.parametrize("affix", AFFIXES)
def test_under_a_key_a_plain_zone_stays_as_it_is(affix, keyed):
    world = begun(zone("with type", AFFIXES[affix]), keyed(AFFIXES[affix]))
    before = world.records()
    world.run(HOUR)
    assert (writes(world), foreign(world), warnings(world), world.records()) == (0, set(), [], before)


def test_what_is_created_or_replaced_under_a_key_is_sealed_and_plain_txt_of_the_others_stay(keyed):
    world = begun([*zone("with type", {})], keyed({}))
    world.put(gateway(["198.51.100.7"]), route("fresh", ["fresh.example.com"]))
    world.run(HOUR)
    texts = said(world)
    assert texts["a-fresh.example.com."] == heritage("httproute/team/fresh").strip('"')
    assert texts["a-plain.example.com."] == heritage("httproute/team/plain").strip('"')
    # What points elsewhere than to that Gateway was not replaced.
    assert {name for name, text in texts.items() if text is None} == {
        "cname-named.example.com.", "a-balancer.example.com.", "aaaa-balancer.example.com.",
    }  # fmt: skip


def test_a_replaced_record_keeps_the_spelling_of_a_sealed_txt_that_says_the_same(keyed):
    world = begun(zone("with type", {}, sealed), keyed({}))
    before = spellings(world)
    world.put(gateway(["198.51.100.7"]))
    world.run(HOUR)
    assert world.values()["plain.example.com A"] == ["198.51.100.7"]
    assert spellings(world) == before


def test_a_sealed_txt_that_says_something_else_is_written_anew_with_its_record(keyed):
    world = begun([a("plain"), txt_of({}, "a-plain.example.com", sealed("httproute/team/old"))], keyed({}))
    assert (writes(world), said(world)["a-plain.example.com."]) == (1, heritage("httproute/team/old").strip('"'))
    world.put(gateway(["198.51.100.7"]))
    world.run(HOUR)
    assert said(world)["a-plain.example.com."] == heritage("httproute/team/plain").strip('"')


def test_a_record_whose_txt_is_sealed_goes_with_it_after_the_grace(keyed):
    world = begun(zone("with type", {}, sealed), keyed({}))
    world.drop(route("plain", []).ref)
    world.run(HOUR)
    left = {each["Name"] for each in world.records()}
    assert not left & {"plain.example.com.", "a-plain.example.com."}
    assert writes(world) == 1


def test_a_txt_that_external_dns_sealed_anew_meanwhile_makes_no_change_and_does_not_keep_one_from_being_made(keyed):
    world = begun(zone("with type", {}, sealed), keyed({}, drift=Drift(period="never")))
    anew = txt_of({}, "a-plain.example.com", sealed("httproute/team/plain"))
    world.change("UPSERT", anew)
    world.run(HOUR)
    assert writes(world) == 0
    world.put(gateway(["198.51.100.7"]))
    world.run(HOUR)
    assert world.values()["plain.example.com A"] == ["198.51.100.7"]
    assert spellings(world)["a-plain.example.com."] == anew["ResourceRecords"][0]["Value"]
    # The batch that met it, the rest of it, and the name that was read again: no verification told of it before.
    assert writes(world) == 3


def test_a_sealed_txt_of_another_owner_is_foreign(keyed):
    world = begun(zone("with type", {}, lambda resource: sealed(resource, owner="them")), keyed({}, guard=Guard(orphans="delete")))
    world.run(HOUR)
    assert (writes(world), foreign(world)) == (0, ALL)
    assert "owner 'them' has" in warnings(world)[0]


@BOTH
def test_under_another_key_everything_is_foreign_nothing_is_written_and_the_start_says_so(form, affix, keyed):
    world = begun(zone(form, AFFIXES[affix], sealed), keyed(AFFIXES[affix], key=bytes(32), guard=Guard(orphans="delete")))
    before = world.records()
    world.run(HOUR)
    assert (writes(world), world.records(), foreign(world)) == (0, before, ALL)
    assert len(warnings(world)) == 1
    assert "that the key does not open: is ownership.encrypt_key_file right?" in warnings(world)[0]


def test_a_sealed_txt_of_more_than_255_characters_is_read_back(keyed):
    name = "".join(Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=200))
    world = begun([], keyed({}), views=[namespace("team"), gateway(["192.0.2.1"]), route(name, ["long.example.com"])])
    assert writes(world) == 1
    assert '" "' in spellings(world)["a-long.example.com."]
    world.restart()
    world.sync()
    world.run(HOUR)
    assert (writes(world), foreign(world), warnings(world)) == (1, set(), [])


def test_the_same_zone_and_key_give_the_same_calls(keyed):
    calls = []
    for _ in range(2):
        world = begun([a("plain"), txt_of({}, "a-plain.example.com", heritage("httproute/team/plain"))], keyed({}))
        world.put(gateway(["198.51.100.7"]))
        world.run(HOUR)
        calls.append([job.call for _, job in world.jobs if isinstance(job.call, Write)])
    assert calls[0] == calls[1]
    assert calls[0]


# What is not ours to see


@pytest.mark.parametrize("orphans", ["park", "delete", "keep"])
@pytest.mark.parametrize(
    "label", ["service/shop/front", "ingress/shop/front", "crd/shop/front", "grpcroute/shop/front", "gateway/edge/public"]
)
def test_records_of_sources_that_are_not_configured_are_left_alone(label, orphans):
    record = a("other")
    text = txt_of(record, "a-other.example.com", heritage(label))
    bare = txt_of(record, "a-gone.example.com", heritage(label))
    world = begun([record, text, bare], settings({}, guard=Guard(orphans=orphans)))
    made = writes(world)
    world.run(HOUR)
    assert writes(world) == made
    kept = {(each["Name"], each["Type"]) for each in world.records()}
    assert {("other.example.com.", "A"), ("a-other.example.com.", "TXT"), ("a-gone.example.com.", "TXT")} <= kept
