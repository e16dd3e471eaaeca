"""Answers of the lab's API server that are no objects: statuses, and refusals that a test has ordered."""

import msgspec
from aiohttp import web
from msgspec import Struct

UNKNOWN = "the server could not find the requested resource"


class Refusal(Struct):
    """An answer to *left* requests whose path ends in *path*, after *skip* others; *watching* None: lists and watches."""

    status: int
    left: float
    path: str
    watching: bool | None
    skip: int
    retry_after: int | None

    def takes(self, path: str, *, watching: bool) -> bool:
        """Return whether this request gets the answer, and count it."""
        if self.left <= 0 or not path.endswith(self.path) or self.watching not in {None, watching}:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.left -= 1
        return True

    def answer(self) -> web.Response:
        """Return the answer."""
        return status(self.status, "refused by the lab", retry_after=self.retry_after)


def said(code: int, message: str) -> dict[str, object]:
    """Return a Status."""
    reason = {404: "NotFound", 410: "Expired", 403: "Forbidden", 429: "TooManyRequests"}.get(code, "")
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message, "reason": reason, "code": code}


def status(code: int, message: str, *, retry_after: int | None = None) -> web.Response:
    """Return a Status as the answer to a request."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return web.Response(status=code, body=msgspec.json.encode(said(code, message)), content_type="application/json", headers=headers)
