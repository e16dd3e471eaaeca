"""Telling: an explanation as sentences that a person understands, the short answer first.

Rules kept here:

- The first sentence says what the name answers and whether that is as it is wanted; the others say why, in the order of the
  way of a change: zone, records, who asks, what keeps it, what is planned, what was sent, what comes next.
- Every sentence stands alone. Ages and spans are told, not moments.
"""

from collections.abc import Iterable, Iterator

from dnsguard.core.durations import howlong
from dnsguard.model.explanation import Asking, Explanation, GivenUp, LastSent, Record, Step, Unmet, ZoneAnswer
from dnsguard.model.facts import Reason
from dnsguard.model.status import ContestedStatus, StandingVerdict

LONGEST = 240
"""Characters of a value or a foreign text that are told."""
STATES = {"on its way": "a change is on its way", "in doubt": "a change is in doubt", "waiting": "a change waits"}
IN_SHORT = {
    Reason.HELD: "held, for no status publishes it now",
    Reason.GRACE: "to be deleted when its grace is over",
    Reason.DOUBTFUL: "kept, for who asks for it vanished without proof or cannot be understood",
    Reason.ORPHAN: "an orphan: ours, and nobody was seen to ask for it",
    Reason.OTHER_SOURCE: "left to another source",
    Reason.FOREIGN: "not ours",
    Reason.EDITED: "edited by somebody else",
    Reason.UNOWNABLE: "not created, for its ownership TXT has no place",
    Reason.IMPOSSIBLE: "impossible beside what stands",
    Reason.OCCLUDED: "left in a zone that it no longer belongs to",
    Reason.POLICY: "not as it is asked for, by the policy",
    Reason.SHADOW: "and nothing is written under the policy shadow",
    Reason.QUARANTINED: "refused by Route53, and tried again later",
    Reason.ZONE_FULL: "not created, for the zone is full",
    Reason.INVALID: "impossible as it is asked for",
    Reason.CONFLICT: "asked for in ways that exclude one another",
    Reason.PARKED: "its deletion waits for an approval",
    Reason.FROZEN: "frozen",
    Reason.UNDONE: "undone by a person's word",
    Reason.TARGET: "kept, for the new target must not take its place",
    Reason.MISSING: "deleted by somebody else",
    Reason.NO_ZONE: "in no zone",
}
PARTLY_HELD = "held, for not every status publishes it now"
KEEPING = frozenset({Reason.SHADOW, Reason.FROZEN, Reason.UNDONE, Reason.QUARANTINED, Reason.ZONE_FULL})
"""Reasons that keep a whole plan from being sent."""


def tell(told: Explanation) -> tuple[str, ...]:
    """Return an explanation in words."""
    return (headline(told), *_body(told))


def headline(told: Explanation) -> str:
    """Return the short answer."""
    homes = [zone for zone in told.zones if zone.belongs]
    if not told.surveyed:
        answer = "the hosted zones have not been found yet"
    elif told.stands_for and not told.asking_total:
        answer = f"the ownership TXT of {', '.join(told.stands_for)}"
    elif not told.zones:
        answer = "no zone in use holds it"
    elif not homes:
        answer = "it belongs to no zone in use"
    elif len(homes) == 1:
        answer = f"{_answer(homes[0])}, {_condition(homes[0], told)}"
    else:
        answer = "; ".join(f"in {_named(zone)} {_answer(zone)}, {_condition(zone, told)}" for zone in homes)
    return f"{told.name}: {answer}"


def _answer(zone: ZoneAnswer) -> str:
    shown = [record.answer for record in zone.records if record.managed]
    others = dict.fromkeys(record.type for record in zone.records)
    if shown:
        return _cut(" and ".join(shown))
    return f"only {', '.join(others)} there" if others else "nothing stands there"


def _condition(zone: ZoneAnswer, told: Explanation) -> str:
    if zone.state == "unread":
        return "and its zone is not read yet"
    live = any(asking.live for asking in told.asking)
    reasons = dict.fromkeys(verdict.reason for verdict in zone.verdicts)
    words = [PARTLY_HELD if live and reason is Reason.HELD else IN_SHORT[reason] for reason in reasons]
    if zone.state:
        words.append(STATES[zone.state])
    if not words and told.asking_total and not told.answering:
        words.append("as it is asked for" if zone.records else "although somebody asks for it")
    if told.contested:
        words.append("while its Gateway is contested")
    if told.troubles:
        words.append("as far as its objects can be understood")
    nobody = "as external-dns left it" if told.answering else "and nobody asks for it"
    return ", ".join(words) or nobody


def _body(told: Explanation) -> Iterator[str]:
    if told.missing:
        yield f"Nothing is written yet: {', '.join(told.missing)} {'was' if len(told.missing) == 1 else 'were'} not listed yet."
    homeless = not any(zone.belongs for zone in told.zones)
    for zone in told.zones:
        if homeless or zone.belongs or zone.records or zone.verdicts:
            yield from _zone(zone, told)
    if not told.zones and told.surveyed:
        yield from _no_zone(told)
    yield from _objects(told)
    for contested in told.contested:
        yield _contested(contested, told.now)
    if told.homeless is not None:
        yield from _verdict(told.homeless, "")
    several = sum(zone.belongs for zone in told.zones) > 1
    for zone in told.zones:
        yield from _course(zone, f" in {_named(zone)}" if several else "", told.now)


# Zones and records


def _zone(zone: ZoneAnswer, told: Explanation) -> Iterator[str]:
    if zone.belongs:
        yield f"It belongs to the zone {_named(zone)}."
    else:
        yield f"The zone {_named(zone)} could hold it, but {zone.apart}."
    if zone.state == "unread":
        yield f"The zone {zone.name} was not read yet: what stands there is not known."
    for record in zone.records:
        yield _record(record, named=bool(told.stands_for))
    for lost in zone.lost:
        yield f"Somebody else deleted {_cut(lost)}."
    answers = " and ".join(record.answer for record in zone.wildcard_records if record.type != "TXT")
    if answers:
        more = f"dnsguard explain '{zone.wildcard}' says more"
        yield f"While nothing stands there, {zone.wildcard} answers for it: {_cut(answers)}; {more}."


def _record(record: Record, *, named: bool) -> str:
    which = f" ({record.set_id})" if record.set_id else ""
    said = f"There stands {_cut(record.answer)}{which}"
    if record.confirmed:
        said += f", where {_cut(record.confirmed)} was left: somebody else changed it"
    if not record.managed:
        return f"{said}." if named and record.type == "TXT" else f"{said}; its type is not one that is written here."
    if record.ours:
        return f"{said}; ours by its TXT ({record.object or 'without an object'})."
    return f"{said}; owned by {record.owner!r}, not ours." if record.owner else f"{said}; no TXT says whose it is, so it is not ours."


def _no_zone(told: Explanation) -> Iterator[str]:
    if told.nearest:
        yield f"A zone in use has a name much like it: {', '.join(told.nearest)}."
    elif told.in_use:
        yield f"Zones in use: {', '.join(told.in_use)}."
    else:
        yield "No hosted zone is in use at all: see zones in the config."


# Objects


def _objects(told: Explanation) -> Iterator[str]:
    several = len({asking.object for asking in told.asking}) > 1
    for asking in told.asking:
        yield _asking(asking, told.now, dated=several)
    if told.asking_total > len(told.asking):
        yield f"{told.asking_total - len(told.asking)} more ask for it."
    if not told.asking_total and not told.stands_for:
        nobody = "No spec is seen to claim it, external-dns alone keeps it" if told.answering else "Nobody asks for it"
        yield f"{nobody}, as far as is known." if told.missing else f"{nobody}."
    for unmet in told.unmet:
        yield _unmet(unmet)
    if told.given_up is not None and not told.asking_total:
        yield _given_up(told.given_up, told.now)
    for which, why in told.troubles:
        yield f"{which} is there and cannot be understood: {_cut(why)}; what was last understood of it counts."


def _asking(asking: Asking, now: float, *, dated: bool) -> str:
    created = f" (created {asking.created})" if dated else ""
    which = f" as {asking.set_id!r}" if asking.set_id else ""
    said = f"{asking.object}{created} asks for it{which} through {asking.parent}{_listeners(asking.listeners)}"
    targets = _cut(", ".join(asking.targets or ()))
    because = f": {asking.why}" if asking.why else ""
    if asking.live:
        said += f" and publishes {targets}" if targets else ""
    elif targets:
        since = howlong(now - asking.lost_since) if asking.lost_since is not None else "a while"
        said += f" and publishes nothing for {since}{because}; the last value counts: {targets}"
    else:
        said += f" and never published anything{because}"
    if asking.doubtful:
        said += "; it vanished without proof: a list lacked more than half of what was known, or its kind cannot be had any more"
    problems = [problem for problem in asking.problems if problem not in asking.why]
    if problems:
        said += f"; not understood: {_cut('; '.join(problems))}"
    return f"{said}."


def _listeners(names: tuple[str, ...]) -> str:
    return f" ({'listener' if len(names) == 1 else 'listeners'} {', '.join(names)})" if names else ""


def _unmet(unmet: Unmet) -> str:
    return f"{unmet.object} names it and gets nothing of it" + (f": {_cut(unmet.why)}." if unmet.why else ".")


def _given_up(given: GivenUp, now: float) -> str:
    why = "it is gone" if given.gone else "its spec, or a parent, grants it the name no longer"
    return f"{given.object} gave it up {howlong(now - given.at)} ago: {why}."


def _contested(contested: ContestedStatus, now: float) -> str:
    sides = " against ".join(
        f"{', '.join(each.value)} (written by {', '.join(each.writers) or 'nobody known'})" for each in contested.sides
    )
    stays, calm = ", ".join(contested.published), _ahead(contested.until, now)
    return f"The addresses of {contested.object} are contested: {sides}; {stays} counts until it has been calm for {calm}."


# The course of a change


def _course(zone: ZoneAnswer, where: str, now: float) -> Iterator[str]:
    for verdict in zone.verdicts:
        yield from _verdict(verdict, where)
    breaker = zone.breaker
    if breaker is not None:
        yield (
            f"{breaker.parked} names of {zone.name} are parked, where {breaker.limit} may go: look at them with"
            f" dnsguard approve --zone {zone.id}, let them go with --checksum {breaker.checksum}."
        )
    steps = _steps(zone.plan)
    if zone.state == "on its way":
        yield f"On its way{where}: {steps or 'a change'}."
    elif zone.state == "in doubt":
        yield f"Sent{where}, and no answer came: {steps or 'a change'}; a read will tell."
    elif steps:
        kept = any(verdict.reason in KEEPING for verdict in zone.verdicts)
        yield f"{'Kept back' if kept else 'To be sent'}{where}: {steps}."
    if zone.causes:
        yield f"What caused it{where}: {', '.join(zone.causes)}."
    if zone.sent is not None:
        yield _sent(zone.sent, where, now)
    for moment in zone.next:
        yield f"Next{where}, {'at once' if moment.at <= now else f'in {_ahead(moment.at, now)}'}: {moment.what}."


def _verdict(verdict: StandingVerdict, where: str) -> Iterator[str]:
    row = f" ({verdict.type})" if verdict.type else ""
    set_id = f" of {verdict.set_id!r}" if verdict.set_id else ""
    yield f"{verdict.reason.value.capitalize()}{row}{set_id}{where} for {howlong(verdict.age)}: {_cut(verdict.text)}."
    if verdict.reason is Reason.CONFLICT:
        yield "The rule: addresses go before names, then the object that was created first, then the one whose name comes first."
    yield f"The way out: {verdict.way_out}."


def _steps(steps: Iterable[Step]) -> str:
    every = list(steps)
    # The TXT of a record set says nothing new.
    shown = [step for step in every if step.type != "TXT"] or every
    return "; ".join(_cut(_step(step)) for step in shown)


def _step(step: Step) -> str:
    if step.change == "replace":
        return f"replace {step.before} by {step.after}"
    return f"{step.change} {step.after or step.before}"


def _sent(sent: LastSent, where: str, now: float) -> str:
    became = f"{sent.outcome}: {_cut(sent.text)}" if sent.text else sent.outcome
    return f"Last sent{where} {howlong(now - sent.at)} ago: {_steps(sent.steps)}; it was {became}."


def _named(zone: ZoneAnswer) -> str:
    return f"{zone.name} ({zone.id}, {zone.visibility})"


def _ahead(moment: float, now: float) -> str:
    return howlong(max(1.0, moment - now))


def _cut(text: str) -> str:
    return text.rstrip(".") if len(text) <= LONGEST else f"{text[:LONGEST]}..."
