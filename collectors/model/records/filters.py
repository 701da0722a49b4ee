"""What a device lets pass, rejects or translates."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Match:
    """One condition of a filter rule, on one field; `values` are alternatives.

    Fields, always in these words: iif, oif, src, dst, protocol, sport, dport, ct_state,
    ct_direction, ct_status, mark, ct_mark, tcp_flags, icmp_type, length, fib, version, limit, set,
    unread. `src`/`dst` values are Network, ports are (low, high) pairs of int, `tcp_flags` values
    are pairs (mask, compare) of text ("fin,syn,rst,ack", "syn"), all others are text: interfaces
    "eth0" or "eth*", marks "0x2" or "0x2/0xff", lengths "1401-65535", version "4" or "6", ICMP
    types by nft's names ("echo-request", "destination-unreachable/4"), fib "saddr . iif oif
    missing" or "daddr type local".
    `unread` holds the words of a condition that the parser cannot judge: the rule may or may not
    match.
    """

    field: str
    values: tuple[object, ...]
    negated: bool = False


class Counts(StrEnum):
    """What a rule counts."""

    CONNECTIONS = "connections at once"
    RATE = "packets or connections in a time"
    VOLUME = "bytes or packets so far"


class Picks(StrEnum):
    """Which ones a rule matches of packets that are alike."""

    SO_MANY = "so many in a time"
    BY_CHANCE = "a share of them, by chance"


class TargetChoice(StrEnum):
    """How a translation with several targets chooses one for the next connection."""

    CHANCE = "in turn or by chance"
    PORT_HASH = "by a hash of the client's address and port"
    ADDRESS_HASH = "by a hash of addresses"


@dataclass(frozen=True, slots=True)
class RuleMeaning:
    """What the words of a rule say beyond its conditions and its verdict, whatever the dialect."""

    counts: Counts | None = None  # None = it looks at single packets
    picks: Picks | None = None  # None = packets that are alike are treated alike
    choice: TargetChoice | None = None  # None = it always chooses the same target, or is none
    sets_life: bool = False  # it writes the time to live (hop limit)
    sets_source: bool = False  # it writes the source, and keeps no session of it
    arp_replies: bool = False  # of ARP, it looks at replies only
    unserved: str | None = None  # the service that, as the rule says, nobody serves
    balances: bool = False  # it hands connections to the servers of one service in turn


@dataclass(frozen=True, slots=True)
class FilterRule:
    """One rule of a packet filter, in its order in its chain (nft, iptables-save -c, a vendor's
    ACL)."""

    dialect: str  # nft, iptables, iptables-legacy, ios-acl, ...
    family: str  # ip, ip6, inet, bridge, arp, netdev
    table: str
    chain: str
    position: int  # order in the chain, from 0
    matches: tuple[Match, ...]
    # accept drop reject jump goto return queue snat dnat masquerade redirect notrack zone mark
    # synproxy continue
    verdict: str
    # the chain jumped to; the address of a translation; the mark or zone set
    target: str | None = None
    packets: int | None = None  # None = this rule does not count
    bytes: int | None = None
    handle: str | None = None
    comment: str | None = None
    log_prefix: str | None = None
    text: str = ""  # the rule in the device's own words
    meaning: RuleMeaning = RuleMeaning()

    @property
    def key(self) -> str:
        """The same rule in two samples has the same key."""
        return (
            f"{self.dialect}/{self.family}/{self.table}/{self.chain}/{self.handle or self.position}"
        )


@dataclass(frozen=True, slots=True)
class FilterChain:
    """A chain that packets enter by itself: its hook, order and policy. hook None = only reached by
    a jump."""

    dialect: str
    family: str
    table: str
    name: str
    hook: str | None = None  # prerouting, input, forward, output, postrouting, ingress
    kind: str = "filter"  # filter, nat, route
    priority: int = 0
    policy: str | None = None
    packets: int | None = None  # counted by the policy (iptables)
    bytes: int | None = None
    interface: str | None = None  # for ingress chains and interface ACLs
    # the dialect whose answer shows this very chain as well
    same_as: str | None = None
    # it stands where filters of this dialect usually stand, not in a table for special uses
    usual: bool = False
