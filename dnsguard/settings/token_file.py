"""The token file: the bearer token that the API asks for.

Rules kept here:

- A token is one line of characters that an Authorization header takes as they are (RFC 6750, 2.1), at least `SHORTEST` of them.
- A line end behind it is an editor's, and not part of it.
- What the file holds is never said, only how much.
"""

import re
from pathlib import Path

SHORTEST = 16
LONGEST = 1024
"""Characters of a token."""
ALLOWED = f"a file that holds one token of at least {SHORTEST} letters, digits and -._~+/, such as openssl rand -hex 32 makes"

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)


def read_token(path: str) -> str:
    """Return the token in the file *path*; raises ValueError that says what is wrong, to stand behind the name of the setting."""
    try:
        with Path(path).open("rb") as file:
            held = file.read(LONGEST + 2)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ValueError(f"is {path!r}, which cannot be read: {why}") from error
    text = held.removesuffix(b"\n").removesuffix(b"\r").decode("latin-1")
    if not SHORTEST <= len(text) <= LONGEST or not _TOKEN.fullmatch(text):
        raise ValueError(f"is {path!r}, which holds {len(held)} bytes that are no token; allowed is {ALLOWED}")
    return text
