"""How the strict Route53 says no: an HTTP status, a code and a message, or a connection that ends without an answer."""

from collections.abc import Iterable

from dnsguard.errors import DnsguardError


class ApiError(DnsguardError):
    """An error answer of the API: HTTP status, `Error.Code` and `Error.Message`."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code} ({self.status}): {self.message}"


class BatchRefused(ApiError):
    """InvalidChangeBatch in today's form: *messages* in brackets, joined by comma and space."""

    def __init__(self, messages: Iterable[str]) -> None:
        self.messages = tuple(messages)
        super().__init__(400, "InvalidChangeBatch", f"[{', '.join(self.messages)}]")


class ConnectionDropped(DnsguardError):
    """No answer came; *applied* tells what the caller cannot know: whether the call had its effect."""

    def __init__(self, *, applied: bool) -> None:
        super().__init__(applied)
        self.applied = applied

    def __str__(self) -> str:
        return f"connection dropped {'after' if self.applied else 'before'} the call was carried out"


def invalid_input(message: str) -> ApiError:
    """Return InvalidInput."""
    return ApiError(400, "InvalidInput", message)


def invalid_request(message: str) -> ApiError:
    """Return InvalidInput in the form of the structural checks."""
    return invalid_input(f"Invalid request: {message}")


def invalid_xml(facet: str, message: str) -> ApiError:
    """Return InvalidInput in the form of the XML schema's facets."""
    return invalid_input(f"Invalid XML ; cvc-{facet}: {message}")


def no_such_zone(zone_id: str) -> ApiError:
    """Return NoSuchHostedZone."""
    return ApiError(404, "NoSuchHostedZone", f"No hosted zone found with ID: {zone_id}")


def throttled() -> ApiError:
    """Return Throttling, whichever bucket was empty."""
    return ApiError(400, "Throttling", "Rate exceeded")


def busy() -> ApiError:
    """Return PriorRequestNotComplete."""
    text = "The request was rejected because Route 53 was still processing a prior request."
    return ApiError(400, "PriorRequestNotComplete", text)
