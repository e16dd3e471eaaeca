"""The ticket of one call: it may leave once, before its deadline, unless its caller gave up first.

Rules kept here:

- Whoever gives up learns whether the call has left; one that has not can never leave afterwards.
- Time is the monotonic clock's, in seconds.
"""

import time
from threading import Lock


class TooLate(Exception):
    """The call must not be sent any more."""


class Ticket:
    """Leave of one call to be sent within *seconds* from now; used by the caller's thread and by the one that sends."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._lock = Lock()
        self._given_up = False
        self._left = False

    @property
    def left(self) -> bool:
        """Whether the call was on its way."""
        return self._left

    def leave(self) -> None:
        """Note that the call leaves now; TooLate if it must not."""
        with self._lock:
            if self._given_up or time.monotonic() >= self._deadline:
                raise TooLate
            self._left = True

    def give_up(self) -> bool:
        """Forbid the call to leave, and return whether it has."""
        with self._lock:
            self._given_up = True
            return self._left
