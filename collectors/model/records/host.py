"""What a device says of itself: who it is, its clock, its settings, counters and sockets."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.counters import CounterMeaning
from collectors.model.flow import Address, Protocol


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the device says it is."""

    hostname: str
    system: str = ""
    user: str = ""
    root: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """The device's clock against ours: offset = device - ours, known to within +- uncertainty
    (seconds)."""

    offset: float
    uncertainty: float


@dataclass(frozen=True, slots=True)
class Counter:
    """One number that rises: a kernel counter (`nstat`), a conntrack statistic, an interface
    error."""

    scope: str  # "kernel", "conntrack", "interface eth0", "softnet"
    name: str  # IpForwDatagrams, invalid, rx_dropped
    value: int
    meaning: CounterMeaning | None = None  # None = nothing that the analysis judges
    version: int | None = None  # of IP: 4 or 6; None = both


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
    # since the connection began: what the other end acknowledged, and what came from it
    acked_bytes: int | None = None
    received_bytes: int | None = None

    @property
    def established(self) -> bool:
        """Does its connection stand? Some tools write ESTAB, others ESTABLISHED."""
        return self.state.upper().startswith("ESTAB")
