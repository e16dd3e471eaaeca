"""A tape seen as the history of an API server: the state of a resource at any moment, and what follows a version.

Rules kept here:
- The moment is a count of tape lines that have passed, so that all resources share one clock.
- A version is known once it was handed out, by a list or a frame, and until the history is expired.
- A page is cut from the state at the moment of its first page, which its continue token names.
- Frames are kept byte for byte; a frame that means nothing changes no state.
"""

import base64
from bisect import bisect_right

import msgspec
from msgspec import Raw, Struct

from dnsguard.errors import ConfigError, VersionExpired
from dnsguard.kubernetes.decode import BROKEN, INITIAL_EVENTS_END
from dnsguard.kubernetes.tape import Line, Tape


class _Metadata(Struct, frozen=True, rename="camel"):
    name: str = ""
    namespace: str = ""
    resource_version: str = ""


class _Object(Struct, frozen=True):
    metadata: _Metadata = _Metadata()


class _Frame(Struct, frozen=True):
    type: str
    object: Raw


class _List(Struct, frozen=True, rename={"api_version": "apiVersion"}):
    metadata: _Metadata
    items: list[Raw] | None
    kind: str
    api_version: str


_OBJECT = msgspec.json.Decoder(_Object)
_FRAME = msgspec.json.Decoder(_Frame)
_LIST = msgspec.json.Decoder(_List)

_CHANGES = ("ADDED", "MODIFIED", "DELETED")

Key = tuple[str, str]
"""Namespace and name."""


class Moment(Struct, frozen=True):
    """A frame and the count of tape lines at which it has passed; *type* is "" if the frame means nothing."""

    at: int
    type: str
    key: Key
    version: str
    frame: bytes
    object: bytes


class History:
    """One resource of a tape; raise ConfigError if the tape's list of it cannot be read."""

    def __init__(self, tape: Tape, resource: str) -> None:
        self.moments: list[Moment] = []
        self._body = b""
        self._list = _List(_Metadata(resource_version="0"), [], "List", "v1")
        for index, line in enumerate(tape.lines):
            if line.resource == resource and line.op == "frame":
                self.moments.append(_moment(line, index + 1))
            elif line.resource == resource and not self._body:
                self._body = bytes(line.data)
                try:
                    self._list = _LIST.decode(line.data)
                except BROKEN as error:
                    raise tape.wrong(index, f"The list cannot be read: {error}.") from error
        self._first = {_key(item): bytes(item) for item in self._list.items or ()}
        self._ends = [moment.at for moment in self.moments]
        self._known: dict[str, int] = {}
        self._epoch = 0
        self._state: tuple[int, dict[Key, bytes]] = (0, self._first)

    def expire(self) -> None:
        """Forget every version and continue token that was handed out."""
        self._known.clear()
        self._epoch += 1

    def passed(self, clock: int) -> int:
        """Return how many moments have passed at *clock*."""
        return bisect_right(self._ends, clock)

    def after(self, version: str) -> int:
        """Return how many moments *version* covers; raise VersionExpired if it is not known."""
        if version not in self._known:
            raise VersionExpired(f"too old resource version: {version}")
        return self._known[version]

    def sent(self, count: int) -> None:
        """Note that the moment before *count* was handed out."""
        self._known[self.moments[count - 1].version] = count

    def state(self, count: int) -> dict[Key, bytes]:
        """Return the objects after *count* moments."""
        begun, objects = self._state if self._state[0] <= count else (0, self._first)
        objects = dict(objects)
        for moment in self.moments[begun:count]:
            if moment.type == "DELETED":
                objects.pop(moment.key, None)
            elif moment.type in {"ADDED", "MODIFIED"}:
                objects[moment.key] = moment.object
        self._state = (count, objects)
        return objects

    def version(self, count: int) -> str:
        """Return the version after *count* moments."""
        told = (moment.version for moment in reversed(self.moments[:count]) if moment.version)
        return next(told, self._list.metadata.resource_version)

    def page(self, clock: int, namespace: str, limit: int, token: str) -> bytes:
        """Return a page of the state at *clock*, or of the list that *token* continues; raise VersionExpired."""
        count, offset = self._resume(token) if token else (self.passed(clock), 0)
        version = self.version(count)
        self._known[version] = count
        if count == 0 and not namespace and not token and self._body and (not limit or limit >= len(self._first)):
            return self._body
        items = [item for key, item in self.state(count).items() if namespace in {"", key[0]}]
        end = offset + limit if limit else len(items)
        metadata = {"resourceVersion": version, "continue": self._token(count, end) if end < len(items) else ""}
        page = {"kind": self._list.kind, "apiVersion": self._list.api_version, "metadata": metadata}
        return msgspec.json.encode({**page, "items": [Raw(item) for item in items[offset:end]]})

    def end_of_list(self, count: int) -> bytes:
        """Return the bookmark that ends a streaming list of the state after *count* moments."""
        version = self.version(count)
        self._known[version] = count
        kind = self._list.kind.removesuffix("List")
        metadata = {"resourceVersion": version, "annotations": {INITIAL_EVENTS_END: "true"}}
        return msgspec.json.encode(
            {"type": "BOOKMARK", "object": {"kind": kind, "apiVersion": self._list.api_version, "metadata": metadata}}
        )

    def _token(self, count: int, offset: int) -> str:
        return base64.urlsafe_b64encode(f"{self._epoch}:{count}:{offset}".encode()).decode()

    def _resume(self, token: str) -> tuple[int, int]:
        try:
            epoch, count, offset = map(int, base64.urlsafe_b64decode(token).decode().split(":"))
        except ValueError as error:
            raise VersionExpired("continue key is not valid") from error
        if epoch != self._epoch:
            raise VersionExpired("The provided continue parameter is too old to display a consistent list result.")
        return count, offset


def histories(tape: Tape) -> dict[str, History]:
    """Return the history of every resource that *tape* has, by its tape name; raise ConfigError if a list is broken."""
    found = {line.resource for line in tape.lines}
    missing = found - set(tape.resources)
    if missing:
        raise ConfigError(f"{tape.name}:1: The header does not name {', '.join(sorted(missing))}.")
    return {name: History(tape, name) for name in tape.resources}


def _moment(line: Line, at: int) -> Moment:
    data = bytes(line.data)
    try:
        frame = _FRAME.decode(data)
        metadata = _OBJECT.decode(frame.object).metadata
    except BROKEN:
        return Moment(at, "", ("", ""), "", data, b"")
    if frame.type in _CHANGES and not metadata.name:
        return Moment(at, "", ("", ""), "", data, b"")
    return Moment(at, frame.type, (metadata.namespace, metadata.name), metadata.resource_version, data, bytes(frame.object))


def _key(item: Raw) -> Key:
    metadata = _OBJECT.decode(item).metadata
    return metadata.namespace, metadata.name
