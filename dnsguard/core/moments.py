"""Moments: seconds since the epoch as RFC 3339 in UTC, and back.

Rules kept here:

- A moment is told to the millisecond, with `Z`. What people write has a date, a time and an offset (`Z` or `+01:00`), so that it
  means the same everywhere; or it is a duration such as `10m`, which means so long ago.
"""

from datetime import UTC, datetime

from dnsguard.core.durations import parse

ALLOWED = "a moment such as 2026-11-25T14:00:00Z, or how long ago such as 10m"


def moment(text: str, now: float) -> float:
    """Return the moment that *text* says, seen from *now*; raises ValueError with one sentence, also for one that is still to come."""
    found = _ago(text, now)
    if found is None and "T" in text.upper():
        found = read(text)
    if found is None or found < 0:
        raise ValueError(f"{text!r} is not {ALLOWED}")
    if found > now:
        raise ValueError(f"{text!r} lies in the future")
    return found


def read(text: str) -> float | None:
    """Return the moment that *text* says with date, time and offset, None if it says none."""
    try:
        found = datetime.fromisoformat(text)
        return found.timestamp() if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def spelled(at: float) -> str:
    """Return a moment as RFC 3339 in UTC, to the millisecond."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _ago(text: str, now: float) -> float | None:
    try:
        return max(0.0, now - float(parse(text)))
    except ValueError:
        return None
