"""The exchange simulated: SYN, SYN-ACK, ACK walked in turn, each device asked what it would do
then.

The reverse direction is judged with the state that the forward direction created: a device that the
SYN did not visit calls the SYN-ACK INVALID; one that did not see the SYN-ACK calls the ACK INVALID.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from collectors.model.flow import Protocol
from workbench.analysis.case.findings import Disposition, Hop, Trace
from workbench.analysis.device.matching import State
from workbench.analysis.device.translation import session_of
from workbench.analysis.device.tunnels import outer_flow
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.stops.explanations import (
    DropExplanation,
    DropReason,
    Passage,
    explanations,
)
from workbench.analysis.diagnosis.facts.tunnels.tunnel_ends import refused_at_far_end
from workbench.analysis.diagnosis.handshake import HandshakeStep
from workbench.analysis.trace.underlay import opener


@dataclass(frozen=True, slots=True)
class Expected:
    """Where the simulation stops, and why."""

    passage: Passage
    explanations: tuple[DropExplanation, ...]
    perhaps: bool = False  # a value that is not known decides whether it stops there at all

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

    def state(self, device: str, step: HandshakeStep) -> State:
        """What does conntrack on that device make of this packet?"""
        if step is HandshakeStep.OPENING:
            return "new"
        if device in self.opened and (step is HandshakeStep.ANSWER or device in self.answered):
            return "established"
        return "new" if self.protocol is Protocol.UDP else "invalid"

    def learn(self, device: str, step: HandshakeStep) -> None:
        """That device has let a packet like this pass."""
        if step is HandshakeStep.OPENING:
            self.opened.add(device)
        elif step is HandshakeStep.ANSWER and device in self.opened:
            self.answered.add(device)


def simulate(context: Context) -> Expected | None:
    """Which device, by its own settings, is the first to stop a packet of the exchange? None = none
    does."""
    memory = remembered(context)
    perhaps = None
    for step, reverse in _EXCHANGE:
        for passage in passages(context, step, reverse, memory):
            every = tuple(explanations(context, passage))
            found = _certain(every) or _hidden(context, passage)
            if found:
                return Expected(passage, found)
            perhaps = perhaps or _by_a_check_half_known(passage, every)
            memory.learn(passage.hop.name, step)
            inside = _carried(context, passage)
            if inside is not None:
                return inside
    return perhaps


_EXCHANGE = (
    (HandshakeStep.OPENING, False),
    (HandshakeStep.ANSWER, True),
    (HandshakeStep.CONFIRM, False),
)


def _certain(found: Iterable[DropExplanation]) -> tuple[DropExplanation, ...]:
    return tuple(one for one in found if one.certain)


def _by_a_check_half_known(passage: Passage, every: tuple[DropExplanation, ...]) -> Expected | None:
    """A reverse-path check that is strict by one of its two values, the other one not known: what
    surely stops the packet further on counts more."""
    checks = (one for one in every if one.kind is DropReason.REVERSE_PATH)
    doubtful = tuple(one for one in checks if one.rule is None and not one.certain)
    return Expected(passage, doubtful, perhaps=True) if doubtful else None


def _carried(context: Context, passage: Passage) -> Expected | None:
    """Where the packet goes on inside of a tunnel: would a device below refuse the tunnel's own
    packets?"""
    outer = outer_flow(context.case, passage.hop)
    ways = (
        way
        for way in context.findings.below
        if way.flow == outer and way.reverse is passage.reverse
    )
    for way in ways:
        for one in outside(context, way):
            found = _certain(_outer_explanations(context, one))
            if not found and one.last:
                found = tuple(refused_at_far_end(context, way))
            if found:
                return Expected(replace(one, step=passage.step), found)
    return None


def _hidden(context: Context, passage: Passage) -> tuple[DropExplanation, ...]:
    """A stateful device that hides its rules and saw no beginning: it may well be the one that
    refuses."""
    name = passage.hop.name
    if passage.step is HandshakeStep.OPENING or passage.ct_state == "established":
        return ()
    if name not in context.stateful_devices(passage.reverse):
        return ()
    if context.filters_known(name):
        return ()
    text = f"{name} keeps state, saw no beginning of the flow, and its rules may not be read"
    return (
        DropExplanation(
            DropReason.STATE,
            text,
            certain=False,
            ct_state=passage.ct_state,
            evidence=passage.hop.evidence,
        ),
    )


def explain(
    context: Context, device: str, step: HandshakeStep, reverse: bool, flags: str | None = None
) -> tuple[DropExplanation, ...]:
    """Why would that device stop that packet, given what it has seen of the exchange by then?
    `flags`: as seen."""
    memory = before(context, step)
    of_tunnel = tuple(_below(context, device, reverse))
    if of_tunnel and context.saw(device, reverse) is False:
        return of_tunnel  # what it carries never came out of the tunnel there
    for passage in passages(context, step, reverse, memory):
        if passage.hop.name == device:
            return tuple(explanations(context, replace(passage, tcp_flags=flags))) or of_tunnel
    return of_tunnel


@dataclass
class Outside(Memory):
    """Of a tunnel's own packets: where the other direction made a session, they belong to it."""

    def state(self, device: str, step: HandshakeStep) -> State:
        """What does conntrack on that device make of this packet?"""
        return "established" if device in self.opened else "new"


def outside(context: Context, path: Trace) -> Iterator[Passage]:
    """A tunnel's own packets at each device on their way; without a session each is the first of
    its flow."""
    first = opener(path.flow, path.reverse, context.findings.below) if path.reverse else None
    opened = {hop.name for hop in first.hops} if first is not None else set()
    opened |= {
        hop.name
        for hop in path.hops
        if hop.device and session_of(context.case, hop.device, hop.flow_in)
    }
    yield from passages_of(path, HandshakeStep.OPENING, Outside(path.flow.protocol, opened))


def _below(context: Context, device: str, reverse: bool) -> Iterator[DropExplanation]:
    """Why would a device below a tunnel stop the tunnel's own packets?"""
    for path in context.findings.below:
        for passage in outside(context, path) if path.reverse is reverse else ():
            if passage.hop.name == device:
                yield from _outer_explanations(context, passage)
                yield from refused_at_far_end(context, path) if passage.last else ()


def _outer_explanations(context: Context, passage: Passage) -> Iterator[DropExplanation]:
    """No socket listens for a tunnel's packets: its interface takes them. Its ends' own rules are
    rules on the way."""
    for explanation in explanations(context, passage):
        if explanation.kind in (DropReason.INPUT, DropReason.OUTPUT):
            yield replace(explanation, kind=DropReason.STATELESS)
        elif explanation.kind is not DropReason.LISTENER:
            yield explanation


def before(context: Context, step: HandshakeStep) -> Memory:
    """What the devices remember when that packet is sent."""
    memory = remembered(context)
    leave_state = _EXCHANGE[:2]
    for earlier, reverse in leave_state[: list(HandshakeStep).index(step)]:
        for hop in context.findings.trace(reverse).hops:
            if _meets(context, hop, reverse):
                memory.learn(hop.name, earlier)
    return memory


def _meets(context: Context, hop: Hop, reverse: bool) -> bool:
    """Does the packet visit that hop? By the walk, unless its own capture ran and saw none of
    it."""
    if not context.findings.attempts_seen or hop.device is None:
        return True
    return context.saw(hop.device, reverse) is not False or bool(context.held(hop.device).sessions)


def remembered(context: Context) -> Memory:
    """What state tables hold already: sessions that a partner has synchronised count as seen."""
    memory = Memory(context.flow.protocol)
    for device in _others(context):
        held = context.held(device)
        if held.sessions:
            memory.opened.add(device)
        if held.answered:
            memory.answered.add(device)
    return memory


def _others(context: Context) -> Iterator[str]:
    """The devices with state that the answers visit, and the requests do not."""
    there = context.stateful_devices(False)
    for device in context.stateful_devices(True):
        if device not in there:
            yield device


def passages(
    context: Context, step: HandshakeStep, reverse: bool, memory: Memory
) -> Iterator[Passage]:
    """The packet at each hop of its way, in order. The memory is read when the hop is reached."""
    return passages_of(context.findings.trace(reverse), step, memory)


def passages_of(path: Trace, step: HandshakeStep, memory: Memory) -> Iterator[Passage]:
    """The same along any path, an ECMP alternate too."""
    end = len(path.hops) - 1
    for index, hop in enumerate(path.hops):
        disposition = path.disposition if index == end else Disposition.DELIVERED
        yield Passage(
            hop,
            step,
            path.reverse,
            index == 0,
            index == end,
            disposition,
            memory.state(hop.name, step),
        )


def simulated(context: Context) -> Expected | None:
    """The simulation of this context, made once."""
    kept = vars(context)
    if "_rehearsed" not in kept:
        kept["_rehearsed"] = simulate(context)
    found: Expected | None = kept["_rehearsed"]
    return found
