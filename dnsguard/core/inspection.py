"""The inspection: asks AWS for everything that a configuration needs to be allowed, and changes nothing.

Rules kept here:

- Zones are looked for as `discovery` does it. Then one record set of each zone in use is read, and where the policy writes, a
  write is asked for.
- The write that is asked for is a DELETE of one TXT that does not exist: a fixed label below the zone, with a value that
  nobody has. A batch is authorized before it is looked at, and carried out as a whole or not at all (AWS,
  ChangeResourceRecordSets): AccessDenied means that the permission is missing, "not found" that it is there.
- GetChange is not asked for: without it dnsguard writes all the same, and does not measure the time to all name servers.
- A policy that never deletes, and writes by UPSERT, can do without a DELETE: a denied one leaves open what else is allowed.
- What is not answered is not found out, nor is what depends on it; the rest is asked for all the same.
"""

import re
from collections.abc import Callable, Generator
from random import Random

from dnsguard.core.accounts import accounts_of
from dnsguard.core.discovery import Discovery
from dnsguard.core.permissions import ASSUME_ROLE, ASSUMING, action_of, file_for
from dnsguard.model.access import Finding, State
from dnsguard.model.changes import (
    Accepted,
    Call,
    Delete,
    GetZone,
    Job,
    ListRecords,
    ListTags,
    Outcome,
    Refused,
    Tags,
    Unavailable,
    Why,
    Write,
)
from dnsguard.model.records import RecordSet, Stored, Zone
from dnsguard.model.settings import Settings

LABEL = "_dnsguard-check-access"
"""First label of the TXT whose deletion is asked for."""
_USER = re.compile(r"User: (\S+) is not authorized")


class Inspection:
    """One inspection; *tell* hears what is found out. *total* calls will have been made in the end (0: not known yet)."""

    def __init__(self, settings: Settings, chance: Random, tell: Callable[[Finding], None]) -> None:
        self._entries = tuple(enumerate(settings.zones))
        self._policy = settings.policy
        self._deletes = settings.policy == "sync" or settings.writes == "compare-and-swap"
        self._accounts = accounts_of(settings.zones)
        self._tell = tell
        self._nobodys = f"dnsguard check-access {chance.getrandbits(64):016x}"
        self._nameless: list[tuple[str, int]] = []
        self._failed: set[str] = set()
        self._tagless = self._lost = False
        self.asked = 0
        self.total = 0

    def run(self) -> Generator[Job, Outcome, None]:
        """Yield one job after another; what is sent back is its outcome."""
        found = []
        for number in range(len(self._accounts)):
            zones = yield from self._zones_of(number)
            found += [(zone, number) for zone in zones]
        # As in the survey: a zone that two entries mean belongs to the first of them.
        mine = {zone.id: (zone, number) for zone, number in sorted(found, key=lambda pair: -pair[0].entry)}
        if not (mine or self._nameless or self._lost):
            self._not_known("the zones in use", "no hosted zone matches any zone entry of the config")
        self.total = self.asked + len(mine) * len(self._kinds()) + len(self._nameless)
        for zone, number in sorted(mine.values(), key=lambda pair: (pair[0].name, pair[0].id)):
            yield from self._use(zone, number)
        for zone_id, number in self._nameless:
            on = f"zone {zone_id}"
            self._judge(number, on, *(yield from self._ask(number, ListRecords(zone_id, None, 1))))
            if Write in self._kinds():
                self._not_found_out(Write, on, f"the name of the zone is not known without {action_of(GetZone)}")

    def _kinds(self) -> tuple[type[Call], ...]:
        """Return the calls that every zone in use gets."""
        return (ListRecords,) if self._policy == "shadow" else (ListRecords, Write)

    def _ask(self, number: int, call: Call) -> Generator[Job, Outcome, tuple[Call, Outcome]]:
        self.asked += 1
        outcome = yield Job(self.asked, number, call)
        return call, outcome

    # Zones of an account

    def _zones_of(self, number: int) -> Generator[Job, Outcome, tuple[Zone, ...]]:
        account = self._accounts[number]
        looking = Discovery([(index, entry) for index, entry in self._entries if account.serves(entry)])
        told: set[tuple[type[Call], str]] = set()
        self._tagless, self._failed = False, set[str]()
        while (call := looking.next_call()) is not None:
            if isinstance(call, ListTags) and self._tagless:
                looking.take_in(call, Tags({}))
                continue
            _, outcome = yield from self._ask(number, call)
            if not told and not self._assumed(number, outcome):
                return ()
            on = f"zone {call.zone}" if isinstance(call, GetZone) else self._place(number)
            # A permission is told once, however many pages it takes.
            if (type(call), on) not in told or not isinstance(outcome, Accepted):
                self._judge(number, on, call, outcome)
                told.add((type(call), on))
            if isinstance(outcome, Accepted):
                looking.take_in(call, outcome.result)
            elif not self._goes_on(number, looking, call, outcome):
                return ()
        for zone_id in () if self._tagless else looking.missing:
            if zone_id not in self._failed:
                self._lose(f"zone {zone_id}", "it does not exist, or is not one that its entry means")
        return looking.found or ()

    def _goes_on(self, number: int, looking: Discovery, call: Call, outcome: Outcome) -> bool:
        """Return whether zones can be looked for without an answer to *call*."""
        match call:
            case GetZone(zone):
                looking.no_such_zone()
                self._failed.add(zone)
                if not _is_gone(outcome):
                    self._nameless.append((zone, number))
            case ListTags():
                looking.take_in(call, Tags({}))
                self._tagless = True
                self._lose("the zones that are chosen by tags", "they are not known without the tags")
            case _:
                self._lose_account(number, "they are not known without the list")
                return False
        return True

    def _assumed(self, number: int, outcome: Outcome) -> bool:
        """Tell whether the account's role may be assumed; return whether to go on."""
        role = self._accounts[number].role_arn
        match outcome:
            case Unavailable(text, lacking) if lacking:
                assuming = lacking == ASSUME_ROLE
                whose = "the AWS profile" if assuming else "AWS_ROLE_ARN"
                on = f"role {role}" if assuming and role else f"the role of {whose}"
                where = ASSUMING if assuming else "the trust policy of that role"
                self._tell(Finding(lacking, on, State.MISSING, self._who(-1, text), where, text))
                self._lose_account(number, "there are no credentials for them")
                return False
            case Unavailable(text) if role:
                self._tell(Finding(ASSUME_ROLE, f"role {role}", State.UNKNOWN, text=text))
            case _ if role:
                self._tell(Finding(ASSUME_ROLE, f"role {role}", State.GRANTED))
            case _:
                pass
        return True

    def _place(self, number: int) -> str:
        role = self._accounts[number].role_arn
        return f"the account of {role}" if role else ""

    def _lose_account(self, number: int, text: str) -> None:
        self._lose(f"the zones of {self._place(number) or 'the account'}", text)

    # One zone

    def _use(self, zone: Zone, number: int) -> Generator[Job, Outcome, None]:
        on = f"zone {zone.name} ({zone.id})"
        nowhere = RecordSet(f"{LABEL}.{zone.name}", "TXT", ttl=300, values=(self._nobodys,))
        calls = (ListRecords(zone.id, None, 1), Write(zone.id, (Delete(Stored(nowhere)),), "dnsguard check-access"))
        for call in calls:
            if type(call) in self._kinds():
                self._judge(number, on, *(yield from self._ask(number, call)))

    # What answers mean

    def _judge(self, number: int, on: str, call: Call, outcome: Outcome) -> None:
        permission = action_of(type(call))
        match outcome:
            case Accepted():
                self._tell(Finding(permission, on, State.GRANTED))
            case Refused(refusals) if refusals[0].why is Why.DENIED:
                text = refusals[0].text
                if isinstance(call, Write) and not self._deletes:
                    open_ = f"a DELETE is denied, which policy {self._policy} can do without; what else is allowed only a true change tells"
                    self._tell(Finding(permission, on, State.UNKNOWN, text=f"{open_}: {text}"))
                else:
                    self._tell(Finding(permission, on, State.MISSING, self._who(number, text), file_for(self._policy), text))
            case Refused(refusals) if isinstance(call, Write) and refusals[0].why is Why.STALE:
                self._tell(Finding(permission, on, State.GRANTED))
            case Refused(refusals):
                self._tell(Finding(permission, on, State.UNKNOWN, text=refusals[0].text))
            case _:
                self._tell(Finding(permission, on, State.UNKNOWN, text=outcome.text))

    def _who(self, number: int, text: str) -> str:
        """Return who an answer of AWS speaks of; *number* -1: whoever wanted to assume a role."""
        said = _USER.search(text)
        role = self._accounts[number].role_arn if number >= 0 else ""
        return said[1] if said else role or "the credentials that AWS's chain finds"

    def _lose(self, on: str, text: str) -> None:
        self._lost = True
        self._not_known(on, text)

    def _not_known(self, on: str, text: str) -> None:
        for kind in self._kinds():
            self._not_found_out(kind, on, text)

    def _not_found_out(self, kind: type[Call], on: str, text: str) -> None:
        self._tell(Finding(action_of(kind), on, State.UNKNOWN, text=text))


def _is_gone(outcome: Outcome) -> bool:
    return isinstance(outcome, Refused) and outcome.refusals[0].why is Why.NO_ZONE
