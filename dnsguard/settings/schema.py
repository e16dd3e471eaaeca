"""The JSON schema of the config file, for editors; descriptions are the docstrings of the settings' classes and fields."""

import ast
import inspect
import json
from typing import Any

import msgspec
from msgspec.structs import FieldInfo, fields

from dnsguard.core import durations
from dnsguard.model import settings as model
from dnsguard.model.settings import Concern, Duration, Settings
from dnsguard.settings.shapes import Hint, concern_of, item_of, members


def schema() -> dict[str, Any]:
    """Return the JSON schema of the config file."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "dnsguard's config file"}
    return {**head, **_section(Settings, documented(), Settings.__doc__ or "")}


def text() -> str:
    """Return the schema as the text of a file."""
    return json.dumps(schema(), indent=2) + "\n"


def documented() -> dict[tuple[str, str], str]:
    """Return the docstring of every documented field, by class and field."""
    found = {}
    for concern in ast.parse(inspect.getsource(model)).body:
        if isinstance(concern, ast.ClassDef):
            for field, text in zip(concern.body, concern.body[1:], strict=False):
                match field, text:
                    case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str() as said)):
                        found[concern.name, name] = said
    return found


def _section(concern: type[Concern], said: dict[tuple[str, str], str], description: str) -> dict[str, Any]:
    required = [field.name for field in fields(concern) if field.required]
    shape: dict[str, Any] = {"type": "object", "description": description, "additionalProperties": False}
    if required:
        shape["required"] = required
    shape["properties"] = {field.name: _key(concern, field, said) for field in fields(concern)}
    return shape


def _key(concern: type[Concern], field: FieldInfo, said: dict[tuple[str, str], str]) -> dict[str, Any]:
    description = said.get((concern.__name__, field.name), "")
    inner = concern_of(field.type)
    if inner and field.default is None:
        return {"anyOf": [_section(inner, said, description), {"type": "null"}], "default": None}
    if inner:
        return _section(inner, said, description or inner.__doc__ or "")
    shape = _value(field.type, said)
    if field.default is None:
        shape = {"anyOf": [shape, {"type": "null"}]}
    if description:
        shape = {"description": description, **shape}
    if field.default is not msgspec.NODEFAULT:
        shape["default"] = _plain(field.default)
    return shape


def _value(hint: Hint, said: dict[tuple[str, str], str]) -> dict[str, Any]:
    inner, item = concern_of(hint), item_of(hint)
    if inner:
        return _section(inner, said, inner.__doc__ or "")
    if item:
        return {"type": "array", "items": _value(item, said)}
    shapes = [_simple(member) for member in members(hint)]
    return shapes[0] if len(shapes) == 1 else {"anyOf": shapes}


def _simple(hint: Hint) -> dict[str, Any]:
    if hint is Duration:
        return {"type": "string", "pattern": durations.PATTERN, "examples": ["200ms", "2s", "10m"]}
    return msgspec.json.schema(hint)


def _plain(value: Any) -> Any:
    plain = durations.spell(value) if isinstance(value, Duration) else value
    return list(plain) if isinstance(plain, tuple) else plain
