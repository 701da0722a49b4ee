"""What the keys of sysctl, and of conntrackd's configuration, mean (Documentation/networking/
ip-sysctl.rst, nf_conntrack-sysctl.rst, conntrackd.conf(5))."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from collectors.model.settings import (
    DeviceSetting,
    Knob,
    MultipathHash,
    NeighbourAnswers,
    ReversePathMode,
    Scope,
    Value,
)

LONGEST = 20  # digits of the largest number that a kernel holds


def number(text: str) -> int | None:
    """The number that a kernel wrote; None = it is none."""
    if len(text) > LONGEST or not text.isascii():
        return None
    return int(text) if text.isdigit() else None


def _flag(text: str) -> bool | None:
    found = number(text)
    return None if found is None else found > 0


def _reverse_path(text: str) -> ReversePathMode | None:
    """0 off, 1 strict; all above are loose."""
    found = number(text)
    modes = (ReversePathMode.OFF, ReversePathMode.STRICT, ReversePathMode.LOOSE)
    return None if found is None else modes[min(found, 2)]


def _hash(text: str) -> MultipathHash | None:
    policies = {
        "0": MultipathHash.ADDRESSES,
        "1": MultipathHash.PORTS,
        "2": MultipathHash.INSIDE,
        "3": MultipathHash.CHOSEN,
    }
    return policies.get(text)


def _answers(text: str) -> NeighbourAnswers | None:
    """arp_ignore: 1 and 2 = an address of the interface that is asked on; 8 = none."""
    if number(text) is None:
        return None
    known = {
        "0": NeighbourAnswers.ANY,
        "1": NeighbourAnswers.OWN_LINK,
        "2": NeighbourAnswers.OWN_LINK,
        "8": NeighbourAnswers.NONE,
    }
    return known.get(text, NeighbourAnswers.LIMITED)


def _on(text: str) -> bool:
    return text in ("on", "yes")


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What one key sets; of a key that each interface has also where the one of `all` holds."""

    knob: Knob
    read: Callable[[str], Value | None]
    version: int | None = None
    scope: Scope = Scope.EXACT  # of the interface's own
    of_all: Scope = Scope.PRESET


_TRACKING = "net.netfilter.nf_conntrack_"
_DEVICE = {
    # the same variable by two names
    "net.ipv4.ip_forward": _Meaning(Knob.FORWARDING, _flag, 4, Scope.PRESET),
    "net.ipv4.ip_default_ttl": _Meaning(Knob.PACKET_LIFE, number, 4),
    "net.ipv4.ip_forward_use_pmtu": _Meaning(Knob.FORWARDS_BY_LEARNED_MTU, _flag, 4),
    "net.ipv4.fib_multipath_hash_policy": _Meaning(Knob.MULTIPATH_HASH, _hash, 4),
    "net.ipv6.fib_multipath_hash_policy": _Meaning(Knob.MULTIPATH_HASH, _hash, 6),
    "net.ipv4.icmp_echo_ignore_all": _Meaning(Knob.ECHO_IGNORED, _flag, 4),
    "net.ipv6.icmp.echo_ignore_all": _Meaning(Knob.ECHO_IGNORED, _flag, 6),
    "net.ipv4.tcp_syncookies": _Meaning(Knob.SYN_COOKIES, _flag),
    "net.bridge.bridge-nf-call-iptables": _Meaning(Knob.FILTERS_BRIDGED, _flag, 4),
    "net.bridge.bridge-nf-call-ip6tables": _Meaning(Knob.FILTERS_BRIDGED, _flag, 6),
    f"{_TRACKING}tcp_loose": _Meaning(Knob.TRACKING_LOOSE, _flag),
    f"{_TRACKING}tcp_be_liberal": _Meaning(Knob.TRACKING_LIBERAL, _flag),
    f"{_TRACKING}count": _Meaning(Knob.SESSION_COUNT, number),
    f"{_TRACKING}max": _Meaning(Knob.SESSION_LIMIT, number),
    f"{_TRACKING}udp_timeout": _Meaning(Knob.TIMEOUT_UDP, number),
    f"{_TRACKING}tcp_timeout_established": _Meaning(Knob.TIMEOUT_TCP, number),
    f"{_TRACKING}tcp_timeout_close_wait": _Meaning(Knob.TIMEOUT_TCP_HALF_CLOSED, number),
    f"{_TRACKING}icmp_timeout": _Meaning(Knob.TIMEOUT_ICMP, number, 4),
    f"{_TRACKING}icmpv6_timeout": _Meaning(Knob.TIMEOUT_ICMP, number, 6),
    "running.conntrackd": _Meaning(Knob.SYNC_RUNS, _on),
    "conntrackd.config": _Meaning(Knob.SYNC_CONFIGURATION, str),
    "conntrackd.external_cache": _Meaning(Knob.SYNC_KEEPS_APART, _on),
    "conntrackd.address.accept": _Meaning(Knob.SYNC_ADDRESS_ACCEPTED, str),
    "conntrackd.address.ignore": _Meaning(Knob.SYNC_ADDRESS_IGNORED, str),
    "conntrackd.protocol.accept": _Meaning(Knob.SYNC_PROTOCOL_ACCEPTED, str),
    "conntrackd.protocol.ignore": _Meaning(Knob.SYNC_PROTOCOL_IGNORED, str),
    "conntrackd.state.accept": _Meaning(Knob.SYNC_STATE_ACCEPTED, str),
    "conntrackd.state.ignore": _Meaning(Knob.SYNC_STATE_IGNORED, str),
}


def _stronger(knob: Knob, read: Callable[[str], Value | None]) -> _Meaning:
    """Of `all` and the interface's own the larger number counts."""
    return _Meaning(knob, read, 4, Scope.AT_LEAST, Scope.AT_LEAST)


_INTERFACE = {
    "ipv4.forwarding": _Meaning(Knob.FORWARDING, _flag, 4),
    "ipv4.rp_filter": _stronger(Knob.REVERSE_PATH_CHECK, _reverse_path),
    "ipv4.src_valid_mark": _stronger(Knob.MARK_IN_REVERSE_CHECK, _flag),
    "ipv4.accept_local": _stronger(Knob.ACCEPT_OWN_SOURCE, _flag),
    "ipv4.arp_ignore": _stronger(Knob.NEIGHBOUR_ANSWERS, _answers),
    "ipv4.proxy_arp": _stronger(Knob.PROXY_ARP, _flag),
    "ipv6.hop_limit": _Meaning(Knob.PACKET_LIFE, number, 6),
    # the device decides; what an interface has of its own only tells whether it is a host there
    "ipv6.forwarding": _Meaning(Knob.FORWARDING, _flag, 6, Scope.PRESET, of_all=Scope.EXACT),
}
# net.ipv4.conf.eth0.7.rp_filter
_CONF = re.compile(r"net\.(ipv[46])\.conf\.(.+)\.(\w+)")


def setting_of(key: str, text: str) -> DeviceSetting:
    """What one key and its value mean; a key that nobody judges is kept as it is."""
    plain = DeviceSetting(key, text)
    if meaning := _DEVICE.get(key):
        return _with(plain, meaning, None, meaning.scope)
    found = _CONF.fullmatch(key)
    meaning = _INTERFACE.get(f"{found[1]}.{found[3]}") if found else None
    if found is None or meaning is None:
        return plain
    if found[2] == "default":
        return _with(plain, meaning, None, Scope.NEW_INTERFACES)
    if found[2] == "all":
        return _with(plain, meaning, None, meaning.of_all)
    return _with(plain, meaning, found[2], meaning.scope)


def _with(
    plain: DeviceSetting, meaning: _Meaning, interface: str | None, scope: Scope
) -> DeviceSetting:
    strength = number(plain.text) if scope is Scope.AT_LEAST else None
    return replace(
        plain,
        knob=meaning.knob,
        value=meaning.read(plain.text),
        interface=interface,
        version=meaning.version,
        scope=scope,
        strength=strength or 0,
    )


_KEYS = {(meaning.knob, meaning.version): key for key, meaning in _DEVICE.items()}


def key_of(knob: Knob, version: int | None = None) -> str | None:
    """The key by which the whole device is set so."""
    return _KEYS.get((knob, version)) or _KEYS.get((knob, None))
