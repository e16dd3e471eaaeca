"""Who may use the API.

Rules kept here:

- With a token, who presents it as `Authorization: Bearer TOKEN` (RFC 6750, 2.1); tokens are compared in constant time. It is
  read anew for each request, so that a rotated Secret counts at once; while it cannot be read, nobody is let in.
- Without one, who is on this machine, and means it: the Host header has to name a loopback address, so that a page in a
  browser cannot come in by a name of its own that points here (DNS rebinding).
"""

import hmac
from collections.abc import Callable
from http import HTTPStatus

from aiohttp import web

from dnsguard.core.addresses import host_in, is_loopback

Read = Callable[[], str]
"""Reads the token; raises ValueError if it cannot."""


def refusal(request: web.Request, read: Read | None) -> tuple[HTTPStatus, str] | None:
    """Return why *request* is not let in, as a status and a sentence; None if it is."""
    if read is None:
        local = is_loopback(host_in(request.headers.get("Host", "")))
        return None if local else (HTTPStatus.FORBIDDEN, "without http.token_file only requests to a loopback address are answered")
    try:
        token = read()
    except ValueError:
        return HTTPStatus.SERVICE_UNAVAILABLE, "the token file cannot be read now, so nobody is let in"
    scheme, _, presented = request.headers.get("Authorization", "").partition(" ")
    # Both sides are compared whatever the scheme is, so that the time tells nothing.
    same = hmac.compare_digest(presented.strip().encode("utf-8", "surrogateescape"), token.encode())
    if same and scheme.lower() == "bearer":
        return None
    return HTTPStatus.UNAUTHORIZED, "the header Authorization: Bearer TOKEN is missing or wrong"
