"""A strict Route53 behind HTTP, for clients that know no other door: boto3, Terraform, external-dns.

Rules kept here:

- One call at a time reaches the strict Route53. Injected latency is waited for outside that turn, so slow calls do not queue.
- A dropped connection is closed without a byte of an answer, before or after the call had its effect.
- Nothing is written to standard error for a request; stopping ends every wait for latency at once.
"""

import socket
import time
from collections.abc import Callable, Iterable
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any, Self

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from dnsguard.lab.route53_wire import answered, refused, understand
from dnsguard.lab.strict import ApiError, ConnectionDropped, StrictRoute53

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Route53Server:
    """Serves *strict* on *host* and *port* (0: a free one) from threads of its own; *clock* gives its seconds."""

    def __init__(self, strict: StrictRoute53, host: str = "127.0.0.1", port: int = 0, *, clock: Callable[[], float] = time.time) -> None:
        self.strict = strict
        self._address = host, port
        self._clock = clock
        self._turn = Lock()
        self._stopping = Event()
        self._server: BaseWSGIServer | None = None
        self._thread: Thread | None = None

    @property
    def url(self) -> str:
        """The base URL; RuntimeError unless the server was started."""
        if self._server is None:
            raise RuntimeError("the server has not been started")
        return f"http://{self._address[0]}:{self._server.server_address[1]}"

    def start(self) -> Self:
        """Listen and serve; OSError if the address is taken."""
        if self._server is not None:
            raise RuntimeError("the server has been started already")
        # Given a socket, werkzeug does not leave the process when the port is taken.
        with socket.create_server(self._address) as listener:
            self._server = make_server(*self._address, self._app, threaded=True, request_handler=_Quiet, fd=listener.fileno())
        self._stopping.clear()
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="strict route53", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving; nothing happens if the server does not run."""
        server, thread = self._server, self._thread
        if server is None or thread is None:
            return
        self._stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()
        self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            asked = understand(environ)
            with self._turn:
                delay = self.strict.faults.delay(asked.operation)
            self._stopping.wait(delay)
            with self._turn:
                result = self.strict.call(asked.operation, asked.params, self._clock())
            response = answered(asked, result)
        except ApiError as error:
            response = refused(error)
        except ConnectionDropped as dropped:
            _hang_up(environ["werkzeug.socket"])
            raise ConnectionAbortedError(str(dropped)) from dropped
        return response(environ, start_response)


class _Quiet(WSGIRequestHandler):
    # Headers and body leave in two writes; Nagle would hold the second one back until the first is acknowledged.
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        # The other side was faster.
        return
