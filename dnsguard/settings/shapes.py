"""The shapes of settings: what the classes of `dnsguard.model.settings` allow, read from their annotations."""

import types
from collections.abc import Iterator
from typing import Any, Literal, Union, get_args, get_origin

from msgspec.structs import fields

from dnsguard.core import durations
from dnsguard.model.settings import Concern, Duration, Settings

Hint = Any
Path = tuple[str | int, ...]

_WORDS = {str: "text", int: "a whole number", float: "a number such as 0.5", bool: "true or false", Duration: durations.ALLOWED}


def members(hint: Hint) -> tuple[Hint, ...]:
    """Return the alternatives of *hint*, None left out."""
    if get_origin(hint) in {Union, types.UnionType}:
        return tuple(each for each in get_args(hint) if each is not types.NoneType)
    return (hint,)


def concern_of(hint: Hint) -> type[Concern] | None:
    """Return the class if *hint* is one section."""
    first = members(hint)[0]
    return first if isinstance(first, type) and issubclass(first, Concern) else None


def item_of(hint: Hint) -> Hint | None:
    """Return the hint of the items if *hint* is a list."""
    origin: Any = get_origin(hint)
    return get_args(hint)[0] if origin is tuple else None


def choices(hint: Hint) -> tuple[str, ...]:
    """Return the words that *hint* allows, if it is a choice of words."""
    origin: Any = get_origin(hint)
    return get_args(hint) if origin is Literal else ()


def hints(concern: type[Concern]) -> dict[str, Hint]:
    """Return the hints of the keys of *concern*."""
    return {field.name: field.type for field in fields(concern)}


def allowed(hint: Hint) -> str:
    """Return in words what *hint* allows."""
    concern, item = concern_of(hint), item_of(hint)
    if concern:
        return f"a section with {spoken(tuple(hints(concern)), 'and')}"
    if item:
        return "a list of sections" if concern_of(item) else f"a list of {_several(item)}"
    return " or ".join(_word(member) for member in members(hint))


def spoken(words: tuple[str, ...], last: str = "or") -> str:
    """Return *words* as an enumeration."""
    shown = [word or "nothing" for word in words]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {last} {shown[-1]}"


def settings_of(concern: type[Concern] = Settings, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Hint]]:
    """Iterate over the path and hint of every setting; a list of sections is one setting."""
    for key, hint in hints(concern).items():
        inner = concern_of(hint)
        if inner:
            yield from settings_of(inner, (*path, key))
        else:
            yield (*path, key), hint


def dotted(path: Path) -> str:
    """Return *path* as people write it: `zones[0].domains`; a key that would not show on one line is quoted."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part if part.isprintable() else repr(part)}" for part in path)
    return text.removeprefix(".")


def _word(hint: Hint) -> str:
    return spoken(choices(hint)) if choices(hint) else _WORDS[hint]


def _several(hint: Hint) -> str:
    return "texts" if hint is str else _word(hint)
