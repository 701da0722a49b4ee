"""Does one condition of a filter rule hold for one imagined packet? Yes, no, or it cannot be
known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Literal

from collectors.model.flow import Flow, Protocol
from collectors.model.records import FilterRule, Match
from workbench.analysis.case.case import Case
from workbench.analysis.device import fib
from workbench.analysis.device.route_decision import UNICAST, UNKNOWN

State = Literal["new", "established", "related", "invalid", "untracked"]


SOMEWHERE = "?"  # the interface of what came in nobody knows where


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
    answers = [holds(case, device, match, tested) for match in rule.matches]
    return False if False in answers else (None if None in answers else True)


def holds(case: Case, device: str, match: Match, tested: PacketUnderTest) -> bool | None:
    """Does the condition hold for the packet?"""
    if match.field in _OF_A_SESSION and tested.state in ("invalid", "untracked"):
        return False  # such a packet has no session to look at: the condition fails, negated or not
    if match.field == "fib":
        found = _fib(case, device, match, tested)
    else:
        judge = _FIELDS.get(match.field)
        found = judge(match.values, tested) if judge else None
    return found if found is None or not match.negated else not found


def _interface(name: str | None) -> Callable[[object], bool]:
    def fits(value: object) -> bool:
        pattern = str(value).strip('"')
        pattern = pattern[:-1] + "*" if pattern.endswith("+") else pattern
        return name is not None and fnmatchcase(name, pattern.replace("[", "[[]"))

    return fits


def _iif(values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    if tested.iif == SOMEWHERE:
        return None if any(str(value).strip('"') != "lo" for value in values) else False
    return any(map(_interface(tested.iif), values))


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
    own = "icmpv6" if own == "icmp" and tested.flow.version == 6 else own
    named = {_PROTOCOLS.get(str(value).lower(), str(value).lower()) for value in values}
    return own in named or "all" in named


def _sport(values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    return _port(tested.flow.sport, values, tested)


def _dport(values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    return _port(tested.flow.dport, values, tested)


def _port(port: int | None, values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    if not tested.flow.protocol.has_ports:
        return False
    spans = [value for value in values if isinstance(value, tuple) and len(value) == 2]
    if (0, 65535) in spans or (1, 65535) in spans:
        return True
    if port is None:
        return None if values else True
    if any(low <= port <= high for low, high in spans):
        return True
    return False if len(spans) == len(values) else None


def _state(values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    return None if tested.state is None else tested.state in _words(values)


def _words(values: tuple[object, ...]) -> set[str]:
    return {word for value in values for word in re.split(r"[,|\s]+", str(value).lower()) if word}


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
    if tested.state in ("invalid", "untracked") or (
        tested.translated is False and wanted <= {"snat", "dnat"}
    ):
        return False
    if wanted & {"assured", "seen-reply", "confirmed"} and tested.state == "new":
        return False
    return None


def _mark(values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    return _marked(values, tested.mark)


def _session_mark(values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    return _marked(values, tested.session_mark)


def _marked(values: tuple[object, ...], mark: int | None) -> bool | None:
    return None if mark is None else any(_same_mark(str(value), mark) for value in values)


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
    own = {_FLAGS[letter] for letter in tested.flags if letter in _FLAGS}
    flat = len(values) == 2 and all(isinstance(value, str) for value in values)
    pairs: list[object] = [values] if flat else list(values)
    return _any(_compared(own, pair, tested.ecn) for pair in pairs if isinstance(pair, tuple))


def _any(found: Iterable[bool | None]) -> bool | None:
    answers = list(found)
    return True if True in answers else (None if None in answers else False)


def _compared(own: set[str], pair: tuple[object, ...], ecn: bool) -> bool | None:
    """Are those of the first that the packet has exactly the second?"""
    looked_at, wanted = _flag_names(pair[0]), _flag_names(pair[1])
    if ecn or not wanted & _ECN:
        return own & looked_at == wanted
    return None if own & looked_at - _ECN == wanted - _ECN else False


def _flag_names(text: object) -> frozenset[str]:
    words = frozenset(word for word in re.split(r"[,|\s()]+", str(text).lower()) if word)
    if words & {"all", "0x3f"}:
        return _CONTROL
    if "0xff" in words:
        return frozenset(_FLAGS.values())
    return words - {"none", "0x0", "0"}


def _icmp_type(values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    if tested.flow.protocol is not Protocol.ICMP:
        return False
    if tested.icmp is None:
        return None
    named = {str(value).lower() for value in values}
    return bool(named & {"any", tested.icmp, tested.icmp.partition("/")[0]})


def _length(values: tuple[object, ...], tested: PacketUnderTest) -> bool | None:
    spans = [re.fullmatch(r"(\d+)(?:[-:](\d+))?", str(value)) for value in values]
    if tested.length is None or None in spans:
        return None
    return any(int(s[1]) <= tested.length <= int(s[2] or s[1]) for s in spans if s)


def _version(values: tuple[object, ...], tested: PacketUnderTest) -> bool:
    named = _words(values)
    return bool(
        named
        & (
            {"4", "ip", "ipv4", "0x0800"}
            if tested.flow.version == 4
            else {"6", "ip6", "ipv6", "0x86dd"}
        )
    )


def _fib(case: Case, device: str, match: Match, tested: PacketUnderTest) -> bool | None:
    """`saddr . iif oif missing`, `daddr type local`."""
    texts = [str(value).lower() for value in match.values]
    if all(" type " in text for text in texts):
        return _any(_of_type(case, device, tested, text) for text in texts)
    if all(text.startswith("saddr") and text.endswith("missing") for text in texts):
        return _no_way_back(case, device, tested, strict=any(" . iif" in text for text in texts))
    return None


def _of_type(case: Case, device: str, tested: PacketUnderTest, text: str) -> bool | None:
    """Is the address one of the device's own, of a group, or of somebody else?"""
    address = tested.flow.src if text.startswith("saddr") else tested.flow.dst
    kind = text.rpartition(" ")[2]
    if kind == "multicast":
        return address.is_multicast
    if kind not in ("local", "unicast"):
        return False if kind in ("broadcast", "anycast") else None
    own = address.is_loopback or any(port.address.ip == address for port in case.ports_of(device))
    if not own and not case.interfaces(device):
        return None
    return own == (kind == "local")


def _no_way_back(case: Case, device: str, tested: PacketUnderTest, *, strict: bool) -> bool | None:
    back = fib.from_tables(case, device, tested.flow.reversed(), None, tested.mark)
    if back.kind == UNKNOWN:
        return None
    if back.kind != UNICAST:
        return True
    if tested.iif == SOMEWHERE:
        return None if strict else False
    return strict and tested.iif not in {hop.interface for hop in back.next_hops}


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
