"""A rival: dnsguard with every guard off, which does at once what external-dns would.

What no status publishes is deleted, what is published is written over whatever stands, and nothing waits for a word. Like an
external-dns that listens to events it acts at most once in five seconds.
"""

from msgspec.structs import replace

from dnsguard.lab.objects import UNBOUND
from dnsguard.model.settings import Debounce, Drift, Duration, Flap, Guard, Settings, Targets

PACE = 5.0
"""Seconds between two acts: external-dns's --min-event-sync-interval."""


def unguarded(settings: Settings) -> Settings:
    """Return *settings* with every guard off."""
    guard = Guard(
        status_loss=Duration(0.0),
        delete_grace=Duration(0.0),
        deletes=UNBOUND,
        flap=Flap(turns=0),
        targets=Targets(private_in_public_zone="allow"),
    )
    debounce = Debounce(quiet=Duration(PACE), longest=Duration(PACE))
    return replace(settings, policy="sync", guard=guard, drift=Drift(modified="repair"), debounce=debounce)
