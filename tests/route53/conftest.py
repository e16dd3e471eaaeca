"""What stands in for AWS: a server with one prepared answer, and an environment without AWS settings of this machine."""

import socket
import threading
from dataclasses import dataclass, field

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response


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
    agents: list[str] = field(default_factory=list)
    url: str = ""

    def __call__(self, environ, start_response):
        request = Request(environ)
        self.seen.append((request.method, request.path, request.get_data(as_text=True)))
        self.agents.append(request.headers["User-Agent"])
        self.reached.set()
        self.release.wait(10)
        response = Response(self.body, self.status, mimetype="text/xml")
        return response(environ, start_response)


class Quiet(WSGIRequestHandler):
    def log(self, type, message, *args):  # noqa: A002 -- werkzeug's name
        pass


@pytest.fixture
def canned():
    answers = Canned()
    answers.release.set()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = make_server("127.0.0.1", 0, answers, threaded=True, request_handler=Quiet, fd=listener.fileno())
    answers.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield answers
    answers.release.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def aws_environment(monkeypatch):
    for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch
