"""Decoding: bytes of a list or a watch become events, straight into the shapes of the model.

Rules kept here:
- Unknown fields are skipped unread. A view is wide: all labels and annotations; what DNS cannot depend on is taken away
  further in.
- An object that does not fit its shape is `Unreadable`, by its metadata alone: it is there, and what is known of it
  stands. It never spoils the list or the stream that it came in.
- A DELETED frame is proof whatever state its object is in, so its spec need not be understood.
- `spec` must be there, and an object that names another kind than was asked for (a Table, PartialObjectMetadata) is not
  understood: read as an empty spec, either would end every claim of the object.
- A list in which an object cannot even be named is no list at all, because what it lacks would count as deleted.
- ERROR frames carry a Status; its code 410 means that the version is too old (API server, "Efficient detection of
  changes").
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from msgspec import DecodeError, Raw, Struct, ValidationError

from dnsguard.errors import UnreadableObject
from dnsguard.kubernetes.resources import Resource
from dnsguard.kubernetes.shapes import ROUTE_SHAPE, SHAPES, BookmarkObject, Identity, Least, LeastFrame, List, Refusal, TypedFrame
from dnsguard.model.events import Deleted, Unreadable, Upserted
from dnsguard.model.objects import Ref

LONGEST = 16 * 1024 * 1024
"""Bytes of the longest frame that is read. etcd holds 1.5 MiB an object by default; this leaves room for larger limits."""
BROKEN = (DecodeError, RecursionError, UnicodeDecodeError)
"""What msgspec raises for bytes that do not fit, are no JSON, are nested without end or are no UTF-8."""
INITIAL_EVENTS_END = "k8s.io/initial-events-end"
"""The annotation of the bookmark that ends a streaming list."""


class Versioned(Struct, frozen=True, gc=False):
    """An event that does not carry its own version, with the version of its frame ("" if the frame has none)."""

    event: Deleted | Unreadable
    version: str


class Bookmark(Struct, frozen=True, gc=False):
    """Everything up to *version* was sent."""

    version: str
    initial_events_end: bool = False


class Expired(Struct, frozen=True, gc=False):
    """The version that the watch started from is too old: list again."""

    text: str


class Failed(Struct, frozen=True, gc=False):
    """A frame that tells nothing of any object: an ERROR frame with its *code*, or a line that means nothing (code 0)."""

    code: int
    text: str


Frame = Upserted[Any] | Versioned | Bookmark | Expired | Failed
"""What one line of a watch says."""


class ListPage(NamedTuple):
    """One page of a list; *continue_* is "" on the last one."""

    events: tuple[Upserted[Any] | Unreadable, ...]
    version: str
    continue_: str


_LEAST = msgspec.json.Decoder(Least)
_IDENTITY = msgspec.json.Decoder(Identity)
_LEAST_FRAME = msgspec.json.Decoder(LeastFrame)
_BOOKMARK = msgspec.json.Decoder(BookmarkObject)
_ERROR = msgspec.json.Decoder(Refusal)
_LIST = msgspec.json.Decoder(List)


class Decoder:
    """Decodes what the API server says of one resource."""

    def __init__(self, resource: Resource) -> None:
        frame, shape, self._view = SHAPES.get(resource.kind, ROUTE_SHAPE)
        self._resource = resource
        self.kind = resource.kind
        self._namespaced = resource.namespaced
        self._frame: Callable[[bytes], TypedFrame[Any]] = msgspec.json.Decoder(frame).decode
        self._object: msgspec.json.Decoder[Any] = msgspec.json.Decoder(shape)

    def frame(self, line: bytes) -> Frame:
        """Decode one line of a watch; whatever the bytes are, this raises nothing."""
        if len(line) > LONGEST:
            return too_long(self.kind, len(line))
        try:
            seen = self._frame(line).object
        except BROKEN as error:
            return self._least_frame(line, error)
        metadata = seen.metadata
        kind, namespace, name = self.kind, metadata.namespace, metadata.name
        if not name or (not namespace and self._namespaced) or (seen.kind != kind and seen.kind):
            return self._least_frame(line, None)
        # What Ref() does, without the detour through the Python function that NamedTuple makes of it: this runs for every frame.
        ref = tuple.__new__(Ref, (kind, namespace, name))
        return Upserted(self._view(ref, seen), metadata.resource_version)

    def page(self, body: bytes) -> ListPage:
        """Decode one page of a list; raise UnreadableObject if the page as a whole means nothing."""
        try:
            page = _LIST.decode(body)
        except BROKEN as error:
            raise UnreadableObject(f"The list of {self._resource.tape_name} cannot be understood: {_said(error)}.") from error
        if page.kind not in {"", "List", f"{self.kind}List"}:
            raise UnreadableObject(f"The list of {self._resource.tape_name} is a {page.kind}.")
        events = tuple(self._item(item) for item in page.items or ())
        return ListPage(events, page.metadata.resource_version, page.metadata.continue_)

    def _item(self, item: Raw) -> Upserted[Any] | Unreadable:
        try:
            seen = self._object.decode(item)
        except BROKEN as error:
            ref, _ = self._name(item)
            return Unreadable(ref, f"{ref} cannot be understood: {_said(error)}.")
        metadata = seen.metadata
        if seen.kind not in {self.kind, ""}:
            ref, _ = self._name(item)
            return Unreadable(ref, f"{ref} came as a {seen.kind}.")
        return Upserted(self._view(self._ref(metadata.namespace, metadata.name), seen), metadata.resource_version)

    def _least_frame(self, line: bytes, error: Exception | None) -> Frame:
        """Decode what the fast way does not: rare frames, and those that do not fit."""
        try:
            frame = _LEAST_FRAME.decode(line)
        except BROKEN as broken:
            return Failed(0, f"A frame of {self._resource.tape_name} cannot be understood: {_said(broken)}.")
        try:
            return self._rare(frame, error)
        except (*BROKEN, UnreadableObject) as broken:
            return Failed(0, f"A frame {frame.type[:20]} of {self._resource.tape_name} cannot be understood: {_said(broken)}.")

    def _rare(self, frame: LeastFrame, error: Exception | None) -> Frame:
        match frame.type:
            case "BOOKMARK":
                metadata = _BOOKMARK.decode(frame.object).metadata
                return Bookmark(metadata.resource_version, (metadata.annotations or {}).get(INITIAL_EVENTS_END) == "true")
            case "ERROR":
                return _refusal(_ERROR.decode(frame.object))
            case "DELETED":
                ref, version = self._name(frame.object)
                return Versioned(Deleted(ref), version)
            case "ADDED" | "MODIFIED":
                ref, version = self._name(frame.object)
                why = f"cannot be understood: {_said(error)}" if error is not None else "came as an object of another kind"
                return Versioned(Unreadable(ref, f"{ref} {why}."), version)
            case _:
                return Failed(0, f"A frame of {self._resource.tape_name} has the unknown type {frame.type[:20]!r}.")

    def _name(self, raw: Raw) -> tuple[Ref, str]:
        try:
            metadata = _LEAST.decode(raw).metadata
        except BROKEN as error:
            raise UnreadableObject(_said(error)) from error
        return self._ref(metadata.namespace, metadata.name), metadata.resource_version

    def _ref(self, namespace: str, name: str) -> Ref:
        if not name or (self._namespaced and not namespace):
            raise UnreadableObject(f"an object of {self._resource.tape_name} without a name or namespace")
        return Ref(self.kind, namespace, name)


def uid_of(body: bytes) -> str:
    """Return the uid of an object, "" if it has none; raise UnreadableObject if this is no object."""
    try:
        return _IDENTITY.decode(body).metadata.uid
    except BROKEN as error:
        raise UnreadableObject(_said(error)) from error


def too_long(kind: str, size: int) -> Failed:
    """Return what is said of a line of *size* bytes that is longer than `LONGEST`."""
    return Failed(0, f"A frame of kind {kind} has {size} bytes, more than the {LONGEST} that are read: it was skipped.")


def _refusal(error: Refusal) -> Expired | Failed:
    text = error.message or error.reason or "The server gave no reason"
    if error.code == 410:
        return Expired(text)
    return Failed(error.code or 500, text)


def _said(error: BaseException) -> str:
    """Return what is wrong, led by the path of the field that is."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "it is not valid UTF-8"
    what, found, where = str(error).partition(" - at `$")
    what = what.rstrip(".")
    if not found or not isinstance(error, ValidationError):
        return what
    path = where.rstrip("`").lstrip(".").removeprefix("object").lstrip(".")
    return f"{path}: {what[:1].lower()}{what[1:]}" if path else what
