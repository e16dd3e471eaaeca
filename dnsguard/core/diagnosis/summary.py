"""The summary: counters become findings, in an order that depends on nothing but the stream.

Rules kept here:

- What churns most comes first; ties go by name.
- Objects that tell the same story are told once, with their number and a few of their names.
- A Gateway's status does not say which controller wrote it: those count that speak of it in the status of its routes.
- A writer is shown as its manager and the controllers that it is; another's entries it is "overwriting".
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from dnsguard.core.diagnosis import bugs, signs
from dnsguard.core.diagnosis.aspects import MESSAGES
from dnsguard.core.diagnosis.churn import Churn, Tale
from dnsguard.core.diagnosis.turns import CONTESTED, Course, Courses, Stand
from dnsguard.core.diagnosis.writers import Voices, Writer
from dnsguard.model.facts import Gate as Stop
from dnsguard.model.findings import Contest, Cost, Evidence, Findings, KindSum, Loss, Moved, Rivalry, Side, Writing
from dnsguard.model.objects import Ref

EXAMPLES = 3


class Summary:
    """The summary of *seconds* of a stream that ended with *objects*."""

    def __init__(self, churn: Churn, courses: Courses, voices: Voices, objects: Iterable[Ref], seconds: float) -> None:
        self._churn = churn
        self._voices = voices
        self._known = Counter(ref.kind for ref in objects)
        self._seconds = seconds
        self._courses = tuple(courses.finished(seconds))
        self._names: dict[str, tuple[str, ...]] = {}
        self._whole = _wholes(churn.tales)

    def findings(self, events: int, turned_back: int, price: Cost, notes: tuple[str, ...]) -> Findings:
        """Return everything."""
        tales = sorted(self._merged().items(), key=lambda told: (-told[1].useless_updates, -told[1].updates, told[0]))
        writings = tuple(self._writing(kind, writer, tale) for (kind, writer), tale in tales)
        contests, rivalries, losses = tuple(self._contests()), tuple(self._rivalries()), tuple(self._losses())
        evidence = (
            *(sign for writing, (_, tale) in zip(writings, tales, strict=True) for sign in self._signs(writing, tale)),
            *(sign for contest in contests for sign in signs.of_contest(contest, self._names)),
            *(sign for rivalry in rivalries for sign in signs.of_rivalry(rivalry, self._names)),
            *(sign for loss in losses for sign in signs.of_loss(loss, self._names, self._known[loss.kind])),
        )
        return Findings(
            seconds=self._seconds,
            events=events,
            updates=sum(writing.updates for writing in writings),
            useless=sum(writing.useless for writing in writings),
            turned_back=turned_back,
            kinds=tuple(self._kinds(writings)),
            writings=writings,
            contests=contests,
            rivalries=rivalries,
            losses=losses,
            suspicions=tuple(bugs.suspicions(evidence)),
            unknown=tuple(bugs.unexplained(evidence)),
            cost=price,
            notes=notes,
        )

    def _merged(self) -> dict[tuple[str, Writer], Tale]:
        tales: dict[tuple[str, Writer], Tale] = {}
        for (kind, writer), tale in self._churn.tales.items():
            tales.setdefault((kind, self._whole[kind, writer]), Tale()).add(tale)
        return tales

    def _signs(self, writing: Writing, tale: Tale) -> Iterator[Evidence]:
        return signs.of_writing(writing, tale.characters, self._names, self._seconds)

    def _spelt(self, kind: str, writer: Writer, objects: Iterable[Ref]) -> str:
        """Return how *writer* of *objects* is shown, and remember its names."""
        writer = self._whole.get((kind, writer), writer)
        if not writer.controllers:
            writer = Writer(writer.manager, tuple(sorted({name for ref in objects for name in self._voices.of_parent(ref)})))
        own = self._voices.own(writer)
        said = ["controller " + ", ".join(own)] if own else []
        said += ["overwriting " + ", ".join(lent)] if (lent := [name for name in writer.controllers if name not in own]) else []
        manager = writer.manager or ("" if said else "an unknown writer")
        shown = f"{manager} ({', '.join(said)})" if manager and said else manager or ", ".join(said)
        self._names[shown] = (*((writer.manager,) if writer.manager else ()), *own)
        return shown

    def _writing(self, kind: str, writer: Writer, tale: Tale) -> Writing:
        (busiest, most), *_ = tale.objects.most_common(1)
        fields = sorted(tale.useless.keys() | tale.relevant.keys(), key=lambda field: (-tale.useless[field], -tale.relevant[field], field))
        shown = self._spelt(kind, writer, tale.objects)
        return Writing(
            kind=kind,
            writer=shown,
            manager=writer.manager,
            controllers=tuple(name for name in self._names[shown] if name != writer.manager),
            updates=tale.updates,
            useless=tale.useless_updates,
            same_view=tale.stopped[Stop.SAME_VIEW],
            same_wish=tale.stopped[Stop.SAME_WISH],
            objects=len(tale.objects),
            per_second=self._pace(tale.updates),
            busiest=str(busiest),
            busiest_per_second=self._pace(most),
            moved=tuple(Moved(field, tale.useless[field], tale.relevant[field]) for field in fields),
        )

    def _kinds(self, writings: Iterable[Writing]) -> Iterator[KindSum]:
        updates: Counter[str] = Counter()
        useless: Counter[str] = Counter()
        for writing in writings:
            updates[writing.kind] += writing.updates
            useless[writing.kind] += writing.useless
        for kind, count in sorted(updates.items(), key=lambda each: (-useless[each[0]], -each[1], each[0])):
            yield KindSum(kind, count, useless[kind], self._known[kind], self._pace(count))

    def _contests(self) -> Iterator[Contest]:
        alike: dict[tuple[str, str, frozenset[tuple[str, ...]], frozenset[Writer]], list[tuple[Ref, Course]]] = {}
        # Messages go with what they are about: alone they are a contest only where nothing else is.
        decided = {ref for ref, field, course in self._courses if course.turns >= CONTESTED and field != MESSAGES}
        for ref, field, course in self._courses:
            if course.turns >= CONTESTED and not (field == MESSAGES and ref in decided):
                by = frozenset(writer for stand in course.stands.values() for writer in stand.writers)
                alike.setdefault((ref.kind, field, frozenset(course.stands), by), []).append((ref, course))
        contests = [self._contest(kind, field, found) for (kind, field, _, _), found in alike.items()]
        yield from sorted(contests, key=lambda contest: (-contest.turns, contest.kind, contest.field, contest.examples))

    def _contest(self, kind: str, field: str, found: list[tuple[Ref, Course]]) -> Contest:
        refs = [ref for ref, _ in found]
        sides = tuple(self._sides(kind, refs, [course for _, course in found]))
        writers = tuple(dict.fromkeys(writer for side in sides for writer in side.writers))
        shared = len(writers) == 1 and sum(bool(side.writers) for side in sides) > 1
        turns = sum(course.turns for _, course in found)
        return Contest(kind, field, len(refs), _examples(refs), turns, sides, writers, one_name=shared)

    def _sides(self, kind: str, refs: list[Ref], courses: list[Course]) -> Iterator[Side]:
        stands: dict[tuple[str, ...], list[Stand]] = {}
        for course in courses:
            for value, stand in course.stands.items():
                stands.setdefault(value, []).append(stand)
        for value, each in sorted(stands.items(), key=lambda found: (-sum(stand.seconds for stand in found[1]), found[0])):
            written = sum((stand.writers for stand in each), Counter[Writer]())
            writers = tuple(dict.fromkeys(self._spelt(kind, writer, refs) for writer, _ in written.most_common()))
            yield Side(", ".join(value), sum(stand.times for stand in each), sum(stand.seconds for stand in each), writers)

    def _rivalries(self) -> Iterator[Rivalry]:
        turns: dict[tuple[str, frozenset[Writer]], Counter[Ref]] = {}
        for (kind, pair), counts in self._churn.turns.items():
            whole = frozenset(self._whole[kind, writer] for writer in pair)
            if len(whole) == 2:
                turns.setdefault((kind, whole), Counter()).update(counts)
        found: list[Rivalry] = []
        for (kind, pair), counts in turns.items():
            hot = Counter({ref: count for ref, count in sorted(counts.items()) if count >= signs.MANY})
            if hot:
                one, other = (self._spelt(kind, writer, hot) for writer in sorted(pair))
                found.append(Rivalry(kind, (one, other), len(hot), _examples(ref for ref, _ in hot.most_common()), hot.total()))
        yield from sorted(found, key=lambda rivalry: (-rivalry.turns, rivalry.kind, rivalry.writers))

    def _losses(self) -> Iterator[Loss]:
        alike: dict[tuple[str, str, str], list[tuple[Ref, Course]]] = {}
        for ref, field, course in self._courses:
            if course.losses:
                (loser, _), *_ = course.losses.most_common(1)
                alike.setdefault((ref.kind, field, self._spelt(ref.kind, loser, (ref,))), []).append((ref, course))
        for (kind, field, writer), found in sorted(alike.items(), key=lambda each: (-len(each[1]), each[0])):
            refs = [ref for ref, _ in found]
            standing = [self._seconds - course.lost_at for _, course in found if course.lost_at is not None]
            longest = max((*standing, *(seconds for _, course in found for seconds in course.seconds_lost)), default=0.0)
            times = sum(course.losses.total() for _, course in found)
            yield Loss(kind, field, writer, len(refs), _examples(refs), times, longest, len(standing))

    def _pace(self, count: int) -> float:
        return count / self._seconds if self._seconds else 0.0


def _wholes(keys: Iterable[tuple[str, Writer]]) -> dict[tuple[str, Writer], Writer]:
    """Return each writer of a kind with all controllers of the same manager that it shares one with, directly or through others."""
    wholes: dict[tuple[str, Writer], Writer] = {}
    groups: list[tuple[str, str, set[str], list[Writer]]] = []
    for kind, writer in sorted(keys):
        controllers, members = set(writer.controllers), [writer]
        apart = []
        for group in groups:
            if group[:2] == (kind, writer.manager) and controllers & group[2]:
                controllers |= group[2]
                members += group[3]
            else:
                apart.append(group)
        groups = [*apart, (kind, writer.manager, controllers, members)]
    for kind, manager, controllers, members in groups:
        for member in members:
            wholes[kind, member] = Writer(manager, tuple(sorted(controllers)))
    return wholes


def _examples(refs: Iterable[Ref]) -> tuple[str, ...]:
    return tuple(str(ref) for ref in list(refs)[:EXAMPLES])
