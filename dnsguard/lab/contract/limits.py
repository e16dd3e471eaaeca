"""Cases: the size limits of a batch and of its parts."""

from dnsguard.lab.contract.case import Case, Evidence, Stands, invalid_batch, invalid_input
from dnsguard.lab.contract.changes import a, alias, batch, create, txt, upsert

_ELEMENTS = "Number of records limit of 1000 exceeded."
_CHARACTERS = "RDATA character limit of 32000 exceeded."


def _addresses(count: int) -> list[str]:
    return [f"10.0.{n // 256}.{n % 256}" for n in range(count)]


def _long(length: int) -> str:
    """Return a TXT value of exactly *length* characters, in segments of at most 255."""
    segments, rest = divmod(length, 258)
    cut = [255] * segments + ([rest - 2] if rest > 2 else [])
    text = " ".join(f'"{"x" * size}"' for size in cut)
    return text[:-1] + "x" * (length - len(text)) + '"'


CASES = (
    Case(
        "1000 record elements are taken, 1001 are refused",
        "1000 elements; text 13",
        Evidence.OBSERVED,
        (
            batch(
                create(a(*_addresses(400))),
                create(a(*_addresses(400), name="b.{n}")),
                create(a(*_addresses(201), name="c.{n}")),
                expect=invalid_batch(_ELEMENTS),
            ),
            Stands(),
            batch(create(a(*_addresses(400))), create(a(*_addresses(400), name="b.{n}")), create(a(*_addresses(200), name="c.{n}"))),
        ),
    ),
    Case(
        "UPSERT counts every element twice",
        "UPSERT x2; text 13",
        Evidence.OBSERVED,
        (
            batch(upsert(a(*_addresses(250))), upsert(a(*_addresses(251), name="b.{n}")), expect=invalid_batch(_ELEMENTS)),
            Stands(),
            batch(upsert(a(*_addresses(250))), upsert(a(*_addresses(250), name="b.{n}"))),
        ),
    ),
    Case(
        "an alias counts as an element",
        "alias count",
        Evidence.TOOLS,
        (
            batch(create(a(name="t.{n}"))),
            batch(*(upsert(alias("t.{n}", name=f"{n}.{{n}}")) for n in range(501)), expect=invalid_batch(_ELEMENTS)),
        ),
    ),
    Case(
        "32000 characters of values are taken, more are refused",
        "32000 chars; text 14",
        Evidence.OBSERVED,
        (
            batch(*(create(txt(_long(4000), name=f"{n}.{{n}}")) for n in range(9)), expect=invalid_batch(_CHARACTERS)),
            Stands(),
            batch(*(create(txt(_long(4000), name=f"{n}.{{n}}")) for n in range(8))),
        ),
    ),
    Case(
        "UPSERT counts every character twice",
        "32000 chars; text 14",
        Evidence.DOCUMENTED,
        (batch(*(upsert(txt(_long(3500), name=f"{n}.{{n}}")) for n in range(5)), expect=invalid_batch(_CHARACTERS)), Stands()),
    ),
    Case(
        "a set has at most 400 values",
        "400 values; text 16",
        Evidence.INFERRED,
        (
            batch(create(a(*_addresses(401))), expect=invalid_batch("Cannot have more than 400 records in a RRSet.")),
            Stands(),
        ),
    ),
    Case(
        "a value has at most 4000 characters",
        "4000-char value",
        Evidence.DOCUMENTED,
        (batch(create(txt(_long(4001))), expect=invalid_input()), Stands()),
    ),
)
