"""Permissions at AWS: what a call needs to be allowed, and which file of this project grants it.

Rules kept here (AWS, "Actions, resources, and condition keys for Amazon Route 53"):

- Every API action of Route53 needs the IAM action of the same name.
- Nothing needs more than `config/iam/sync.json` grants; under the policy shadow `config/iam/shadow.json` is enough.
- A role of another account is assumed with `sts:AssumeRole`.
"""

from dnsguard.model.changes import ACTIONS, Call, Refusal, Why
from dnsguard.model.settings import Policy

ASSUME_ROLE = "sts:AssumeRole"
READING = "config/iam/shadow.json"
WRITING = "config/iam/sync.json"
ASSUMING = "config/iam/assume-role.json"


def action_of(call: type[Call]) -> str:
    """Return the IAM action that a call of this kind needs."""
    return f"route53:{ACTIONS[call]}"


def file_for(policy: Policy) -> str:
    """Return the file with the IAM policy for dnsguard's *policy*."""
    return READING if policy == "shadow" else WRITING


def explained(refusal: Refusal, call: type[Call], policy: Policy) -> str:
    """Return the text of *refusal*; one for want of a permission begins with its name and where it is granted."""
    if refusal.why is not Why.DENIED:
        return refusal.text
    return f"{action_of(call)} is missing ({file_for(policy)} grants it): {refusal.text}"
