"""Cases: routing policies and the groups of sets that share a name and type."""

from dnsguard.lab.contract.case import Case, Evidence, Refused, Stands, invalid_batch
from dnsguard.lab.contract.changes import a, batch, create, upsert, weighted


def _latency(set_id: str, region: str) -> dict[str, object]:
    return a(SetIdentifier=set_id, Region=region)


def _failover(set_id: str, role: str) -> dict[str, object]:
    return a(SetIdentifier=set_id, Failover=role)


CASES = (
    Case(
        "a weighted set does not join a simple one",
        "routing: mixed policies; text 9",
        Evidence.OBSERVED,
        (
            batch(create(a())),
            batch(
                create(weighted("x")),
                expect=invalid_batch(
                    "RRSet with DNS name {n}, type A, SetIdentifier x cannot be created as a non-weighted set exists "
                    "with the same name and type."
                ),
            ),
            batch(upsert(weighted("x")), expect=invalid_batch()),
            Stands((a(),)),
        ),
    ),
    Case(
        "a simple set does not join weighted ones",
        "routing: mixed policies; text 10",
        Evidence.OBSERVED,
        (
            batch(create(weighted("x"))),
            batch(
                create(a()),
                expect=invalid_batch(
                    "RRSet with DNS name {n}, type A cannot be created as other RRSets exist with the same name and type."
                ),
            ),
            batch(upsert(a()), expect=invalid_batch()),
            Stands((weighted("x"),)),
        ),
    ),
    Case(
        "a weighted set does not join latency sets",
        "routing: mixed policies; text 9",
        Evidence.DOCUMENTED,
        (
            batch(create(_latency("x", "eu-west-1"))),
            batch(create(weighted("y")), expect=invalid_batch()),
            Stands((_latency("x", "eu-west-1"),)),
        ),
    ),
    Case(
        "an identifier is unique in its group",
        "routing: dup setid; text 1",
        Evidence.OBSERVED,
        (
            batch(create(weighted("x"))),
            batch(
                create(weighted("x", weight=20)),
                expect=invalid_batch(
                    "Tried to create resource record set [name='{n}', type='A', set-identifier='x'] but it already exists"
                ),
            ),
        ),
    ),
    Case(
        "weighted sets of a group have one TTL",
        "routing: different TTL; text 11",
        Evidence.OBSERVED,
        (
            batch(create(weighted("x"))),
            batch(
                create(weighted("y", ttl=60)),
                expect=invalid_batch(
                    "RRSet with DNS name {n} and type A, SetIdentifier y cannot be created as weighted sets must contain the same TTL."
                ),
            ),
            batch(create(weighted("y"))),
        ),
    ),
    Case(
        "a group has one latency set per region",
        "routing; text 12",
        Evidence.OBSERVED,
        (
            batch(create(_latency("x", "eu-west-1")), create(_latency("y", "us-east-1"))),
            batch(
                create(_latency("z", "eu-west-1")),
                expect=invalid_batch(
                    "RRSet with DNS name {n}, type A, SetIdentifier z, and Region Name=eu-west-1 cannot be created "
                    "because a latency RRSet with the same name, type and region already exists."
                ),
            ),
        ),
    ),
    Case(
        "a group has one failover set per role",
        "routing",
        Evidence.INFERRED,
        (
            batch(create(_failover("x", "SECONDARY"))),
            batch(create(_failover("y", "SECONDARY")), expect=invalid_batch()),
            Stands((_failover("x", "SECONDARY"),)),
        ),
    ),
    Case(
        "a group has at most 100 sets",
        "same name+type weighted",
        Evidence.DOCUMENTED,
        (
            batch(*(create(weighted(f"{n:03}")) for n in range(100))),
            batch(create(weighted("100")), expect=invalid_batch()),
        ),
    ),
    Case(
        "a health check has to exist",
        "routing: unknown HealthCheckId",
        Evidence.DOCUMENTED,
        (
            batch(
                create(weighted("x", HealthCheckId="00000000-0000-0000-0000-00000000dead")),
                expect=Refused(404, "NoSuchHealthCheck"),
            ),
            Stands(),
        ),
    ),
)
