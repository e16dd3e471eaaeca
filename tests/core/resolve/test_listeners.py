"""Listeners offer themselves to the routes that the Gateway API lets attach."""

import pytest

from dnsguard.core.resolve.listeners import PROTOCOLS, compile_sections
from dnsguard.model.objects import AllowedRoutes, FromNamespaces, Listener, RouteGroupKind


@pytest.mark.parametrize(
    ("kind", "protocol", "fits"),
    [
        ("HTTPRoute", "HTTP", True),
        ("HTTPRoute", "HTTPS", True),
        ("HTTPRoute", "TLS", False),
        ("GRPCRoute", "HTTPS", True),
        ("TCPRoute", "HTTPS", False),
        ("TLSRoute", "TLS", True),
        ("TCPRoute", "TLS", True),
        ("TLSRoute", "TCP", False),
        ("UDPRoute", "UDP", True),
        ("UDPRoute", "TCP", False),
        ("HTTPRoute", "example.com/own", False),
    ],
)
def test_protocols(kind: str, protocol: str, fits: bool) -> None:  # noqa: FBT001 -- the column of a table
    """A route attaches to the protocols of its kind."""
    sections, problems = compile_sections("app", [Listener("web", protocol=protocol)])

    assert ((kind, "") in sections) is fits
    assert ((kind, "web") in sections) is fits
    assert problems == ()


def test_a_section_name_picks_the_last_listener_of_that_name() -> None:
    """A last listener that fits no route hides the earlier ones from those who name it."""
    listeners = [Listener("web", "a.example.org", protocol="HTTP"), Listener("web", "b.example.org", protocol="UDP")]

    sections, _ = compile_sections("app", listeners)

    assert [each.host for each in sections["HTTPRoute", ""]] == ["a.example.org"]
    assert ("HTTPRoute", "web") not in sections
    assert [each.host for each in sections["UDPRoute", "web"]] == ["b.example.org"]


def test_a_listener_without_name_is_among_all() -> None:
    """The empty section name means all listeners, never one."""
    listeners = [Listener("", "a.example.org", protocol="HTTP"), Listener("", "b.example.org", protocol="HTTP")]

    sections, _ = compile_sections("app", listeners)

    assert [each.host for each in sections["HTTPRoute", ""]] == ["a.example.org", "b.example.org"]


def test_kinds_of_another_group_are_nobody() -> None:
    """A list of kinds admits what it names and nothing else."""
    allowed = AllowedRoutes(kinds=(RouteGroupKind("HTTPRoute", "example.com"), RouteGroupKind("GRPCRoute")))

    sections, _ = compile_sections("app", [Listener("web", protocol="HTTP", allowed_routes=allowed)])

    assert {kind for kind, _ in sections} == {"GRPCRoute"}


def test_what_is_not_understood_is_told() -> None:
    """A broken hostname and a source of namespaces that admits nobody leave no section."""
    nobody = AllowedRoutes(namespaces=FromNamespaces("Selector"))
    listeners = [
        Listener("a", "a_b", protocol="HTTP"),
        Listener("b", protocol="HTTP", allowed_routes=nobody),
    ]

    assert compile_sections("app", listeners) == ({}, ("the hostname 'a_b' of the listener 'a' is not a hostname",))


def test_every_kind_has_protocols() -> None:
    """The table knows the five kinds of routes."""
    assert set(PROTOCOLS) == {"HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"}
