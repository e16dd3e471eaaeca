"""The log: one line per fact, as text or as JSON.

Rules kept here:

- A line is one line: whatever control characters a text from outside holds, they are written as escapes.
- The same alert, the same trouble with the same object, or the same refusal of the same zone is said once in ten minutes.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

from cachetools import TTLCache

from dnsguard.model import facts
from dnsguard.model.changes import Refused
from dnsguard.web.sayings import Level, Saying, say

REPEAT_AFTER = 600.0
"""Seconds after which the same trouble is said again."""
REMEMBERED = 10_000
"""Troubles that are remembered."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BARE = re.compile(r"[^\s\"=,\[\]{}]+")


class Log:
    """Writes facts to *stream*; *clock* gives the seconds since 1970."""

    def __init__(
        self,
        stream: TextIO,
        format: Literal["text", "json"],  # noqa: A002 -- the setting's name
        level: Literal["debug", "info", "warning", "error"],
        clock: Callable[[], float],
    ) -> None:
        self._stream = stream
        self._line = _json if format == "json" else _text
        self._level = Level[level.upper()]
        self._clock = clock
        self._said: TTLCache[tuple[str, ...], None] = TTLCache(REMEMBERED, REPEAT_AFTER, timer=clock)

    def tell(self, fact: facts.Fact, now: float) -> None:
        """Write the line of *fact*, which happened at *now* (seconds on the engine's clock), if its level is asked for."""
        # A sentence costs more than the gate that stopped the event: none is made in vain.
        if self._level > Level.DEBUG and isinstance(fact, (facts.Stopped, facts.Absorbed)):
            return
        saying = say(fact, now)
        if saying.level >= self._level and not self._repeats(fact, saying):
            self.write(saying)

    def write(self, saying: Saying) -> None:
        """Write a line, if its level is asked for."""
        if saying.level >= self._level:
            self._stream.write(self._line(_time(self._clock()), saying) + "\n")

    def _repeats(self, fact: facts.Fact, saying: Saying) -> bool:
        match fact:
            case facts.Alert(key=key):
                trouble: tuple[str, ...] = ("alert", key)
            case facts.Misunderstood(ref=ref, text=text):
                trouble = ("misunderstood", str(ref), text)
            case facts.Answered(outcome=Refused()):
                trouble = ("refused", saying.message)
            case _:
                return False
        if trouble in self._said:
            return True
        self._said[trouble] = None
        return False


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json(time: str, saying: Saying) -> str:
    line = {"time": time, "level": saying.level.name.lower(), "message": saying.message, **saying.fields}
    return _escaped(json.dumps(line, ensure_ascii=False))


def _text(time: str, saying: Saying) -> str:
    fields = "".join(f" {key}={_field(value)}" for key, value in saying.fields.items())
    return _escaped(f"{time} {saying.level.name:<5} {saying.message}{fields}")


def _field(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, str) and not _BARE.fullmatch(text):
        return json.dumps(text, ensure_ascii=False)
    return text


def _escaped(line: str) -> str:
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", line)
