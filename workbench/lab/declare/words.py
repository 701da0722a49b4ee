"""The words of a lab: nodes, segments, ways, talks, and the truth about what is wrong. Nothing runs
here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from collectors.model.inventory import Role
from workbench.analysis.case.verdict import HEALTHY, Cause, Direction
from workbench.lab.declare.rules import Firewall


class Account(StrEnum):
    """How a node can be logged in to."""

    ROOT = "root"
    OPS = "ops"  # a non-root user with passwordless sudo
    PLAIN = "plain"  # the same user without sudo
    NONE = "none"  # no login at all: the node is not in the inventory


@dataclass(frozen=True, slots=True)
class Node:
    """One machine. Texts may name addresses by `<name>`, see plan.Plan.text."""

    name: str
    role: Role
    account: Account = Account.ROOT
    firewall: Firewall | None = None
    sysctls: tuple[tuple[str, str], ...] = ()
    commands: tuple[str, ...] = ()  # shell, run as root once the node has its links and routes
    frr: str | None = None  # frr.conf; the daemons to start are read from it
    files: tuple[tuple[str, str], ...] = ()  # path under /run or /etc/frr, text
    state_group: str | None = None
    down: bool = False  # powered off: its links exist, nothing answers
    forwards: bool | None = None  # None = as its role says
    # always logs what it refuses, and `check` looks into it; else a seed decides
    logs: bool = False

    @property
    def forwarding(self) -> bool:
        """Does it pass on packets of others?"""
        return (
            self.role not in (Role.CLIENT, Role.SERVER, Role.HOST)
            if self.forwards is None
            else self.forwards
        )


@dataclass(frozen=True, slots=True)
class Segment:
    """A link (two members) or a bridged network (more), with one subnet."""

    name: str
    members: str  # node names with blanks between them
    mtu: int | None = None
    host_size: bool = False  # room for many hosts (a LAN), else a transit link

    @property
    def nodes(self) -> tuple[str, ...]:
        """The names of its members."""
        return tuple(self.members.split())


@dataclass(frozen=True, slots=True)
class Lane:
    """One direction of a long wire: milliseconds one way, and shares of the frames."""

    delay: float = 0.0
    jitter: float = 0.0  # plus or minus; changes no order
    lost: float = 0.0
    twice: float = 0.0  # come a second time
    late: float = 0.0  # are overtaken by those behind them

    def then(self, other: Lane) -> Lane:
        """This one and another in a row."""
        lost, twice, late = (
            1 - (1 - mine) * (1 - theirs)
            for mine, theirs in (
                (self.lost, other.lost),
                (self.twice, other.twice),
                (self.late, other.late),
            )
        )
        return Lane(self.delay + other.delay, self.jitter + other.jitter, lost, twice, late)


@dataclass(frozen=True, slots=True)
class Wire:
    """A long wire in place of a link, or of the leg by which one node is on a bridged network."""

    segment: str
    there: Lane  # from the node `at`
    back: Lane | None = None  # to it; None = the same
    at: str | None = None  # None = the segment's first member

    @property
    def returning(self) -> Lane:
        """The lane to the node `at`."""
        return self.there if self.back is None else self.back


@dataclass(frozen=True, slots=True)
class ExtraRoute:
    """One extra route. `to` and `via` are names (`default`, segment, node, alias); several `via`
    make an ECMP set."""

    node: str
    to: str
    via: tuple[str, ...] = ()
    table: str | None = None
    metric: int | None = None
    kind: str = ""  # blackhole, unreachable, prohibit
    weights: tuple[int, ...] = ()
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One policy routing rule: `ip rule add ... pref N lookup TABLE`; the selector is written as
    `ip rule` has it."""

    node: str
    selector: str
    table: str
    priority: int = 100


@dataclass(frozen=True, slots=True)
class Alias:
    """A further address with a name: a virtual address, a NAT pool. `at` lists `node@segment` or
    `node@lo`."""

    name: str
    at: tuple[str, ...] = ()
    # the segment whose subnet it is taken from; None = a subnet of its own
    out_of: str | None = None
    length: int | None = None  # prefix length where it sits; None = a host address
    net: int | None = None  # None = one address; else a whole subnet of that length


class Manner(StrEnum):
    """What the client does once the connection stands."""

    REQUEST = "request"  # a short question and answer
    UPLOAD = "upload"  # sends much
    DOWNLOAD = "download"  # asks for much
    STREAM = "stream"  # stays connected and says something every second
    # the same, and when it hangs it repeats itself ever more rarely, as TCP does by itself
    QUIET = "quiet"
    HALF = "half"  # a short question, its own half closed behind it, and then the answer
    ABRUPT = "abrupt"  # a short question and answer, then a reset in place of a farewell


USUAL = 1.0  # seconds from one try of a client to its next, where no rhythm is declared


@dataclass(frozen=True, slots=True)
class Talk:
    """Which node connects to which, repeatedly."""

    client: str
    server: str  # a node, node@segment or an alias: the address that the client asks for
    protocol: str = "tcp"
    port: int = 443
    source_port: int | None = 40000  # None = another one each time
    manner: Manner = Manner.REQUEST
    served_by: str | None = None  # the node that listens; None = the server itself
    listen: str = "any"  # any, loopback, none, or a name of an address
    listen_port: int | None = None  # where a translator changes the port
    source: str | None = None  # name of the client's own address; None = its first
    every: float = USUAL
    # "fails" or "works": try source ports at bring-up until one does, and keep to that one
    pick: str | None = None


@dataclass(frozen=True, slots=True)
class LabEvent:
    """Something that happens after the network stands and the first talk works: shell on one
    node."""

    node: str
    command: str


@dataclass(frozen=True, slots=True)
class Truth:
    """What is wrong: the answer that a diagnosis is scored against.

    Paths are names with blanks between them, as routing selects, beyond the drop too; of a loop
    each node once.
    """

    cause: Cause
    forward: str
    reverse: str
    guilty: str | None = None
    decided_by: str | None = None
    direction: Direction | None = None
    # (node, shell): after it the flow works; `check` applies it
    cure: tuple[tuple[str, str], ...] = ()
    also: tuple[Cause, ...] = ()  # further faults that are there besides
    swap: tuple[str, str] | None = None  # chance decides which of these two stands where
    sometimes: bool = False  # the fault comes and goes: some attempts work
    cured_forward: str | None = None  # the paths after the cure where they differ
    cured_reverse: str | None = None

    @property
    def works(self) -> bool:
        """Should the flow work?"""
        return self.cause in HEALTHY


@dataclass(frozen=True, slots=True)
class Lab:
    """One network with one flow and, mostly, one fault.

    `ways` lay routes: every node of a way learns how to reach the last one by the next; the first
    mention of a destination on a node wins. `name@segment` in a way says over which segment a hop
    is reached.
    """

    name: str
    title: str
    nodes: tuple[Node, ...]
    segments: tuple[Segment, ...]
    ways: tuple[str, ...]
    talks: tuple[Talk, ...]  # the first is the flow that is diagnosed
    truth: Truth
    routes: tuple[ExtraRoute, ...] = ()
    rules: tuple[Rule, ...] = ()
    aliases: tuple[Alias, ...] = ()
    events: tuple[LabEvent, ...] = ()
    wires: tuple[Wire, ...] = ()
    family: int = 4
    link_local_gateways: bool = False
    needs: tuple[str, ...] = ()  # programs beyond the usual ones
    settle: float = 0.0  # seconds until daemons have agreed
    # every forwarding node also learns the shortest way to each other segment
    complete: bool = True
    meanwhile: float = 0.0  # so many seconds later an event of it comes true, and with it the truth
    # what seeds must not vary: "dialect", "accounts", "names", "noise", "talk"
    keep: tuple[str, ...] = ()

    def node(self, name: str) -> Node:
        """The node of that name."""
        return next(node for node in self.nodes if node.name == name)

    @property
    def lag(self) -> float:
        """How many seconds longer than at home a round trip over all its long wires may take."""
        lanes = [lane for wire in self.wires for lane in (wire.there, wire.returning)]
        return sum(lane.delay + lane.jitter for lane in lanes) / 1000
