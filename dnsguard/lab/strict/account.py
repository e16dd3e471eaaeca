"""An account of the strict Route53: every call goes through one door, and is counted, logged, throttled and struck there.

Rules:
1. Order of a call: injected fault, token buckets, permission, the operation itself. A refused call has no effect; it is
   counted and logged like any other.
2. While a zone processes a change (*processing* seconds after it was accepted), another one of that zone is refused with
   PriorRequestNotComplete. Other zones, and reads, go on.
3. A zone that an AWS service owns is read-only.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from dnsguard.lab.strict import listing, tagging, zones
from dnsguard.lab.strict.batch import perform
from dnsguard.lab.strict.buckets import Buckets, Profile
from dnsguard.lab.strict.errors import ApiError, BatchRefused, ConnectionDropped, busy, throttled
from dnsguard.lab.strict.faults import Busy, Curtailed, Dropped, Faults, Refusal, Refusing, Reworded, ServerError, Throttle
from dnsguard.lab.strict.iam import Policies
from dnsguard.lab.strict.journal import Logged, size, zone_of
from dnsguard.lab.strict.rrset import Params, read
from dnsguard.lab.strict.structure import check_set
from dnsguard.lab.strict.submissions import Submissions
from dnsguard.lab.strict.zones import Zones
from dnsguard.model.settings import Bucket

ZONE_LIMIT = 10_000
_SERVER_ERRORS = {500: "InternalFailure", 503: "ServiceUnavailable"}


class StrictRoute53:
    """Route53 in process: boto3-shaped parameters in, boto3-shaped answers out, the time an argument.

    *propagation* and *processing* are seconds; *changes* is the bucket for changes of record sets; *zone_limit* the most
    record sets in a zone; *health_checks* the ids that record sets may name; *policies* what the caller may do (None: all).
    """

    def __init__(
        self,
        profile: Profile | None = None,
        propagation: float = 30.0,
        *,
        processing: float = 0.0,
        changes: Bucket | None = None,
        zone_limit: int = ZONE_LIMIT,
        health_checks: Iterable[str] = (),
        faults: Faults | None = None,
        policies: Policies | None = None,
    ) -> None:
        self.processing = processing
        self.zone_limit = zone_limit
        self.policies = policies
        self.faults = Faults() if faults is None else faults
        self.calls: Counter[str] = Counter()
        self.log: list[Logged] = []
        self.health_checks = set(health_checks)
        self._buckets = Buckets(profile, changes)
        self._submissions = Submissions(propagation)
        self._zones = Zones()

    def create_zone(
        self,
        name: str,
        *,
        private: bool = False,
        tags: Mapping[str, str] | None = None,
        zone_id: str | None = None,
        linked: bool = False,
    ) -> str:
        """Make a zone without a call and return its bare id; *linked*: an AWS service owns it."""
        zone = self._zones.add(name, private=private, linked=linked, zone_id=zone_id or "")
        zone.tags.update(tags or {})
        return zone.id

    def records(self, zone_id: str) -> list[dict[str, Any]]:
        """Return all record sets of a zone in its order, as boto3 ResourceRecordSets."""
        return [rrset.shown() for rrset in self._zones.get(zone_id)]

    def load(self, zone_id: str, sets: Iterable[Params]) -> None:
        """Put boto3 ResourceRecordSets into a zone in bulk; each must be sound, how they fit together is not checked."""
        problems: list[str] = []
        found = []
        for raw in sets:
            check_set("CREATE", raw)
            found.append(read(raw, problems))
        if problems:
            raise ValueError("; ".join(problems))
        self._zones.get(zone_id).load(rrset for rrset in found if rrset is not None)

    def call(self, operation: str, params: Params, now: float) -> dict[str, Any]:
        """Carry out one call at *now* (seconds); ApiError when it is refused, ConnectionDropped when no answer comes.

        Latency is not waited for here: a driver asks `faults.delay(operation)` before it calls.
        """
        outcome = "accepted"
        self.calls[operation] += 1
        try:
            return self._struck(operation, params, now)
        except ApiError as error:
            outcome = error.code
            raise
        except ConnectionDropped as dropped:
            outcome = "dropped after" if dropped.applied else "dropped before"
            raise
        finally:
            self.log.append(Logged(operation, now, zone_of(params), size(params), outcome))

    def _struck(self, operation: str, params: Params, now: float) -> dict[str, Any]:
        match self.faults.strike(operation):
            case None:
                return self._admitted(operation, params, now)
            case Dropped(applied=True) | ServerError(applied=True) as fault:
                # What the caller does not get to see includes a refusal.
                with suppress(ApiError):
                    self._admitted(operation, params, now)
                raise _error(fault)
            case fault:
                raise _error(fault)

    def _admitted(self, operation: str, params: Params, now: float) -> dict[str, Any]:
        if not self._buckets.admit(operation, size(params), now):
            raise throttled()
        if self.policies is not None and (denied := self.policies.refusal(operation, params)) is not None:
            raise denied
        try:
            return self._perform(operation, params, now)
        except ApiError as error:
            match self.faults.wording(operation):
                case Reworded(text):
                    raise (BatchRefused([text]) if isinstance(error, BatchRefused) else ApiError(error.status, error.code, text)) from error
                case Curtailed(most) if isinstance(error, BatchRefused):
                    raise BatchRefused(error.messages[:most]) from error
                case _:
                    raise

    def _perform(self, operation: str, params: Params, now: float) -> dict[str, Any]:  # noqa: PLR0911, PLR0912 -- one per operation
        match operation:
            case "ChangeResourceRecordSets":
                return self._change(params, now)
            case "ListResourceRecordSets":
                return listing.list_records(self._zones.get(params["HostedZoneId"]), params)
            case "GetChange":
                return {"ChangeInfo": self._submissions.info(params["Id"], now)}
            case "ListHostedZones":
                return self._zones.page(params)
            case "ListHostedZonesByName":
                return self._zones.page_by_name(params)
            case "GetHostedZone":
                return zones.details(self._zones.get(params["Id"]))
            case "GetHostedZoneLimit":
                return self._zones.limit(params, self.zone_limit)
            case "ListTagsForResource":
                return tagging.tags_of(self._zones, params)
            case "ListTagsForResources":
                return tagging.tags_of_many(self._zones, params)
            case "ChangeTagsForResource":
                return tagging.change_tags(self._zones, params)
            case "CreateHostedZone":
                return self._create(params, now)
            case "DeleteHostedZone":
                self._zones.delete(params["Id"])
                return {"ChangeInfo": self._submissions.submit("", now)}
            case _:
                raise ApiError(404, "UnknownOperationException", f"Unknown operation {operation}")

    def _change(self, params: Params, now: float) -> dict[str, Any]:
        zone = self._zones.get(params["HostedZoneId"])
        batch = params.get("ChangeBatch") or {}
        if zone.linked:
            text = f"The resource hostedzone/{zone.id} can only be managed through servicediscovery.amazonaws.com"
            raise ApiError(403, "AccessDenied", text)
        if now < zone.busy_until:
            raise busy()
        perform(zone, batch.get("Changes") or (), limit=self.zone_limit, health_checks=self.health_checks)
        zone.busy_until = now + self.processing
        return {"ChangeInfo": self._submissions.submit(batch.get("Comment") or "", now)}

    def _create(self, params: Params, now: float) -> dict[str, Any]:
        zone = self._zones.create(params)
        return {
            **{key: value for key, value in zones.details(zone).items() if key != "VPCs"},
            "ChangeInfo": self._submissions.submit("", now),
            "Location": f"https://route53.amazonaws.com/2013-04-01/hostedzone/{zone.id}",
        }


def _error(fault: Refusing) -> ApiError | ConnectionDropped:
    match fault:
        case Throttle():
            return throttled()
        case Busy():
            return busy()
        case ServerError(status):
            return ApiError(status, _SERVER_ERRORS.get(status, str(status)), "The service is not available.")
        case Refusal(status, code, message):
            return ApiError(status, code, message)
        case Dropped(applied):
            return ConnectionDropped(applied=applied)
