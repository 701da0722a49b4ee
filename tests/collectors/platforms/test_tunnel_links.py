"""Where tunnels lead, as `ip -j -d link` tells it (iproute2 6.1)."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest

from collectors.platforms.linux.tunnel_links import tunnel_of

ENDS = {"remote": "172.16.0.2", "local": "172.16.0.1"}


@pytest.mark.parametrize(
    ("kind", "data", "port", "key"),
    [
        (
            "vxlan",
            {"id": 42, "link": "eth1", "port": 4789, "learning": True, "ageing": 300},
            4789,
            42,
        ),
        ("geneve", {"id": 7, "port": 6081, "ttl": 0}, 6081, 7),
        ("gre", {"ttl": 0, "pmtudisc": True, "ikey": "0.0.0.7", "okey": "0.0.0.7"}, None, 7),
        ("ipip", {"proto": "ipip", "ttl": 64, "pmtudisc": True}, None, None),
        ("sit", {"proto": "ip6ip", "ttl": 0}, None, None),
    ],
)
def test_a_tunnel_with_one_far_end(
    kind: str, data: dict[str, Any], port: int | None, key: int | None
) -> None:
    found = tunnel_of({"info_kind": kind, "info_data": data | ENDS})
    assert found is not None
    assert (found.kind, found.port, found.key) == (kind, port, key)
    assert (found.local, found.remote) == (ip_address("172.16.0.1"), ip_address("172.16.0.2"))


def test_ipv6_ends_have_names_of_their_own() -> None:
    found = tunnel_of(
        {
            "info_kind": "vxlan",
            "info_data": {"id": 1, "remote6": "2001:db8::2", "local6": "2001:db8::1"},
        }
    )
    assert found is not None and (found.remote, found.port) == (ip_address("2001:db8::2"), 8472)


@pytest.mark.parametrize(
    "linkinfo",
    [
        {},
        {"info_kind": "veth"},
        {"info_kind": "bridge", "info_data": {"forward_delay": 1500}},
        {"info_kind": "tun", "info_data": {"type": "tap", "pi": False}},
    ],
)
def test_what_is_no_tunnel(linkinfo: dict[str, Any]) -> None:
    assert tunnel_of(linkinfo) is None


@pytest.mark.parametrize(
    "linkinfo",
    [
        {"info_kind": "vxlan", "info_data": {"id": 42, "group": "239.1.1.1", "port": 4789}},
        {"info_kind": "vxlan", "info_data": {"id": 42, "remote": "239.1.1.1"}},
        {"info_kind": "gre", "info_data": {"remote": "any", "local": "any"}},
        {"info_kind": "vxlan", "info_data": {"id": "9" * 50, "remote": "junk"}},
        {"info_kind": "wireguard"},
        {"info_kind": "tun", "info_data": {"type": "tun", "pi": False}},
    ],
)
def test_a_tunnel_that_does_not_tell_where_it_leads(linkinfo: dict[str, Any]) -> None:
    found = tunnel_of(linkinfo)
    assert found is not None and found.remote is None


def test_a_tunnel_inside_of_udp_once_more() -> None:
    around = {"encap": {"type": "fou", "sport": 0, "dport": 5555}}
    found = tunnel_of({"info_kind": "ipip", "info_data": {"proto": "ipip"} | around | ENDS})
    assert found is not None and found.port == 5555
