"""What the environment says of proxies."""

from __future__ import annotations

import pytest

from masker.buckets.client.proxies import is_read_alike, proxies_for

_PROXY = {"HTTPS_PROXY": "http://proxy:3128"}


@pytest.mark.parametrize(
    ("url", "exempt", "is_exempt"),
    [
        ("https://s3.example.com", "", False),
        ("https://s3.example.com", "*", True),
        ("https://s3.example.com", "example.com", True),
        ("https://s3.example.com", ".example.com", True),
        ("https://s3.example.com", "*.example.com", True),
        ("https://s3.example.com", "ample.com", False),
        ("https://s3.example.com:9000", "s3.example.com:9000", True),
        ("https://s3.example.com:9000", "s3.example.com:443", False),
        ("https://s3.example.com", "s3.example.com:443", True),
        ("https://10.1.2.3:9000", "10.0.0.0/8", True),
        ("https://192.168.1.1", "10.0.0.0/8 192.168.1.1", True),
        ("https://[::1]:9000", "[::1]:9000", True),
        ("https://[::1]:9000", "::1", True),
        ("https://[::1]:9000", "nonsense/8,::/0", True),
    ],
)
def test_who_is_exempt(url: str, exempt: str, is_exempt: bool) -> None:
    assert (proxies_for(url, {**_PROXY, "no_proxy": exempt}) == {}) == is_exempt


def test_a_proxy_without_a_scheme_is_asked_by_http() -> None:
    assert proxies_for("http://a", {"http_proxy": "proxy:3128"}) == {"http": "http://proxy:3128"}
    assert proxies_for("https://a", {"http_proxy": "proxy:3128"}) == {}


@pytest.mark.parametrize(
    ("environment", "is_alike"),
    [
        ({}, True),
        ({"NO_PROXY": "10.0.0.0/8"}, True),
        (_PROXY, True),
        ({**_PROXY, "NO_PROXY": "10.0.0.0/8,.internal"}, True),
        ({**_PROXY, "NO_PROXY": "s3.example.com"}, True),
        ({**_PROXY, "NO_PROXY": "s3.example.com:443"}, False),
        ({**_PROXY, "https_proxy": "http://other:1"}, False),
        ({"HTTPS_PROXY": "proxy:3128"}, False),
        ({"HTTPS_PROXY": "http://name:p%40ss@proxy:3128"}, False),
        ({"HTTPS_PROXY": "https://proxy:3128"}, False),
    ],
)
def test_what_every_library_reads_alike(environment: dict[str, str], is_alike: bool) -> None:
    assert is_read_alike("https://s3.example.com", environment) == is_alike
