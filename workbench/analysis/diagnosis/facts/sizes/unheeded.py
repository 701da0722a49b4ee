"""Does a sender go on with packets of a size that it was told does not fit?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from collectors.model.evidence import Question
from collectors.model.flow import Address, Flow, Protocol
from collectors.model.records import Packet
from workbench.analysis.captures.conversations import SOONEST
from workbench.analysis.device.filtering import passage
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.sizes.narrow_links import HEADERS
from workbench.analysis.diagnosis.facts.sizes.size_messages import (
    TOO_BIG,
    Muffled,
    by_filter,
    message,
)
from workbench.analysis.diagnosis.facts.stops.complaints import name_of


@dataclass(frozen=True, slots=True)
class Unheeded:
    """`sender` sends segments of `payload` bytes again, though `by` tells it again and again that
    `mtu` is the most."""

    sender: str
    by: Address
    mtu: int
    payload: int
    reverse: bool
    evidence: tuple[str, ...]
    here: bool  # was it captured at the sender itself?
    stopped: Muffled | None = None  # what keeps the message from the sender's own TCP


@dataclass(frozen=True, slots=True)
class _Message:
    """One message, as a device captured it."""

    device: str
    by: Address
    mtu: int
    time: float
    evidence: str


def unheeded(context: Context) -> Iterator[Unheeded]:
    """In either direction: was it told more than once, with the same segment sent again in
    between?"""
    for reverse in (True, False):
        flow = context.flow.reversed() if reverse else context.flow
        found = list(_messages(context, flow))
        for device in dict.fromkeys(one.device for one in found):
            received = [one for one in found if one.device == device]
            payload = _insisted(context, device, reverse, received)
            if payload is not None:
                yield _found(context, flow, reverse, received, payload)
                break


def too_big_reported(context: Context, reverse: bool) -> bool:
    """Was any such message about this direction captured?"""
    flow = context.flow.reversed() if reverse else context.flow
    return next(_messages(context, flow), None) is not None


def _messages(context: Context, flow: Flow) -> Iterator[_Message]:
    for device in context.case.inventory.devices:
        for packet, item in context.case.all_records(device.name, Question.CAPTURE, Packet):
            if packet.icmp not in TOO_BIG or not packet.icmp_mtu or packet.flow is None:
                continue
            if _about(packet.quoted, flow):
                by, mtu = packet.flow.src, packet.icmp_mtu
                yield _Message(device.name, by, mtu, packet.time, item.id)


def _about(quoted: Flow | None, flow: Flow) -> bool:
    """Without -v, tcpdump tells the two addresses only."""
    if quoted is None:
        return False
    if (quoted.src, quoted.dst) != (flow.src, flow.dst):
        return False
    return quoted.protocol is Protocol.ICMP or flow.covers(quoted)


def _insisted(context: Context, device: str, reverse: bool, received: list[_Message]) -> int | None:
    """The size of a segment that does not fit, and that is sent again, and refused again, after the
    first message."""
    seen = context.observation(device, reverse)
    if seen is None or not _refused_again([one.time for one in received]):
        return None
    room = min(one.mtu for one in received) - HEADERS[context.flow.version]
    too_large = [one for one in seen.went_out or seen.came_in if one.payload > room]
    again = _sent_again(too_large, told=received[0].time)
    return again[-1].payload if len(again) >= 2 else None


def _sent_again(segments: list[Packet], told: float) -> list[Packet]:
    """Those that were sent before the sender was told, and once more when it knew."""
    numbered = [one for one in segments if one.seq is not None]
    before = {(one.seq, one.payload) for one in numbered if one.time <= told}
    when_it_knew = [one for one in numbered if one.time >= told + SOONEST / 2]
    return [one for one in when_it_knew if (one.seq, one.payload) in before]


def _refused_again(times: list[float]) -> bool:
    """Did at least two messages follow the first one, as far apart as TCP sends again?"""
    later = [time for time in times if time - times[0] >= SOONEST]
    return any(after - before >= SOONEST for before, after in pairwise(later))


def _found(
    context: Context, flow: Flow, reverse: bool, received: list[_Message], payload: int
) -> Unheeded:
    sender, last = name_of(context, flow.src), received[-1]
    here = sender == last.device
    proof = tuple(dict.fromkeys(one.evidence for one in received))
    stopped = _own_filter(context, sender, flow, last.by) if here else None
    return Unheeded(sender, last.by, last.mtu, payload, reverse, proof, here, stopped)


def _own_filter(context: Context, sender: str, flow: Flow, by: Address) -> Muffled | None:
    """What is captured was not yet filtered: would the sender's own filter let the message in?"""
    tested = message(by, flow.src, iif=_own_interface(context, sender) or "?")
    found = passage(context.case, sender, tested)
    return by_filter(sender, found)


def _own_interface(context: Context, sender: str) -> str | None:
    for path in (context.findings.forward, context.findings.reverse):
        hop = path.hop(sender)
        if hop is not None:
            return hop.oif or hop.iif
    return None
