"""A rehearsal: a stream through the engine against the strict Route53, under virtual time, and its report.

Rules kept here:

- The zones are those that the zone entries name: one for each domain, with the entry's id, visibility and tags.
- The account has the limits of the configured budget's profile, whatever share of them is ours.
- `least_calls` comes from a second run with endless tokens, no latency and nothing riding along.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

from msgspec.structs import replace

from dnsguard.app import build_engine
from dnsguard.core.budget import ENDLESS
from dnsguard.core.least import least_calls
from dnsguard.core.names import canonical
from dnsguard.errors import ConfigError
from dnsguard.lab.simulation import Simulation
from dnsguard.lab.strict import ApiError, StrictRoute53
from dnsguard.model.changes import ACTIONS, Write
from dnsguard.model.events import Event, Listed
from dnsguard.model.settings import BudgetSettings, Settings
from dnsguard.modes.replay import replay
from dnsguard.modes.tally import Tally, percentiles

Stream = Callable[[], Iterable[tuple[float, Event]]]
LATENCY = 0.05
"""Seconds that a simulated call takes."""


class Rehearsal:
    """What is left of a run: the *tally*, the account, the ids of its *zones*, and the virtual *seconds* it took."""

    def __init__(self, tally: Tally, strict: StrictRoute53, zones: tuple[str, ...], seconds: float) -> None:
        self.tally = tally
        self.strict = strict
        self.zones = zones
        self.seconds = seconds

    def records(self) -> list[dict[str, Any]]:
        """Return all record sets as boto3 returns them, each with its `HostedZoneId`."""
        return [{"HostedZoneId": zone, **record} for zone in self.zones for record in self.strict.records(zone)]


def account_for(settings: Settings, zones: Sequence[str] = (), *, endless: bool = False) -> tuple[StrictRoute53, tuple[str, ...]]:
    """Return a strict account with the zones that *settings* name, or with public *zones* of these names, and their ids.

    Raises ConfigError where neither names one.
    """
    strict = StrictRoute53(None if endless else settings.budget.profile)
    named: list[tuple[str, bool, tuple[str, ...], str]] = [(name, False, (), "") for name in zones]
    wanted = named or [
        (domain.lstrip("."), entry.type == "private", entry.tags, entry.ids[0] if len(entry.ids) == 1 == len(entry.domains) else "")
        for entry in settings.zones
        for domain in entry.domains
    ]
    if not wanted:
        raise ConfigError("zones: no entry names a domain to simulate; name the zones with --zone")
    ids = [
        create_zone(strict, name, private=private, tags=_pairs(tags), zone_id=zone_id)
        for name, private, tags, zone_id in dict.fromkeys(wanted)
    ]
    return strict, tuple(ids)


def create_zone(
    strict: StrictRoute53, name: str, *, private: bool = False, tags: Mapping[str, str] | None = None, zone_id: str = ""
) -> str:
    """Make a zone in *strict* and return its id; ConfigError if no zone can have this name or id."""
    try:
        return strict.create_zone(canonical(name), private=private, tags=tags, zone_id=zone_id or None)
    except (ValueError, ApiError) as error:
        raise ConfigError(f"no zone {name!r} can be made: {error}") from error


def _pairs(tags: Iterable[str]) -> dict[str, str]:
    return {key: value for key, _, value in (tag.partition("=") for tag in tags)}


def rehearse(settings: Settings, stream: Stream, zones: Sequence[str] = (), seed: int = 0) -> Rehearsal:
    """Run *stream* through the engine of *settings*."""
    return _run(settings, stream, account_for(settings, zones), LATENCY, seed, ride=True)


def least(settings: Settings, stream: Stream, zones: Sequence[str] = (), seed: int = 0) -> int:
    """Return the least number of writes that the true changes of *stream* need."""
    endless = BudgetSettings(profile=settings.budget.profile, share=1.0, requests=ENDLESS, actions=ENDLESS, changes=ENDLESS)
    run = _run(replace(settings, budget=endless), stream, account_for(settings, zones, endless=True), 0.0, seed, ride=False)
    return least_calls(run.tally.intervals)


def later_writes(settings: Settings, stream: Stream, seed: int = 0) -> int:
    """Return how many writes the frames of *stream* take under policy sync, beyond those that its first lists take."""
    settings = replace(settings, policy="sync", writes=None)
    whole, opening = (rehearse(settings, each, (), seed).tally.calls[ACTIONS[Write]] for each in (stream, lambda: _opening(stream())))
    return max(0, whole - opening)


def _opening(stream: Iterable[tuple[float, Event]]) -> Iterator[tuple[float, Event]]:
    """Leave nothing of a stream but the first list of every kind."""
    listed: set[str] = set()
    for at, event in stream:
        match event:
            case Listed(kind):
                if kind not in listed:
                    yield at, event
                listed.add(kind)
            case _ if _kind(event) not in listed:
                yield at, event


def _run(
    settings: Settings, stream: Stream, account: tuple[StrictRoute53, tuple[str, ...]], latency: float, seed: int, *, ride: bool
) -> Rehearsal:
    strict, zones = account
    tally = Tally(float(settings.debounce.longest))
    engine = build_engine(settings, Random(seed), 0.0, ride=ride)
    seconds = replay(engine, _counted(stream(), tally), Simulation(strict, latency), tally.tell)
    return Rehearsal(tally, strict, zones, seconds)


def _counted(stream: Iterable[tuple[float, Event]], tally: Tally) -> Iterator[tuple[float, Event]]:
    """Count the frames of watches: what comes of a kind after its list."""
    listed: set[str] = set()
    for at, event in stream:
        match event:
            case Listed(kind):
                listed.add(kind)
            case _ if _kind(event) in listed:
                tally.frames += 1
        yield at, event


def _kind(event: Event) -> str:
    if hasattr(event, "view"):
        return str(event.view.ref.kind)
    return str(event.ref.kind) if hasattr(event, "ref") else ""


def report(run: Rehearsal, least_writes: int) -> dict[str, Any]:
    """Return the report of a run, as JSON has it."""
    tally = run.tally
    irrelevant = sum(tally.stopped.values())
    counts = tally.counts()
    return {
        "events": {"total": tally.frames, "irrelevant": irrelevant, "relevant": tally.frames - irrelevant},
        "changes": {"created": counts.created, "replaced": counts.replaced, "deleted": counts.deleted},
        "calls": dict(sorted(tally.calls.items())),
        "least_calls": least_writes,
        "throttled": tally.throttled,
        "refused": tally.refused,
        "latency_s": percentiles(tally.waits),
        "deletion_latency_s": percentiles(tally.deletion_waits),
        "suppressed": dict(sorted((tally.stopped + tally.withheld).items())),
        "problems": sorted(set(tally.misunderstood)),
        "alerts": sorted(set(tally.alerts)),
        "virtual_seconds": round(run.seconds, 3),
    }
