"""What stands in for AWS: a server with one prepared answer, and an environment without AWS settings of this machine."""

import os
import socket
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from dnsguard.lab.demo import PROXIES


@dataclass
class Canned:
    """A server that gives every request the same answer.

    *release* lets it answer; *reached* and *seen* tell of the requests so far.
    """

    status: int = 200
    body: str = ""
    release: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)
    seen: list[tuple[str, str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def __call__(self, environ, start_response):
        request = Request(environ)
        self.seen.append((request.method, request.path, request.get_data(as_text=True)))
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        self.reached.set()
        self.release.wait(10)
        response = Response(self.body, self.status, mimetype="text/xml")
        return response(environ, start_response)


class Quiet(WSGIRequestHandler):
    def log(self, type, message, *args):  # noqa: A002 -- werkzeug's name
        pass


@contextmanager
def serving(app):
    """Serve *app* from threads; give its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet, fd=listener.fileno())
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def serve():
    """Serve an app until the test is over; return its address."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(serving(app))


@pytest.fixture
def canned(serve):
    answers = Canned()
    answers.release.set()
    answers.url = serve(answers)
    yield answers
    answers.release.set()


@pytest.fixture(autouse=True)
def aws_environment(monkeypatch):
    for name in [name for name in os.environ if name.startswith("AWS_") or name.upper() in PROXIES]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch
