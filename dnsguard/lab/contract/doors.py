"""What the contract is run against: a strict Route53 in process, or any endpoint through a boto3 client."""

from collections.abc import Callable
from typing import Any, Protocol

from botocore import xform_name
from botocore.exceptions import ClientError

from dnsguard.lab.strict import ApiError, StrictRoute53


class Door(Protocol):
    """A Route53."""

    def call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Carry out an operation by its PascalCase name; ApiError when it is refused."""


class InProcess:
    """A strict Route53; *clock* gives its seconds."""

    def __init__(self, strict: StrictRoute53, clock: Callable[[], float]) -> None:
        self._strict = strict
        self._clock = clock

    def call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Carry out an operation; ApiError when it is refused."""
        return self._strict.call(operation, params, self._clock())


class Boto3:
    """A boto3 client of route53, with whatever endpoint, credentials and retries it has."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Carry out an operation; ApiError when it is refused."""
        try:
            answer: dict[str, Any] = getattr(self._client, xform_name(operation))(**params)
        except ClientError as error:
            status = int(error.response["ResponseMetadata"]["HTTPStatusCode"])
            told = error.response["Error"]
            raise ApiError(status, told.get("Code", ""), told.get("Message", "")) from error
        return answer
