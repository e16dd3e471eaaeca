"""Words for calls, outcomes and aids, as metrics and log lines use them."""

from dnsguard.model import changes

AIDS = {"events": "no Kubernetes Events can be written", "orders": "no orders can be read from ConfigMaps"}
"""What it means that an aid does not work."""


def action_of(call: changes.Call) -> str:
    """Return the API action of *call*."""
    return changes.ACTIONS[type(call)]


def outcome_of(outcome: changes.Outcome) -> str:
    """Return the kind of *outcome* as one lower-case word."""
    return type(outcome).__name__.lower()
