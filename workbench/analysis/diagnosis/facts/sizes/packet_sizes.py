"""Do large packets fit through the whole path, and would the sender be told where they do not?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from collectors.model.evidence import Question
from collectors.model.flow import Address, Flow, Protocol
from collectors.model.records import Failure, Packet, ProbeResult, Socket
from collectors.model.settings import Knob
from workbench.analysis.captures.flow_counts import captured
from workbench.analysis.case.findings import Attempt, Hop, Observation, Trace
from workbench.analysis.device.filtering import FilterResult, passage
from workbench.analysis.device.matching import PacketUnderTest
from workbench.analysis.device.tunnels import around, carrier, outer_flow
from workbench.analysis.diagnosis.context import Context

HEADERS = {4: 40, 6: 60}


@dataclass(frozen=True, slots=True)
class Below:
    """The way of a tunnel's own packets, the device that makes them, and the bytes that it puts
    around each."""

    way: Trace
    maker: Hop
    around: int


@dataclass(frozen=True, slots=True)
class Narrow:
    """A link on the way that is smaller than the packets that the sender makes."""

    hop: Hop
    reverse: bool
    mtu: int
    size: int  # of the packets, IP header included
    evidence: tuple[str, ...] = ()
    # the hop that sends larger frames than this one's interface takes: nobody can tell
    before: Hop | None = None
    tunnel: Below | None = None  # the link is below a tunnel, and the packets are the tunnel's

    @property
    def room(self) -> int:
        """How large may a packet of the flow be?"""
        return self.mtu - (self.tunnel.around if self.tunnel else 0)

    @property
    def interface(self) -> str | None:
        """Which interface of the hop is too small?"""
        return self.hop.oif if self.before is None else self.hop.iif


def narrows(context: Context) -> Iterator[Narrow]:
    """Every link on either way that is too small for the segments that the ends agreed on,
    narrowest first met."""
    for reverse in (True, False):
        size, proof = _segment(context, reverse)
        yield from _first(context, context.findings.trace(reverse), size or 0, proof)
    for path in context.findings.below:
        yield from _below(context, path)


def _first(
    context: Context, path: Trace, size: int, proof: tuple[str, ...], tunnel: Below | None = None
) -> Iterator[Narrow]:
    for previous, hop in zip(path.hops, path.hops[1:], strict=False):
        found = _too_small(context, previous, hop, size)
        if found is not None:
            evidence = (
                *proof,
                *context.evidence(hop.device or "", Question.INTERFACES),
                *hop.evidence,
            )
            yield Narrow(
                hop, path.reverse, found[0], size, tuple(dict.fromkeys(evidence)), found[1], tunnel
            )
            return


def _below(context: Context, path: Trace) -> Iterator[Narrow]:
    """The tunnel's own packets are larger by what it puts around those that fit into it."""
    ways = (context.findings.trace(path.reverse), *context.findings.below)
    maker = next(
        (hop for way in ways for hop in way.hops if outer_flow(context.case, hop) == path.flow),
        None,
    )
    size, proof = _segment(context, path.reverse)
    found = carrier(context.case, maker) if maker is not None else None
    if maker is None or found is None or not size:
        return
    room, more = _mtu(context, maker, found[0]), around(found[1], path.flow.version)
    yield from _first(
        context, path, min(size, room or size) + more, proof, Below(path, maker, more)
    )


def _too_small(
    context: Context, previous: Hop, hop: Hop, size: int
) -> tuple[int, Hop | None] | None:
    """The MTU that does not fit: of the interface by which packets come in, then of that by which
    they go on."""
    arriving, sent = _mtu(context, hop, hop.iif), _out_mtu(context, previous)
    if arriving is not None and sent is not None and arriving < min(sent, size):
        return arriving, previous
    leaving = _out_mtu(context, hop)
    return (leaving, None) if leaving is not None and leaving < size else None


def _out_mtu(context: Context, hop: Hop) -> int | None:
    return _mtu(context, hop, hop.oif)


def _mtu(context: Context, hop: Hop, name: str | None) -> int | None:
    interface = context.case.interface(hop.device or "", name) if name else None
    return interface.mtu if interface is not None and interface.mtu > 0 else None


def _segment(context: Context, reverse: bool) -> tuple[int | None, tuple[str, ...]]:
    """The largest packet that the sender of this direction makes: what the other end asked for, and
    its own link."""
    hops = context.findings.trace(reverse).hops
    own = _out_mtu(context, hops[0]) if hops else None
    asked = [
        (p.mss, s)
        for s in context.findings.observations
        if s.reverse is not reverse
        for p in _opens(s)
        if p.mss
    ]
    if not context.tcp or not asked:
        return own, context.evidence(hops[0].device or "", Question.INTERFACES) if hops else ()
    mss = min(value for value, _ in asked)
    size = mss + HEADERS[context.flow.version]
    return min(size, own) if own else size, asked[0][1].evidence


def _opens(observation: Observation) -> Iterator[Packet]:
    return (p for p in (*observation.came_in, *observation.went_out) if "S" in p.flags)


def notices(context: Context, device: str, narrow: Narrow) -> tuple[str, ...]:
    """The captures in which that device got a "packet too big" about this flow, or about the
    tunnel's own."""
    flows = (narrow.tunnel.way.flow,) if narrow.tunnel else context.flows
    found = [
        e.id
        for e in context.case.answers(device, Question.CAPTURE)
        if any(_too_big(p) and not p.outgoing and _ours(flows, p.quoted) for p in e.of(Packet))
    ]
    return tuple(found)


def _too_big(packet: Packet) -> bool:
    return packet.icmp in ((3, 4), (2, 0)) and packet.quoted is not None


def _ours(flows: Iterable[Flow], quoted: Flow | None) -> bool:
    return quoted is not None and any(
        f in (quoted, quoted.reversed()) or f.covers(quoted) or f.covers(quoted.reversed())
        for f in flows
    )


def too_large(context: Context) -> Attempt | None:
    """A connection in which full-size segments are lost for good, and smaller ones of the same
    direction are not."""
    return next(
        (one for one in context.attempts if one.loss is not None and one.loss.size is not None),
        None,
    )


@dataclass(frozen=True, slots=True)
class Muffled:
    """A device whose filter stops the "packet too big" on its way to the sender."""

    device: str
    words: str
    evidence: tuple[str, ...]
    setting: str = ""  # by which it keeps the message to itself
    hook: str = ""  # where its filter stops the message; empty = no filter does


# they leave it to the route to tell; GRE, IPIP and 6in4 tell the sender
_FRAMED = frozenset({"vxlan", "geneve"})


def learns_for_itself(context: Context, narrow: Narrow) -> Muffled | None:
    """Was the tunnel's end told that its packets are too big, and does it keep that from the sender
    behind it?"""
    maker = narrow.tunnel.maker if narrow.tunnel is not None else None
    found = carrier(context.case, maker) if maker is not None else None
    if maker is None or found is None or found[1].kind not in _FRAMED or maker.iif is None:
        return None
    told = notices(context, maker.name, narrow)
    if not told:
        return None
    if context.flow.version == 6:
        return Muffled(maker.name, "it limits only its own packets", told)
    mtu = context.case.setting(maker.name, Knob.FORWARDS_BY_LEARNED_MTU, version=4)
    if mtu is None or mtu.value is not False:
        return None
    return Muffled(maker.name, mtu.words, told, mtu.name)


def muffled(context: Context, narrow: Narrow) -> Muffled | None:
    """Who drops the message that would tell the sender? The narrow router's own filter, or one on
    the way back."""
    hops = (narrow.tunnel.way if narrow.tunnel else context.findings.trace(narrow.reverse)).hops
    upto = [h for h in hops if h.device][: _index(hops, narrow.hop) + 1]
    for hop in reversed(upto):
        found = _points_notice(context, hop, narrow)
        if found is not None:
            return found
    return None


def _index(hops: tuple[Hop, ...], hop: Hop) -> int:
    return hops.index(hop)


def _points_notice(context: Context, hop: Hop, narrow: Narrow) -> Muffled | None:
    own = hop is narrow.hop
    source = _address(context, narrow) or hop.flow_in.dst
    flow = Flow(Protocol.ICMP, source, None, hop.flow_in.src, None)
    kind = "destination-unreachable" if flow.version == 4 else "packet-too-big"
    sender = hop.iif is None
    tested = PacketUnderTest(
        flow,
        iif=None if own else hop.oif,
        oif=None if sender else hop.iif,
        state="related",
        flags=None,
        length=576,
        icmp=kind,
    )
    found = passage(context.case, hop.device or "", tested)
    return by_filter(hop.name, found)


def by_filter(device: str, found: FilterResult) -> Muffled | None:
    """None = its filter lets the message pass, or may."""
    if not found.action.stops:
        return None
    return Muffled(device, found.words, found.evidence, hook=found.hook)


def _address(context: Context, narrow: Narrow) -> Address | None:
    ports = context.case.ports_of(narrow.hop.device or "")
    fitting = [
        p.address.ip
        for p in ports
        if p.interface == narrow.hop.iif and p.address.version == context.flow.version
    ]
    return fitting[0] if fitting else None


def lost_large(context: Context, narrow: Narrow) -> tuple[str, ...]:
    """The captures that saw large packets come to the small link of which none got through, while
    small ones did."""
    if narrow.tunnel is not None:
        return _lost_below(context, narrow, narrow.tunnel.way.flow)
    found = _lost_observation(context, narrow)
    return found.evidence if found is not None else ()


def _lost_below(context: Context, narrow: Narrow, outer: Flow) -> tuple[str, ...]:
    """The same of a tunnel's packets: one that was sent on in pieces did get through."""
    there = [
        (item.id, packet, out)
        for device, item, packet, out in captured(context.case)
        if device == narrow.hop.device and packet.flow is not None and outer.matches(packet.flow)
    ]
    sent = {packet.ip_id for _, packet, out in there if out}
    large = [
        (name, packet) for name, packet, out in there if out is False and packet.length > narrow.mtu
    ]
    if not large or not sent or any(packet.ip_id in sent for _, packet in large if packet.ip_id):
        return ()
    return tuple(dict.fromkeys(name for name, _ in large))


def _lost_observation(context: Context, narrow: Narrow) -> Observation | None:
    there = context.observation(narrow.hop.name, narrow.reverse)
    if there is None:
        return None
    room = narrow.mtu - HEADERS[context.flow.version]
    sender = context.observation(narrow.before.name, narrow.reverse) if narrow.before else None
    came, went = (
        (sender.went_out if sender else (), there.came_in)
        if narrow.before
        else (there.came_in, there.went_out)
    )
    large = [p for p in came if p.payload > room]
    through = {p.seq for p in went if p.payload > room}
    return there if large and went and not any(p.seq in through for p in large) else None


def stuck_sender(context: Context, narrow: Narrow) -> tuple[str, ...]:
    """The answers in which the sender's socket has data that it sends again and again."""
    device = context.server if narrow.reverse else context.client
    found = [
        e
        for e in context.case.answers(device or "", Question.SOCKETS)
        if any(_stuck(s) for s in e.of(Socket))
    ]
    return tuple(e.id for e in found[-1:])


def _stuck(socket: Socket) -> bool:
    return socket.send_queue > 0 and (socket.retransmits > 0 or socket.total_retransmits > 1)


def silent_probe(context: Context) -> tuple[ProbeResult, str] | None:
    """A probe with "do not fragment" that vanished without a word, where a smaller one came
    back."""
    for question in (Question.PATH_MTU, Question.PING):
        for device in (context.client, context.server):
            for evidence in context.case.answers(device or "", question):
                lost = _vanished(evidence.of(ProbeResult))
                if lost is not None:
                    return lost, evidence.id
    return None


@dataclass(frozen=True, slots=True)
class Taught:
    """An end that a probe of ours taught a smaller size: what it sends from now on may fit, for
    some minutes."""

    device: str
    mtu: int
    evidence: str


def taught(context: Context) -> tuple[Taught, ...]:
    """Which ends learned from an answer to our own probes, from another machine, how large their
    packets may be?"""
    return tuple(
        one
        for device in (context.client, context.server)
        for one in _learned(context, device or "")
    )


def _learned(context: Context, device: str) -> Iterator[Taught]:
    for evidence in context.case.answers(device, Question.PATH_MTU):
        told = [
            one.mtu
            for one in evidence.of(ProbeResult)
            if one.mtu and not one.ok and one.told_by is not None
        ]
        if told and not evidence.pasted_by:
            yield Taught(device, min(told), evidence.id)
            return


def _vanished(every: tuple[ProbeResult, ...]) -> ProbeResult | None:
    probes = [r for r in every if r.kind == "ping-df" and r.size]
    good = max((r.size or 0 for r in probes if r.ok), default=0)
    if any(_told(r) for r in probes):
        return None
    return next((r for r in probes if not r.ok and (r.size or 0) > good > 0), None)


TOO_BIG = frozenset({Failure.TOO_BIG, Failure.TOO_BIG_TO_SEND})


def _told(probe: ProbeResult) -> bool:
    """Did somebody say that it is too big?"""
    return not probe.ok and (probe.mtu is not None or probe.failure in TOO_BIG)
