"""The two programs, each filling a strict zone once, and what stands in a zone afterwards."""

import asyncio
from contextlib import contextmanager

from dnsguard.app import Controller
from dnsguard.cli.troubles import Standing
from dnsguard.lab.route53_server import Route53Server
from dnsguard.lab.strict import StrictRoute53
from dnsguard.route53.escapes import unescape
from dnsguard.settings import load
from tests.interop.differential.states import ZONE
from tests.interop.externaldns import run_once

ZONE_ID = "Z1"
OWNER = "lab"
REFUSED = "failed to submit all changes"
"""What external-dns ends with when Route53 refused some of them."""
CONFIG = """
zones: [{{domains: [{zone}]}}]
ownership: {{owner: {owner}}}
policy: sync
sources: {{label_filter: "{labels}"}}
cluster: {{kubeconfig: {kubeconfig}}}
aws: {{endpoint_url: "{route53}"}}
budget: {{share: 1.0, requests: {{rate: 1000, burst: 1000}}, actions: {{rate: 1000, burst: 1000}}}}
"""


class Recording(StrictRoute53):
    """A Route53 that remembers which record sets it was asked to change since `asked` was cleared."""

    def __init__(self):
        super().__init__()
        self.asked = set()

    def call(self, operation, params, now):
        for change in params.get("ChangeBatch", {}).get("Changes", ()):
            record = change["ResourceRecordSet"]
            self.asked.add((unescape(record["Name"]), record["Type"], record.get("SetIdentifier", "")))
        return super().call(operation, params, now)


@contextmanager
def empty_zone():
    """Serve a Route53 with one empty zone."""
    with Route53Server(Recording()) as server:
        server.strict.create_zone(ZONE, zone_id=ZONE_ID)
        yield server


def external_dns(cluster, server, labels):
    """Let external-dns do one pass, what Route53 refuses included; return its log."""
    try:
        return run_once(cluster, server, ZONE, owner=OWNER, flags=[f"--label-filter={labels}", "--aws-batch-change-interval=10ms"])
    except RuntimeError as error:
        if REFUSED not in str(error):
            raise
        return str(error)


def dnsguard(cluster, server, labels, *, dry=False):
    """Let dnsguard do one pass; return the changes that it still plans and its verdicts."""
    kubeconfig = cluster.kubeconfig("dnsguard", f"kubeconfig-{labels}")
    path = cluster.folder / f"differential-{labels}.yaml"
    path.write_text(CONFIG.format(zone=ZONE, owner=OWNER, labels=labels, kubeconfig=kubeconfig, route53=server.url))
    standing = Standing()
    controller = Controller(load(path, {}), listeners=(standing.tell,), log=None, dry=dry)

    async def once():
        async with asyncio.timeout(120):
            await controller.run(once=True, probes=False)

    asyncio.run(once())
    assert controller.engine.idle()
    planned = [change for _, _, units in controller.engine.planned() for unit in units for change in unit]
    return planned, list(standing.verdicts)


def contents(server):
    """Return what stands in the zone: record sets by name, type and set identifier, the order of values left out."""
    found = {}
    for record in server.strict.records(ZONE_ID):
        name, kind = unescape(record["Name"]), record["Type"]
        if name == ZONE and kind in {"NS", "SOA"}:
            continue
        rest = {key: value for key, value in record.items() if key not in {"Name", "Type", "SetIdentifier", "ResourceRecords"}}
        rest["values"] = frozenset(each["Value"] for each in record.get("ResourceRecords", ()))
        found[name, kind, record.get("SetIdentifier", "")] = rest
    return found
