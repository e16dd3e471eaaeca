import boto3
import pytest
from botocore.config import Config

from dnsguard.lab.contract import CASES, Boto3, InProcess, run
from dnsguard.lab.contract.case import Evidence
from dnsguard.lab.route53_server import Route53Server
from dnsguard.lab.strict import StrictRoute53

ZONE = "contract.example."


def ids(case):
    return case.name


@pytest.fixture(scope="module")
def process():
    strict = StrictRoute53()
    return strict, strict.create_zone(ZONE), InProcess(strict, lambda: 0.0)


@pytest.fixture(scope="module")
def served():
    strict = StrictRoute53()
    zone = strict.create_zone(ZONE)
    with Route53Server(strict) as server:
        client = boto3.client(
            "route53",
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(retries={"total_max_attempts": 1, "mode": "standard"}),
        )
        yield strict, zone, Boto3(client)
        client.close()


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_the_strict_route53_keeps_the_contract_in_process(process, case):
    strict, zone, door = process
    lines = []

    (result,) = run(door, zone, ZONE, lines.append, reference=f"lab-{CASES.index(case)}", cases=[case])

    assert result.holds, result.problem
    assert all(line.startswith(case.name) and line.endswith("| as expected") for line in lines)
    assert [found["Type"] for found in strict.records(zone)] == ["NS", "SOA"]


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_the_strict_route53_keeps_the_contract_over_http(served, case):
    strict, zone, door = served

    (result,) = run(door, zone, ZONE, lambda _: None, reference=f"lab-{CASES.index(case)}", cases=[case])

    assert result.holds, result.problem
    assert [found["Type"] for found in strict.records(zone)] == ["NS", "SOA"]


def test_case_names_are_unique():
    assert len({case.name for case in CASES}) == len(CASES)


def test_without_a_reference_no_hosted_zone_is_made(process):
    strict, zone, door = process
    before = strict.calls["CreateHostedZone"]

    results = run(door, zone, ZONE, lambda _: None)

    assert strict.calls["CreateHostedZone"] == before
    assert len(results) == sum(not case.zones for case in CASES)


class Lax:
    """A Route53 that takes every CREATE for an UPSERT and calls every refusal by another name."""

    def __init__(self, door):
        self._door = door

    def call(self, operation, params):
        changes = params.get("ChangeBatch", {}).get("Changes", ())
        for change in changes:
            if change["Action"] == "CREATE":
                change["Action"] = "UPSERT"
        return self._door.call(operation, params)


def test_a_route53_that_lies_is_caught_and_its_zone_is_left_clean():
    strict = StrictRoute53()
    zone = strict.create_zone(ZONE)
    lines = []
    observed = [case for case in CASES if "text 1" in case.source.split("; ") and case.evidence is Evidence.OBSERVED]

    results = run(Lax(InProcess(strict, lambda: 0.0)), zone, ZONE, lines.append, cases=observed)

    assert len(observed) >= 2
    assert not any(result.holds for result in results)
    assert any(line.endswith("carried out, expected InvalidChangeBatch (400)") for line in lines)
    assert [found["Type"] for found in strict.records(zone)] == ["NS", "SOA"]
