import pytest

from dnsguard.lab.strict import (
    ApiError,
    Busy,
    ConnectionDropped,
    Curtailed,
    Dropped,
    Faults,
    Latency,
    Reworded,
    ServerError,
    StrictRoute53,
    Throttle,
)

GET = "GetHostedZone"


@pytest.fixture
def strict():
    strict = StrictRoute53()
    strict.create_zone("example.com", zone_id="Z1")
    return strict


def create(strict):
    raw = {"Name": "a.example.com", "Type": "A", "TTL": 1, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": raw}]}
    return strict.call("ChangeResourceRecordSets", {"HostedZoneId": "Z1", "ChangeBatch": batch}, 0.0)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Throttle(), 400, "Throttling"),
        (Busy(), 400, "PriorRequestNotComplete"),
        (ServerError(503), 503, "ServiceUnavailable"),
        (ServerError(500), 500, "InternalFailure"),
        (ServerError(502), 502, "502"),
    ],
)
def test_a_refusing_fault_answers_and_does_nothing(strict, fault, status, code):
    strict.faults.inject(fault)

    with pytest.raises(ApiError) as caught:
        create(strict)

    assert (caught.value.status, caught.value.code) == (status, code)
    assert len(strict.records("Z1")) == 2


@pytest.mark.parametrize(
    ("fault", "records"),
    [(Dropped(), 2), (Dropped(applied=True), 3), (ServerError(500), 2), (ServerError(500, applied=True), 3)],
)
def test_an_ambiguous_fault_may_hide_an_effect(strict, fault, records):
    strict.faults.inject(fault)

    with pytest.raises((ApiError, ConnectionDropped)):
        create(strict)

    assert len(strict.records("Z1")) == records


def test_a_drop_hides_a_refusal_too(strict):
    create(strict)
    strict.faults.inject(Dropped(applied=True))

    with pytest.raises(ConnectionDropped, match="after"):
        create(strict)

    assert strict.log[-1].outcome == "dropped after"


def test_a_rule_fires_for_its_operation_after_its_skips_and_as_often_as_it_counts():
    faults = Faults()
    faults.inject(Throttle(), GET, count=2, skip=1)

    assert [faults.strike("GetChange"), *(faults.strike(GET) for _ in range(4))] == [None, None, Throttle(), Throttle(), None]


def test_the_first_rule_that_fires_wins():
    faults = Faults()
    faults.inject(Busy(), GET, count=1)
    faults.inject(Throttle())

    assert [faults.strike(GET), faults.strike(GET)] == [Busy(), Throttle()]


def test_latency_is_drawn_apart_from_the_rest():
    faults = Faults()
    faults.inject(Latency(2.0), GET, count=1)
    faults.inject(Throttle(), GET)

    assert (faults.delay(GET), faults.strike(GET), faults.delay(GET)) == (2.0, Throttle(), 0.0)


def test_a_seed_decides_every_draw():
    def drawn(seed):
        faults = Faults(seed)
        faults.inject(Throttle(), probability=0.5)
        return [faults.strike(GET) is not None for _ in range(200)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert 60 < sum(drawn(1)) < 140


def test_cleared_faults_do_not_fire(strict):
    strict.faults.inject(Throttle())
    strict.faults.clear()

    create(strict)


def test_a_refusal_is_said_in_other_words_or_in_part(strict):
    create(strict)
    for fault, message in (
        (Reworded("It is not to our taste."), "[It is not to our taste.]"),
        (Curtailed(1), "[Tried to create resource record set [name='a.example.com.', type='A'] but it already exists]"),
        (Curtailed(0), "[]"),
    ):
        strict.faults.clear()
        strict.faults.inject(fault, "ChangeResourceRecordSets")
        with pytest.raises(ApiError) as caught:
            create(strict)
        assert (caught.value.status, caught.value.code, caught.value.message) == (400, "InvalidChangeBatch", message)


def test_words_change_nothing_that_is_accepted_and_no_code(strict):
    strict.faults.inject(Reworded("No."))
    create(strict)
    with pytest.raises(ApiError) as caught:
        strict.call(GET, {"Id": "Z2"}, 0.0)
    assert (caught.value.code, caught.value.message) == ("NoSuchHostedZone", "No.")
