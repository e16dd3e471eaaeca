"""Letters are few, paced and bounded, whatever happens; nothing worth telling is lost while there is room."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.outbox import GATHER, LINE, OF_ALL, OF_ONE, REMEMBERED, SERIES, SPACING, STALE, Done, Outbox, note_of
from dnsguard.model.notices import NOTE, Notice
from dnsguard.model.objects import Ref

START = 1000.0


def ref(number=0):
    return Ref("HTTPRoute", "team", f"app-{number}")


def notice(subject="www.example.com", text="why", number=0, reason="Held", *, warning=False):
    return Notice(ref(number), reason, "Withheld", subject, text, warning)


class Post:
    """An outbox under a clock that is moved by hand, and an API server that takes everything."""

    def __init__(self):
        self.now = START
        self.outbox = Outbox(self.now)
        self.letters = []

    def put(self, *notices):
        for each in notices:
            self.outbox.put(each, self.now)

    def run(self, seconds):
        """Send what leaves within so many seconds, each when it does."""
        end = self.now + seconds
        while True:
            letter = self.outbox.take(self.now)
            if letter is not None:
                self.letters.append(letter)
                self.outbox.sent(letter, letter.name or f"e{len(self.letters)}", self.now)
                continue
            wake = self.outbox.wake_at(self.now)
            if wake is None or wake > end:
                self.now = end
                return self
            assert wake > self.now, "it asks to be woken at once, and has nothing"
            self.now = wake

    def told(self, *notices, seconds=GATHER):
        self.put(*notices)
        return self.run(seconds).letters


def test_a_notice_is_one_letter_after_a_moment():
    post = Post()
    post.put(notice(warning=True))
    assert post.outbox.take(START) is None
    assert post.outbox.wake_at(START) == START + GATHER
    (letter,) = post.run(GATHER).letters
    assert (letter.ref, letter.reason, letter.action, letter.note) == (ref(), "Held", "Withheld", "www.example.com: why")
    assert (letter.warning, letter.first, letter.last, letter.count, letter.name) == (True, START, START, 1, "")
    assert post.outbox.done() == Done(created=1)
    assert post.outbox.done() == Done()


def test_many_names_of_one_object_and_reason_are_one_letter():
    (letter,) = Post().told(*(notice(f"n{number}") for number in range(12)))
    assert letter.note == "n0, n1, n2 and 9 more: why"


def test_another_reason_and_another_object_are_letters_of_their_own():
    letters = Post().told(notice(), notice(reason="Foreign"), notice(number=1))
    assert [(letter.ref, letter.reason) for letter in letters] == [(ref(), "Held"), (ref(), "Foreign"), (ref(1), "Held")]


@pytest.mark.parametrize(
    ("texts", "note"),
    [
        ({"": "alone"}, "alone"),
        ({"a": "x"}, "a: x"),
        ({"a": "x", "b": "x"}, "a, b: x"),
        ({"a": "x", "b": "x", "c": "x"}, "a, b, c: x"),
        ({"a": "x", "b": "x", "c": "x", "d": "x"}, "a, b, c and 1 more: x"),
        ({"a": "x", "b": "y"}, "a: x; likewise b"),
        ({"a": "x", "b": "y", "c": "x", "d": "z", "e": "x"}, "a: x; likewise b, c and 2 more"),
    ],
)
def test_a_note_names_the_first_and_counts_the_rest(texts, note):
    assert note_of(texts) == note


@pytest.mark.parametrize("text", ["x" * 2000, "ü" * 2000, "x" + "ü" * 2000, "\U0001f600" * 300, "x" * (NOTE - 3)])
def test_a_long_note_is_cut_between_characters(text):
    note = note_of({"a": text})
    assert NOTE - 4 < len(note.encode()) <= NOTE
    assert note.startswith("a: ")
    assert note.endswith("...") == (len(text) != NOTE - 3)


@given(st.dictionaries(st.text(), st.text(max_size=2000), min_size=1, max_size=20))
def test_a_note_never_exceeds_its_bytes_and_is_text(texts):
    data = note_of(texts).encode()
    assert len(data) <= NOTE


def test_what_ended_before_it_was_gathered_is_not_told():
    post = Post()
    post.put(notice("a"), notice("b"), notice("c", reason="Foreign"))
    post.outbox.withdraw(notice("b"))
    post.outbox.withdraw(notice("c", reason="Foreign"))
    post.outbox.withdraw(notice("never told"))
    assert [letter.note for letter in post.run(GATHER).letters] == ["a: why"]


def test_a_repetition_counts_the_first_event_up_at_most_once_a_minute():
    post = Post()
    post.told(notice())
    for _ in range(50):
        post.told(notice(), seconds=2.0)
    post.run(SPACING)
    (created, *updates) = post.letters
    assert (created.name, created.count) == ("", 1)
    assert {letter.name for letter in updates} == {"e1"}
    assert len(updates) == 2
    assert 2 < updates[0].count < updates[1].count == 51
    assert post.outbox.done() == Done(created=1, repeated=2)


def test_a_repetition_while_the_first_event_is_on_its_way_is_counted():
    post = Post()
    post.put(notice())
    post.now += GATHER
    letter = post.outbox.take(post.now)
    post.put(notice())
    post.now += GATHER
    assert post.outbox.take(post.now) is None
    post.outbox.sent(letter, "e", post.now)
    assert [(each.name, each.count) for each in post.run(SPACING).letters] == [("e", 2)]


def test_after_long_calm_the_same_is_told_anew():
    post = Post()
    post.told(notice())
    post.run(SERIES + GATHER)
    post.told(notice())
    assert [letter.name for letter in post.letters] == ["", ""]


def test_an_event_that_is_gone_is_made_anew():
    post = Post()
    post.told(notice())
    post.put(notice())
    post.now += SPACING + GATHER
    letter = post.outbox.take(post.now)
    assert letter.name == "e1"
    post.outbox.vanished(letter)
    again = post.outbox.take(post.now)
    assert (again.name, again.count, again.first) == ("", 1, START + GATHER)


def test_one_object_that_never_rests_is_told_at_its_pace_and_the_rest_is_counted_as_dropped():
    post = Post()
    for number in range(300):
        post.told(notice(text=f"text {number}"), seconds=2.0)
    most = OF_ONE.burst + 600 * OF_ONE.rate
    assert OF_ONE.burst <= len(post.letters) <= most
    done = post.outbox.done()
    assert done.created + done.dropped == 300


def test_all_objects_together_keep_the_pace_and_what_is_too_much_is_dropped():
    post = Post()
    post.put(*(notice(number=number) for number in range(3000)))
    post.run(60)
    assert len(post.letters) <= OF_ALL.burst + 60 * OF_ALL.rate
    post.run(STALE)
    done = post.outbox.done()
    assert done.created + done.dropped == 3000
    assert done.created == len(post.letters) >= LINE


def test_a_warning_goes_before_what_is_none_and_takes_its_place():
    post = Post()
    post.put(*(notice(number=number) for number in range(LINE)))
    post.now += GATHER
    post.outbox.take(post.now)
    post.put(*(notice(number=number, reason="Foreign", warning=True) for number in range(LINE)))
    post.run(STALE)
    kinds = [letter.warning for letter in post.letters]
    assert kinds.count(True) == LINE
    assert all(kinds[kinds.index(True) :])


def test_more_objects_than_can_be_remembered_are_dropped_and_cost_no_room():
    post = Post()
    post.put(*(notice(number=number) for number in range(REMEMBERED + 100)))
    assert post.outbox.done() == Done(dropped=100)
    post.run(1)
    assert post.outbox.done().dropped >= REMEMBERED - LINE - OF_ALL.burst - OF_ALL.rate


def test_what_could_not_be_sent_now_is_sent_first_and_given_up_when_it_is_old():
    post = Post()
    post.put(notice(), notice(number=1))
    post.now += GATHER
    letter = post.outbox.take(post.now)
    post.outbox.back(letter)
    assert post.outbox.take(post.now) == letter
    post.outbox.back(letter)
    post.now += STALE
    assert post.outbox.take(post.now) is None
    assert post.outbox.done() == Done(dropped=2)


def test_what_will_never_be_written_is_told_as_new_when_it_happens_again():
    post = Post()
    post.put(notice())
    post.now += GATHER
    post.outbox.failed(post.outbox.take(post.now))
    assert post.outbox.done() == Done(dropped=1)
    post.told(notice())
    assert [letter.name for letter in post.letters] == [""]


WISHES = st.lists(
    st.tuples(
        st.sampled_from(["put", "withdraw", "take", "pass"]),
        st.integers(0, 3),
        st.sampled_from(["Held", "Foreign"]),
        st.sampled_from(["a", "b", ""]),
        st.sampled_from(["sent", "vanished", "back", "failed"]),
        st.floats(0.0, 100.0),
    ),
    max_size=80,
)


@given(WISHES)
def test_whatever_comes_and_goes_letters_are_sound_and_every_one_is_accounted_for(wishes):
    now, outbox, fates = START, Outbox(START), {"created": 0, "repeated": 0, "dropped": 0}
    told = Counter()
    for what, number, reason, subject, fate, seconds in wishes:
        said = notice(subject, number=number, reason=reason, warning=reason == "Foreign")
        if what == "put":
            outbox.put(said, now)
        elif what == "withdraw":
            outbox.withdraw(said)
        elif what == "pass":
            now += seconds
        elif (letter := outbox.take(now)) is not None:
            assert (letter.count >= 2) == bool(letter.name)
            assert letter.first <= letter.last <= now
            if fate == "sent":
                outbox.sent(letter, letter.name or f"e{fates['created']}", now)
                fates["repeated" if letter.name else "created"] += 1
            elif fate == "vanished" and letter.name:
                outbox.vanished(letter)
            elif fate == "back":
                outbox.back(letter)
            else:
                outbox.failed(letter)
                fates["dropped"] += 1
        told.update(outbox.done()._asdict())
        wake = outbox.wake_at(now)
        assert wake is None or wake > START
    assert (told["created"], told["repeated"]) == (fates["created"], fates["repeated"])
    assert told["dropped"] >= fates["dropped"]
