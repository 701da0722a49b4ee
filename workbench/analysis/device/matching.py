"""Does one condition of a filter rule hold for one imagined packet? Yes, no, or it cannot be
known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Literal

from collectors.model.flow import Address, Flow, Protocol
from collectors.model.records import FilterRule, Match
from workbench.analysis.case.case import Case
from workbench.analysis.device import fib
from workbench.analysis.device.addresses import is_own
from workbench.analysis.device.route_decision import UNICAST, UNKNOWN
from workbench.analysis.device.three_valued import all_of, any_of, turned

State = Literal["new", "established", "related", "invalid", "untracked"]


SOMEWHERE = "?"  # the interface by which it came in is not known


@dataclass(frozen=True, slots=True)
class PacketUnderTest:
    """One packet, imagined at one device. None = not known."""

    flow: Flow
    iif: str | None = None  # None = the device sends it itself
    oif: str | None = None  # None = it is for the device itself
    state: State | None = "new"
    flags: str | None = "S"  # tcpdump's letters, as in Packet: "S", "S.", ".", "P.", "R"
    mark: int | None = 0
    session_mark: int | None = 0
    reply: bool | None = None  # does it go in the reply direction of its session?
    translated: bool | None = None
    bridge: str | None = None  # the bridge that it crosses instead of being routed
    shown: bool = False  # does that bridge show it to the filters of routed packets, too?
    length: int | None = None
    ecn: bool = True  # are TCP's bits of ECN in `flags` known?
    zone: int | None = 0  # of connection tracking: a session is known in its own zone only
    # type in nft's words: echo-request, destination-unreachable, packet-too-big
    icmp: str | None = None

    def with_state(self, state: State) -> PacketUnderTest:
        """The same packet in another state."""
        return replace(self, state=state)


def applies(case: Case, device: str, rule: FilterRule, tested: PacketUnderTest) -> bool | None:
    """Does the rule match the packet? None = it may or may not."""
    return all_of([holds(case, device, match, tested) for match in rule.matches])


_WITHOUT_SESSION = frozenset({"invalid", "untracked"})


def holds(case: Case, device: str, match: Match, tested: PacketUnderTest) -> bool | None:
    """Does the condition hold for the packet?"""
    if match.field in _OF_A_SESSION and tested.state in _WITHOUT_SESSION:
        return False  # such a packet has no session to look at: the condition fails, negated or not
    return turned(_judged(case, device, match, tested), negated=match.negated)


def _judged(case: Case, device: str, match: Match, tested: PacketUnderTest) -> bool | None:
    """Does what the condition names hold, negation left aside?"""
    if match.field == "fib":
        return _fib(case, device, match, tested)
    judge = _FIELDS.get(match.field)
    if judge is None:
        return None
    return judge(match.values, tested)


def _interface(name: str | None) -> Callable[[object], bool]:
    def fits(value: object) -> bool:
        if name is None:
            return False
        pattern = str(value).strip('"')
        if pattern.endswith("+"):
            pattern = pattern[:-1] + "*"
        return fnmatchcase(name, pattern.replace("[", "[[]"))

    return fits


def _iif(values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    if tested.iif != SOMEWHERE:
        return any(map(_interface(tested.iif), values))
    named = {str(value).strip('"') for value in values}
    return None if named - {"lo"} else False


def _oif(values: tuple[object, ...], tested: PacketUnderTest) -> bool:
    return any(map(_interface(tested.oif), values))


def _src(values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    return _among(tested.flow.src, values)


def _dst(values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    return _among(tested.flow.dst, values)


def _among(address: object, values: Iterable[object]) -> bool | None:
    found: bool | None = False
    for value in values:
        if isinstance(value, str):
            found = None  # a set, a name or a range that was not read
        elif address in value:  # type: ignore[operator]
            return True
    return found


_PROTOCOLS = {
    "4": "ipencap",
    "ipip": "ipencap",
    "41": "ipv6",
    "47": "gre",
    "50": "esp",
    "ipsec-esp": "esp",
}
_PROTOCOLS |= {
    "6": "tcp",
    "17": "udp",
    "1": "icmp",
    "58": "icmpv6",
    "ipv6-icmp": "icmpv6",
    "icmp6": "icmpv6",
}


def _protocol(values: tuple[object, ...], tested: PacketUnderTest) -> bool:
    own = tested.flow.protocol.value
    if own == "icmp" and tested.flow.version == 6:
        own = "icmpv6"
    lower = [str(value).lower() for value in values]
    named = {_PROTOCOLS.get(name, name) for name in lower}
    return not named.isdisjoint({own, "all"})


_EVERY_PORT = ((0, 65535), (1, 65535))


def _sport(values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    return _port(tested.flow.sport, values, tested)


def _dport(values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    return _port(tested.flow.dport, values, tested)


def _port(port: int | None, values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    if not tested.flow.protocol.has_ports:
        return False
    if not values:
        return port is None
    if port is None:
        return _takes_every_port(values) or None
    return any_of(_within(port, value) for value in values)


def _takes_every_port(values: tuple[object, ...]) -> bool:
    return any(value in _EVERY_PORT for value in values)


def _within(port: int, value: object) -> bool | None:
    """Is the port in that span? None = it is no span, but a set or a name that was not read."""
    if not isinstance(value, tuple) or len(value) != 2:
        return None
    low, high = value
    return bool(low <= port <= high)


def _state(values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    if tested.state is None:
        return None
    return tested.state in _words(values)


def _words(values: tuple[object, ...]) -> set[str]:
    words: set[str] = set()
    for value in values:
        words.update(re.split(r"[,|\s]+", str(value).lower()))
    return words - {""}


def _direction(values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    """A packet that begins a session goes in its original direction, also one that was meant as an
    answer."""
    if tested.state == "new":
        return "original" in _words(values)
    if tested.reply is None:
        return None
    return ("reply" if tested.reply else "original") in _words(values)


def _status(values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    wanted = _words(values)
    if tested.state in _WITHOUT_SESSION:
        return False
    if tested.translated is False and wanted <= {"snat", "dnat"}:
        return False
    if tested.state == "new" and not wanted.isdisjoint(_OF_AN_OLD_SESSION):
        return False
    return None


_OF_AN_OLD_SESSION = frozenset({"assured", "seen-reply", "confirmed"})


def _mark(values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    return _marked(values, tested.mark)


def _session_mark(values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    return _marked(values, tested.session_mark)


def _marked(values: tuple[object, ...], mark: int | None) -> bool | None:
    if mark is None:
        return None
    return any(_same_mark(str(value), mark) for value in values)


def _same_mark(text: str, mark: int) -> bool:
    value, _, mask = text.partition("/")
    bits = int(mask, 0) if mask else 0xFFFFFFFF
    return mark & bits == int(value, 0) & bits


_FLAGS = {
    "S": "syn",
    ".": "ack",
    "F": "fin",
    "R": "rst",
    "P": "psh",
    "U": "urg",
    "E": "ecn",
    "W": "cwr",
}
_ECN = frozenset({"ecn", "cwr"})
_CONTROL = frozenset(_FLAGS.values()) - _ECN  # what iptables calls ALL


def _tcp_flags(values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    if tested.flow.protocol is not Protocol.TCP:
        return False
    if tested.flags is None:
        return None
    own = {_FLAGS.get(letter, "") for letter in tested.flags} - {""}
    return any_of(_compared(own, pair, tested.ecn) for pair in _pairs(values))


def _pairs(values: tuple[object, ...]) -> list[tuple[object, ...]]:
    """Which flags are looked at, and which of them must be set: one pair, or several."""
    kinds = [type(value) for value in values]
    if kinds == [str, str]:
        return [values]
    return [value for value in values if isinstance(value, tuple)]


def _compared(own: set[str], pair: tuple[object, ...], ecn: bool) -> bool | None:
    """Are those of the first that the packet has exactly the second?"""
    looked_at, wanted = _flag_names(pair[0]), _flag_names(pair[1])
    if ecn or wanted.isdisjoint(_ECN):
        return own & looked_at == wanted
    if own & looked_at - _ECN == wanted - _ECN:
        return None
    return False


def _flag_names(text: object) -> frozenset[str]:
    words = frozenset(re.split(r"[,|\s()]+", str(text).lower()))
    if words & {"all", "0x3f"}:
        return _CONTROL
    if "0xff" in words:
        return frozenset(_FLAGS.values())
    return words - {"", "none", "0x0", "0"}


def _icmp_type(values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    if tested.flow.protocol is not Protocol.ICMP:
        return False
    if tested.icmp is None:
        return None
    named = {str(value).lower() for value in values}
    return bool(named & {"any", tested.icmp, tested.icmp.partition("/")[0]})


def _length(values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    if tested.length is None:
        return None
    spans = [_SPAN.fullmatch(str(value)) for value in values]
    if None in spans:
        return None
    return any(_holds(span, tested.length) for span in spans if span is not None)


def _holds(span: re.Match[str], length: int) -> bool:
    low, high = span[1], span[2] or span[1]
    return int(low) <= length <= int(high)


_SPAN = re.compile(r"(\d+)(?:[-:](\d+))?")  # 0-100, 40:1500, 64


def _version(values: tuple[object, ...], tested: PacketUnderTest) -> bool:
    return not _words(values).isdisjoint(_VERSIONS[tested.flow.version])


_VERSIONS = {4: {"4", "ip", "ipv4", "0x0800"}, 6: {"6", "ip6", "ipv6", "0x86dd"}}


def _fib(case: Case, device: str, match: Match, tested: PacketUnderTest) -> bool | None:
    """`saddr . iif oif missing`, `daddr type local`."""
    texts = [str(value).lower() for value in match.values]
    if all(" type " in text for text in texts):
        return any_of(_of_type(case, device, tested, text) for text in texts)
    if not all(map(_wants_no_way_back, texts)):
        return None
    strict = any(" . iif" in text for text in texts)
    return _no_way_back(case, device, tested, strict=strict)


def _wants_no_way_back(text: str) -> bool:
    return text.startswith("saddr") and text.endswith("missing")


def _of_type(case: Case, device: str, tested: PacketUnderTest, text: str) -> bool | None:
    """Is the address one of the device's own, of a group, or of somebody else?"""
    address = tested.flow.src if text.startswith("saddr") else tested.flow.dst
    kind = text.rpartition(" ")[2]
    if kind == "multicast":
        return address.is_multicast
    if kind in ("broadcast", "anycast"):
        return False
    if kind not in ("local", "unicast"):
        return None
    return turned(_is_local(case, device, address), negated=kind == "unicast")


def _is_local(case: Case, device: str, address: Address) -> bool | None:
    """Is the address the device's own? None = its addresses are not known."""
    if address.is_loopback or is_own(case, device, address):
        return True
    if not case.interfaces(device):
        return None
    return False


def _no_way_back(case: Case, device: str, tested: PacketUnderTest, *, strict: bool) -> bool | None:
    back = fib.from_tables(case, device, tested.flow.reversed(), None, tested.mark)
    if back.kind == UNKNOWN:
        return None
    if back.kind != UNICAST:
        return True
    if not strict:
        return False
    if tested.iif == SOMEWHERE:
        return None
    return tested.iif not in {hop.interface for hop in back.next_hops}


_OF_A_SESSION = frozenset({"ct_direction", "ct_mark", "ct_status"})
_FIELDS: dict[str, Callable[[tuple[object, ...], PacketUnderTest], bool | None]] = {
    "iif": _iif,
    "oif": _oif,
    "src": _src,
    "dst": _dst,
    "protocol": _protocol,
    "sport": _sport,
    "dport": _dport,
    "ct_state": _state,
    "ct_direction": _direction,
    "ct_status": _status,
    "mark": _mark,
    "ct_mark": _session_mark,
    "tcp_flags": _tcp_flags,
    "icmp_type": _icmp_type,
    "length": _length,
    "version": _version,
}
