"""The peers of the interop lane: a control plane for each file, and an account whose zones nobody else writes."""

import os

import pytest

from dnsguard.lab.demo import lend_credentials
from dnsguard.lab.route53_server import Route53Server
from dnsguard.lab.strict import StrictRoute53
from tests.interop.cluster import Cluster


def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="session", autouse=True)
def credentials():
    """Keys for boto3 and external-dns; nothing of the machine's own."""
    kept = dict(os.environ)
    lend_credentials()
    os.environ["AWS_REGION"] = "us-east-1"
    yield
    os.environ.clear()
    os.environ.update(kept)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("cluster")) as found:
        found.install()
        yield found


@pytest.fixture
def route53():
    """A strict Route53 behind HTTP, with the limits of an account."""
    with Route53Server(StrictRoute53("cbt-10")) as server:
        yield server
