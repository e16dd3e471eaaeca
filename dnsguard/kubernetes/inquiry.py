"""What a client of the proxy asks for, read from its request: a verb on a resource, or one of the paths that tell of the server.

Rules kept here (Kubernetes API concepts; authorization, "Determine the request verb"):
- A path of a resource is `/api/VERSION/...` or `/apis/GROUP/VERSION/...`, with `namespaces/NAME` in front of namespaced ones, then
  PLURAL, NAME and SUBRESOURCE. A part holds letters, digits, `-`, `_`, `.` and `:`, and is neither `.` nor `..`: names of objects
  need no more, and nothing has two readings then.
- A watch is asked for by `watch=true` or `watch=1`. Any other value is left to the server, and nothing is concluded from it; nor
  from a query in which a parameter stands twice.
- Discovery, `/version`, the health checks and `/openapi` tell of the server and hold no object.
"""

import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import parse_qsl

from msgspec import Struct

Verb = Literal["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "other"]

_PART = re.compile(r"[A-Za-z0-9._:-]+")
_SERVER = re.compile(
    r"/(version|api|apis|(readyz|livez|healthz)(/[\w-]+)?)/?|/api/v1/?|/apis/[a-z0-9.-]+(/[a-z0-9]+)?/?|/openapi/v[23](/[\w./-]+)?"
)
_VERBS: Mapping[str, Verb] = {"POST": "create", "PUT": "update", "PATCH": "patch"}
_TRUE = frozenset({"true", "1"})


class Inquiry(Struct, frozen=True):
    """A verb on a resource; *collection* is the path without a name behind it."""

    verb: Verb
    group: str
    version: str
    plural: str
    subresource: str
    collection: str
    query: Mapping[str, str]
    clear: bool = True
    """Whether no parameter of the query stands twice, which would have two readings."""

    @property
    def watching(self) -> bool:
        """Whether it is certain that a watch is asked for."""
        return self.verb == "watch" and self.query["watch"] in _TRUE

    @property
    def resource(self) -> str:
        """PLURAL.GROUP, and the subresource behind a slash."""
        name = f"{self.plural}.{self.group}" if self.group else self.plural
        return f"{name}/{self.subresource}" if self.subresource else name

    @property
    def bookmarks(self) -> bool:
        """Whether bookmarks are asked for."""
        return self.query.get("allowWatchBookmarks", "") in _TRUE

    @property
    def streaming(self) -> bool:
        """Whether a watch is to begin with the present state."""
        return "sendInitialEvents" in self.query


def tells_of_server(path: str) -> bool:
    """Return whether *path* tells of the server and not of objects."""
    return _SERVER.fullmatch(path) is not None and ".." not in path


def inquiry_of(method: str, path: str, query: str) -> Inquiry | None:
    """Return what *method* on *path* with *query* asks for, None if it is nothing that we know."""
    parts = path.split("/")[1:]
    if not all(_PART.fullmatch(part) and part.strip(".") for part in parts):
        return None
    match parts:
        case ["api", version, *rest]:
            group = ""
        case ["apis", group, version, *rest]:
            pass
        case _:
            return None
    inner = ["namespaces", rest[1]] if len(rest) > 2 and rest[0] == "namespaces" and rest[2] not in {"status", "finalize"} else []
    match rest[len(inner) :]:
        case [plural]:
            name = subresource = ""
        case [plural, name]:
            subresource = ""
        case [plural, name, subresource]:
            pass
        case _:
            return None
    pairs = parse_qsl(query, keep_blank_values=True)
    said = dict(pairs)
    return Inquiry(_verb(method, name, said), group, version, plural, subresource, path, said, len(said) == len(pairs))


def _verb(method: str, name: str, query: Mapping[str, str]) -> Verb:
    if method == "GET":
        if name:
            return "get" if "watch" not in query else "other"
        return "list" if "watch" not in query else "watch"
    if method == "DELETE":
        return "delete" if name else "deletecollection"
    return _VERBS.get(method, "other")
