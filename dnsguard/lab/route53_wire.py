"""Route53's REST-XML as a server speaks it: requests to boto3-shaped parameters, answers and errors to XML.

Rules kept here:

- Paths, members and their XML names are those of the API model in botocore, read and written by moto's codecs.
- An error is `<ErrorResponse><Error><Type/><Code/><Message/></Error><RequestId/></ErrorResponse>`, with the fault's own status.
- What is no well-formed XML, or no number where one is due, is InvalidInput like any other structural fault.
"""

from functools import cache
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from moto.core.model import OperationModel
from moto.core.parse import RequestParserError, RestXMLParser
from moto.core.request import Request
from moto.core.routing import RestRouter
from moto.core.serialize import RestXMLSerializer
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from dnsguard.lab.strict import ApiError

_NAMESPACE = "https://route53.amazonaws.com/doc/2013-04-01/"
_REQUEST_ID = "00000000-0000-0000-0000-000000000000"


@cache
def _router() -> RestRouter:
    return RestRouter(get_service_model("route53"))


class Asked(NamedTuple):
    """A request, understood: the operation's model and its parameters as boto3 takes them."""

    model: OperationModel
    params: dict[str, Any]

    @property
    def operation(self) -> str:
        """The operation's boto3 name in PascalCase."""
        return str(self.model.name)


def understand(environ: dict[str, Any]) -> Asked:
    """Return what the WSGI request *environ* asks for; ApiError if that cannot be told."""
    request = Request(environ)
    try:
        model, labels = _router().match(request)
    except NotFound as unknown:
        raise ApiError(404, "UnknownOperationException", f"{request.method} {request.path}") from unknown
    try:
        params = RestXMLParser(model).parse(
            {
                "body": request.get_data(),
                "headers": request.headers,
                "method": request.method,
                "url_params": labels,
                "url_path": request.path,
                "values": request.args,
            }
        )
    except (RequestParserError, ValueError) as fault:
        raise ApiError(400, "InvalidInput", f"Invalid XML ; {str(fault).splitlines()[0]}") from fault
    return Asked(model, params)


def answered(asked: Asked, result: dict[str, Any]) -> Response:
    """Return the answer of an operation that was carried out."""
    answer = RestXMLSerializer(asked.model).serialize(result)
    return Response(answer["body"], answer["status_code"], {**answer["headers"], "x-amzn-RequestId": _REQUEST_ID})


def refused(error: ApiError) -> Response:
    """Return the answer of an operation that was refused."""
    side = "Sender" if error.status < 500 else "Receiver"
    inner = f"<Type>{side}</Type><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    body = f'<ErrorResponse xmlns="{_NAMESPACE}"><Error>{inner}</Error><RequestId>{_REQUEST_ID}</RequestId></ErrorResponse>'
    return Response(f'<?xml version="1.0"?>\n{body}', error.status, content_type="text/xml")
