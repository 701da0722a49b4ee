"""No target is a way into the network."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Any

import pytest

from tests.integrations.servers import Receiver
from workbench.integrations.sending import reachable, webhook
from workbench.integrations.sending.reachable import MayNotReach


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00:ec2::254",
        "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "ff02::1",
    ],
)  # fmt: skip
def test_no_address_inside_is_reached(address: str, settings: Any) -> None:
    settings.SEND_NETWORKS = []
    with pytest.raises(MayNotReach):
        reachable.check(ip_address(address))


def test_public_addresses_and_named_networks_are_reached(settings: Any) -> None:
    settings.SEND_NETWORKS = ["10.1.0.0/16", "fd00::/8"]
    for address in ("8.8.8.8", "2001:4860:4860::8888", "10.1.2.3", "fd00::1"):
        reachable.check(ip_address(address))
    with pytest.raises(MayNotReach):
        reachable.check(ip_address("10.2.0.1"))


def test_a_name_is_resolved_once_and_that_address_is_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    really = socket.getaddrinfo

    def first_here_then_inside(host: str, port: int, *args: Any, **options: Any) -> Any:
        if host != "hooks.example.org":
            return really(host, port, *args, **options)
        asked.append(host)
        return really("127.0.0.1" if len(asked) == 1 else "10.0.0.1", port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", first_here_then_inside)
    port = receiver.url.rpartition(":")[2]
    assert webhook.post(f"http://hooks.example.org:{port}/", b"{}", {}) == 200
    assert asked == ["hooks.example.org"]
    assert receiver.posted[0][0]["Host"] == f"hooks.example.org:{port}"


def test_every_address_of_a_name_is_checked(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SEND_NETWORKS = []
    both = [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(reachable.socket, "getaddrinfo", lambda *a, **k: both)
    with pytest.raises(MayNotReach, match=r"10\.0\.0\.1"):
        reachable.resolve("hooks.example.org", 443)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x/", "https://", "https://u:p@x/", "https://x:99999/", "file:///etc/passwd",
        "https://x/\r\nHost: y", "gopher://x", "//x/", "https://x:0/",
    ],
)  # fmt: skip
def test_urls_of_another_kind_are_refused(url: str) -> None:
    with pytest.raises(MayNotReach):
        webhook.check_url(url)


def test_plain_http_is_for_this_machine_only(settings: Any) -> None:
    settings.SEND_NETWORKS = ["10.0.0.0/8"]
    with pytest.raises(MayNotReach, match="use https"):
        webhook.post("http://10.0.0.1/", b"", {})
    with pytest.raises(MayNotReach, match="public internet"):
        webhook.post("http://127.0.0.1/", b"", {})
