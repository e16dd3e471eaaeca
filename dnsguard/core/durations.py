"""Durations: seconds as people write them, such as `200ms`, `2s`, `10m`, `1h30m`.

Rules kept here:

- Every number has a unit: h, m, s or ms, each at most once, the largest first; a bare number is refused, `0s` is not.
- Fractions are decimal (`1.5s`), signs are refused.
- What is told to people has the two largest units that say something (`3d4h`, `12m5s`, `8s`), and no fractions.
"""

import re

from dnsguard.model.settings import Duration

ALLOWED = "a duration such as 200ms, 2s, 10m"
PATTERN = r"^(?=\d)(?:\d+(?:\.\d+)?h)?(?:\d+(?:\.\d+)?m(?!s))?(?:\d+(?:\.\d+)?s)?(?:\d+(?:\.\d+)?ms)?$"
"""What a duration looks like, in the common part of Python's and JSON schema's expressions."""

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_WHOLE = re.compile(PATTERN, re.ASCII)
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[hms])", re.ASCII)


def parse(text: str) -> Duration:
    """Return the duration that *text* says; raises ValueError with one sentence."""
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{text!r} is not {ALLOWED}")
    return Duration(sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text)))


def spell(duration: float) -> str:
    """Return *duration* (seconds, at least 0) as `parse` reads it, to the millisecond."""
    left = round(duration * 1000)
    parts = []
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def howlong(duration: float) -> str:
    """Return *duration* (seconds) as it is told to people: to the second, and with at most two units."""
    left = max(0, round(duration))
    found: list[str] = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count or found:
            found.append(f"{count}{unit}" if count else "")
    return "".join(found[:2]) or "0s"
