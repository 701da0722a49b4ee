"""One flow: the 5-tuple that an incident is about."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address


class Protocol(StrEnum):
    """Which transport the flow uses; ICMP also stands for ICMPv6 when the addresses are IPv6.

    The others carry tunnels, under the names that iptables and nft know (`/etc/protocols`); they
    have no ports.
    """

    TCP = "tcp"
    UDP = "udp"
    ICMP = "icmp"
    IPENCAP = "ipencap"  # 4: IPv4 in IP
    IPV6 = "ipv6"  # 41: IPv6 in IP
    GRE = "gre"  # 47
    ESP = "esp"  # 50

    @property
    def has_ports(self) -> bool:
        """Do its packets name ports?"""
        return self in (Protocol.TCP, Protocol.UDP)


FOLLOWED = (Protocol.TCP, Protocol.UDP, Protocol.ICMP)  # what a responder may ask about


class BadFlow(ValueError):
    """The text or the fields do not make a flow; the message says why in words for the user."""


class NoPort(BadFlow):
    """It is a flow, but for the port of what is asked."""


_GRAMMAR = re.compile(
    # tcp 192.0.2.20:43122 > 203.0.113.10:443    udp [2001:db8::1]:* -> [2001:db8::2]:53
    r"\s*(?:(?P<protocol>[A-Za-z0-9]+)\s+)?"
    r"(?P<src>\[[0-9A-Fa-f:.]+\]|[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)(?::(?P<sport>\*|\d+))?"
    r"\s*(?:->|=>|→|>)\s*"
    r"(?P<dst>\[[0-9A-Fa-f:.]+\]|[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)(?::(?P<dport>\d+))?\s*",
)


@dataclass(frozen=True, slots=True, order=True)
class Flow:
    """A 5-tuple. A port of None means "not known" (or, for ICMP, "has none")."""

    protocol: Protocol
    src: Address
    sport: int | None
    dst: Address
    dport: int | None

    def __post_init__(self) -> None:
        if self.src.version != self.dst.version:
            raise BadFlow(f"{self.src} and {self.dst} are of different IP versions")
        for end in (self.src, self.dst):
            if getattr(end, "scope_id", None) is not None:
                raise BadFlow(
                    f"{str(end)[:60]!r} has a zone; a flow that crosses a network has addresses"
                    " without one"
                )
        for port in (self.sport, self.dport):
            if port is not None and not 0 < port < 65536:
                raise BadFlow(f"{port} is not a port (1 to 65535)")

    @property
    def version(self) -> int:
        """4 or 6."""
        return self.src.version

    def reversed(self) -> Flow:
        """The same flow as the replies see it."""
        return Flow(self.protocol, self.dst, self.dport, self.src, self.sport)

    def matches(self, other: Flow) -> bool:
        """Are they the same flow, as far as their ports are known?"""
        return (
            (self.protocol, self.src, self.dst) == (other.protocol, other.src, other.dst)
            and (self.sport == other.sport or None in (self.sport, other.sport))
            and (self.dport == other.dport or None in (self.dport, other.dport))
        )

    def translated(
        self,
        *,
        src: Address | None = None,
        sport: int | None = None,
        dst: Address | None = None,
        dport: int | None = None,
    ) -> Flow:
        """The flow after NAT rewrote the given fields; None leaves a field as it is."""
        changes = {"src": src, "sport": sport, "dst": dst, "dport": dport}
        return replace(
            self,
            **{name: value for name, value in changes.items() if value is not None},  # type: ignore[arg-type]
        )

    def covers(self, other: Flow) -> bool:
        """Does the other flow equal this one where this one's ports are known?"""
        return (
            (self.protocol, self.src, self.dst) == (other.protocol, other.src, other.dst)
            and self.sport in (None, other.sport)
            and self.dport in (None, other.dport)
        )

    @classmethod
    def parse(cls, text: str) -> Flow:
        """Read `tcp 192.0.2.20:43122 > 203.0.113.10:443`; `*` or a missing source port means "not
        known".

        Raises BadFlow with a sentence for the user.
        """
        found = _GRAMMAR.fullmatch(text[:200])
        if not found:
            raise BadFlow(
                f"cannot read a flow from {text[:80]!r}; write tcp 192.0.2.20:43122 >"
                " 203.0.113.10:443"
            )
        return cls.build(**found.groupdict())

    @classmethod
    def build(
        cls,
        protocol: str | None,
        src: str,
        sport: str | int | None,
        dst: str,
        dport: str | int | None,
    ) -> Flow:
        """Make a flow from loose fields, checking each. Raises BadFlow."""
        try:
            kind = Protocol(
                (protocol or "tcp").lower().replace("icmpv6", "icmp").replace("ipv6-icmp", "icmp")
            )
        except ValueError:
            kind = Protocol.GRE
        if kind not in FOLLOWED:
            raise BadFlow(f"{protocol!r} is not a protocol that Bothways follows (tcp, udp, icmp)")
        flow = cls(kind, _address(src), _port(sport), _address(dst), _port(dport))
        if kind is not Protocol.ICMP and flow.dport is None:
            brackets = (
                "; a port of IPv6 stands behind brackets: [2001:db8::80]:443"
                if flow.version == 6
                else ""
            )
            raise NoPort(f"a {kind} flow needs a destination port{brackets}")
        return flow

    def __str__(self) -> str:
        if not self.protocol.has_ports:
            return f"{self.protocol} {self.src} > {self.dst}"
        return (
            f"{self.protocol} {_endpoint(self.src, self.sport)} > {_endpoint(self.dst, self.dport)}"
        )


def _address(text: str) -> Address:
    try:
        return ip_address(text.strip().strip("[]"))
    except ValueError:
        raise BadFlow(f"{text[:60]!r} is not an IP address (names are not looked up)") from None


def _port(value: str | int | None) -> int | None:
    if value in (None, "", "*"):
        return None
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise BadFlow(f"{value[:20]!r} is not a port")
    return int(value)


def _endpoint(address: Address, port: int | None) -> str:
    host = f"[{address}]" if address.version == 6 else str(address)
    return f"{host}:{'*' if port is None else port}"


def addresses_in(text: str, version: int) -> tuple[Address, ...]:
    """Every address of one IP version that a text names, in order."""
    pattern = r"\d+\.\d+\.\d+\.\d+" if version == 4 else r"[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f]*"
    found = []
    for word in re.findall(pattern, text):
        try:
            found.append(ip_address(word))
        except ValueError:
            continue
    return tuple(one for one in found if one.version == version)
