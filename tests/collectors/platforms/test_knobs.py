"""The keys of sysctl mean what the kernel's documentation says."""

from __future__ import annotations

import pytest

from collectors.model.settings import (
    DeviceSetting,
    Knob,
    MultipathHash,
    NeighbourAnswers,
    ReversePathMode,
    Scope,
    Value,
)
from collectors.platforms.linux.knobs import key_of, setting_of


@pytest.mark.parametrize(
    ("key", "text", "knob", "value"),
    [
        ("net.ipv4.tcp_syncookies", "0", Knob.SYN_COOKIES, False),
        ("net.ipv4.tcp_syncookies", "2", Knob.SYN_COOKIES, True),
        ("net.ipv4.ip_default_ttl", "64", Knob.PACKET_LIFE, 64),
        ("net.ipv4.conf.eth0.rp_filter", "1", Knob.REVERSE_PATH_CHECK, ReversePathMode.STRICT),
        ("net.ipv4.conf.eth0.rp_filter", "3", Knob.REVERSE_PATH_CHECK, ReversePathMode.LOOSE),
        ("net.ipv4.conf.eth0.arp_ignore", "2", Knob.NEIGHBOUR_ANSWERS, NeighbourAnswers.OWN_LINK),
        ("net.ipv4.conf.eth0.arp_ignore", "8", Knob.NEIGHBOUR_ANSWERS, NeighbourAnswers.NONE),
        ("net.ipv6.fib_multipath_hash_policy", "1", Knob.MULTIPATH_HASH, MultipathHash.PORTS),
        ("conntrackd.external_cache", "off", Knob.SYNC_KEEPS_APART, False),
    ],
)
def test_a_key_and_its_value(key: str, text: str, knob: Knob, value: Value) -> None:
    found = setting_of(key, text)
    assert (found.knob, found.value) == (knob, value)
    assert (found.name, found.text) == (key, text)


@pytest.mark.parametrize("text", ["", "on", "-1", "\u00b2", "9" * 5000])
def test_what_is_no_number_sets_nothing(text: str) -> None:
    assert setting_of("net.ipv4.conf.eth0.rp_filter", text).value is None
    assert setting_of("net.netfilter.nf_conntrack_max", text).value is None


@pytest.mark.parametrize(
    ("key", "interface", "scope"),
    [
        ("net.ipv4.conf.eth0.7.rp_filter", "eth0.7", Scope.AT_LEAST),
        ("net.ipv4.conf.all.rp_filter", None, Scope.AT_LEAST),
        ("net.ipv4.conf.default.rp_filter", None, Scope.NEW_INTERFACES),
        ("net.ipv4.conf.eth0.forwarding", "eth0", Scope.EXACT),
        ("net.ipv4.conf.all.forwarding", None, Scope.PRESET),
        ("net.ipv4.ip_forward", None, Scope.PRESET),
        ("net.ipv6.conf.all.forwarding", None, Scope.EXACT),
        ("net.ipv6.conf.eth0.forwarding", "eth0", Scope.PRESET),
    ],
)
def test_where_a_key_holds(key: str, interface: str | None, scope: Scope) -> None:
    found = setting_of(key, "1")
    assert (found.interface, found.scope) == (interface, scope)


def test_a_key_that_nobody_judges_is_kept() -> None:
    found = setting_of("net.ipv4.ip_local_port_range", "32768 60999")
    assert found == DeviceSetting("net.ipv4.ip_local_port_range", "32768 60999")


def test_the_key_for_a_knob() -> None:
    prefix = "net.netfilter.nf_conntrack_"
    assert key_of(Knob.TIMEOUT_UDP, 4) == f"{prefix}udp_timeout"
    assert key_of(Knob.TIMEOUT_ICMP, 6) == f"{prefix}icmpv6_timeout"
    assert key_of(Knob.REVERSE_PATH_CHECK) is None
