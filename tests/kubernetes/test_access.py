"""A proxy of the environment is used as Go programs use it."""

import pytest

from dnsguard.kubernetes.access import proxy_for

CLUSTER = "https://10.1.2.3:6443"
PROXY = {"HTTPS_PROXY": "http://proxy:3128"}


@pytest.mark.parametrize(
    ("url", "environ", "proxy"),
    [
        (CLUSTER, {}, None),
        (CLUSTER, PROXY, "http://proxy:3128"),
        (CLUSTER, {"https_proxy": "proxy:3128"}, "http://proxy:3128"),
        (CLUSTER, {"HTTP_PROXY": "http://proxy"}, None),
        ("http://a.example", {"HTTP_PROXY": "http://proxy"}, "http://proxy"),
        ("https://127.0.0.1:6443", PROXY, None),
        ("https://[::1]:6443", PROXY, None),
        ("https://localhost", PROXY, None),
        (CLUSTER, {**PROXY, "NO_PROXY": "*"}, None),
        (CLUSTER, {**PROXY, "NO_PROXY": "10.1.2.3"}, None),
        (CLUSTER, {**PROXY, "NO_PROXY": "b.example, 10.0.0.0/8"}, None),
        (CLUSTER, {**PROXY, "no_proxy": "10.1.2.3:6443"}, None),
        (CLUSTER, {**PROXY, "NO_PROXY": "10.1.2.3:443,11.0.0.0/8"}, "http://proxy:3128"),
        ("https://api.a.example", {**PROXY, "NO_PROXY": "A.example"}, None),
        ("https://a.example", {**PROXY, "NO_PROXY": ".a.example"}, "http://proxy:3128"),
        ("https://api.a.example", {**PROXY, "NO_PROXY": "*.a.example"}, None),
        ("https://ba.example", {**PROXY, "NO_PROXY": "a.example"}, "http://proxy:3128"),
        ("https://[fd00::1]:6443", {**PROXY, "NO_PROXY": "fd00::/8"}, None),
    ],
)
def test_a_proxy_is_used_unless_the_server_is_near_or_spared(url, environ, proxy):
    assert proxy_for(url, environ) == proxy
