"""The exchange rehearsed: SYN, SYN-ACK, ACK walked in turn, each device asked what it would do
then.

The reverse direction is judged with the state that the forward direction created: a device that the
SYN did not visit calls the SYN-ACK INVALID; one that did not see the SYN-ACK calls the ACK INVALID.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from collectors.model.flow import Protocol
from workbench.analysis.case.findings import Fate, Hop, Path
from workbench.analysis.device.matching import State
from workbench.analysis.device.translation import session_of
from workbench.analysis.device.tunnels import outer_flow
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.stops.blame import Blame, Kind, Passage, blames
from workbench.analysis.diagnosis.facts.tunnels.tunnel_ends import refused_at_far_end
from workbench.analysis.diagnosis.handshake import Stage
from workbench.analysis.trace.underlay import opener


@dataclass(frozen=True, slots=True)
class Expected:
    """Where the rehearsal stops, and why."""

    passage: Passage
    blames: tuple[Blame, ...]

    @property
    def device(self) -> str:
        """At which device."""
        return self.passage.hop.name


@dataclass
class Memory:
    """Which devices have seen which part of the exchange so far."""

    protocol: Protocol
    opened: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)

    def state(self, device: str, stage: Stage) -> State:
        """What does conntrack on that device make of this packet?"""
        if stage is Stage.OPENING:
            return "new"
        if device in self.opened and (stage is Stage.ANSWER or device in self.answered):
            return "established"
        return "new" if self.protocol is Protocol.UDP else "invalid"

    def learn(self, device: str, stage: Stage) -> None:
        """That device has let this packet pass."""
        if stage is Stage.OPENING:
            self.opened.add(device)
        elif stage is Stage.ANSWER and device in self.opened:
            self.answered.add(device)


def rehearse(scene: Scene) -> Expected | None:
    """Which device, by its own settings, is the first to stop a packet of the exchange? None = none
    does."""
    memory = remembered(scene)
    for stage, reverse in ((Stage.OPENING, False), (Stage.ANSWER, True), (Stage.CONFIRM, False)):
        for passage in passages(scene, stage, reverse, memory):
            found = tuple(b for b in blames(scene, passage) if b.certain) or _hidden(scene, passage)
            if found:
                return Expected(passage, found)
            memory.learn(passage.hop.name, stage)
            inside = _carried(scene, passage)
            if inside is not None:
                return inside
    return None


def _carried(scene: Scene, passage: Passage) -> Expected | None:
    """Where the packet goes on inside of a tunnel: would a device below refuse the tunnel's own
    packets?"""
    outer = outer_flow(scene.case, passage.hop)
    ways = (
        way for way in scene.findings.below if way.flow == outer and way.reverse is passage.reverse
    )
    for way in ways:
        for one in outside(scene, way):
            found = tuple(b for b in _outer_blames(scene, one) if b.certain)
            if not found and one.last:
                found = tuple(refused_at_far_end(scene, way))
            if found:
                return Expected(replace(one, stage=passage.stage), found)
    return None


def _hidden(scene: Scene, passage: Passage) -> tuple[Blame, ...]:
    """A stateful device that hides its rules and saw no beginning: it may well be the one that
    refuses."""
    name = passage.hop.name
    stranger = passage.stage is not Stage.OPENING and passage.ct_state != "established"
    if not stranger or name not in scene.keepers(passage.reverse) or scene.filters_known(name):
        return ()
    text = f"{name} keeps state, saw no beginning of the flow, and its rules may not be read"
    return (
        Blame(
            Kind.STATE,
            text,
            certain=False,
            ct_state=passage.ct_state,
            evidence=passage.hop.evidence,
        ),
    )


def explain(
    scene: Scene, device: str, stage: Stage, reverse: bool, flags: str | None = None
) -> tuple[Blame, ...]:
    """Why would that device stop that packet, given what it has seen of the exchange by then?
    `flags`: as seen."""
    memory = before(scene, stage)
    of_tunnel = tuple(_below(scene, device, reverse))
    if of_tunnel and scene.saw(device, reverse) is False:
        return of_tunnel  # what it carries never came out of the tunnel there
    for passage in passages(scene, stage, reverse, memory):
        if passage.hop.name == device:
            return tuple(blames(scene, replace(passage, tcp_flags=flags))) or of_tunnel
    return of_tunnel


@dataclass
class Outside(Memory):
    """Of a tunnel's own packets: where the other direction made a session, they belong to it."""

    def state(self, device: str, stage: Stage) -> State:
        """What does conntrack on that device make of this packet?"""
        return "established" if device in self.opened else "new"


def outside(scene: Scene, path: Path) -> Iterator[Passage]:
    """A tunnel's own packets at each device on their way; without a session each is the first of
    its flow."""
    first = opener(path.flow, path.reverse, scene.findings.below) if path.reverse else None
    opened = {hop.name for hop in first.hops} if first is not None else set()
    opened |= {
        hop.name
        for hop in path.hops
        if hop.device and session_of(scene.case, hop.device, hop.flow_in)
    }
    yield from passages_of(path, Stage.OPENING, Outside(path.flow.protocol, opened))


def _below(scene: Scene, device: str, reverse: bool) -> Iterator[Blame]:
    """Why would a device below a tunnel stop the tunnel's own packets?"""
    for path in scene.findings.below:
        for passage in outside(scene, path) if path.reverse is reverse else ():
            if passage.hop.name == device:
                yield from _outer_blames(scene, passage)
                yield from refused_at_far_end(scene, path) if passage.last else ()


def _outer_blames(scene: Scene, passage: Passage) -> Iterator[Blame]:
    """No socket listens for a tunnel's packets: its interface takes them. Its ends' own rules are
    rules on the way."""
    for blame in blames(scene, passage):
        if blame.kind in (Kind.INPUT, Kind.OUTPUT):
            yield replace(blame, kind=Kind.STATELESS)
        elif blame.kind is not Kind.LISTENER:
            yield blame


def before(scene: Scene, stage: Stage) -> Memory:
    """What the devices remember when that packet is sent."""
    memory = remembered(scene)
    order = ((Stage.OPENING, False), (Stage.ANSWER, True))
    for earlier, reverse in order[: list(Stage).index(stage)]:
        for hop in scene.findings.path(reverse).hops:
            if _meets(scene, hop, reverse):
                memory.learn(hop.name, earlier)
    return memory


def _meets(scene: Scene, hop: Hop, reverse: bool) -> bool:
    """Does the packet visit that hop? By the walk, unless its own capture ran and saw none of
    it."""
    if not scene.findings.attempts_seen or hop.device is None:
        return True
    return scene.saw(hop.device, reverse) is not False or bool(scene.held(hop.device).sessions)


def remembered(scene: Scene) -> Memory:
    """What state tables hold already: sessions that a partner has synchronised count as seen."""
    memory = Memory(scene.flow.protocol)
    for device in _others(scene):
        held = scene.held(device)
        if held.sessions:
            memory.opened.add(device)
        if held.answered:
            memory.answered.add(device)
    return memory


def _others(scene: Scene) -> Iterator[str]:
    yield from (d for d in scene.keepers(True) if d not in scene.keepers(False))


def passages(scene: Scene, stage: Stage, reverse: bool, memory: Memory) -> Iterator[Passage]:
    """The packet at each hop of its way, in order. The memory is read when the hop is reached."""
    return passages_of(scene.findings.path(reverse), stage, memory)


def passages_of(path: Path, stage: Stage, memory: Memory) -> Iterator[Passage]:
    """The same along any path, an ECMP alternate too."""
    end = len(path.hops) - 1
    for index, hop in enumerate(path.hops):
        fate = path.fate if index == end else Fate.DELIVERED
        yield Passage(
            hop, stage, path.reverse, index == 0, index == end, fate, memory.state(hop.name, stage)
        )


def rehearsed(scene: Scene) -> Expected | None:
    """The rehearsal of this scene, made once."""
    kept = vars(scene)
    if "_rehearsed" not in kept:
        kept["_rehearsed"] = rehearse(scene)
    found: Expected | None = kept["_rehearsed"]
    return found
