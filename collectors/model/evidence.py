"""What one device answered to one question: the ground that every statement of the product stands
on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar

from collectors.model.flow import Address, Flow
from collectors.model.records import Record

R = TypeVar("R")


class Question(StrEnum):
    """What can be asked of a device. Each is answered per platform by a command and a parser."""

    IDENTITY = "identity"
    INTERFACES = "interfaces"
    TUNNELS = "tunnels"  # where tunnels lead that their interface does not tell: WireGuard's peers
    ROUTE_CHOICE = "route-choice"  # needs about.flow; about.iif on a transit device
    ROUTE_SPREAD = "route-spread"  # ROUTE_CHOICE for many source ports at once (about.ports)
    RULES = "rules"
    ROUTES = "routes"
    SETTINGS = "settings"  # rp_filter, forwarding, ECMP policy and seed, tcp_loose, be_liberal ...
    NEIGHBOURS = "neighbours"
    FILTER = "filter"  # nft ruleset with counters: FilterChain and FilterRule
    FILTER_IPTABLES = "filter-iptables"
    FILTER_LEGACY = "filter-legacy"
    SESSIONS = "sessions"  # the flow's entries in the state table, every translation of them
    SESSION_STATS = "session-stats"  # conntrack -S, table usage
    SESSION_EVENTS = "session-events"  # live, for the window
    COUNTERS = "counters"  # nstat, interface errors
    LISTENERS = "listeners"
    SOCKETS = "sockets"  # the flow's own sockets with their timers
    LOGS = "logs"
    TRACE = "trace"
    CAPTURE = "capture"
    CONNECT = "connect"  # an attempt of the flow from the client: a probe
    PING = "ping"  # a probe
    PATH_MTU = "path-mtu"  # a probe
    ARP_PROBE = "arp-probe"  # a probe: who answers for a gateway address
    # a probe: who answers at each distance, over several source ports
    TRACE_SPREAD = "trace-spread"
    PORT_SWEEP = "port-sweep"  # a probe: bounded connects from several source ports
    STATE_SYNC = "state-sync"  # conntrackd, keepalived, pfsync ... status
    NEXTHOP_SETS = "nexthop-sets"  # FRR's and other routing daemons' view of the prefix


class Status(StrEnum):
    """How the question ended. Four different things that must never be confused, and why."""

    # could not or must not be asked: no login, probes off, no such command on this platform
    NOT_ASKED = "not asked"
    NO_ANSWER = "no answer"  # asked, but the device hung, closed or was lost
    REFUSED = "refused"  # asked; the device lacks the privilege or the tool: `reason` says which
    ANSWERED = "answered"  # records hold the answer; no records = "answered: none"
    UNPARSED = "unparsed"  # there is output that could not be read; raw text stays as evidence


@dataclass(frozen=True, slots=True)
class QueryParams:
    """What exactly is asked. Fields that a question does not use stay None."""

    flow: Flow | None = None
    iif: str | None = None
    mark: int | None = None
    address: Address | None = None
    interface: str | None = None
    seconds: float | None = None
    ports: tuple[int, ...] = ()
    # every translation of the flow that a capture or a lookup should cover
    flows: tuple[Flow, ...] = ()
    sample: str | None = None  # "before" / "after" for what is read twice
    tos: int | None = None  # the DSCP that the packet carries, as routing compares it; None = 0


@dataclass(frozen=True, slots=True)
class Query:
    """A question for one device, not yet asked. Two equal queries are asked once."""

    device: str
    question: Question
    params: QueryParams = QueryParams()
    step: str = ""  # the step that wants to know; not part of what makes it equal
    delay: float = 0.0  # seconds after its batch begins; not part of what makes it equal either

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Query) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def key(self) -> tuple[str, Question, QueryParams]:
        """What makes two queries the same."""
        return (self.device, self.question, self.params)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One answer. `id` is unique within a case and is what reasons and pages link to.

    `stdout` and `stderr` are the device's raw bytes, never changed; `records` is what the parser
    read in them;
    `unread` are the lines that it could not read, `harmless` those of them that cannot belong to
    the answer. Times are epoch seconds by our clock.
    """

    id: str
    query: Query
    status: Status
    command: str = ""
    stdout: bytes = b""
    stderr: bytes = b""
    exit_status: int | None = None
    records: tuple[Record, ...] = ()
    unread: tuple[str, ...] = ()
    reason: str | None = None  # one sentence where the status is not ANSWERED
    taken_at: float = 0.0
    duration: float = 0.0
    # cut: at a limit of ours, by whoever pasted it, or it ends before its own end
    truncated: bool = False
    pasted_by: str | None = None
    clock_offset: float = 0.0  # device clock minus ours
    clock_uncertainty: float = field(default=0.0)
    harmless: tuple[str, ...] = ()
    all_versions: bool = False  # it was asked about IPv4 and IPv6

    @property
    def device(self) -> str:
        """Who answered."""
        return self.query.device

    @property
    def question(self) -> Question:
        """What was asked."""
        return self.query.question

    @property
    def params(self) -> QueryParams:
        """About what exactly."""
        return self.query.params

    @property
    def whole(self) -> bool:
        """Is it all that the device had to say? Only then does what is not in it say anything."""
        return self.status is Status.ANSWERED and not self.truncated and not self.lacking

    @property
    def lacking(self) -> bool:
        """May a line that could not be read belong to the answer? It may be the one that
        matters."""
        return any(line not in self.harmless for line in self.unread)

    def of(self, kind: type[R]) -> tuple[R, ...]:
        """The records of one class."""
        return tuple(record for record in self.records if isinstance(record, kind))

    def renamed(self, new_id: str) -> Evidence:
        """The same evidence under another id."""
        return replace(self, id=new_id)
