"""Paths of fields in an object, as people write them: `status.parents[].conditions[].message`.

Rules kept here:
- A name follows a dot, `[]` means every item of a list, and `[KEY]` is a key that may hold any character but a bracket, such as
  `metadata.annotations[example.com/team]`.
- Two paths meet if one of them begins with the other.
"""

import re

ITEM = ""
"""Stands in a path for every item of a list."""
ALLOWED = "a path such as status.parents[].conditions[].message or metadata.annotations[example.com/team]"

_PART = re.compile(r"(?:^|(?<=.)\.)([A-Za-z_][\w-]*)|\[([^\[\]]*)\]")

FieldPath = tuple[str, ...]


def parse(text: str) -> FieldPath:
    """Return the parts of the path *text*; raise ValueError if it is none."""
    parts, end = [], 0
    for found in _PART.finditer(text):
        if found.start() != end:
            raise ValueError(f"allowed is {ALLOWED}")
        end = found.end()
        parts.append(found[1] or found[2])
    if end != len(text) or not parts or not parts[0]:
        raise ValueError(f"allowed is {ALLOWED}")
    return tuple(parts)


def spell(path: FieldPath) -> str:
    """Return *path* as it is written."""
    return "".join(f".{part}" if part and _PART.fullmatch(part) else f"[{part}]" for part in path).removeprefix(".")


def meet(one: FieldPath, other: FieldPath) -> bool:
    """Return whether one path begins with the other."""
    return all(left == right for left, right in zip(one, other, strict=False))
