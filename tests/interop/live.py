"""dnsguard beside real peers: its controller in this process, on a kubeconfig and a strict Route53 behind HTTP."""

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

from dnsguard.app import Controller
from dnsguard.model.changes import Delete
from dnsguard.model.facts import Called, SourceFailed, SourceListed, SourceTroubled
from dnsguard.settings import load

CONFIG = """
zones: [{{domains: [{zone}]}}]
ownership: {{owner: {owner}, {ownership}}}
policy: {policy}
sources: {{namespaces: [{namespaces}]}}
cluster: {{kubeconfig: {kubeconfig}}}
aws: {{endpoint_url: "{route53}"}}
guard: {{delete_grace: {grace}}}
budget: {{profile: cbt-10, share: 1.0}}
{more}
"""


def settings_for(cluster, route53, zone, *, owner="interop", ownership="", grace="5s", namespaces="", policy="sync", more=""):
    path = Path(cluster.folder) / f"{zone}.yaml"
    kubeconfig = cluster.kubeconfig("dnsguard")
    path.write_text(
        CONFIG.format(
            zone=zone,
            owner=owner,
            ownership=ownership,
            policy=policy,
            namespaces=namespaces,
            kubeconfig=kubeconfig,
            route53=route53.url,
            grace=grace,
            more=more,
        )
    )
    return load(path, {})


class Live:
    """A running controller, what it said, and its zone."""

    def __init__(self, settings, strict, zone):
        self.facts = []
        self.controller = Controller(settings, listeners=(lambda fact, _: self.facts.append(fact),), log=None)
        self._strict = strict
        self._zone = zone
        self._task = None

    @property
    def writes(self):
        return self._strict.calls["ChangeResourceRecordSets"]

    @property
    def deleted(self):
        """The names that it was ever about to delete a record set of."""
        calls = (group for fact in self.facts if isinstance(fact, Called) for group in fact.carried)
        return {group.name for group in calls for change in group.changes if isinstance(change, Delete)}

    def seen(self, kind):
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def addresses(self):
        """The values of the zone's A record sets by name."""
        return addresses(self._strict, self._zone)

    async def until(self, so, what, seconds=120.0):
        try:
            async with asyncio.timeout(seconds):
                while not so():
                    if self._task.done():
                        self._task.result()
                        raise AssertionError("the controller ended")
                    await asyncio.sleep(0.05)
        except TimeoutError:
            said = [fact for fact in self.facts if isinstance(fact, SourceListed | SourceFailed | SourceTroubled)][-12:]
            raise AssertionError(f"after {seconds:.0f} s still not: {what}; of the sources it said: {said}") from None

    async def run(self):
        self._task = asyncio.create_task(self.controller.run(probes=False), name="controller")
        return self

    async def stop(self):
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


def addresses(strict, zone):
    records = (each for each in strict.records(zone) if each["Type"] == "A")
    return {each["Name"].rstrip("."): [value["Value"] for value in each.get("ResourceRecords", ())] for each in records}


@asynccontextmanager
async def running(settings, strict, zone):
    live = await Live(settings, strict, zone).run()
    try:
        yield live
    finally:
        await live.stop()
