"""Who on the way told the sender that it does not pass packets on? By ICMP errors in captures,
traces and pings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import TypeVar

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Address, Flow, Protocol
from collectors.model.records import Failure, Packet, ProbeResult, Traceroute
from workbench.analysis.captures.probes import traced
from workbench.analysis.case.case import FILTERS
from workbench.analysis.case.verdict import Direction, Reason
from workbench.analysis.device import fib
from workbench.analysis.device.tunnels import tunnel_at
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import both_ends
from workbench.analysis.diagnosis.facts.tunnels.keyless import keyless
from workbench.analysis.trace.parting import dead_end

R = TypeVar("R")
# weights: about this very flow, about its two ends, about a probe of another kind
OWN, BETWEEN, PROBE = 4.5, 3.5, 3.0
# times that a traceroute meets each router of a circle, and all of them together
ROUNDS, MET = 2, 5


class ComplaintKind(StrEnum):
    """What was reported, in words."""

    PROHIBITED = "communication administratively prohibited"
    HOST = "host unreachable"
    NET = "network unreachable"
    AGED = "time to live exceeded"
    CIRCLE = "the same routers again and again"


@dataclass(frozen=True, slots=True)
class Complaint:
    """`by` reported it to the sender, of packets of one direction; `about` says of which packets."""

    by: Address
    kind: ComplaintKind
    about: str
    weight: float
    reverse: bool
    evidence: tuple[str, ...]
    others: tuple[Address, ...] = ()  # the others of a circle

    @property
    def direction(self) -> Direction:
        """Of the packets."""
        return Direction.of(reverse=self.reverse)


def complaints(context: Context) -> tuple[Complaint, ...]:
    """Everything that was reported, what is about the flow itself first; nothing where that device
    can say more itself."""
    kept = vars(context)
    if "_complaints" not in kept:
        every = (*_captured(context), *_traced(context), *_pinged(context))
        others = (one for one in every if not _tells_itself(context, one))
        kept["_complaints"] = tuple(sorted(others, key=lambda one: -one.weight))
    found: tuple[Complaint, ...] = kept["_complaints"]
    return found


def complaint(context: Context, *kinds: ComplaintKind, by_server: bool = False) -> Complaint | None:
    """The weightiest of these kinds, of somebody on the way or of the destination itself."""
    for one in complaints(context):
        if one.kind not in kinds:
            continue
        from_target = one.by == _target(context, one.reverse)
        if from_target is by_server:
            return one
    return None


def name_of(context: Context, by: Address) -> str:
    """The device that holds the address, else the address."""
    owner = context.case.owner(by)
    return owner.name if owner else str(by)


def complaint_reasons(context: Context, found: Complaint) -> Iterator[Reason]:
    """For and against: what was reported is what breaks the flow."""
    yield from both_ends(context)
    text = f'{name_of(context, found.by)} told the sender "{found.kind}" about {found.about}'
    if found.kind is ComplaintKind.CIRCLE:
        ring = ", ".join(name_of(context, one) for one in (found.by, *found.others))
        text = f"{found.about} meets {ring} again and again, and never the destination"
    yield Reason(found.weight, text, found.evidence)


def _tells_itself(context: Context, one: Complaint) -> bool:
    """Can that device be asked what it would do? Its rules, routes and neighbours tell more than
    its message."""
    owner = context.case.owner(one.by)
    if owner is None:
        return False
    end = dead_end(context.findings.trace(one.reverse))
    if end is not None and end.device == owner.name:
        return True  # it says of its own way why
    questions = {ComplaintKind.PROHIBITED: FILTERS, ComplaintKind.HOST: (Question.NEIGHBOURS,)}.get(
        one.kind, (Question.ROUTES,)
    )
    return any(context.case.asked(owner.name, question) for question in questions)


def _target(context: Context, reverse: bool) -> Address:
    hops = context.findings.trace(reverse).hops
    if hops:
        return hops[-1].flow_out.dst
    return context.flow.src if reverse else context.flow.dst


# --- ICMP errors in captures ---

_BY_CODE = {
    4: {
        **dict.fromkeys(((3, 9), (3, 10), (3, 13)), ComplaintKind.PROHIBITED),
        **dict.fromkeys(((3, 1), (3, 7)), ComplaintKind.HOST),
        **dict.fromkeys(((3, 0), (3, 6)), ComplaintKind.NET),
    },
    6: {(1, 0): ComplaintKind.NET, (1, 1): ComplaintKind.PROHIBITED, (1, 3): ComplaintKind.HOST},
}


def _captured(context: Context) -> Iterator[Complaint]:
    own = traced(context.case)
    for device in context.case.inventory.devices:
        for packet, item in context.case.all_records(device.name, Question.CAPTURE, Packet):
            quoted, flow = packet.quoted, packet.flow
            if quoted is None or flow is None or packet.icmp is None or quoted in own:
                continue
            kind = _BY_CODE[quoted.version].get(packet.icmp)
            way = _direction(context, quoted)
            if kind is not None and way is not None:
                exact = quoted.protocol is context.flow.protocol
                about = (
                    "exactly this flow" if exact else f"packets from {quoted.src} to {quoted.dst}"
                )
                yield Complaint(flow.src, kind, about, OWN if exact else BETWEEN, way, (item.id,))


def _direction(context: Context, quoted: Flow) -> bool | None:
    """Of which direction is the packet that it is about? None = of another flow."""
    for flow in context.flows:
        for reverse, one in ((False, flow), (True, flow.reversed())):
            ends = (one.src, one.dst) == (quoted.src, quoted.dst)
            if one.covers(quoted) or (ends and quoted.protocol is Protocol.ICMP):
                return reverse
    return None


# --- traceroutes ---

_NOTES = {
    "!X": ComplaintKind.PROHIBITED,
    "!Z": ComplaintKind.PROHIBITED,
    "!A": ComplaintKind.PROHIBITED,
    "!H": ComplaintKind.HOST,
    "!N": ComplaintKind.NET,
}


def _traced(context: Context) -> Iterator[Complaint]:
    """What routers wrote back to traceroutes, and those that met the same routers by turns."""
    toward = _toward(context, Question.TRACE, Traceroute, lambda one: one.destination)
    for trace, item, reverse in toward:
        alike = trace.protocol == context.flow.protocol.value and context.tcp
        about = "a traceroute of its kind" if alike else "a traceroute"
        # what the end itself says to another kind of packet tells nothing of the flow
        target = None if alike else context.flow.src if reverse else context.flow.dst
        weight = BETWEEN if alike else PROBE
        for address, kind in _noted(trace, target):
            yield Complaint(address, kind, about, weight, reverse, (item.id,))
        yield from _circle(trace, item, reverse, about)


def _noted(trace: Traceroute, target: Address | None) -> Iterator[tuple[Address, ComplaintKind]]:
    """Who answered with a note of refusal, this target left out."""
    for reply in trace.replies:
        kind = _NOTES.get((reply.note or "")[:2])
        if kind is not None and reply.address is not None and reply.address != target:
            yield reply.address, kind


def _circle(trace: Traceroute, item: Evidence, way: bool, about: str) -> Iterator[Complaint]:
    """Two routers or more by turns, to the end: one that answers twice in a row is a fault of many
    systems."""
    if any(reply.reached for reply in trace.replies):
        return
    heard = [reply.address for reply in trace.replies if reply.address is not None]
    turns = [address for address, _ in groupby(heard)]
    ring = [one for one in dict.fromkeys(turns) if turns.count(one) >= ROUNDS]
    met = sum(turns.count(one) for one in ring)
    if len(ring) > 1 and met >= MET and turns[-1] in ring:
        others = tuple(ring[:-1])
        yield Complaint(ring[-1], ComplaintKind.CIRCLE, about, OWN, way, (item.id,), others)


# --- pings ---

_COMPLAINTS = {
    Failure.PROHIBITED: ComplaintKind.PROHIBITED,
    Failure.NET_UNREACHABLE: ComplaintKind.NET,
    Failure.HOST_UNREACHABLE: ComplaintKind.HOST,
    Failure.AGED: ComplaintKind.AGED,
}


def _pinged(context: Context) -> Iterator[Complaint]:
    """What pings of the other end met, where none of them was answered."""
    every = list(_toward(context, Question.PING, ProbeResult, lambda one: one.target))
    answered = {ping.target for ping, _, _ in every if ping.ok}
    refused = {(item.device, ping.target) for ping, item, _ in every if keyless(ping)}
    for ping, item, reverse in every:
        if ping.failure is None or ping.reported_by is None or ping.target in answered:
            continue
        kind = _COMPLAINTS.get(ping.failure)
        if kind is ComplaintKind.HOST and (item.device, ping.target) in refused:
            continue  # the sender's own tunnel refused it: nobody on the way was asked
        if kind is ComplaintKind.HOST and _into_a_tunnel(context, item.device, ping):
            continue
        if kind is not None:
            yield Complaint(ping.reported_by, kind, "a ping", PROBE, reverse, (item.id,))


def _into_a_tunnel(context: Context, device: str, ping: ProbeResult) -> bool:
    """Did the sender itself say so, of what it sends into a tunnel that has no neighbours?"""
    own = {port.address.ip for port in context.case.ports_of(device)}
    if ping.reported_by not in own:
        return False
    probe = Flow(Protocol.ICMP, context.flow.src, None, ping.target, None)
    for flow in (context.flow, probe):
        for hop in fib.decide(context.case, device, flow).next_hops:
            if tunnel_at(context.case, device, hop.interface) is not None:
                return True
    return False


def _toward(
    context: Context, question: Question, kind: type[R], target: Callable[[R], Address | None]
) -> Iterator[tuple[R, Evidence, bool]]:
    """The probes of anybody on the way toward one of the flow's ends, and in which direction they
    went."""
    for device in context.case.inventory.devices:
        for record, item in context.case.all_records(device.name, question, kind):
            if target(record) in (context.flow.dst, context.flow.src):
                yield record, item, target(record) == context.flow.src
