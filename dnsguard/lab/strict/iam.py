"""Who may do what: IAM policy documents, as far as they speak of Route53.

Rules (IAM user guide, "Policy evaluation logic"; developer guide, "Using IAM policy conditions for fine-grained access
control to manage resource record sets"):
1. What no statement allows is denied; what one denies is denied, whatever others allow.
2. Listing zones has no resource but `*`; other calls have the ARN of a zone, or of a change.
3. The three condition keys of ChangeResourceRecordSets hold every name, type and action of the batch; `ForAllValues` asks
   for each of them. Names are printed, without the trailing dot. One value outside denies the batch as a whole.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from dnsguard.lab.strict.errors import ApiError
from dnsguard.lab.strict.names import NameProblem, printed
from dnsguard.lab.strict.rrset import Params

_KEY = "route53:ChangeResourceRecordSets"
_EVERYTHING = frozenset({"ListHostedZones", "ListHostedZonesByName", "CreateHostedZone"})


class Policies:
    """The policies of one identity of ARN *user* in *partition*."""

    def __init__(
        self,
        *documents: Mapping[str, Any],
        user: str = "arn:aws:sts::123456789012:assumed-role/dnsguard/lab",
        partition: str = "aws",
    ) -> None:
        self._statements = [statement for document in documents for statement in _several(document["Statement"])]
        self._user = user
        self._partition = partition

    def refusal(self, operation: str, params: Params) -> ApiError | None:
        """Return AccessDenied in AWS's words, or None where the call is allowed."""
        for resource in self._resources(operation, params):
            effects = {each["Effect"] for each in self._statements if _speaks(each, f"route53:{operation}", resource, params)}
            if "Deny" in effects:
                return self._denied(operation, resource, "with an explicit deny in an identity-based policy")
            if "Allow" not in effects:
                return self._denied(operation, resource, f"because no identity-based policy allows the route53:{operation} action")
        return None

    def _resources(self, operation: str, params: Params) -> Iterator[str]:
        root = f"arn:{self._partition}:route53:::"
        if operation in _EVERYTHING:
            yield "*"
        elif operation == "GetChange":
            yield f"{root}change/{_bare(params['Id'])}"
        else:
            ids = params.get("ResourceIds") or [params.get("HostedZoneId") or params.get("Id") or params.get("ResourceId") or ""]
            yield from (f"{root}hostedzone/{_bare(zone)}" for zone in ids)

    def _denied(self, operation: str, resource: str, why: str) -> ApiError:
        where = "" if resource == "*" else f" on resource: {resource}"
        return ApiError(403, "AccessDenied", f"User: {self._user} is not authorized to perform: route53:{operation}{where} {why}")


def _speaks(statement: Mapping[str, Any], action: str, resource: str, params: Params) -> bool:
    """Tell whether a statement is about this call."""
    return (
        any(_like(action, pattern) for pattern in _several(statement["Action"]))
        and any(_like(resource, pattern) for pattern in _several(statement["Resource"]))
        and all(_holds(test, wanted, params) for test, wanted in statement.get("Condition", {}).items())
    )


def _holds(test: str, wanted: Mapping[str, Any], params: Params) -> bool:
    fits = _TESTS[test]
    return all(
        any(fits(value, pattern) for pattern in _several(patterns)) for key, patterns in wanted.items() for value in _values(key, params)
    )


def _values(key: str, params: Params) -> Iterator[str]:
    for change in (params.get("ChangeBatch") or {}).get("Changes") or ():
        match key.removeprefix(_KEY):
            case "Actions":
                yield change["Action"]
            case "RecordTypes":
                yield change["ResourceRecordSet"]["Type"]
            case "NormalizedRecordNames":
                yield _normalized(change["ResourceRecordSet"]["Name"])
            case _:
                raise ValueError(f"{key} is no condition key of Route53's record sets")


def _normalized(name: str) -> str:
    try:
        return printed(name).removesuffix(".")
    except NameProblem:
        return name


def _equals(value: str, pattern: str) -> bool:
    return value == pattern


def _like(value: str, pattern: str) -> bool:
    return _compiled(pattern).fullmatch(value) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(char) or re.escape(char) for char in pattern), re.DOTALL)


_TESTS: dict[str, Callable[[str, str], bool]] = {"ForAllValues:StringEquals": _equals, "ForAllValues:StringLike": _like}


def _several(found: Any) -> Iterable[Any]:
    return found if isinstance(found, list) else [found]


def _bare(found: str) -> str:
    return found.rpartition("/")[2]
