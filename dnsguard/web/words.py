"""Words for calls and outcomes, as metrics and log lines use them."""

from dnsguard.model import changes


def action_of(call: changes.Call) -> str:
    """Return the API action of *call*."""
    return changes.ACTIONS[type(call)]


def outcome_of(outcome: changes.Outcome) -> str:
    """Return the kind of *outcome* as one lower-case word."""
    return type(outcome).__name__.lower()
