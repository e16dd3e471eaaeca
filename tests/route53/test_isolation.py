"""Every refusal of Route53 from the bytes of its answer, through boto3 and the engine, to what becomes of whom it means.

Three names are new at once; Route53 refuses their batch in the words of a row. What must follow is in that row: who is read
again, quarantined or parked, which alert is told, and that everybody else is published by the next calls.
"""

from html import escape
from typing import NamedTuple

import pytest

from dnsguard.core.accounts import Account
from dnsguard.lab.objects import gateway, namespace, route
from dnsguard.lab.simulation import Simulation
from dnsguard.lab.world import World
from dnsguard.model.changes import ListRecords, Write
from dnsguard.model.facts import Alert, Reason
from dnsguard.model.objects import ParentRef
from dnsguard.model.settings import Aws, Ownership, Settings, ZoneEntry
from dnsguard.route53.connection import connect
from dnsguard.route53.ticket import Ticket

SETTINGS = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync")
NAMES = {"api.example.com", "sick.example.com", "www.example.com"}
SICK, API = "sick.example.com", "api.example.com"
BALANCER = "x.us-east-1.elb.amazonaws.com"
CHECK = "11111111-2222-3333-4444-555555555555"
MEMBER = "no-such-identifier"
TXT = '"heritage=external-dns,external-dns/owner=me,external-dns/resource=httproute/team/sick"'
SHAPES = {
    "several": "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidChangeBatch</Code><Message>[{}]</Message></Error></ErrorResponse>",
    "alone": "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidChangeBatch</Code><Message>{}</Message></Error></ErrorResponse>",
    "modeled": "<InvalidChangeBatch><Messages><Message>{}</Message></Messages><RequestId>1</RequestId></InvalidChangeBatch>",
}


class Then(NamedTuple):
    """What follows: who is withheld and why, what is read again, which alerts are told, how many writes it takes."""

    quarantined: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()
    parked: frozenset[str] = frozenset()
    alerts: tuple[str, ...] = ()
    writes: int = 2


ONE = Then(frozenset({SICK}))
STALE = Then(frozenset({SICK}), read=frozenset({SICK, f"a-{SICK}"}))
NOBODY = Then(writes=4)
"""A batch of three: refused, one alone, and the two others each alone, because one of them has to be the culprit."""
FULL = Then(parked=frozenset(NAMES), alerts=("zone-full",), writes=1)


class OverHttp:
    """A Route53 that answers the first write over HTTP, through boto3, and is a simulated one from then on."""

    def __init__(self, world, url):
        (self._connection,) = connect(Aws(endpoint_url=url), [Account()], "me", 1)
        self._simulation = Simulation(world.strict)
        self.outcome = None

    def carry_out(self, call, now):
        if isinstance(call, Write) and self.outcome is None:
            self.outcome = self._connection.carry_out(call, Ticket(6.0))
            return self.outcome, 0.05
        return self._simulation.carry_out(call, now)


def refused(canned, status, body, *, sick=None, addresses=("192.0.2.2",)):
    """Return a world whose first batch was answered so, two seconds later."""
    canned.status, canned.body = status, body
    world = World(SETTINGS)
    world.port = OverHttp(world, canned.url)
    other = ParentRef(name="other", namespace="edge")
    world.put(
        gateway(["192.0.2.1"]),
        gateway(addresses, "other"),
        namespace("team"),
        route("www", ["www.example.com"]),
        route("api", [API]),
        route("sick", [SICK], parents=[other], annotations=sick),
    )
    world.sync()
    world.run(2.0)
    return world


def held(world, reason):
    return {verdict.name for verdict in world.standing if verdict.reason is reason}


def published(world):
    return {name.partition(" ")[0] for name in world.values()}


def alerts(world):
    return tuple(fact.key.partition(" ")[0] for _, fact in world.facts if isinstance(fact, Alert))


def writes(world):
    return [job.call for _, job in world.jobs if isinstance(job.call, Write)]


def judge(world, then):
    """Hold *world* to what has to follow."""
    singles = {job.call.start.name for _, job in world.jobs if isinstance(job.call, ListRecords) and job.call.start is not None}
    assert (held(world, Reason.QUARANTINED), held(world, Reason.ZONE_FULL)) == (then.quarantined, then.parked)
    assert (singles, alerts(world), len(writes(world))) == (then.read, then.alerts, then.writes)
    assert published(world) == NAMES - then.quarantined - then.parked
    world.run(120.0)
    assert (published(world), world.standing) == (NAMES, {})


ROWS = {
    "1": (f"Tried to create resource record set [name='{SICK}.', type='A'] but it already exists", STALE),
    "1, weighted": (f"Tried to create resource record set [name='{SICK}.', type='A', set-identifier='x'] but it already exists", STALE),
    "1, its TXT": (f"Tried to create resource record set [name='a-{SICK}.', type='TXT'] but it already exists", STALE),
    "2": (f"Tried to delete resource record set [name='{SICK}.', type='A'] but it was not found", STALE),
    "3": (
        f"Tried to delete resource record set [name='{SICK}.', type='A'] but the values provided do not match the current values",
        STALE,
    ),
    "4": (
        (
            f"RRSet of type CNAME with DNS name {SICK}. is not permitted as it conflicts with other records with the same DNS name "
            "in zone example.com."
        ),
        ONE,
    ),
    "5": (
        (
            f"RRSet of type A with DNS name {SICK}. is not permitted because a conflicting RRSet of type  CNAME with the same DNS name "
            "already exists in zone example.com."
        ),
        ONE,
    ),
    "5, one space": (
        (
            f"RRSet of type A with DNS name {SICK}. is not permitted because a conflicting RRSet of type CNAME with the same DNS name "
            "already exists in zone example.com."
        ),
        ONE,
    ),
    "6": (f"RRSet of type CNAME with DNS name {SICK}. is not permitted at apex in zone {SICK}.", ONE),
    "7": (f"RRSet with DNS name {SICK}. is not permitted in zone example.com.", ONE),
    "8": (f"The request contains an invalid set of changes for a resource record set 'A {SICK}.'", STALE),
    "9": (
        (
            f"RRSet with DNS name {SICK}., type A, SetIdentifier one, two cannot be created as a non-weighted set exists with the same "
            "name and type."
        ),
        ONE,
    ),
    "10": (f"RRSet with DNS name {SICK}., type A cannot be created as other RRSets exist with the same name and type.", ONE),
    "11": (
        f"RRSet with DNS name {SICK}. and type A, SetIdentifier [x], y cannot be created as weighted sets must contain the same TTL.",
        ONE,
    ),
    "12": (
        (
            f"RRSet with DNS name {SICK}., type A, SetIdentifier x, and Region Name=eu-west-1 cannot be created because a latency RRSet "
            "with the same name, type and region already exists."
        ),
        ONE,
    ),
    "13": ("Number of records limit of 1000 exceeded.", Then(writes=3)),
    "14": ("RDATA character limit of 32000 exceeded.", Then(writes=3)),
    "15": ("Exceeded limit MAX_RRSETS_BY_ZONE for zone: Z3HTIAEKH5JU4F", FULL),
    "16": ("Cannot have more than 100 records in a RRSet.", ONE._replace(alerts=("set-full",))),
    "16, nobody's": ("Cannot have more than 400 records in a RRSet.", NOBODY._replace(alerts=("set-full",))),
    "17": (
        f"Invalid Resource Record: 'FATAL problem: CharacterStringTooLong (Value is too long) encountered with '{TXT}''",
        ONE,
    ),
    "18": (
        (
            "Invalid Resource Record: 'FATAL problem: InvalidCharacterString (Value should be enclosed in quotation marks) encountered "
            f"with '{TXT}''"
        ),
        ONE,
    ),
    "19": (
        (
            "FATAL problem: UnsupportedCharacter (Value contains unsupported characters) encountered with ' ' ; "
            "FATAL problem: DomainNameEmpty (Domain name is empty) encountered with ''"
        ),
        NOBODY,
    ),
    "20": (
        (
            f"Tried to create an alias that targets {BALANCER}., type A in zone Z35SXDOTRQ7X7K, "
            "but the alias target name does not lie within the target zone"
        ),
        ONE,
    ),
    "21": (f"Tried to create an alias that targets {BALANCER}., type A in zone Z35SXDOTRQ7X7K, but that target was not found", ONE),
    "22": ("A HostedZone must contain exactly one SOA record.", NOBODY),
    "23": ("A HostedZone must contain at least one NS record for the zone itself.", NOBODY),
    "never seen": ("The weather is bad, and [so] are the roads", NOBODY),
    "never seen, of a set": (f"RRSet of type A with DNS name {SICK}. is not to our taste, [or] any other", ONE),
}
ADDRESSES = {"16": [f"192.0.2.{number}" for number in range(101)], "20": [BALANCER], "21": [BALANCER]}


@pytest.mark.parametrize("shape", sorted(SHAPES))
@pytest.mark.parametrize("row", sorted(ROWS))
def test_every_text_has_its_consequence_and_spares_the_others(canned, row, shape):
    text, then = ROWS[row]
    judge(refused(canned, 400, SHAPES[shape].format(escape(text)), addresses=ADDRESSES.get(row, ["192.0.2.2"])), then)


def told(*texts, shape="several"):
    if shape == "modeled":
        return SHAPES["modeled"].format("</Message><Message>".join(map(escape, texts)))
    return SHAPES[shape].format(escape(", ".join(texts)))


@pytest.mark.parametrize("shape", ["several", "modeled"])
@pytest.mark.parametrize(
    ("texts", "then"),
    [
        ((ROWS["4"][0], ROWS["5"][0]), ONE),
        ((ROWS["4"][0], ROWS["1"][0]), STALE),
        ((ROWS["11"][0], ROWS["9"][0].replace(SICK, API)), Then(frozenset({SICK, API}))),
        (
            (ROWS["1"][0], ROWS["17"][0].replace("sick", "api"), ROWS["12"][0].replace(SICK, "www.example.com")),
            Then(frozenset(NAMES), read=STALE.read, writes=1),
        ),
        ((ROWS["never seen"][0], ROWS["7"][0]), ONE),
        ((ROWS["7"][0], ROWS["never seen"][0]), ONE),
        ((ROWS["7"][0], ROWS["15"][0]), Then(frozenset({SICK}), parked=frozenset(NAMES - {SICK}), alerts=("zone-full",), writes=1)),
    ],
)
def test_several_messages_each_have_their_consequence(canned, texts, then, shape):
    judge(refused(canned, 400, told(*texts, shape=shape)), then)


CHANGE = f"in Change with [Action=CREATE, Name={SICK}., Type=A, SetIdentifier={{}}]"
NOT_FACET = "is not facet-valid with respect to maxLength '64' for type 'HealthCheckId'."
CHECKED = {"aws-health-check-id": CHECK, "set-identifier": "x", "aws-weight": "1"}


def error(code, text):
    return f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(text)}</Message></Error></ErrorResponse>"


OTHER_CODES = {
    "no body": (
        400,
        "InvalidInput",
        (
            "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], "
            f"but found none {CHANGE.format('null')}"
        ),
        ONE,
    ),
    "no identifier": (400, "InvalidInput", f"Invalid request: Missing field 'SetIdentifier' {CHANGE.format('null')}", ONE),
    "no policy": (
        400,
        "InvalidInput",
        (
            "Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer], but found none "
            f"{CHANGE.format('x')}"
        ),
        ONE,
    ),
    "schema": (400, "InvalidInput", f"Invalid XML ; cvc-maxLength-valid: Value '{MEMBER}' with length = '65' {NOT_FACET}", ONE),
    "schema, nobody's": (400, "InvalidInput", f"Invalid XML ; cvc-maxLength-valid: Value 'x' with length = '65' {NOT_FACET}", NOBODY),
    "input": (400, "InvalidInput", "The input is not valid", NOBODY),
    "health check": (404, "NoSuchHealthCheck", f"The specified health check does not exist: {CHECK}", ONE),
    "health check, unnamed": (404, "NoSuchHealthCheck", "A health check is not there.", ONE),
    "denied": (403, "AccessDenied", "User: arn:aws:iam::1:user/x is not authorized to perform: route53:ChangeResourceRecordSets", NOBODY),
    "never seen": (400, "Weather", "It rains.", NOBODY),
    "never seen and silent": (418, "Teapot", "", NOBODY),
}
SICKNESS = {"schema": {**CHECKED, "aws-health-check-id": MEMBER}, "health check": CHECKED, "health check, unnamed": CHECKED}


@pytest.mark.parametrize("row", sorted(OTHER_CODES))
def test_every_other_code_has_its_consequence_and_spares_the_others(canned, row):
    status, code, text, then = OTHER_CODES[row]
    world = refused(canned, status, error(code, text), sick=SICKNESS.get(row))
    world.strict.health_checks |= {CHECK, MEMBER}
    judge(world, then)


def test_a_zone_that_disappeared_is_one_alert_and_written_again_after_a_while(canned):
    world = refused(canned, 404, error("NoSuchHostedZone", "No hosted zone found with ID: Z1"))
    assert (alerts(world), len(writes(world)), published(world)) == (("zone-shut",), 1, set())
    world.run(60.0)
    assert (len(writes(world)), published(world), world.standing) == (2, NAMES, {})
