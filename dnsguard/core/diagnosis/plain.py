"""Plain JSON, as decoders give it, read without trust: what has another type than expected counts as absent.

Rules kept here:

- No field of an object is looked up but through here, so nothing that an API server may send can raise.
"""

from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Table: TypeAlias = dict[str, Json]


def table(value: Json, *path: str) -> Table:
    """Return the object at *path* below *value*, or an empty one."""
    found = _at(value, path)
    return found if isinstance(found, dict) else {}


def items(value: Json, *path: str) -> list[Json]:
    """Return the list at *path* below *value*, or an empty one."""
    found = _at(value, path)
    return found if isinstance(found, list) else []


def text(value: Json, *path: str) -> str:
    """Return the text at *path* below *value*, or an empty one."""
    found = _at(value, path)
    return found if isinstance(found, str) else ""


def _at(value: Json, path: tuple[str, ...]) -> Json:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value
