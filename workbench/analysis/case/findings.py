"""What reading the case yields before any judgement: both paths, who saw the packet, where it was
last seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from collectors.model.evidence import Query
from collectors.model.flow import Address, Flow
from collectors.model.records import Packet
from collectors.model.step import Visit
from workbench.analysis.case.case import Case
from workbench.analysis.case.drop import Drop


class Basis(StrEnum):
    """What a hop rests on."""

    OBSERVED = "observed"  # a capture, a session entry or a moving counter of this very flow
    PREDICTED = "predicted"  # the device's own answer or its tables
    UNKNOWN = "unknown"


class Disposition(StrEnum):
    """How a walk ended, as routing selects (filters are not asked here: the path goes on beyond a
    drop)."""

    DELIVERED = "delivered"
    NO_ROUTE = "no route"
    BLACKHOLE = "blackhole"
    LOOP = "loop"
    INVISIBLE = "next hop cannot be asked"
    UNRESOLVED = "not yet asked"
    UNANSWERED = "no device answers on that link"
    WRONG_HOST = "delivered to another host"
    NOT_TAKEN = "the frame is for another machine"


class Boundary(StrEnum):
    """What kind of state a hop keeps about the flow."""

    FIREWALL = "firewall"
    NAT = "nat"
    LOAD_BALANCER = "load_balancer"
    IDS = "ids"


@dataclass(frozen=True, slots=True)
class Branch:
    """One next hop of an ECMP set: where it leads, and whether this flow takes it."""

    device: str | None
    address: Address | None
    interface: str | None
    weight: int = 1
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Hop:
    """One device on the path. `device` None = not in the inventory, then `address` says what is
    known."""

    device: str | None
    address: Address | None  # the address by which the packet reached it
    iif: str | None
    oif: str | None
    next_hop: Address | None
    flow_in: Flow
    flow_out: Flow  # after this device translated it
    basis: Basis = Basis.PREDICTED
    boundary: Boundary | None = None
    branches: tuple[Branch, ...] = ()
    mark: int | None = None
    decided: str = ""  # in words: "rule 100 -> table 100, default via 198.51.100.1"
    rule_priority: int | None = None  # of the policy rule that chose the table, where known
    by_source: bool = False  # that rule looks at the packet's source
    forwards: bool = True  # False = its settings say that it passes nothing on
    table: str | None = None
    evidence: tuple[str, ...] = ()
    against_routing: bool = False  # seen to go another way than its routing says

    @property
    def name(self) -> str:
        """The device's name, else its address, else `?`."""
        return self.device or (str(self.address) if self.address else "?")

    @property
    def unrouted(self) -> bool:
        """Is it not known how the device comes to its decision, nor where it sends the packet?"""
        return self.next_hop is None and self.table is None


@dataclass(frozen=True, slots=True)
class Trace:
    """One direction, in the order in which packets visit the devices, as routing selects."""

    flow: Flow
    hops: tuple[Hop, ...]
    disposition: Disposition
    reverse: bool = False
    # exact questions whose answer would make the walk surer or longer
    wanted: tuple[Query, ...] = ()
    alternates: tuple[Trace, ...] = ()  # the same walk along the branches not taken

    @property
    def names(self) -> tuple[str, ...]:
        """Device names (or addresses) in order."""
        return tuple(hop.name for hop in self.hops)

    @property
    def partly_unknown(self) -> bool:
        """Is there a stretch of it of which no one showed which devices it passes?"""
        return self.disposition is Disposition.INVISIBLE or any(
            hop.unrouted for hop in self.hops[:-1]
        )

    def hop(self, device: str) -> Hop | None:
        """The hop at a device, or None."""
        return next((hop for hop in self.hops if hop.device == device), None)


@dataclass(frozen=True, slots=True)
class Observation:
    """What one device's capture saw of one direction."""

    device: str
    reverse: bool
    came_in: tuple[Packet, ...] = ()
    went_out: tuple[Packet, ...] = ()
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Thinning:
    """Packets that went missing at a device (`after` None) or on the way to the next point that
    watched."""

    node: str
    after: str | None
    reverse: bool
    sent: int  # packets that were compared
    lost: int
    interface: str | None = None
    hidden: tuple[str, ...] = ()  # hops between that nobody watched
    packets: tuple[Packet, ...] = ()  # the lost ones
    # of the lost ones: those after which one like it, of the same connection, passed
    alike: int = 0
    again: int = 0  # of the lost ones: those that were sent again
    scattered: bool = True  # not in blocks
    evidence: tuple[str, ...] = ()
    rhythm: float | None = None  # s; they are lost in one part of each such period, and only there

    @property
    def share(self) -> float:
        """The share of the packets that went missing."""
        return self.lost / self.sent if self.sent else 0.0

    @property
    def by_chance(self) -> bool:
        """Do packets that are alike pass again and again? Then nothing stops them by what they
        are."""
        # what stops most of them is chance only if its own counter says so
        mostly_passed = 2 * self.lost < self.sent
        return mostly_passed and self.alike >= 2 and 2 * self.alike >= self.lost and self.scattered


class ConnState(StrEnum):
    """How one attempt of the flow went, as the packets at the ends (or anywhere between) show."""

    WORKED = "worked"
    REFUSED = "refused"  # the SYN was answered by a RST, or the request by "port unreachable"
    NO_ANSWER = "no answer"  # the first packet was sent again and again
    HALF_OPEN = "half open"  # an answer was seen on its way, but the handshake never completed
    # it was established, then data was sent again and again without an acknowledgement
    STALLED = "stalled"
    RESET = "reset"  # it was established, then broken off by a RST
    # the question was acknowledged, and the client gave up waiting for the answer
    UNANSWERED = "unanswered"
    # the server acknowledged the question, and reset the connection itself before any answer
    CUT_OFF = "cut off"
    HUNG_UP = "hung up"  # the server closed it in a pause; what the client said later met a RST
    OPEN = "open"  # too little seen to tell


class Use(StrEnum):
    """How much of an exchange an attempt that worked did show."""

    # the answer of the same connection came back and was used: data acknowledged both ways, or
    # closed
    USED = "used"
    WAITING = "waiting"  # the server took the question, and owed the answer when the watch ended
    CARRIED = "carried"  # the server's data was acknowledged; nothing was asked of it
    OPENED = "opened"  # the handshake, and no data
    # the handshake and a question, which nobody had acknowledged when the watch ended
    ASKED = "asked"
    ANSWERED = "answered"  # the SYN-ACK, and the watch ended before the ACK would have been seen
    # the asker reset it as soon as the SYN-ACK came, as the health checks of balancers do
    CHECKED = "checked"
    IDLE = "idle"  # a connection from before the window that carried no data in it
    # the server itself reset it, after the handshake and before any answer
    BROKEN_OFF = "broken off"


@dataclass(frozen=True, slots=True)
class Loss:
    """What the packets of one failing connection tell of what was lost."""

    reverse: bool | None  # None = they do not tell in which direction
    text: str
    # bytes of data that are too many, where smaller packets of that direction arrive
    size: int | None = None
    before: bool = False  # it was lost before the point that watched, not beyond it


class WatchedFrom(StrEnum):
    """From where an attempt was seen."""

    BOTH_ENDS = "both ends"
    TWO_POINTS = "two points"  # on either side, though not both ends themselves
    ONE_POINT = "one point"
    PROBE = "a probe"  # an attempt of ours, as the client's own system met it
    BOTH_SOCKETS = "both ends' sockets"  # no packet was captured


@dataclass(frozen=True, slots=True)
class Attempt:
    """One connection (or one request and reply) of the flow, by its source port, within the
    window."""

    flow: Flow
    end: ConnState
    fresh: bool = True  # its first packet was seen; False = it was established before the window
    started: float = 0.0
    evidence: tuple[str, ...] = ()
    use: Use = Use.USED
    watch: WatchedFrom = WatchedFrom.BOTH_ENDS
    ours: bool = False  # an attempt that this run made
    place: str = ""  # the point from which the client's side of it was seen
    loss: Loss | None = None  # of one that failed
    tries: int = 1  # how often what opens it was sent until it was answered
    # of one that the server hung up: the seconds of silence after which it did
    pause: float | None = None

    @property
    def waits(self) -> bool:
        """Was its question acknowledged, and still open when the watch ended?"""
        return self.end is ConnState.WORKED and self.use is Use.WAITING


@dataclass(frozen=True)
class Findings:
    """Everything that hypotheses read. Made once per case by `workbench.analysis.evidence.read.read`."""

    case: Case
    forward: Trace
    reverse: Trace
    observations: tuple[Observation, ...] = ()
    drop: Drop | None = None  # of all drops the one that tells most: the first
    drops: tuple[Drop, ...] = ()
    flow_works: bool | None = None  # both directions seen to work at the ends; None = not known
    attempts_seen: bool = False  # did the client send anything in the window?
    visits: tuple[Visit, ...] = field(default_factory=tuple)
    # every connection of the flow that the captures and probes show
    attempts: tuple[Attempt, ...] = ()
    # the flow, its reverse, and every translation of them that is known
    flows: tuple[Flow, ...] = ()
    below: tuple[Trace, ...] = ()  # the ways of the outer packets of tunnels on either path
    # the ways, there and back, to targets that a translation did not choose this time
    targets: tuple[Trace, ...] = ()
    server: str | None = None  # the device that the forward direction is really delivered to
    # stretches on which some packets went missing while others like them passed
    thinned: tuple[Thinning, ...] = ()

    @property
    def divergent(self) -> bool:
        """Do the two directions visit different devices? Behind what cannot be asked any device may
        hide."""
        out, home = (
            _known(self.case, self.forward),
            tuple(reversed(_known(self.case, self.reverse))),
        )
        if None not in (*out, *home):
            return out != home
        only_out, only_home = set(out) - set(home), set(home) - set(out)
        if (only_out and None not in home) or (only_home and None not in out):
            return True
        return self._by_address(only_out) and self._by_address(only_home)

    def _by_address(self, names: set[str | None]) -> bool:
        """Is there one among them that its addresses distinguish from what cannot be asked?"""
        return any(name is not None and self.case.ports_of(name) for name in names)

    def trace(self, reverse: bool) -> Trace:
        """The path of one direction."""
        return self.reverse if reverse else self.forward

    def observation(self, device: str, reverse: bool) -> Observation | None:
        """What that device's capture saw of that direction; None = no capture there."""
        return next(
            (s for s in self.observations if s.device == device and s.reverse == reverse), None
        )


def _known(case: Case, path: Trace) -> tuple[str | None, ...]:
    """The devices that tell of themselves, in order; None = one that does not, or where the walk
    could not go on."""
    known = tuple(
        hop.device if hop.device and not case.silent(hop.device) else None for hop in path.hops
    )
    return (
        known
        if path.disposition not in (Disposition.INVISIBLE, Disposition.UNRESOLVED)
        else (*known, None)
    )
