"""What the caller may write: the conditions that an IAM policy can put on changes of record sets.

Rules (service authorization reference, condition keys of Route 53; IAM user guide, ForAllValues and ForAnyValue):
1. Allowed is a batch whose names, types and actions all match (ForAllValues:StringLike); a name that an explicit denial
   matches forbids it (ForAnyValue:StringLike). Either way one change decides for the whole batch.
2. Names are compared in lower case, without the trailing dot, with octal escapes.
3. The answer is AccessDenied, before anything is looked at, and does not say which change was meant.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dnsguard.lab.strict.errors import ApiError
from dnsguard.lab.strict.names import NameProblem, printed
from dnsguard.lab.strict.rrset import Params

_EVERY = ("*",)
_ACTION = "route53:ChangeResourceRecordSets"
_USER = "arn:aws:iam::123456789012:user/lab"


@dataclass(frozen=True, slots=True)
class Permissions:
    """What may be written, as patterns with `*` and `?`; *denied* names are forbidden whatever else is allowed."""

    names: Sequence[str] = _EVERY
    types: Sequence[str] = _EVERY
    actions: Sequence[str] = _EVERY
    denied: Sequence[str] = ()

    def check(self, zone_id: str, changes: Iterable[Params]) -> None:
        """Raise ApiError unless all of *changes* may be made in the zone."""
        for change in changes:
            record = change.get("ResourceRecordSet") or {}
            name = _normalized(str(record.get("Name", "")))
            allowed = _like(name, self.names) and _like(record.get("Type"), self.types) and _like(change.get("Action"), self.actions)
            if not allowed or _like(name, self.denied):
                why = (
                    "with an explicit deny in an identity-based policy" if allowed else f"because no identity-based policy allows {_ACTION}"
                )
                what = f"perform: {_ACTION} on resource: arn:aws:route53:::hostedzone/{zone_id}"
                raise ApiError(403, "AccessDenied", f"User: {_USER} is not authorized to {what} {why}")


def _normalized(name: str) -> str:
    try:
        return printed(name).removesuffix(".")
    except NameProblem:
        return name


def _like(text: object, patterns: Iterable[str]) -> bool:
    return any(_pattern(pattern).fullmatch(str(text)) for pattern in patterns)


def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
