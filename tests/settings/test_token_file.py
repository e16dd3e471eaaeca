"""The token file: one line is a token, everything else is one sentence that does not tell it; without one, this machine alone is served."""

import pytest

from dnsguard.errors import ConfigError
from dnsguard.settings import load, read_token
from dnsguard.settings.token_file import LONGEST, SHORTEST

TOKEN = "0123456789abcdef0123456789abcdef"
LEAST = "zones: [{domains: [example.com]}]\nownership: {owner: me}\npolicy: sync\n"


@pytest.fixture
def token_file(tmp_path):
    def written(content):
        path = tmp_path / "token"
        path.write_bytes(content)
        return str(path)

    return written


@pytest.fixture
def said(tmp_path):
    def said(http):
        path = tmp_path / "c.yaml"
        path.write_text(f"{LEAST}http: {http}\n")
        with pytest.raises(ConfigError) as caught:
            load(path, {})
        return str(caught.value).replace(str(tmp_path), "")

    return said


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
@pytest.mark.parametrize("token", [TOKEN, "a" * SHORTEST, "a" * LONGEST, "aB3-._~+/aB3-._~+/=="])
def test_one_line_is_the_token(token_file, token, end):
    assert read_token(token_file(token.encode() + end)) == token


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"short",
        b"a" * (SHORTEST - 1),
        b"a" * (LONGEST + 1),
        b"two words of a token",
        b"a" * 20 + b"\n" + b"b" * 20,
        b"\xff" * 20,
    ],
)
def test_what_is_no_token_is_refused_without_telling_it(token_file, content):
    with pytest.raises(
        ValueError, match=rf"which holds {min(len(content), LONGEST + 2)} bytes that are no token; allowed is a file"
    ) as caught:
        read_token(token_file(content))
    assert not content.strip() or content.decode("latin-1") not in str(caught.value)


def test_a_file_that_cannot_be_read_is_said(said):
    assert said("{token_file: /nowhere}") == "/c.yaml:4: http.token_file is '/nowhere', which cannot be read: No such file or directory"


@pytest.mark.parametrize("listen", ["0.0.0.0:8081", "10.0.0.1:8081", "'[::]:8081'", "dnsguard:8081"])
def test_without_a_token_only_this_machine_is_served(said, token_file, listen, tmp_path):
    bare = listen.strip("'")
    allowed = "a loopback address such as 127.0.0.1:8081 as long as there is no http.token_file"
    assert said(f"{{api: {listen}}}") == f"/c.yaml:4: http.api is {bare!r}, allowed is {allowed}"
    path = tmp_path / "c.yaml"
    path.write_text(f"{LEAST}http: {{api: {listen}, token_file: '{token_file(TOKEN.encode())}'}}\n")
    assert load(path, {}).http.api == bare


@pytest.mark.parametrize("listen", ["127.0.0.1:8081", "localhost:0", "'[::1]:9'", "''"])
def test_this_machine_and_nothing_at_all_need_no_token(tmp_path, listen):
    path = tmp_path / "c.yaml"
    path.write_text(f"{LEAST}http: {{api: {listen}}}\n")
    assert load(path, {}).http.api == listen.strip("'")


def test_a_listener_that_is_none_is_said(said):
    assert said("{api: '8081'}") == "/c.yaml:4: http.api is '8081', allowed is host:port such as 127.0.0.1:8081, or nothing"
