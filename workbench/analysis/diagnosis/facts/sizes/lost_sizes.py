"""Which large packets were lost where smaller ones passed: in captures, in connections, in
probes?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Flow
from collectors.model.records import Failure, Packet, ProbeResult, Socket
from workbench.analysis.captures.flow_counts import captured
from workbench.analysis.case.findings import Attempt, Observation
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.sizes.narrow_links import HEADERS, Narrow

TOO_BIG = frozenset({Failure.TOO_BIG, Failure.TOO_BIG_TO_SEND})


def too_large(context: Context) -> Attempt | None:
    """A connection in which full-size segments are lost for good, and smaller ones of the same
    direction are not."""
    for one in context.attempts:
        if one.loss is not None and one.loss.size is not None:
            return one
    return None


def lost_large(context: Context, narrow: Narrow) -> tuple[str, ...]:
    """The captures that saw large packets come to the small link of which none got through, while
    small ones did."""
    if narrow.tunnel is not None:
        return _lost_below(context, narrow, narrow.tunnel.way.flow)
    found = _lost_observation(context, narrow)
    return found.evidence if found is not None else ()


def _lost_below(context: Context, narrow: Narrow, outer: Flow) -> tuple[str, ...]:
    """The same of a tunnel's packets: one that was sent on in pieces did get through."""
    sent: set[int | None] = set()
    large: list[tuple[str, Packet]] = []
    for item, packet, outgoing in _of_tunnel(context, narrow.hop.device, outer):
        if outgoing:
            sent.add(packet.ip_id)
        elif outgoing is False and packet.length > narrow.mtu:
            large.append((item.id, packet))
    if not large or not sent:
        return ()
    numbered = {packet.ip_id for _, packet in large if packet.ip_id}
    if numbered & sent:
        return ()
    return tuple(dict.fromkeys(number for number, _ in large))


def _of_tunnel(
    context: Context, device: str | None, outer: Flow
) -> Iterator[tuple[Evidence, Packet, bool | None]]:
    """The packets of that tunnel which the device's captures hold, and whether they went out."""
    for place, item, packet, outgoing in captured(context.case):
        if place != device or packet.flow is None:
            continue
        if outer.matches(packet.flow):
            yield item, packet, outgoing


def _lost_observation(context: Context, narrow: Narrow) -> Observation | None:
    there = context.observation(narrow.hop.name, narrow.reverse)
    if there is None:
        return None
    came, went = there.came_in, there.went_out
    if narrow.before is not None:  # the frame is too large for its interface: it never shows it
        sender = context.observation(narrow.before.name, narrow.reverse)
        came, went = sender.went_out if sender else (), there.came_in
    room = narrow.mtu - HEADERS[context.flow.version]
    large = {packet.seq for packet in came if packet.payload > room}
    through = {packet.seq for packet in went if packet.payload > room}
    if not large or not went:
        return None
    return there if large.isdisjoint(through) else None


def stuck_sender(context: Context, narrow: Narrow) -> tuple[str, ...]:
    """The answers in which the sender's socket has data that it sends again and again."""
    device = context.server if narrow.reverse else context.client
    tables = context.case.answers(device or "", Question.SOCKETS)
    found = [item.id for item in tables if any(map(_stuck, item.of(Socket)))]
    return tuple(found[-1:])


def _stuck(socket: Socket) -> bool:
    if socket.send_queue <= 0:
        return False
    return socket.retransmits > 0 or socket.total_retransmits > 1


def silent_probe(context: Context) -> tuple[ProbeResult, str] | None:
    """A probe with "do not fragment" that vanished without a word, where a smaller one came
    back."""
    for question in (Question.PATH_MTU, Question.PING):
        for device in (context.client, context.server):
            for item in context.case.answers(device or "", question):
                lost = _vanished(item.of(ProbeResult))
                if lost is not None:
                    return lost, item.id
    return None


def _vanished(every: tuple[ProbeResult, ...]) -> ProbeResult | None:
    """The first probe without an answer that is larger than all that were answered, where nobody
    said that it is too big."""
    probes = [one for one in every if one.kind == "ping-df" and one.size]
    largest = max((one.size or 0 for one in probes if one.ok), default=None)
    if largest is None or any(map(_refused_as_too_big, probes)):
        return None
    unanswered = (one for one in probes if not one.ok)
    return next((one for one in unanswered if (one.size or 0) > largest), None)


def _refused_as_too_big(probe: ProbeResult) -> bool:
    """Did somebody say that it is too big?"""
    if probe.ok:
        return False
    return probe.mtu is not None or probe.failure in TOO_BIG


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
    ends = [_learned(context, device) for device in context.ends]
    return tuple(one for one in ends if one is not None)


def _learned(context: Context, device: str) -> Taught | None:
    for item in context.case.answers(device, Question.PATH_MTU):
        sizes = [_reported_size(one) for one in item.of(ProbeResult)]
        known = [size for size in sizes if size]
        if known and not item.pasted_by:
            return Taught(device, min(known), item.id)
    return None


def _reported_size(probe: ProbeResult) -> int | None:
    """The size that another machine said would fit."""
    if probe.ok or probe.reported_by is None:
        return None
    return probe.mtu
