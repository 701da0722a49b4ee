"""Do large packets fit through the whole path? Its links, the segments that the ends agreed on, and
what tunnels put around."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from collectors.model.evidence import Question
from collectors.model.records import Packet
from workbench.analysis.case.findings import Hop, Observation, Trace
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
    for previous, hop in pairwise(path.hops):
        found = _too_small(context, previous, hop, size)
        if found is not None:
            mtu, before = found
            links = context.evidence(hop.device or "", Question.INTERFACES)
            evidence = tuple(dict.fromkeys((*proof, *links, *hop.evidence)))
            yield Narrow(hop, path.reverse, mtu, size, evidence, before, tunnel)
            return


def _below(context: Context, path: Trace) -> Iterator[Narrow]:
    """The tunnel's own packets are larger by what it puts around those that fit into it."""
    maker = _maker(context, path)
    found = carrier(context.case, maker) if maker is not None else None
    size, proof = _segment(context, path.reverse)
    if maker is None or found is None or not size:
        return
    link, tunnel = found
    room = _mtu(context, maker, link)
    inside = size if room is None else min(size, room)
    more = around(tunnel, path.flow.version)
    yield from _first(context, path, inside + more, proof, Below(path, maker, more))


def _maker(context: Context, path: Trace) -> Hop | None:
    """The hop that makes the packets of this tunnel."""
    for other in (context.findings.trace(path.reverse), *context.findings.below):
        for hop in other.hops:
            if outer_flow(context.case, hop) == path.flow:
                return hop
    return None


def _too_small(
    context: Context, previous: Hop, hop: Hop, size: int
) -> tuple[int, Hop | None] | None:
    """The MTU that does not fit: of the interface by which packets come in, then of that by which
    they go on."""
    arriving = _mtu(context, hop, hop.iif)
    sent = _mtu(context, previous, previous.oif)
    if arriving is not None and sent is not None and arriving < min(sent, size):
        return arriving, previous
    leaving = _mtu(context, hop, hop.oif)
    if leaving is not None and leaving < size:
        return leaving, None
    return None


def _mtu(context: Context, hop: Hop, name: str | None) -> int | None:
    if name is None:
        return None
    interface = context.case.interface(hop.device or "", name)
    if interface is None or interface.mtu <= 0:
        return None
    return interface.mtu


def _segment(context: Context, reverse: bool) -> tuple[int | None, tuple[str, ...]]:
    """The largest packet that the sender of this direction makes: what the other end asked for, and
    its own link."""
    own, proof = _own_link(context, reverse)
    asked = list(_asked(context, not reverse))
    if not context.tcp or not asked:
        return own, proof
    size = min(mss for mss, _ in asked) + HEADERS[context.flow.version]
    _, first = asked[0]
    return size if own is None else min(size, own), first.evidence


def _own_link(context: Context, reverse: bool) -> tuple[int | None, tuple[str, ...]]:
    """The size of the link by which the sender of this direction sends."""
    hops = context.findings.trace(reverse).hops
    if not hops:
        return None, ()
    sender = hops[0]
    proof = context.evidence(sender.device or "", Question.INTERFACES)
    return _mtu(context, sender, sender.oif), proof


def _asked(context: Context, reverse: bool) -> Iterator[tuple[int, Observation]]:
    """The segment sizes that the SYNs of this direction ask for, with where they were seen."""
    for observation in context.findings.observations:
        if observation.reverse is not reverse:
            continue
        for packet in _opens(observation):
            if packet.mss:
                yield packet.mss, observation


def _opens(observation: Observation) -> Iterator[Packet]:
    for packet in (*observation.came_in, *observation.went_out):
        if "S" in packet.flags:
            yield packet
