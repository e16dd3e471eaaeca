"""The sentences of a diagnosis: what was found, in the order in which a person needs it.

Rules kept here:

- A stream looks like a bug; it never is one. What looks like none is said to be unknown.
- Every number is one that the findings hold.
"""

from collections.abc import Iterable, Iterator

from dnsguard.core.diagnosis.aspects import ADDRESSES, PARENTS, REFUSED
from dnsguard.core.diagnosis.words import counted, listed, percent, seconds, times
from dnsguard.model.findings import Bug, Contest, Cost, Evidence, Findings, Loss, Rivalry, Suspicion, Writing

SIDES = 4
"""Values that are named of one contest."""
LOUD = 0.1
"""A writer is named if it wrote this part of what is useless of its kind, a field if it moved in this part of that."""

_LOST = {ADDRESSES: "had no address", PARENTS: "had nothing in status.parents", REFUSED: "had no parent that accepts"}


def sentences(found: Findings) -> Iterator[str]:
    """Yield the sentences about *found*."""
    if not found.updates:
        yield f"No object was updated in {seconds(found.seconds)}: there is nothing to say about churn."
    for sum_ in found.kinds:
        if sum_.useless:
            share = percent(sum_.useless, sum_.updates)
            yield f"{sum_.kind}: {sum_.useless:,} of {sum_.updates:,} updates ({share}) change nothing DNS can see. " + " ".join(
                _written(writing) for writing in found.writings if writing.kind == sum_.kind and writing.useless >= LOUD * sum_.useless
            )
        else:
            updates = "the only update changes" if sum_.updates == 1 else f"all {sum_.updates:,} updates change"
            yield f"{sum_.kind}: {updates} something that DNS can see."
    yield from map(_contested, found.contests)
    yield from map(_rivals, found.rivalries)
    yield from map(_lost, found.losses)
    if found.losses:
        yield "Under policy sync external-dns deletes the records of what is lost, if it loops meanwhile; dnsguard holds them."
    yield from map(_suspected, found.suspicions)
    yield from _unknown(found.unknown)
    if found.updates and not (found.contests or found.losses or found.suspicions or found.unknown):
        yield "Nothing here looks like a controller that churns."
    yield from _priced(found.cost, found.useless)


def _written(writing: Writing) -> str:
    moved = [each.field for each in writing.moved if each.useless >= LOUD * writing.useless]
    return f"Written by {writing.writer}: {', '.join(moved)}."


def _contested(contest: Contest) -> str:
    sides = [f"{side.value or 'nothing'} ({seconds(side.seconds)} in all)" for side in contest.sides[:SIDES]]
    more = f" and {len(contest.sides) - SIDES} more values" if len(contest.sides) > SIDES else ""
    objects = counted(contest.objects, contest.kind, contest.examples)
    if contest.one_name:
        by = f"two writers both called {contest.writers[0]}, or one that keeps changing its mind"
    else:
        by = listed(contest.writers)
    values = f"{listed(tuple(sides))}{more}"
    return f"Contested: {contest.field} of {objects} went back and forth {times(contest.turns)} between {values}, by {by}."


def _rivals(rivalry: Rivalry) -> str:
    objects = counted(rivalry.objects, rivalry.kind, rivalry.examples)
    return f"Contested: {listed(rivalry.writers)} took turns {times(rivalry.turns)} in writing the status of {objects}."


def _lost(loss: Loss) -> str:
    objects = counted(loss.objects, loss.kind, loss.examples)
    often = "" if loss.times == loss.objects else f" {times(loss.times)} in all"
    end = f"{loss.still_lost:,} of {loss.objects:,} are still lost" if loss.still_lost else "all are back"
    return f"Lost: {objects} {_LOST[loss.field]}{often}, for up to {seconds(loss.longest)}, by {loss.writer}; {end}."


def _suspected(suspicion: Suspicion) -> str:
    bug = suspicion.bug
    return (
        f"Looks like {bug.reference} ({bug.affected}): {bug.what}. {_way_out(bug)}"
        f" Seen: {'; '.join(suspicion.because)}; by {listed(suspicion.writers)}. {bug.url}"
    )


def _way_out(bug: Bug) -> str:
    if bug.fixed:
        return f"Fixed: {bug.fixed}." if bug.meanwhile == "update" else f"Fixed: {bug.fixed}. Until then: {bug.meanwhile}."
    return f"No release is known to be without it. Meanwhile: {bug.meanwhile}."


def _unknown(evidence: Iterable[Evidence]) -> Iterator[str]:
    told: dict[tuple[str, ...], list[str]] = {}
    for each in evidence:
        told.setdefault(each.writers, []).append(each.text)
    for writers, texts in told.items():
        yield f"Looks like no bug that is known here: {'; '.join(texts)}; by {listed(writers)}."


def _priced(cost: Cost, useless: int) -> Iterator[str]:
    incumbent, *_ = cost.bills
    if incumbent.calls <= 0:
        return
    if cost.noise:
        limits = listed(tuple(f"{percent(cost.noise, limit * 3600)} of a limit of {limit:g} a second" for limit in cost.limits))
        yield (
            f"external-dns with --events spends {cost.noise:,.0f} of its {incumbent.calls:,.0f} Route53 calls an hour on updates that"
            f" change nothing DNS can see, or only turn a value back: {limits}."
        )
    if useless:
        yield f"dnsguard spends none on the {useless:,} useless ones."
