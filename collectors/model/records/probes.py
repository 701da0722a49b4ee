"""What became of packets that were sent to find something out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from collectors.model.flow import Address


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


class Failure(StrEnum):
    """Why a probe was not answered as it should be."""

    TIMED_OUT = "timed-out"  # nothing came
    NO_REPLY = "no-reply"  # nothing came to a datagram, which a service may leave unanswered
    STALLED = "stalled"  # it connected, and nothing came then
    RESET = "reset"
    REFUSED = "refused"
    NOT_ATTEMPTED = "not-attempted"  # the prober could not try: its port is in use
    TOO_BIG = "too-big"
    TOO_BIG_TO_SEND = "too-big-to-send"  # for the prober itself
    NO_TUNNEL_PEER = "no-tunnel-peer"  # the prober's tunnel has nobody who takes it
    NO_PEER_ADDRESS = "no-peer-address"  # it has, and does not know where that one is
    PROHIBITED = "prohibited"
    NET_UNREACHABLE = "net-unreachable"
    HOST_UNREACHABLE = "host-unreachable"
    UNREACHABLE = "unreachable"  # in some other way
    AGED = "aged"  # its time to live ran out
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What an active probe met: a connect, a ping of a given size, a probe by ARP."""

    kind: str  # connect, ping, ping-df, arping
    target: Address
    size: int | None = None  # bytes of IP packet, for DF probes
    ok: bool = False
    # in words, to be shown: "timed out", "no route to host", "message too long, mtu=1400"
    error: str | None = None
    mtu: int | None = None
    rtt_ms: float | None = None
    sport: int | None = None
    answered_by: tuple[str, ...] = ()  # MACs that answered an ARP probe
    reported_by: Address | None = None  # who sent the error, where it came from the way
    failure: Failure | None = None  # what these words mean; None = it did not fail
