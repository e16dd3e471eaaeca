"""Hosts that are this machine are told apart from all others."""

import pytest

from dnsguard.core.addresses import host_in, is_loopback


@pytest.mark.parametrize(
    ("text", "host", "loopback"),
    [
        ("127.0.0.1:8081", "127.0.0.1", True),
        ("127.8.9.1", "127.8.9.1", True),
        ("localhost:80", "localhost", True),
        ("LOCALHOST.", "LOCALHOST.", True),
        ("[::1]:8081", "::1", True),
        ("::1", "::1", True),
        ("[::1]", "::1", True),
        ("0.0.0.0:8081", "0.0.0.0", False),
        ("[::]:8081", "::", False),
        ("10.0.0.1:8081", "10.0.0.1", False),
        ("localhost.example.com:80", "localhost.example.com", False),
        ("127.0.0.1.example.com:80", "127.0.0.1.example.com", False),
        ("127.1:80", "127.1", False),
        ("", "", False),
        ("[", "", False),
        (":80", "", False),
    ],
)
def test_a_loopback_host_is_this_machine_alone(text, host, loopback):
    assert host_in(text) == host
    assert is_loopback(host) == loopback
