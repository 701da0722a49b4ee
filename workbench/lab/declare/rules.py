"""Packet filters as a lab declares them, without a dialect; dialects.py writes them as nft or
iptables text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One filter rule. Addresses and interfaces are names: a node, an alias, a segment."""

    verdict: str  # accept, drop, reject, reset, count
    states: tuple[str, ...] = ()
    protocol: str = ""
    source: str = ""
    destination: str = ""
    sports: tuple[int, ...] = ()
    dports: tuple[int, ...] = ()
    comes_from: str = ""  # the segment of the input interface
    goes_to: str = ""  # the segment of the output interface
    syn: bool = False  # only packets that open a connection
    icmp: str = ""  # nft's name of an ICMP type
    longer_than: int | None = None  # bytes of packet
    log: str = ""  # prefix
    percent: int | None = None  # only so many packets of a hundred, as chance has it
    over: int | None = None  # only what exceeds so many packets a second
    # only packets whose source is not reached by the interface they came in at
    no_way_back: bool = False

    @property
    def some(self) -> bool:
        """Does it take some of the packets that are alike, and leave others?"""
        return self.percent is not None or self.over is not None


@dataclass(frozen=True, slots=True)
class Chain:
    """The rules of one hook, in order, and what happens to the rest."""

    hook: str  # input, forward, output, prerouting
    lines: tuple[RuleLine, ...]
    policy: str = "accept"
    raw: bool = False  # before connection tracking


@dataclass(frozen=True, slots=True)
class NatRule:
    """One address translation. `to` is a name; None = masquerade."""

    kind: str  # snat, dnat
    match: RuleLine
    to: str | None
    to_port: int | None = None


@dataclass(frozen=True, slots=True)
class MarkRule:
    """Set a firewall mark, or (notrack) take packets out of connection tracking."""

    match: RuleLine
    value: int | None = None  # None = notrack


@dataclass(frozen=True, slots=True)
class Firewall:
    """Everything that one node does to packets."""

    chains: tuple[Chain, ...] = ()
    translations: tuple[NatRule, ...] = ()
    marks: tuple[MarkRule, ...] = ()


NEW = RuleLine("accept", states=("new",))
KNOWN = RuleLine("accept", states=("established", "related"))
INVALID = RuleLine("drop", states=("invalid",))
PING = RuleLine("accept", protocol="icmp")


def permit(port: int, protocol: str = "tcp", **more: object) -> RuleLine:
    """New connections to a port are let through."""
    return RuleLine(
        "accept",
        states=("new",),
        protocol=protocol,
        dports=(port,),
        syn=protocol == "tcp",
        **more,  # type: ignore[arg-type]
    )


def default_deny(*permits: RuleLine, hook: str = "forward", log: str = "") -> Firewall:
    """A stateful firewall that lets only declared connections begin."""
    last = (RuleLine("count", log=log),) if log else ()
    return Firewall((Chain(hook, (KNOWN, INVALID, *permits, *last), "drop"),))


def drop_invalid(*more: RuleLine, hook: str = "forward") -> Firewall:
    """A stateful firewall that refuses nothing but packets that fit no connection."""
    return Firewall((Chain(hook, (INVALID, *more)),))


def new_only(*permits: RuleLine) -> Firewall:
    """A default-deny firewall that never names INVALID: what is neither known nor permitted falls
    through."""
    return Firewall((Chain("forward", (KNOWN, *permits), "drop"),))


def watcher() -> Firewall:
    """Tracks connections, counts what fits none, and drops nothing."""
    return Firewall(
        (Chain("forward", (RuleLine("count", states=("invalid",)), KNOWN, RuleLine("count"))),)
    )


def stateless(*lines: RuleLine, hook: str = "forward", policy: str = "accept") -> Firewall:
    """A filter that looks at single packets only."""
    return Firewall((Chain(hook, lines, policy),))
