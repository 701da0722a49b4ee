"""What devices say, as frozen records. One record class per kind of fact; parsers make them,
analysis reads them.

Units: seconds for times and durations, bytes for sizes, milliseconds only where a name ends in
`_ms`.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from collectors.model.flow import Address, Flow, Protocol
from collectors.model.inventory import AddressWithPrefix
from collectors.model.tunnels import Peer, Tunnel, TunnelLink

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface with its addresses (`ip -j -d addr`)."""

    name: str
    index: int
    mac: str | None
    mtu: int
    up: bool
    kind: str | None = None  # veth, bridge, vlan, bond, vrf, tun ... ; None for a plain port
    master: str | None = None
    addresses: tuple[AddressWithPrefix, ...] = ()
    tunnel: Tunnel | None = None
    # a bridge's port: nothing passes between it and another one that is isolated, too
    isolated: bool = False


@dataclass(frozen=True, slots=True)
class NextHop:
    """One way out of a route. gateway None = the destination is on the link itself."""

    interface: str | None
    gateway: Address | None = None
    weight: int = 1
    up: bool = True


@dataclass(frozen=True, slots=True)
class Route:
    """One entry of one routing table (`ip -j -d route show table all`)."""

    destination: Network
    table: str  # "main", "local", "100": as the device writes it
    kind: str  # unicast, local, broadcast, blackhole, unreachable, prohibit, throw
    next_hops: tuple[NextHop, ...] = ()
    source: Address | None = None
    metric: int = 0
    protocol: str | None = None
    mtu: int | None = None
    # IPv6: only packets from there look at it (`default from 2001:db8:6::/64 via ..`)
    only_from: Network | None = None


@dataclass(frozen=True, slots=True)
class RouteChoice:
    """The device's own answer for exactly one packet (`ip route get ... iif ... sport ... dport
    ...`)."""

    kind: str  # unicast, local, blackhole, unreachable, prohibit, multicast, invalid
    next_hop: NextHop | None = None
    source: Address | None = None
    table: str | None = None
    mtu: int | None = None
    # the kernel's words where it refused: "Invalid argument", "No route to host"
    error: str | None = None
    sport: int | None = None  # for which source port, where many were asked about at once


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One policy routing rule (`ip -j rule`). None = the rule does not look at that field."""

    priority: int
    action: str  # lookup, blackhole, unreachable, prohibit, goto, nop
    table: str | None = None
    source: Network | None = None
    destination: Network | None = None
    iif: str | None = None
    oif: str | None = None
    mark: int | None = None
    mask: int = 0xFFFFFFFF
    protocol: Protocol | str | None = None
    sport: tuple[int, int] | None = None
    dport: tuple[int, int] | None = None
    tos: int | None = None
    goto: int | None = None
    inverted: bool = False
    # selectors that nobody can judge (uidrange, suppress_prefixlength ...)
    unread: tuple[str, ...] = ()
    # 4 or 6: rules of one family never see packets of the other; None = not known
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Sysctl:
    """One kernel setting, by its sysctl key: `net.ipv4.conf.eth0.rp_filter` = "1"."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One entry of the neighbour table (`ip -j neigh`)."""

    address: Address
    interface: str
    mac: str | None
    states: tuple[str, ...]  # REACHABLE, STALE, DELAY, PROBE, FAILED, INCOMPLETE, PERMANENT, NOARP
    router: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """One tracked connection with both of its tuples (`conntrack -L -o xml,extended,id`).

    `original` is as the first packet came in; `reply` is what a reply looks like to this device
    before it is translated back, so `reply.reversed()` is the flow after translation.
    """

    original: Flow
    reply: Flow
    state: str | None = None  # SYN_SENT, ESTABLISHED ... ; None for UDP and ICMP
    assured: bool = False
    unreplied: bool = False
    timeout: int | None = None
    mark: int = 0
    id: int | None = None
    packets: tuple[int, int] | None = None  # original, reply; None when accounting is off

    @property
    def translated(self) -> bool:
        """Does this session rewrite addresses or ports?"""
        return self.reply.reversed() != self.original


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """One line of `conntrack -E -o timestamp,extended,id`; time in epoch seconds of the device."""

    time: float | None
    event: str  # NEW, UPDATE, DESTROY
    session: Session


@dataclass(frozen=True, slots=True)
class Counter:
    """One number that rises: a kernel counter (`nstat`), a conntrack statistic, an interface
    error."""

    scope: str  # "kernel", "conntrack", "interface eth0", "softnet"
    name: str  # IpForwDatagrams, invalid, rx_dropped
    value: int


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


@dataclass(frozen=True, slots=True)
class Socket:
    """One socket (`ss -tunlap`, `ss -tinoe`). remote None = it listens."""

    protocol: Protocol
    state: str
    local: Address | None  # None = any address
    local_port: int
    remote: Address | None = None
    remote_port: int | None = None
    interface: str | None = None
    send_queue: int = 0
    recv_queue: int = 0
    retransmits: int = 0  # now outstanding
    total_retransmits: int = 0
    mss: int | None = None
    pmtu: int | None = None
    process: str | None = None
    family: int | None = None  # 4 or 6 when the listener is bound to one of them only
    rtt_ms: float | None = None  # the kernel's smoothed round trip to the other end
    rtt_var_ms: float | None = None  # and its mean deviation
    # what it waits for: on (an acknowledgement), persist (room in the other's window)
    timer: str | None = None
    # since anything came from the other end (lastrcv, or lastack where that is newer)
    quiet_ms: int | None = None


@dataclass(frozen=True, slots=True)
class TraceReply:
    """What answered at one TTL of a traceroute; address None = silence (`* * *`)."""

    ttl: int
    address: Address | None
    rtts_ms: tuple[float, ...] = ()
    note: str | None = None  # !H !N !X !F-1400
    reached: bool = False
    sent: int | None = None  # probes to this distance, where the tool counts them (mtr)
    lost: float | None = None  # the share of them without an answer, 0..1


@dataclass(frozen=True, slots=True)
class HopProbe:
    """One probe of a traceroute over several source ports; address None = silence."""

    ttl: int
    sport: int
    address: Address | None
    reached: bool = False


@dataclass(frozen=True, slots=True)
class Traceroute:
    """One traceroute: what was asked and who answered."""

    destination: Address | None
    protocol: str  # tcp, udp, icmp
    replies: tuple[TraceReply, ...]
    sport: int | None = None  # the flow's own source port, where the probes carried it


@dataclass(frozen=True, slots=True)
class Packet:
    """One captured packet. `flow` is None where the packet has no ports and addresses that we read
    (ARP).

    For an ICMP error `quoted` is the flow of the packet that it complains about and `flow` its own
    outer addresses.
    """

    time: float  # epoch seconds by the device's clock
    interface: str | None
    outgoing: bool | None  # as SLL2 tells; None = the capture does not say
    flow: Flow | None
    length: int  # bytes of the IP packet (of the frame's content where it is not IP)
    ttl: int | None = None
    ip_id: int | None = None
    flags: str = ""  # tcpdump's letters: S . F R P U, and E W of ECN; S. is a SYN-ACK
    seq: int | None = None
    ack: int | None = None
    payload: int = 0  # bytes of transport payload
    mss: int | None = None
    dont_fragment: bool = False
    fragment: bool = False
    icmp: tuple[int, int] | None = None  # type, code
    icmp_mtu: int | None = None
    icmp_id: int | None = None
    quoted: Flow | None = None
    arp: str | None = None  # "reply 192.0.2.1 is-at 02:..", "request who-has .. tell .."
    source_mac: str | None = None
    destination_mac: str | None = None
    # IPv4's type of service, IPv6's traffic class: DSCP, and two bits of ECN; None = not told
    tos: int | None = None
    # it was for another machine on the link: flooded by a switch, or to be bridged
    overheard: bool = False
    # what it carries, where it is a tunnel's; the hardware addresses are the tunnel's
    inside: Packet | None = None
    tunnel: str = ""  # which tunnel, in words: VXLAN 42, GRE key 7, IPIP

    @property
    def control(self) -> str:
        """Its flags without those of ECN (RFC 3168): what it does in the connection, whatever it
        offers besides."""
        return self.flags.replace("E", "").replace("W", "")

    @property
    def carried(self) -> tuple[Packet, ...]:
        """What is inside, and what is inside of that; the outermost first."""
        return (self.inside, *self.inside.carried) if self.inside is not None else ()


@dataclass(frozen=True, slots=True)
class LogLine:
    """One packet that a firewall wrote to its log (`journalctl -k -o json`, dmesg, a file)."""

    time: float | None
    prefix: str
    iif: str | None
    oif: str | None
    flow: Flow | None
    flags: str = ""
    text: str = ""
    # whom the frame was for: tells whose packet it was where several share one log
    mac: str | None = None
    # source and destination, where the line tells no more of the packet
    ends: tuple[Address, Address] | None = None
    mark: int | None = None  # the packet's, where the line tells it
    # seconds before the newest moment that was pasted with it; None = not known
    age: float | None = None
    # it came in and leaves nowhere, as the line says: it was for the device itself
    bound_in: bool = False
    port: int | None = None  # of the listening socket, where the line is about one


@dataclass(frozen=True, slots=True)
class LogPlace:
    """One place where a device keeps a log, and whether it may be read."""

    name: str
    readable: bool


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What an active probe met: a connect, a ping of a given size, a probe by ARP."""

    kind: str  # connect, ping, ping-df, arping
    target: Address
    size: int | None = None  # bytes of IP packet, for DF probes
    ok: bool = False
    # "timed out", "refused", "no route to host", "message too long, mtu=1400"
    error: str | None = None
    mtu: int | None = None
    rtt_ms: float | None = None
    sport: int | None = None
    answered_by: tuple[str, ...] = ()  # MACs that answered an ARP probe
    told_by: Address | None = None  # who sent the error, where it came from the way


@dataclass(frozen=True, slots=True)
class Clock:
    """The device's clock against ours: offset = device - ours, known to within +- uncertainty
    (seconds)."""

    offset: float
    uncertainty: float


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the device says it is."""

    hostname: str
    system: str = ""
    user: str = ""
    root: bool = False


Record = (
    Interface | TunnelLink | Peer | Route | RouteChoice | PolicyRule | Sysctl | Neighbour
    | Session | SessionEvent | Counter | FilterRule | FilterChain | Socket | Traceroute | HopProbe
    | Packet | LogLine | LogPlace | ProbeResult | Clock | Identity
)  # fmt: skip
