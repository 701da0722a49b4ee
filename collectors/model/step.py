"""A step of the playbook: which question about the flow is asked, of which devices, and what
its answer means."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from collectors.model.evidence import Evidence, Query, Question
from collectors.model.flow import Address, Flow
from collectors.model.inventory import Device, Inventory


class Phase(StrEnum):
    """The three phases of the playbook, and the two moments around the capture window."""

    PROVE = "prove it is the path"
    CHOKEPOINT = "find the stateful chokepoint"
    CONFIRM = "confirm"


class RunPhase(StrEnum):
    """When in a run the step is asked."""

    SURVEY = "survey"  # first, of every device: who are you, which addresses and routes
    TRACK = "track"  # again and again while the walk finds new devices: the exact route
    BEFORE = "before"  # just before the window: first sample of what is counted
    WINDOW = "window"  # during the window: captures, events, sessions, sockets, probes
    AFTER = "after"  # just after the window: second sample
    SETTLE = "settle"  # a second round: what would settle an open hypothesis


class ProbeLevel(StrEnum):
    """Which packets of our own may be sent: none, a few, or as many as help."""

    OFF = "off"
    GENTLE = "gentle"
    FULL = "full"


class Audience(StrEnum):
    """Whom a run asks by now. It begins small, and widens only for a reason."""

    NEAR = "near"  # the ends, what the walk finds, and who lies between them
    PLACES = "places"  # and everybody else which addresses they have
    ALL = "all"  # everybody everything


@dataclass(frozen=True, slots=True)
class Visit:
    """One place where the flow is thought to pass: asked about by steps, found by the walk."""

    device: str
    flow: Flow  # as it looks when it arrives here
    iif: str | None  # None at the device where it begins
    mark: int | None = None
    oif: str | None = None
    next_hop: Address | None = None
    reverse: bool = False
    alternate: bool = False  # on an ECMP branch that this flow is not expected to take


class View(Protocol):
    """What a step may look at when it decides which devices to ask.
    workbench.analysis.step_view.CaseView fulfils
    it."""

    @property
    def flow(self) -> Flow: ...
    @property
    def inventory(self) -> Inventory: ...
    @property
    def evidence(self) -> tuple[Evidence, ...]: ...
    @property
    def visits(self) -> tuple[Visit, ...]:
        """Every place that either direction is known or thought to visit, alternates included."""

    @property
    def involved(self) -> tuple[Device, ...]:
        """The devices of all visits, and the partners of their state groups, that can be logged in
        to."""

    @property
    def audience(self) -> Audience:
        """Whom the run asks by now."""

    @property
    def likely(self) -> tuple[Device, ...]:
        """The devices on the shortest ways between the ends, by the addresses that are known."""

    @property
    def unplaced(self) -> tuple[Device, ...]:
        """The devices that must say which addresses they have before it is known whether they are
        near."""

    @property
    def flows(self) -> tuple[Flow, ...]:
        """The flow, its reverse, and every translation of them that is known."""

    @property
    def unheard(self) -> tuple[Device, ...]:
        """The ends whose data is seen to be lost after the connection was made."""

    @property
    def client(self) -> Device | None: ...
    @property
    def tried(self) -> bool:
        """Was the client itself seen to use the flow's own source port?"""

    @property
    def server(self) -> Device | None: ...


@dataclass(frozen=True, slots=True)
class Options:
    """What the responder allows and wants of a run."""

    probes: str = ProbeLevel.GENTLE
    window: float = 6.0  # seconds of capture
    packets: int = 2000  # per capture point
    bytes: int = 2_000_000  # per capture point
    budget: float = 120.0  # seconds for the whole run
    ask: str = Audience.NEAR  # or "all": everybody from the beginning


@dataclass(frozen=True, slots=True)
class Step:
    """One question of the playbook. `queries` is pure: it only says what it wants to know, the
    run asks."""

    id: str
    title: str
    question: str  # one sentence, ends with a question mark: shown as help
    phase: Phase
    run_phases: tuple[RunPhase, ...]
    queries: Callable[[View, Options, RunPhase], Iterable[Query]]
    # the questions whose answers stand under this step where nobody knows which step asked: pasted
    answers: tuple[Question, ...] = ()
    task: int | None = None  # number of the task in the field guide's order, if it is one
    # what this answer means, in words, for the page
    meaning: Callable[[Evidence], str] | None = None
    decision: str = ""  # what to decide on it, in words
    probe: bool = False  # it sends packets of its own
    sends: str = ""  # of a probe: how much a run sends by itself, for the page
    level: ProbeLevel = ProbeLevel.GENTLE  # of a probe: the level of `Options.probes` that sends it
